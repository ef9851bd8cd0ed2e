"""Verdicts as stored. What one does is `review/verdicts.py`'s business."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from records.ids import new_id
from records.mapping import span_json, span_of, value_of
from records.tables import verdicts
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, Judgement, VerdictKind, VerdictRecord


def add(
    unit: Unit, case: CaseRecord, given: Judgement, *, moderator: str, overturned: bool, now: datetime
) -> VerdictRecord:
    """Writes it. The database refuses a second one in force for the same case."""
    row = {
        "id": new_id(),
        "case_id": case.id,
        "comment_id": case.comment_id,
        "decision_id": case.decision_id,
        "moderator": moderator,
        "verdict": given.verdict,
        "labels": list(given.labels),
        "measure": given.measure,
        "span": None if given.span is None else span_json(given.span),
        "note": given.note,
        "confidence": given.confidence,
        "overturned": overturned,
        "created_at": now,
    }
    return verdict_of(unit.execute(insert(verdicts).values(row).returning(verdicts)).one())


def of_case(look: Reading, case_id: str) -> list[VerdictRecord]:
    """All verdicts of a case, undone ones too, oldest first."""
    query = select(verdicts).where(verdicts.c.case_id == case_id).order_by(verdicts.c.id)
    return [verdict_of(row) for row in look.execute(query)]


def last_of_case(look: Reading, case_id: str) -> VerdictRecord | None:
    """The last one that was not taken back."""
    query = select(verdicts).where(verdicts.c.case_id == case_id, verdicts.c.undone_at.is_(None))
    found = look.execute(query.order_by(verdicts.c.id.desc()).limit(1)).one_or_none()
    return None if found is None else verdict_of(found)


def holding_for(look: Reading, decision_id: str) -> VerdictRecord | None:
    """The last approve or reject of this decision that was not taken back."""
    given = verdicts.c
    decided = given.verdict != VerdictKind.UNSURE
    query = select(verdicts).where(given.decision_id == decision_id, given.undone_at.is_(None), decided)
    found = look.execute(query.order_by(given.id.desc()).limit(1)).one_or_none()
    return None if found is None else verdict_of(found)


def mark_undone(unit: Unit, verdict_id: str, *, now: datetime) -> None:
    """It no longer holds; it stays to be seen."""
    unit.execute(update(verdicts).where(verdicts.c.id == verdict_id).values(undone_at=now))


def verdict_of(row: Row[Any]) -> VerdictRecord:
    """The value of a row of `verdicts`."""
    return value_of(VerdictRecord, row, verdict=VerdictKind, labels=tuple, span=span_of)
