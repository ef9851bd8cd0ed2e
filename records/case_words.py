"""What somebody says of a case when they pass it on: to seniors, to a colleague, to anybody. For who has it next."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, insert, select

from records.ids import new_id
from records.mapping import value_of
from records.tables import case_words
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CaseWords


class Passed(StrEnum):
    """How a case was passed on."""

    ESCALATED = "escalated"
    HANDED_OVER = "handed_over"
    SKIPPED = "skipped"
    UNSURE = "unsure"
    """The note of a verdict that decided nothing; it stands with the verdict."""


def add(  # noqa: PLR0913 - each by its name
    unit: Unit,
    case: CaseRecord,
    kind: Passed,
    *,
    by: str,
    reason: str,
    note: str,
    now: datetime,
    to: str | None = None,
) -> None:
    """Keeps them, also where nothing was said: who passed it on says something too."""
    row = {
        "id": new_id(),
        "case_id": case.id,
        "comment_id": case.comment_id,
        "moderator": by,
        "kind": kind,
        "handed_to": to,
        "reason": reason or None,
        "note": note or None,
        "created_at": now,
    }
    unit.execute(insert(case_words).values(row))


def of_case(look: Reading, case_id: str) -> list[CaseWords]:
    """All of a case, the oldest first."""
    query = select(case_words).where(case_words.c.case_id == case_id).order_by(case_words.c.id)
    return [value_of(CaseWords, row) for row in look.execute(query)]


def of_comment(look: Reading, comment_id: str) -> list[CaseWords]:
    """All about a comment, the oldest first."""
    query = select(case_words).where(case_words.c.comment_id == comment_id).order_by(case_words.c.id)
    return [value_of(CaseWords, row) for row in look.execute(query)]


def take_back_skip(unit: Unit, case_id: str, moderator: str, *, since: datetime) -> None:
    """What `moderator` said with a skip since then: they have the case again, and nobody read it."""
    mine = (case_words.c.case_id == case_id, case_words.c.moderator == moderator, case_words.c.kind == Passed.SKIPPED)
    unit.execute(delete(case_words).where(*mine, case_words.c.created_at >= since))


def take_back(unit: Unit, case_id: str, moderator: str) -> None:
    """The last that `moderator` said in the case: they have it again, and nobody read it."""
    mine = (case_words.c.case_id == case_id, case_words.c.moderator == moderator)
    last = select(case_words.c.id).where(*mine).order_by(case_words.c.id.desc()).limit(1)
    unit.execute(delete(case_words).where(case_words.c.id.in_(last.scalar_subquery())))
