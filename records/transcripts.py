"""What everybody may see of a thread: the comments whose present text passed, by machine or by a person, in order.

What is withdrawn, blocked, held or erased is not there: each look asks what holds now.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, select

from moderation.decision import Outcome
from records.attachments import kinds_of
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.tables import comments, decisions
from records.unit_of_work import Reading
from records.values import LineRecord

_SHOWN = ("id", "external_id", "parent_id", "text", "lang", "type", "author_index", "created_at")
COLUMNS = (*(comments.c[name] for name in _SHOWN), func.coalesce(comments.c.attachments, "[]").label("attachments"))
"""What a line is made of."""


def line(row: Row[Any]) -> LineRecord:
    """The line of a row of `COLUMNS`."""
    return value_of(LineRecord, row, attachments=kinds_of)


def page(
    look: Reading, thread_id: str, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[LineRecord]:  # fmt: skip
    """The lines of a thread, in the order in which they were first stored.

    What passes later stands in its old place, which may lie before a cursor: a cursor leads through one reading.
    """
    about = decisions.alias("about")
    latest = (
        select(func.max(about.c.id))
        .where(about.c.comment_id == comments.c.id, about.c.revision == comments.c.revision)
        .correlate(comments)
        .scalar_subquery()
    )
    query = (
        select(*COLUMNS)
        .select_from(comments)
        .join(decisions, decisions.c.id == latest)
        .where(
            comments.c.thread_id == thread_id,
            comments.c.text.is_not(None),
            func.coalesce(decisions.c.final_outcome, decisions.c.outcome) == Outcome.PASS.value,
        )
    )
    return page_by_id(
        look,
        query,
        comments.c.id,
        line,
        asked_of("transcript", limit, cursor, thread=thread_id),
    )
