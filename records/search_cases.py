"""What search asks of cases and verdicts: queue, state, the measure asked for. They are read as they are.

Their words would have to stand in every entry, and be made anew with each claim and lease. Where few cases are as
sought (those that are escalated, in hand, reported), search begins with them; else it looks at the cases of what else
was found.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import Row, and_, select

from records.tables import cases, comments, search_entries, verdicts
from records.unit_of_work import Reading
from records.values import CaseState, Purpose, VerdictKind
from records.waiting import ANEW, APPEALS, ESCALATED

FEW = 2_000
"""So many cases search begins with."""

LATEST = 5_000
"""Comments among whose languages one can choose."""

_CHUNK = 250


class Stand(StrEnum):
    """How it stands with a comment's case."""

    WAITS = "waits"
    IN_HAND = "in_hand"
    ESCALATED = "escalated"
    DECIDED = "decided"
    APPEALED = "appealed"


_STATES = {
    Stand.WAITS: (CaseState.OPEN,),
    Stand.IN_HAND: (CaseState.CLAIMED,),
    Stand.ESCALATED: (CaseState.ESCALATED,),
    Stand.DECIDED: (CaseState.CLOSED,),
}
_EVERY = tuple(CaseState)


class Wish(Protocol):
    """What is asked of a comment's cases; None is all the same."""

    @property
    def queue(self) -> str | None:
        """In which queue one waits, or waited when it was decided."""

    @property
    def state(self) -> str | None:
        """One of `Stand`."""

    @property
    def asked(self) -> str | None:
        """The measure that the verdict which holds asks for."""


def asks(wish: Wish) -> bool:
    """Whether anything is asked of cases or verdicts."""
    return bool(wish.queue or wish.state or wish.asked)


def few(look: Reading, wish: Wish) -> list[int] | None:
    """Places of the comments whose cases are as sought, the latest first; None where there are more than `FEW`."""
    if not (wish.queue or wish.state):
        return None
    query = select(*_READ).where(cases.c.state.in_(_states(wish)))
    queues = (wish.queue,) if wish.queue else (APPEALS, ESCALATED) if wish.state == Stand.APPEALED else ()
    if queues:
        query = query.where(cases.c.queue.in_(queues))
    rows = look.execute(query.limit(FEW + 1)).all()
    if len(rows) > FEW:
        return None
    ids = sorted({row.comment_id for row in rows if _is_so(row, wish)})
    places: list[int] = []
    for at in range(0, len(ids), _CHUNK):
        some = search_entries.c.comment_id.in_(ids[at : at + _CHUNK])
        places += look.execute(select(search_entries.c.place).where(some)).scalars()
    return sorted(places, reverse=True)


def so(look: Reading, wish: Wish, comment_ids: Collection[str]) -> set[str]:
    """Those of these comments whose cases and verdicts are as sought."""
    found, every = set(comment_ids), sorted(comment_ids)
    for at in range(0, len(every), _CHUNK):
        some = every[at : at + _CHUNK]
        if wish.queue or wish.state:
            rows = look.execute(select(*_READ).where(cases.c.comment_id.in_(some)))
            found -= set(some) - {row.comment_id for row in rows if _is_so(row, wish)}
        if wish.asked:
            found -= set(some) - _asked(look, wish.asked, some)
    return found


def languages(look: Reading) -> list[str]:
    """Of the latest comments."""
    latest = select(comments.c.lang).order_by(comments.c.id.desc()).limit(LATEST).subquery()
    return sorted(look.execute(select(latest.c.lang).distinct()).scalars())


_READ = cases.c.comment_id, cases.c.purpose, cases.c.state, cases.c.queue, cases.c.why


def _states(wish: Wish) -> tuple[CaseState, ...]:
    return _EVERY if wish.state in (None, Stand.APPEALED) else _STATES[Stand(wish.state)]


def _is_so(row: Row[Any], wish: Wish) -> bool:
    """Told apart here: SQLite would begin with all cases in that state. What only measures somebody is none."""
    if row.purpose != Purpose.DECIDE or row.state not in _states(wish):
        return False
    if wish.state == Stand.APPEALED and row.why not in ANEW:
        return False
    return wish.queue is None or row.queue == wish.queue


def _asked(look: Reading, measure: str, comment_ids: Collection[str]) -> set[str]:
    """The verdict given last that holds counts."""
    given = verdicts.c
    holds = and_(given.verdict != VerdictKind.UNSURE, given.purpose == Purpose.DECIDE, given.undone_at.is_(None))
    query = select(given.comment_id, given.measure).where(given.comment_id.in_(comment_ids), holds)
    last = {row.comment_id: row.measure for row in look.execute(query.order_by(given.id))}
    return {comment_id for comment_id, asked in last.items() if asked == measure}
