"""Decisions as stored: finding, paging, and what a verdict makes of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, update

from moderation.decision import Outcome
from moderation.errors import NotFoundError
from records import search_index
from records.mapping import decision_of
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.personal import Keyring
from records.tables import comments, decisions
from records.unit_of_work import Reading, Unit
from records.values import DecisionRecord

LAST = 500
"""Comments of an account or a thread whose policies are asked for."""

_AT_ONCE = 500
"""Ids in one question to the database."""


def get(look: Reading, decision_id: str) -> DecisionRecord:
    """The decision. Raises `NotFoundError`."""
    found = look.execute(select(decisions).where(decisions.c.id == decision_id)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such decision.")
    return decision_record(found)


def revisions_of(look: Reading, decision_ids: Collection[str]) -> dict[str, int]:
    """Which text of its comment each of these decisions judged."""
    query = select(decisions.c.id, decisions.c.revision).where(decisions.c.id.in_(list(decision_ids)))
    return {row.id: row.revision for row in look.execute(query)}


def latest_of(look: Reading, comment_id: str) -> DecisionRecord:
    """The last decision about a comment. Raises `NotFoundError`."""
    about = select(decisions).where(decisions.c.comment_id == comment_id)
    found = look.execute(about.order_by(decisions.c.id.desc()).limit(1)).one_or_none()
    if found is None:
        raise NotFoundError("There is no decision about this comment.")
    return decision_record(found)


def last_settled(look: Reading, comment_id: str) -> DecisionRecord | None:
    """The last decision about a comment of which a person said something that holds; None where nobody did."""
    mine = decisions.c.comment_id == comment_id, decisions.c.final_outcome.is_not(None)
    found = look.execute(select(decisions).where(*mine).order_by(decisions.c.id.desc()).limit(1)).one_or_none()
    return None if found is None else decision_record(found)


def of_text_at(look: Reading, comment_id: str, moment: datetime) -> DecisionRecord:
    """The last decision about the text that the comment had at that moment, whatever it was changed to since.

    Raises `NotFoundError`.
    """
    d = decisions.c
    had = select(d.revision).where(d.comment_id == comment_id, d.created_at <= moment).order_by(d.id.desc()).limit(1)
    revision = look.execute(had).scalar_one_or_none()
    if revision is None:
        return latest_of(look, comment_id)
    about = select(decisions).where(d.comment_id == comment_id, d.revision == revision)
    return decision_record(look.execute(about.order_by(d.id.desc()).limit(1)).one())


def latest_of_many(look: Reading, comment_ids: Collection[str]) -> dict[str, DecisionRecord]:
    """The last decision about each of a page's comments, by comment; of those that were never decided none."""
    if not comment_ids:
        return {}
    newest = select(func.max(decisions.c.id)).where(decisions.c.comment_id.in_(list(comment_ids)))
    query = select(decisions).where(decisions.c.id.in_(newest.group_by(decisions.c.comment_id)))
    return {row.comment_id: decision_record(row) for row in look.execute(query)}


def spared_among(look: Reading, comment_ids: Sequence[str]) -> set[str]:
    """Of these comments those that entries of lists spared something when they were decided last."""
    d, later = decisions.c, decisions.alias("later").c
    found: set[str] = set()
    for first in range(0, len(comment_ids), _AT_ONCE):
        some = d.comment_id.in_(comment_ids[first : first + _AT_ONCE])
        newer = select(later.id).where(later.comment_id == d.comment_id, later.id > d.id).exists()
        rows = look.execute(select(d.comment_id, d.allowed).where(some, d.allowed.is_not(None), ~newer))
        found |= {row.comment_id for row in rows if row.allowed and row.allowed["spared"]}
    return found


def page(
    look: Reading, *, comment_id: str | None = None, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[DecisionRecord]:
    """Decisions, newest first; those about one comment if `comment_id` is given."""
    query = select(decisions)
    if comment_id is not None:
        query = query.where(decisions.c.comment_id == comment_id)
    return page_by_id(
        look,
        query,
        decisions.c.id,
        decision_record,
        asked_of("decisions", limit, cursor, comment=comment_id),
        newest_first=True,
    )


def policies_of_comment(look: Reading, comment_id: str) -> set[str]:
    """Names of the policies under which this comment was judged."""
    return _policies(look, comments.c.id == comment_id)


def policies_of_author(look: Reading, keyring: Keyring, author: str) -> set[str]:
    """Names of the policies under which the account's last comments were judged; `author` is its pseudonym."""
    return _policies(look, comments.c.author_index.in_(keyring.indexes("author", author)))


def policies_of_thread(look: Reading, thread_id: str) -> set[str]:
    """Names of the policies under which the thread's last comments were judged; `thread_id` is the platform's."""
    return _policies(look, comments.c.thread_id == thread_id)


def _policies(look: Reading, mine: ColumnElement[bool]) -> set[str]:
    last = select(comments.c.id).where(mine).order_by(comments.c.id.desc()).limit(LAST).subquery()
    query = select(decisions.c.policy).join(last, last.c.id == decisions.c.comment_id).distinct()
    return {policy.partition("@")[0] for policy in look.execute(query).scalars()}


def set_final(unit: Unit, decision_id: str, *, outcome: Outcome | None, overturned: bool | None) -> None:
    """Writes what a verdict made of the decision; None and None where it was taken back."""
    this = decisions.c.id == decision_id
    unit.execute(update(decisions).where(this).values(final_outcome=outcome, overturned=overturned))
    search_index.mark_decided(unit, decision_id)


def decision_record(row: Row[Any]) -> DecisionRecord:
    """The value of a row of `decisions`."""
    found: Mapping[str, Any] = dict(row._mapping)
    created: datetime = found["created_at"]
    final = found["final_outcome"]
    return DecisionRecord(
        id=found["id"],
        comment_id=found["comment_id"],
        revision=found["revision"],
        surface=found["surface"],
        thread_id=found["thread_id"],
        decision=decision_of(found),
        final_outcome=None if final is None else Outcome(final),
        overturned=found["overturned"],
        latency_ms=found["latency_ms"],
        created_at=created,
    )
