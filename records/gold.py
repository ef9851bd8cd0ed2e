"""Known answers as stored. Who is asked which, and when, is `review/gold.py`'s business."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, insert, select, update

from moderation.errors import NotFoundError
from records.ids import new_id
from records.known_as import known_as
from records.mapping import value_of
from records.tables import cases, comments, decisions, gold, readings, skips, verdicts
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CaseState, GoldRecord, Purpose, VerdictKind


@dataclass(frozen=True, slots=True)
class Answered:
    """How often a known answer was asked for, how many answered, and how many of them found it."""

    asked: int = 0
    answered: int = 0
    right: int = 0


def answered(look: Reading) -> dict[str, Answered]:
    """Of every known answer that was ever mixed in; lessons and answers that were taken back say nothing."""
    told: dict[str, Answered] = {}
    mixed_in = and_(cases.c.gold_id.is_not(None), cases.c.purpose == Purpose.GOLD)
    given = and_(
        verdicts.c.case_id == cases.c.id, verdicts.c.undone_at.is_(None), verdicts.c.verdict != VerdictKind.UNSURE
    )
    query = select(
        cases.c.gold_id, verdicts.c.verdict, verdicts.c.labels, verdicts.c.ground,
        gold.c.verdict.label("known"), gold.c.labels.label("known_labels"),
    )  # fmt: skip
    joined = cases.join(gold, gold.c.id == cases.c.gold_id).outerjoin(verdicts, given)
    for row in look.execute(query.select_from(joined).where(mixed_in)):
        before = told.get(row.gold_id, Answered())
        said = row.verdict is not None
        is_right = said and (row.verdict, set(row.labels), row.ground) == (row.known, set(row.known_labels), None)
        told[row.gold_id] = Answered(before.asked + 1, before.answered + said, before.right + is_right)
    return told


def add(
    unit: Unit, case: CaseRecord, verdict: VerdictKind, labels: Sequence[str], *, why: str, author: str, now: datetime
) -> GoldRecord:
    """The comment of `case` has this answer. The database refuses a second one in use for the same comment."""
    row = {
        "id": new_id(),
        "comment_id": case.comment_id,
        "decision_id": case.decision_id,
        "verdict": verdict,
        "labels": list(labels),
        "why": why,
        "author": author,
        "created_at": now,
    }
    return _value(unit.execute(insert(gold).values(row).returning(gold)).one())


def in_use(look: Reading) -> list[GoldRecord]:
    """Every answer that may be asked for, the oldest first."""
    return [_value(row) for row in look.execute(select(gold).where(gold.c.retired_at.is_(None)).order_by(gold.c.id))]


def get(look: Reading, gold_id: str) -> GoldRecord:
    """The known answer, in use or not. Raises `NotFoundError`."""
    found = look.execute(select(gold).where(gold.c.id == gold_id)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such known answer.")
    return _value(found)


def of_comment(look: Reading, comment_id: str) -> GoldRecord | None:
    """The known answer for a comment, while it is in use."""
    found = look.execute(select(gold).where(gold.c.comment_id == comment_id, gold.c.retired_at.is_(None))).one_or_none()
    return None if found is None else _value(found)


def retire(unit: Unit, gold_id: str, *, now: datetime) -> GoldRecord:
    """It is asked no more; what was answered stays. Raises `NotFoundError`."""
    mine = and_(gold.c.id == gold_id, gold.c.retired_at.is_(None))
    found = unit.execute(update(gold).where(mine).values(retired_at=now).returning(gold)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such known answer in use.")
    return _value(found)


def unasked(look: Reading, moderator: str) -> list[GoldRecord]:
    """Those that `moderator` was never asked, about whose comment they said and read nothing; the least asked first.

    Whoever skipped one was asked: why it was not for them holds the next time too. None of which a case waits.
    """
    query = _never_asked(look, moderator).where(~_case_waits())
    often = select(func.count()).select_from(cases).where(cases.c.gold_id == gold.c.id).scalar_subquery()
    return [_value(row) for row in look.execute(query.order_by(often, gold.c.id))]


def still_askable(look: Reading, moderator: str, comment_ids: Sequence[str]) -> set[str]:
    """Those of the comments whose known answer `moderator` may be asked yet: it must not be told to them."""
    if not comment_ids:
        return set()
    query = _never_asked(look, moderator).where(gold.c.comment_id.in_(list(comment_ids)))
    return {row.comment_id for row in look.execute(query)}


def put_off(look: Reading, moderator: str) -> list[GoldRecord]:
    """Those that `moderator` can be asked once the case that waits about their comment is decided."""
    query = _never_asked(look, moderator).where(_case_waits())
    return [_value(row) for row in look.execute(query.order_by(gold.c.id))]


def _never_asked(look: Reading, moderator: str) -> Select[Any]:
    """In use, of a comment as it was, and unknown to them."""
    me = known_as(look, moderator)
    asked = exists().where(cases.c.gold_id == gold.c.id, cases.c.lease_owner.in_(me))
    passed = exists().where(cases.c.gold_id == gold.c.id, skips.c.case_id == cases.c.id, skips.c.moderator.in_(me))
    said = exists().where(verdicts.c.comment_id == gold.c.comment_id, verdicts.c.moderator.in_(me))
    has_read = exists().where(readings.c.comment_id == gold.c.comment_id, readings.c.moderator.in_(me))
    shown = gold.join(comments, comments.c.id == gold.c.comment_id).join(
        decisions, decisions.c.id == gold.c.decision_id
    )
    as_it_was = and_(comments.c.erased_at.is_(None), comments.c.revision == decisions.c.revision)
    query = select(gold).select_from(shown).where(gold.c.retired_at.is_(None), as_it_was)
    return query.where(~asked, ~passed, ~said, ~has_read)


def _case_waits() -> ColumnElement[bool]:
    """Whether anybody is asked about the comment just now, or will be."""
    return exists().where(cases.c.comment_id == gold.c.comment_id, cases.c.state != CaseState.CLOSED)


def _value(row: Row[Any]) -> GoldRecord:
    return value_of(GoldRecord, row, verdict=VerdictKind, labels=tuple)
