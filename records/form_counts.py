"""How many forms came without a key, over all processes of a server: by a keyed hash of the address, and altogether."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, insert, select

from records import jobs
from records.ids import new_id
from records.tables import public_forms
from records.unit_of_work import Reading, Unit

ALL = timedelta(minutes=1)
"""The span over which all addresses together are counted."""

LONGEST = timedelta(days=1)
"""The longest span that a config may have."""

USUAL, LIFE = "usual", "life"
"""What is counted together. A report that life may be threatened waits for none of another kind."""

_TURN = "public.forms"


@dataclass(frozen=True, slots=True)
class Bounds:
    """At most so many `of_one` address within `span`, and so many `of_all` within a minute, of what counts as this."""

    span: timedelta
    of_one: int
    of_all: int
    counted_as: str = USUAL


def until_free(look: Reading, address: Sequence[str], bounds: Bounds, *, now: datetime) -> timedelta:
    """How long until one more may come; nothing where it may at once. `address` has its hashes under every key."""
    alike = public_forms.c.counted_as == bounds.counted_as
    mine = public_forms.c.address_index.in_(address)
    wait = _left(look, [alike, mine], bounds.of_one, bounds.span, now)
    return max(wait, _left(look, [alike], bounds.of_all, ALL, now))


def take(unit: Unit, address: Sequence[str], index: str, bounds: Bounds, *, now: datetime) -> timedelta:
    """Counts one more under `index`, unless it has to wait: then how long. The caller commits.

    Processes take turns, so that the bound is kept exactly; what counts no more is forgotten.
    """
    jobs.take_turns(unit, _TURN)
    wait = until_free(unit, address, bounds, now=now)
    if not wait:
        unit.execute(delete(public_forms).where(public_forms.c.at <= now - max(bounds.span, ALL)))
        row = {"id": new_id(), "address_index": index, "at": now, "counted_as": bounds.counted_as}
        unit.execute(insert(public_forms).values(row))
    return wait


def forget(unit: Unit, *, now: datetime) -> int:
    """Removes what can count for no bound any more, whatever the config says; how many."""
    return unit.execute(delete(public_forms).where(public_forms.c.at <= now - LONGEST)).rowcount


def _left(look: Reading, which: list[ColumnElement[bool]], most: int, span: timedelta, now: datetime) -> timedelta:
    """Until the oldest of a full count is forgotten."""
    query = select(public_forms.c.at).where(public_forms.c.at > now - span, *which)
    last = look.execute(query.order_by(public_forms.c.at.desc()).offset(most - 1).limit(1)).scalar_one_or_none()
    return timedelta(0) if last is None else last + span - now
