"""Verdicts as stored. What one does is `review/verdicts.py`'s business."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, insert, select, update

from moderation.errors import NotFoundError
from records.ids import new_id
from records.mapping import span_json, span_of, value_of
from records.tables import verdicts
from records.unit_of_work import Reading, Unit
from records.values import KNOWN_ANSWER, CaseRecord, Judgement, Purpose, VerdictKind, VerdictRecord


def add(
    unit: Unit,
    case: CaseRecord,
    given: Judgement,
    *,
    moderator: str,
    overturned: bool,
    now: datetime,
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
        "ground": given.ground,
        "measure": given.measure,
        "span": None if given.span is None else span_json(given.span),
        "note": given.note,
        "confidence": given.confidence,
        "overturned": overturned,
        "purpose": case.purpose,
        "created_at": now,
    }
    return verdict_of(unit.execute(insert(verdicts).values(row).returning(verdicts)).one())


def get(look: Reading, verdict_id: str) -> VerdictRecord:
    """The verdict, undone or not. Raises `NotFoundError`."""
    found = look.execute(select(verdicts).where(verdicts.c.id == verdict_id)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such verdict.")
    return verdict_of(found)


def of_case(look: Reading, case_id: str) -> list[VerdictRecord]:
    """All verdicts of a case, undone ones too, oldest first."""
    query = select(verdicts).where(verdicts.c.case_id == case_id).order_by(verdicts.c.id)
    return [verdict_of(row) for row in look.execute(query)]


def of_comment(look: Reading, comment_id: str) -> list[VerdictRecord]:
    """All that people said of a comment and did not take back, answers to what was known too, oldest first."""
    query = select(verdicts).where(verdicts.c.comment_id == comment_id, verdicts.c.undone_at.is_(None))
    return [verdict_of(row) for row in look.execute(query.order_by(verdicts.c.id))]


def last_of_case(look: Reading, case_id: str) -> VerdictRecord | None:
    """The last one that was not taken back."""
    query = select(verdicts).where(verdicts.c.case_id == case_id, verdicts.c.undone_at.is_(None))
    found = look.execute(query.order_by(verdicts.c.id.desc()).limit(1)).one_or_none()
    return None if found is None else verdict_of(found)


def last_of(look: Reading, moderator: str, purpose: Purpose) -> VerdictRecord | None:
    """The moderator's newest verdict for this purpose that was not taken back."""
    mine = (verdicts.c.moderator == moderator, verdicts.c.purpose == purpose, verdicts.c.undone_at.is_(None))
    found = look.execute(select(verdicts).where(*mine).order_by(verdicts.c.id.desc()).limit(1)).one_or_none()
    return None if found is None else verdict_of(found)


def count_of(look: Reading, moderator: str, *, most: int) -> int:
    """How many verdicts of theirs were not taken back; counted up to `most`."""
    mine = verdicts.c.moderator == moderator, verdicts.c.undone_at.is_(None)
    some = select(verdicts.c.id).where(*mine).limit(most).subquery()
    return int(look.execute(select(func.count()).select_from(some)).scalar_one())


def holding_for(look: Reading, decision_id: str) -> VerdictRecord | None:
    """The last approve or reject of this decision that was not taken back; second opinions hold nothing."""
    given = verdicts.c
    decided = and_(given.verdict != VerdictKind.UNSURE, given.purpose == Purpose.DECIDE)
    query = select(verdicts).where(given.decision_id == decision_id, given.undone_at.is_(None), decided)
    found = look.execute(query.order_by(given.id.desc()).limit(1)).one_or_none()
    return None if found is None else verdict_of(found)


def holding_of(look: Reading, comment_id: str) -> VerdictRecord | None:
    """The last approve or reject of any decision about this comment that was not taken back."""
    given = verdicts.c
    decided = and_(given.verdict != VerdictKind.UNSURE, given.purpose == Purpose.DECIDE)
    query = select(verdicts).where(given.comment_id == comment_id, given.undone_at.is_(None), decided)
    found = look.execute(query.order_by(given.id.desc()).limit(1)).one_or_none()
    return None if found is None else verdict_of(found)


def holding_of_many(look: Reading, comment_ids: Sequence[str]) -> dict[str, VerdictRecord]:
    """The same of several comments; none of those about which nothing holds."""
    given = verdicts.c
    decided = and_(given.verdict != VerdictKind.UNSURE, given.purpose == Purpose.DECIDE, given.undone_at.is_(None))
    rows = look.execute(select(verdicts).where(given.comment_id.in_(list(comment_ids)), decided).order_by(given.id))
    return {row.comment_id: verdict_of(row) for row in rows}


def mark_undone(unit: Unit, verdict_id: str, *, now: datetime) -> None:
    """It no longer holds; it stays to be seen."""
    unit.execute(update(verdicts).where(verdicts.c.id == verdict_id).values(undone_at=now, weigh_at=None))


def weigh_from(unit: Unit, verdict_id: str, moment: datetime, *, chance: float | None = None) -> None:
    """`to_weigh` finds it from then on; `chance`: with which it was drawn for a second person."""
    values = {"weigh_at": moment} | ({} if chance is None else {"second_chance": chance})
    unit.execute(update(verdicts).where(verdicts.c.id == verdict_id).values(**values))


def to_weigh(look: Reading, *, now: datetime, limit: int) -> list[VerdictRecord]:
    """Verdicts that nobody can take back any more and that `review/quality.py` has not looked at, by comment."""
    due = select(verdicts.c.id).where(verdicts.c.weigh_at <= now).order_by(verdicts.c.weigh_at).limit(limit)
    query = select(verdicts).where(verdicts.c.id.in_(due)).order_by(verdicts.c.comment_id, verdicts.c.id)
    return [verdict_of(row) for row in look.execute(query)]


def is_weighed_now(unit: Unit, verdict_id: str) -> bool:
    """Takes it off `to_weigh`; False where another worker was first. The caller has its comment locked."""
    mine = and_(verdicts.c.id == verdict_id, verdicts.c.weigh_at.is_not(None))
    return unit.execute(update(verdicts).where(mine).values(weigh_at=None)).rowcount == 1


def opinions_on(look: Reading, decision_id: str) -> list[VerdictRecord]:
    """Every approve or reject of this decision that stands, second opinions too, the first first."""
    given = verdicts.c
    counts = and_(given.undone_at.is_(None), given.verdict != VerdictKind.UNSURE, given.purpose.not_in(KNOWN_ANSWER))
    query = select(verdicts).where(given.decision_id == decision_id, counts).order_by(given.id)
    return [verdict_of(row) for row in look.execute(query)]


def verdict_of(row: Row[Any]) -> VerdictRecord:
    """The value of a row of `verdicts`."""
    return value_of(VerdictRecord, row, verdict=VerdictKind, labels=tuple, span=span_of, purpose=Purpose)
