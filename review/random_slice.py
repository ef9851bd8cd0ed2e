"""A few comments a day that a person looks at whatever the machine thinks, so that what is said of it stays honest.

What people look at because the machine suspects it says nothing of what it passes. Once an hour some of the comments
decided in the hour before are drawn; they take their turn like what is suspected, for a slice of which only the easy
part is answered is none. The lot of a decision is a hash of its id: who draws again, or beside another worker, draws
the same, and nobody is asked twice.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from heapq import nsmallest

from records import candidates
from records.database import Database
from records.unit_of_work import Reading
from review.chosen import Chosen, Why, ask

HOUR = timedelta(hours=1)
MOST = 200_000
"""Decisions of an hour that are drawn from; of more, the first so many."""


def drawn(look: Reading, *, a_day: int, now: datetime) -> list[Chosen]:
    """What the lot of the hour before this one fell on, but what a person was asked about already: `a_day` in a day."""
    until = now.replace(minute=0, second=0, microsecond=0)
    wanted = _of_hour(a_day, until)
    ids = candidates.decided_between(look, until - HOUR, until, most=MOST) if wanted else []
    return [
        Chosen(each.comment_id, each.decision_id, each.decision, each.surface, Why.RANDOM, in_turn=True)
        for each in candidates.of_decisions(look, nsmallest(wanted, ids, key=_lot))
        if not each.had_case
    ]


def draw(database: Database, now: datetime, *, a_day: int) -> int:
    """Opens cases about them; how many."""
    with database.reading() as look:
        chosen = drawn(look, a_day=a_day, now=now)
    if not chosen:
        return 0
    with database.unit() as unit:
        opened = ask(unit, chosen, now=now)
        unit.commit()
    return len(opened)


def _of_hour(a_day: int, until: datetime) -> int:
    """So many in this hour that they are `a_day` in a day, on the average where that is no whole number."""
    whole, rest = divmod(a_day, 24)
    return whole + (_lot(until.isoformat()) * 24 < rest << 64)


def _lot(name: str) -> int:
    """64 bits, the same for the same name."""
    return int.from_bytes(hashlib.sha256(f"random slice {name}".encode()).digest()[:8])
