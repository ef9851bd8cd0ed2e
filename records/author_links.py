"""What accounts share, by the keyed hashes of what platforms stated: with whom, and how common it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from moderation.lists import ACCOUNT, ListAction
from records.standing_values import MeasureState
from records.tables import author_links, authors, list_entries, measures
from records.unit_of_work import Reading

MOST_SHARED = 1000
"""What one account shares with others, so far as it is read: a value of more is no evidence."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A value of this kind is `against`'s too, an account that is closed or listed; so many accounts have it."""

    kind: str
    against: str
    accounts: int


def shared_with_held(
    look: Reading, author_id: str, kind: str, indexes: Collection[str], *, now: datetime
) -> list[Shared]:  # fmt: skip
    """Which closed or blacklisted accounts have the value as well; `indexes` are its hashes under every key."""
    has_it = and_(author_links.c.kind == kind, author_links.c.link_index.in_(list(indexes)))
    others = (
        select(authors.c.id)
        .join(author_links, author_links.c.author_id == authors.c.id)
        .where(has_it, authors.c.id != author_id, or_(_is_closed(), _is_listed(now)))
        .distinct()
        .order_by(authors.c.id)
    )
    held = list(look.execute(others).scalars())
    if not held:
        return []
    count = look.execute(select(func.count(author_links.c.author_id.distinct())).where(has_it)).scalar_one()
    return [Shared(kind, against, int(count)) for against in held]


def shared_by_later(look: Reading, author_id: str) -> list[tuple[str, Shared]]:
    """What accounts that came after this one share with it, with their ids; `against` is this one.

    Compared as stored: a value that was stated before and after a rotation of keys has two hashes.
    """
    mine, theirs, has_it = author_links.alias("mine"), author_links.alias("theirs"), author_links.alias("has_it")
    me, other = authors.alias("me"), authors.alias("other")
    same = and_(theirs.c.kind == mine.c.kind, theirs.c.link_index == mine.c.link_index)
    count = (
        select(func.count())
        .where(has_it.c.kind == mine.c.kind, has_it.c.link_index == mine.c.link_index)
        .scalar_subquery()
    )
    query = (
        select(other.c.id, mine.c.kind, count.label("accounts"))
        .select_from(mine)
        .join(theirs, same)
        .join(me, me.c.id == mine.c.author_id)
        .join(other, other.c.id == theirs.c.author_id)
        .where(mine.c.author_id == author_id, other.c.id != author_id, other.c.created_at > me.c.created_at)
        .order_by(other.c.id, mine.c.kind)
        .limit(MOST_SHARED)
    )
    return [(row.id, Shared(row.kind, author_id, int(row.accounts))) for row in look.execute(query)]


def id_of_index(look: Reading, author_index: str) -> str | None:
    """Our id of the account whose keyed hash an entry of a list holds; None where nothing is known of it."""
    found: str | None = look.execute(
        select(authors.c.id).where(authors.c.author_index == author_index)
    ).scalar_one_or_none()
    return found


def _is_closed() -> ColumnElement[bool]:
    closed = and_(
        measures.c.author_id == authors.c.id, measures.c.measure == "close", measures.c.state == MeasureState.IN_FORCE
    )
    return select(measures.c.id).where(closed).exists()


def _is_listed(now: datetime) -> ColumnElement[bool]:
    listed = and_(
        list_entries.c.kind == ACCOUNT,
        list_entries.c.key == authors.c.author_index,
        list_entries.c.action == ListAction.BLOCK,
        list_entries.c.removed_at.is_(None),
        list_entries.c.waits_since.is_(None),
        or_(list_entries.c.expires_at.is_(None), list_entries.c.expires_at > now),
    )
    return select(list_entries.c.id).where(listed).exists()
