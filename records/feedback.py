"""Feedback as stored. What it does is `review/feedback.py`'s business."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, insert, select

from records.ids import new_id
from records.mapping import value_of
from records.tables import feedback
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, Doubt, FeedbackRecord


def add(unit: Unit, doubt: Doubt, case: CaseRecord, *, decision_id: str, now: datetime) -> FeedbackRecord:
    """Writes it. The database refuses the same word of the same sender about the same decision twice."""
    row = {
        "id": new_id(),
        "decision_id": decision_id,
        "comment_id": case.comment_id,
        "case_id": case.id,
        "sender": doubt.sender,
        "verdict": doubt.verdict,
        "labels": list(doubt.labels),
        "note": doubt.note,
        "created_at": now,
    }
    return _value(unit.execute(insert(feedback).values(row).returning(feedback)).one())


def find(look: Reading, doubt: Doubt, *, decision_id: str) -> FeedbackRecord | None:
    """What the sender already said to the same effect, if it did."""
    own = and_(feedback.c.sender == doubt.sender, feedback.c.verdict == doubt.verdict)
    found = look.execute(select(feedback).where(feedback.c.decision_id == decision_id, own)).one_or_none()
    return None if found is None else _value(found)


def is_doubted(look: Reading, comment_id: str) -> bool:
    """Whether a platform said of any decision about the comment that it was wrong."""
    return look.execute(select(feedback.c.id).where(feedback.c.comment_id == comment_id).limit(1)).first() is not None


def of_case(look: Reading, case_id: str) -> list[FeedbackRecord]:
    """All that was said about a case, oldest first."""
    query = select(feedback).where(feedback.c.case_id == case_id).order_by(feedback.c.id)
    return [_value(row) for row in look.execute(query)]


def _value(row: Row[Any]) -> FeedbackRecord:
    return value_of(FeedbackRecord, row, labels=tuple)
