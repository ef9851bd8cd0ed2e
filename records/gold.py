"""Known answers as stored. Who is asked which, and when, is `review/gold.py`'s business."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, exists, func, insert, select, update

from moderation.errors import NotFoundError
from records.ids import new_id
from records.mapping import value_of
from records.tables import cases, comments, decisions, gold, readings, verdicts
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CaseState, GoldRecord, VerdictKind


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


def unasked(look: Reading, moderator: str) -> GoldRecord | None:
    """One that `moderator` was never asked, of whose comment they never said or read anything; the least asked first."""
    asked = exists().where(cases.c.gold_id == gold.c.id, cases.c.lease_owner == moderator)
    said = exists().where(verdicts.c.comment_id == gold.c.comment_id, verdicts.c.moderator == moderator)
    has_read = exists().where(readings.c.comment_id == gold.c.comment_id, readings.c.moderator == moderator)
    waiting = exists().where(cases.c.comment_id == gold.c.comment_id, cases.c.state != CaseState.CLOSED)
    often = select(func.count()).select_from(cases).where(cases.c.gold_id == gold.c.id).scalar_subquery()
    shown = gold.join(comments, comments.c.id == gold.c.comment_id).join(
        decisions, decisions.c.id == gold.c.decision_id
    )
    as_it_was = and_(comments.c.erased_at.is_(None), comments.c.revision == decisions.c.revision)
    query = select(gold).select_from(shown).where(gold.c.retired_at.is_(None), as_it_was)
    usable = query.where(~asked, ~said, ~has_read, ~waiting)
    found = look.execute(usable.order_by(often, gold.c.id).limit(1)).one_or_none()
    return None if found is None else _value(found)


def _value(row: Row[Any]) -> GoldRecord:
    return value_of(GoldRecord, row, verdict=VerdictKind, labels=tuple)
