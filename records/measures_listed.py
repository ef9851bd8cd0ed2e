"""Measures as a list for people who look after them: on whom, who agreed, by which filters. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from records.measures import measure_of
from records.paging import Page, decode, encode, list_of, page_of
from records.standing_values import MeasureRecord, MeasureState
from records.tables import approvals, authors, comments, measures
from records.unit_of_work import Reading


@dataclass(frozen=True, slots=True)
class Asked:
    """Which measures. `about` is our id of an account, a comment's id or a thread's name; `by` as records name them."""

    states: Collection[MeasureState]
    measure: str | None = None
    by: str | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A measure, who agreed to it, and a comment by which the pages of its account or thread are found.

    `cause` is the platform's id of the comment for which an account is measured.
    """

    made: MeasureRecord
    agreed_by: str | None
    handle: str | None
    cause: str | None = None


def listed(look: Reading, asked: Asked, *, limit: int, cursor: str | None = None) -> Page[Listed]:
    """A page, the newest first."""
    query, mark = _query(asked), list_of("measures listed", asked=asked)
    if cursor is not None:
        query = query.where(measures.c.id < decode(mark, cursor, str)[0])
    rows = look.execute(query.order_by(measures.c.id.desc()).limit(limit + 1)).all()
    found = [
        Listed(measure_of(row), row.agreed_by, row.comment_id or row.cause_id or row.handle, row.cause) for row in rows
    ]
    return page_of(found, limit, [encode(mark, each.made.id) for each in found])


def askers(look: Reading) -> list[str]:
    """Everybody who ever took one."""
    return list(look.execute(select(measures.c.asked_by).distinct().order_by(measures.c.asked_by)).scalars())


def _query(asked: Asked) -> Select[tuple[object, ...]]:
    m = measures.c
    newest = select(func.max(comments.c.id))
    theirs = newest.where(comments.c.author_index == authors.c.author_index).correlate(authors).scalar_subquery()
    within = newest.where(comments.c.thread_id == m.thread_id).correlate(measures).scalar_subquery()
    joined = measures.outerjoin(approvals, approvals.c.id == m.approval_id).outerjoin(
        authors, authors.c.id == m.author_id
    )
    handle, cause = func.coalesce(theirs, within).label("handle"), comments.alias("cause")
    joined = joined.outerjoin(cause, cause.c.id == m.cause_id)
    named = (approvals.c.answered_by.label("agreed_by"), handle, cause.c.external_id.label("cause"))
    query = select(measures, *named).select_from(joined)
    query = query.where(m.state.in_(list(asked.states)))
    for column, wanted in ((m.measure, asked.measure), (m.asked_by, asked.by)):
        query = query if wanted is None else query.where(column == wanted)
    if asked.about is not None:
        query = query.where(func.coalesce(m.author_id, m.comment_id, m.thread_id, m.reporter_id) == asked.about)
    return query
