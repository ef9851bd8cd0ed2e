"""What stands around a comment: its thread before and after it, and what is known of its author. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, select

from records import account_facts, transcripts
from records.account_facts import Facts
from records.tables import authors, comments, verdicts
from records.unit_of_work import Reading
from records.values import CommentRecord, LineRecord, Purpose, VerdictKind

MOST_COUNTED = 1000
"""Comments of an author that are counted; who wrote more has "at least" so many."""


@dataclass(frozen=True, slots=True)
class Glance:
    """An author, never by name. `author_id` is our own id, where it is known.

    `judged` are comments that people decided, `rejected` those of them that they rejected; `measures` the last that
    verdicts asked for, with their moments. Of the comment at hand nothing counts.
    """

    facts: Facts
    comments: int
    judged: int
    rejected: int
    measures: tuple[tuple[str, datetime], ...]
    author_id: str | None = None


def thread(look: Reading, comment: CommentRecord, *, limit: int) -> tuple[list[LineRecord], list[LineRecord]]:
    """At most `limit` comments of its thread before it and after it, in the order in which they were first stored."""
    if comment.thread_id is None:
        return [], []
    lines = select(*transcripts.COLUMNS).where(comments.c.thread_id == comment.thread_id, comments.c.text.is_not(None))
    before = lines.where(comments.c.id < comment.id).order_by(comments.c.id.desc()).limit(limit)
    after = lines.where(comments.c.id > comment.id).order_by(comments.c.id).limit(limit)
    return list(reversed(_lines(look, before))), _lines(look, after)


def author_of(look: Reading, comment: CommentRecord, *, measures: int) -> Glance | None:
    """What is known of the comment's author; None where nobody is named."""
    index = comment.author_index
    if index is None:
        return None
    author_id = look.execute(select(authors.c.id).where(authors.c.author_index == index)).scalar_one_or_none()
    some = select(comments.c.id).where(comments.c.author_index == index).limit(MOST_COUNTED).subquery()
    count = look.execute(select(func.count()).select_from(some)).scalar_one()
    given = (
        select(verdicts.c.verdict, verdicts.c.measure, verdicts.c.created_at)
        .join(comments, comments.c.id == verdicts.c.comment_id)
        .where(
            comments.c.author_index == index,
            comments.c.id != comment.id,
            and_(verdicts.c.undone_at.is_(None), verdicts.c.purpose == Purpose.DECIDE),
            verdicts.c.verdict != VerdictKind.UNSURE,
        )
        .order_by(verdicts.c.created_at.desc())
        .limit(MOST_COUNTED)
    )
    rows = look.execute(given).all()
    return Glance(
        facts=account_facts.beside(look, comment),
        comments=int(count),
        judged=len(rows),
        rejected=sum(row.verdict == VerdictKind.REJECT for row in rows),
        measures=tuple((row.measure, row.created_at) for row in rows if row.measure)[:measures],
        author_id=author_id,
    )


def _lines(look: Reading, query: Select[tuple[object, ...]]) -> list[LineRecord]:
    return [transcripts.line(row) for row in look.execute(query)]
