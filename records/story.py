"""What an account or a thread did, newest first: comments, what people said of them, measures asked and taken back."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from moderation.decision import Outcome
from records.paging import Page, checked_limit, decode, encode, list_of, page_of
from records.personal import Keyring
from records.tables import comments, decisions, ledger, verdicts
from records.unit_of_work import Reading
from records.values import CommentRecord, Purpose, VerdictRecord
from records.verdicts import verdict_of

MOST_COUNTED = 1000
"""Comments that the sums are made of, the latest; a longer story says so."""

_MEASURES = ("measure.requested", "measure.withdrawn")


@dataclass(frozen=True, slots=True)
class Whose:
    """The comments of one account (its keyed hashes under every key) or of one thread."""

    authors: tuple[str, ...] = ()
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """An entry of the ledger about a comment: a measure, asked for or withdrawn."""

    comment_id: str
    is_withdrawn: bool
    measure: str
    reason: str
    ground: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sums:
    """Of the latest `MOST_COUNTED` comments; `blocked` as it holds now."""

    comments: int
    blocked: int
    by_people: int
    overturned: int
    first: datetime | None
    is_whole: bool


def whose_account(keyring: Keyring, comment: CommentRecord) -> Whose | None:
    """The account that wrote a comment; None where the platform named none or it was erased."""
    if comment.author_cipher is None:
        return None
    return Whose(authors=keyring.indexes("author", keyring.reveal("author", comment.author_cipher)))


def latest_by(look: Reading, keyring: Keyring, pseudonym: str) -> str | None:
    """The id of an account's latest comment: the handle by which pages speak of it."""
    query = select(func.max(comments.c.id)).where(comments.c.author_index.in_(keyring.indexes("author", pseudonym)))
    found: str | None = look.execute(query).scalar_one()
    return found


def stopped_of(look: Reading, indexes: Collection[str], *, limit: int) -> list[str]:
    """The newest comments of an account, by its keyed hashes, that are not shown."""
    about = decisions.alias("about")
    latest = select(func.max(about.c.id)).where(about.c.comment_id == comments.c.id).scalar_subquery()
    holds = func.coalesce(decisions.c.final_outcome, decisions.c.outcome) == Outcome.BLOCK.value
    joined = comments.join(decisions, decisions.c.id == latest)
    query = select(comments.c.id).select_from(joined).where(comments.c.author_index.in_(list(indexes)), holds)
    return list(look.execute(query.order_by(comments.c.id.desc()).limit(limit)).scalars())


def comment_ids(look: Reading, whose: Whose, *, limit: int, cursor: str | None = None) -> Page[str]:
    """Newest first."""
    query = select(comments.c.id).where(_theirs(whose)).order_by(comments.c.id.desc()).limit(checked_limit(limit) + 1)
    if cursor is not None:
        query = query.where(comments.c.id < after(whose, cursor))
    found, mark = list(look.execute(query).scalars()), _mark(whose)
    return page_of(found, limit, [encode(mark, one) for one in found])


def after(whose: Whose, cursor: str) -> str:
    """The last comment of the page before. Raises `InvalidInputError` for a cursor that is none of this story's."""
    return str(decode(_mark(whose), cursor, str)[0])


def sums(look: Reading, whose: Whose, *, but: Collection[str] = ()) -> Sums:
    """How the story stands. Those of `but` are comments of it, and how they stand is not counted."""
    known = _theirs(whose)
    beside = select(func.count()).where(known, comments.c.id.in_(list(but)))
    unsaid = int(look.execute(beside).scalar_one()) if but else 0
    theirs = select(comments.c.id, comments.c.created_at).where(known, comments.c.id.not_in(list(but)))
    theirs = theirs.order_by(comments.c.id.desc())
    some = theirs.limit(MOST_COUNTED).subquery()
    about = decisions.alias("about")
    latest = select(func.max(about.c.id)).where(about.c.comment_id == some.c.id).scalar_subquery()
    stands = func.coalesce(decisions.c.final_outcome, decisions.c.outcome)
    settled = decisions.c.final_outcome.is_not(None)
    query = select(
        stands.label("stands"), settled.label("settled"), decisions.c.overturned,
        func.count().label("number"), func.min(some.c.created_at).label("first"),
    ).select_from(some.join(decisions, decisions.c.id == latest))  # fmt: skip
    rows = look.execute(query.group_by(stands, settled, decisions.c.overturned)).all()
    whole = sum(row.number for row in rows)
    return Sums(
        whole + unsaid,
        sum(row.number for row in rows if row.stands == Outcome.BLOCK),
        sum(row.number for row in rows if row.settled),
        sum(row.number for row in rows if row.overturned),
        min((row.first for row in rows), default=None),
        whole < MOST_COUNTED,
    )


def verdicts_about(look: Reading, comment_ids: Sequence[str]) -> list[VerdictRecord]:
    """Verdicts that stand, second opinions too, oldest first; not answers to what was known."""
    about = (
        verdicts.c.comment_id.in_(comment_ids), verdicts.c.purpose != Purpose.GOLD, verdicts.c.undone_at.is_(None)
    )  # fmt: skip
    return [verdict_of(row) for row in look.execute(select(verdicts).where(*about).order_by(verdicts.c.id))]


def measures_on(look: Reading, comment_ids: Sequence[str]) -> list[MeasureLine]:
    """Oldest first."""
    about = (ledger.c.subject_id.in_(comment_ids), ledger.c.kind.in_(_MEASURES))
    return [
        _measure(row.body, row.created_at) for row in look.execute(select(ledger).where(*about).order_by(ledger.c.id))
    ]


def _mark(whose: Whose) -> str:
    return list_of("story", whose=whose)


def _theirs(whose: Whose) -> ColumnElement[bool]:
    if whose.thread is not None:
        return comments.c.thread_id == whose.thread
    return comments.c.author_index.in_(whose.authors)


def _measure(body: bytes, at: datetime) -> MeasureLine:
    told = json.loads(body)
    is_withdrawn = told["kind"] == "measure.withdrawn"
    return MeasureLine(
        told["subject"]["id"], is_withdrawn, told["facts"]["measure"], told["reason"], told["ground"],
        told["actor"]["id"], at,
    )  # fmt: skip
