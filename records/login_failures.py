"""Log-ins that failed, over all processes of a server: by keyed hashes of the address, the name and both together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from records.ids import new_id
from records.tables import login_failures
from records.unit_of_work import Reading, Unit


@dataclass(frozen=True, slots=True)
class Bound:
    """At most `most` failures within the window under one name, which has a hash under every key, the newest last."""

    hashes: tuple[str, ...]
    most: int


def until_free(look: Reading, bounds: Sequence[Bound], window: timedelta, *, now: datetime) -> timedelta:
    """How long until one more may be tried; nothing where it may at once."""
    return max((_left(look, bound, window, now) for bound in bounds), default=timedelta(0))


def add(unit: Unit, bounds: Sequence[Bound], window: timedelta, *, now: datetime) -> None:
    """Counts one more under each, and forgets what counts no more. The caller commits.

    What is full is counted no further: whoever is kept waiting cannot make the table grow.
    """
    unit.execute(delete(login_failures).where(login_failures.c.at <= now - window))
    open_ones = [bound for bound in bounds if not _left(unit, bound, window, now)]
    rows = [{"id": new_id(), "key_index": bound.hashes[-1], "at": now} for bound in open_ones]
    if rows:
        unit.execute(insert(login_failures), rows)


def forgive(unit: Unit, bound: Bound) -> None:
    """Forgets what failed under this name."""
    unit.execute(delete(login_failures).where(login_failures.c.key_index.in_(bound.hashes)))


def forget(unit: Unit, *, before: datetime) -> int:
    """Removes what is older; how many."""
    return unit.execute(delete(login_failures).where(login_failures.c.at <= before)).rowcount


def _left(look: Reading, bound: Bound, window: timedelta, now: datetime) -> timedelta:
    """Until the oldest of a full count is forgotten."""
    mine = (login_failures.c.key_index.in_(bound.hashes), login_failures.c.at > now - window)
    query = select(login_failures.c.at).where(*mine).order_by(login_failures.c.at.desc())
    last = look.execute(query.offset(bound.most - 1).limit(1)).scalar_one_or_none()
    return timedelta(0) if last is None else last + window - now
