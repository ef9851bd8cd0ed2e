"""Passwords that were tried, over all processes of a server: by keyed hashes of the address, the name and both.

A try is counted before the password is looked at, and given back where it was right: what stays are failures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, select

from records import jobs
from records.ids import new_id
from records.tables import login_failures
from records.unit_of_work import Reading, Unit

_TURN = "log-in"


@dataclass(frozen=True, slots=True)
class Bound:
    """At most `most` failures within the window under one name, which has a hash under every key, the newest last."""

    hashes: tuple[str, ...]
    most: int


def until_free(look: Reading, bounds: Sequence[Bound], window: timedelta, *, now: datetime) -> timedelta:
    """How long until one more may be tried; nothing where it may at once."""
    return max((_left(look, bound, window, now) for bound in bounds), default=timedelta(0))


def take(unit: Unit, bounds: Sequence[Bound], window: timedelta, *, now: datetime) -> tuple[timedelta, tuple[str, ...]]:
    """Counts one more under each and gives its rows, unless it has to wait: then how long. The caller commits.

    Processes take turns, so that the bounds are kept exactly. Whoever has to wait is counted no further, and cannot
    make the table grow; what counts no more is forgotten.
    """
    jobs.take_turns(unit, _TURN)
    if left := until_free(unit, bounds, window, now=now):
        return left, ()
    unit.execute(delete(login_failures).where(login_failures.c.at <= now - window))
    rows = [{"id": new_id(), "key_index": bound.hashes[-1], "at": now} for bound in bounds]
    unit.execute(insert(login_failures), rows)
    return left, tuple(str(row["id"]) for row in rows)


def forgive(unit: Unit, bound: Bound, ids: Sequence[str]) -> None:
    """Forgets what failed under this name, and these rows."""
    mine = login_failures.c.key_index.in_(bound.hashes)
    unit.execute(delete(login_failures).where(or_(mine, login_failures.c.id.in_(ids))))


def forget(unit: Unit, *, before: datetime) -> int:
    """Removes what is older; how many."""
    return unit.execute(delete(login_failures).where(login_failures.c.at <= before)).rowcount


def _left(look: Reading, bound: Bound, window: timedelta, now: datetime) -> timedelta:
    """Until the oldest of a full count is forgotten."""
    mine = (login_failures.c.key_index.in_(bound.hashes), login_failures.c.at > now - window)
    query = select(login_failures.c.at).where(*mine).order_by(login_failures.c.at.desc())
    last = look.execute(query.offset(bound.most - 1).limit(1)).scalar_one_or_none()
    return timedelta(0) if last is None else last + window - now
