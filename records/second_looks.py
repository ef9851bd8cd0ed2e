"""Second looks and known answers that wait or are in hand: as they are for who leads, and as they seem to who decides.

In what people who decide may read, each seems to be the case that a first look is (`review/seeming.py`): it waits since
that was opened, by its promise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, select

from records.cases import case_of, due_by_itself
from records.tables import cases
from records.unit_of_work import Reading
from records.values import CaseState, Purpose
from records.waiting import UNDECIDED


@dataclass(frozen=True, slots=True)
class Again:
    """One of them, with when it was opened and by when it was to be decided, and both as they seem."""

    queue: str
    label: str | None
    lang: str
    state: CaseState
    lease_expires_at: datetime | None
    opened: datetime
    due_at: datetime
    seems_opened: datetime
    seems_due: datetime
    is_promised: bool = True
    """Whether an answer was promised for what it looks like; nothing was for what is asked for what it teaches."""

    def is_held(self, now: datetime) -> bool:
        """Whether somebody has it in hand."""
        return self.state is CaseState.CLAIMED and self.lease_expires_at is not None and self.lease_expires_at > now


def waiting(look: Reading, *, known: bool = False) -> list[Again]:
    """Every second look that nobody answered yet; where `known`, known answers that are asked just now too."""
    first = cases.alias("first")
    same = and_(
        first.c.comment_id == cases.c.comment_id, first.c.decision_id == cases.c.decision_id,
        first.c.purpose == Purpose.DECIDE, first.c.closed_at <= cases.c.created_at,
    )  # fmt: skip
    purposes = (Purpose.OPINION, Purpose.GOLD) if known else (Purpose.OPINION,)
    query = (
        select(cases, func.max(first.c.created_at).label("first_opened"), func.max(first.c.due_at).label("first_due"))
        .outerjoin(first, and_(same, cases.c.purpose == Purpose.OPINION))
        .where(cases.c.state.in_(UNDECIDED), cases.c.purpose.in_(purposes))
        .group_by(*cases.c)
    )
    return [
        Again(
            row.queue, row.label, row.lang, CaseState(row.state), row.lease_expires_at, row.created_at, row.due_at,
            row.first_opened or row.created_at, _seems_due(look, row), is_promised=row.priority >= 0,
        )
        for row in look.execute(query)
    ]  # fmt: skip


def _seems_due(look: Reading, row: Row[Any]) -> datetime:
    """By when the first look was due by itself."""
    if row.first_due is None:
        due_at: datetime = row.due_at
        return due_at
    first = replace(case_of(row), created_at=row.first_opened, due_at=row.first_due)
    return due_by_itself(first, row.queue, look.queues.promises)
