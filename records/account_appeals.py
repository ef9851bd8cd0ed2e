"""Appeals of measures and of entries of lists, behind which no comment stands: questions to a second person, counted.

They stand among the questions (`approvals`) and not among the appeals of comments, and are promised an answer as these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, exists, func, or_, select

from moderation.lists import ACCOUNT
from records import approvals as questions
from records.entry_words import ERASED
from records.house_values import ENTRY_APPEALED, MEASURE_APPEALED, ApprovalRecord, ApprovalState
from records.public_values import AppealOutcome
from records.standing_values import MeasureState, TargetKind
from records.tables import appeals, approvals, authors, comments, list_entries, measures, reporters
from records.unit_of_work import Reading

KINDS = (MEASURE_APPEALED, ENTRY_APPEALED)

OUTCOMES = {
    ApprovalState.APPROVED: AppealOutcome.OVERTURNED,
    ApprovalState.REFUSED: AppealOutcome.UPHELD,
    ApprovalState.OVERTAKEN: AppealOutcome.GONE,
}
"""What became of one; none of these: it waits."""

DUE_AT = "due_at"
"""The fact of the question by when it is answered."""

WITH_WORDS = "with_words"
"""The fact of the question whether the person wrote anything; questions of earlier programs do not say."""


@dataclass(frozen=True, slots=True)
class AccountAppeal:
    """One; `answered_at` is None while it waits, and so is `outcome`."""

    created_at: datetime
    due_at: datetime
    answered_at: datetime | None
    outcome: AppealOutcome | None


@dataclass(frozen=True, slots=True)
class Answered:
    """One that a person answered: against whose word (`key:` and a prefix for a key's), and whether that was wrong."""

    taken_by: str
    is_overturned: bool


def made(look: Reading, since: datetime, until: datetime) -> list[AccountAppeal]:
    """Those of `since <= moment < until`."""
    a = approvals.c
    query = select(approvals).where(a.kind.in_(KINDS), a.created_at >= since, a.created_at < until)
    return [_value(row) for row in look.execute(query.order_by(a.id))]


def waiting(look: Reading) -> list[AccountAppeal]:
    """Those that nobody has answered."""
    query = select(approvals).where(approvals.c.kind.in_(KINDS), approvals.c.state == ApprovalState.WAITING)
    return [_value(row) for row in look.execute(query.order_by(approvals.c.id))]


def answered_since(look: Reading, moment: datetime) -> Iterator[Answered]:
    """Against whose word somebody else spoke, or for it, since then."""
    a, told = approvals.c, (ApprovalState.APPROVED, ApprovalState.REFUSED)
    by = func.coalesce(measures.c.asked_by, list_entries.c.author).label("taken_by")
    query = (
        select(a.state, by)
        .outerjoin(measures, measures.c.id == a.subject_id)
        .outerjoin(list_entries, list_entries.c.id == a.subject_id)
        .where(a.kind.in_(KINDS), a.state.in_(told), a.answered_at >= moment)
    )
    for row in look.execute(query.order_by(a.id)):
        yield Answered(row.taken_by, row.state == ApprovalState.APPROVED)


def taken_back(look: Reading, since: datetime, until: datetime) -> Counter[tuple[str, str]]:
    """Measures that began in `since <= moment < until` and were taken back on appeal since, by target and measure.

    On an appeal of the measure itself, or of the comment for which it was taken: that ends it in the same moment.
    """
    m, a = measures.c, approvals.c
    own = exists().where(a.kind == MEASURE_APPEALED, a.subject_id == m.id, a.state == ApprovalState.APPROVED)
    restored = exists().where(
        or_(appeals.c.comment_id == m.cause_id, appeals.c.comment_id == m.comment_id),
        appeals.c.outcome == AppealOutcome.OVERTURNED,
        appeals.c.answered_at == m.ended_at,
    )
    lifted = and_(m.state == MeasureState.LIFTED, or_(own, restored))
    query = select(m.target_kind, m.measure, func.count().label("number"))
    within = query.where(lifted, m.starts_at >= since, m.starts_at < until).group_by(m.target_kind, m.measure)
    return Counter({(TargetKind(row.target_kind).value, row.measure): row.number for row in look.execute(within)})


def losing_words(look: Reading, indexes: Collection[str], as_reporter: Collection[str]) -> list[str]:
    """Appeals of an author that wait, and whose words go, or went, with what is erased of them; by their ids.

    `indexes` are the author's keyed hashes, `as_reporter` those under which they report.
    """
    m, e = measures.c, list_entries.c
    theirs = select(authors.c.id).where(authors.c.author_index.in_(list(indexes)))
    wrote = select(comments.c.id).where(comments.c.author_index.in_(list(indexes)))
    reports = select(reporters.c.id).where(reporters.c.reporter_index.in_(list(as_reporter)))
    of_them = or_(m.author_id.in_(theirs), m.comment_id.in_(wrote), m.reporter_id.in_(reports))
    notes = {
        **_notes(look, select(m.id, m.appeal_note).where(of_them)),
        **_notes(look, select(e.id, e.appeal_note).where(e.kind == ACCOUNT, e.key.in_(list(indexes)))),
    }
    return [
        each.id
        for each in questions.waiting(look)
        if each.kind in KINDS and each.subject_id in notes and (notes[each.subject_id] is not None or is_wordless(each))
    ]


def _notes(look: Reading, query: Select[tuple[str, str | None]]) -> dict[str, str | None]:
    return {row.id: row.appeal_note for row in look.execute(query)}


def is_wordless(asked: ApprovalRecord) -> bool:
    """Whether the person wrote something that was erased with their account since."""
    return asked.kind in KINDS and asked.why == ERASED and bool(asked.facts.get(WITH_WORDS, True))


def _value(row: Row[Any]) -> AccountAppeal:
    return AccountAppeal(
        row.created_at,
        datetime.fromisoformat(str(row.facts[DUE_AT])),
        row.answered_at,
        OUTCOMES.get(ApprovalState(row.state)),
    )
