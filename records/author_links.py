"""What accounts share, by the keyed hashes of what platforms stated: who shares a value with whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from moderation.lists import ACCOUNT
from records.held_accounts import is_barred, suspends, was_suspended_before
from records.link_crowds import MOST_SHARED, Value
from records.tables import author_links, authors, list_entries, measures
from records.unit_of_work import Reading


def held_with(
    look: Reading, author_id: str, value: Value, *, among: Collection[str] | None = None, now: datetime
) -> list[str]:  # fmt: skip
    """Accounts that are closed, blacklisted, or suspended since before this one came, and have the value as well.

    The newest `MOST_SHARED`; with `among` of these accounts alone.
    """
    holds = or_(is_barred(now), was_suspended_before(author_id, now))
    return _who(look, value, authors.c.id != author_id, holds, among=among)


def later_with(
    look: Reading, author_id: str, value: Value, *, since: datetime, among: Collection[str] | None = None
) -> list[str]:  # fmt: skip
    """Accounts that came after that moment and have the value: the newest `MOST_SHARED`, or of `among` alone."""
    came = func.coalesce(authors.c.registered_at, authors.c.created_at)
    return _who(look, value, authors.c.id != author_id, came > since, among=among)


def _who(look: Reading, value: Value, *which: ColumnElement[bool], among: Collection[str] | None) -> list[str]:
    kind, indexes = value
    has_it = and_(author_links.c.kind == kind, author_links.c.link_index.in_(list(indexes)))
    query = select(authors.c.id).join(author_links, author_links.c.author_id == authors.c.id).where(has_it, *which)
    if among is not None:
        query = query.where(authors.c.id.in_(list(among)))
    return list(look.execute(query.distinct().order_by(authors.c.id.desc()).limit(MOST_SHARED)).scalars())


def values_of(look: Reading, author_id: str) -> list[Value]:
    """What an account stated, each value by all hashes under which it is stored."""
    query = select(author_links).where(author_links.c.author_id == author_id)
    hashes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in look.execute(query.order_by(author_links.c.kind, author_links.c.link_index)):
        hashes[row.kind, row.same_as or row.link_index].append(row.link_index)
    return [(kind, tuple(found)) for (kind, _), found in sorted(hashes.items())]


def is_barred_now(look: Reading, author_id: str, *, now: datetime) -> bool:
    """Whether the account is closed or blacklisted."""
    query = select(authors.c.id).where(authors.c.id == author_id, is_barred(now))
    return look.execute(query).first() is not None


def suspended_since(look: Reading, author_id: str, *, now: datetime) -> datetime | None:
    """When the suspension began that holds the account at this moment, the first of several; None where none does."""
    mine = measures.c.author_id == author_id
    began: datetime | None = look.execute(
        select(func.min(measures.c.starts_at)).where(mine, *suspends(now))
    ).scalar_one()
    return began


def came(look: Reading, author_id: str) -> datetime | None:
    """Since when there is the account, as far as is known: a platform may close it first and state it later."""
    closed = select(func.min(measures.c.created_at)).where(measures.c.author_id == authors.c.id).scalar_subquery()
    same = and_(list_entries.c.kind == ACCOUNT, list_entries.c.key == authors.c.author_index)
    listed = select(func.min(list_entries.c.created_at)).where(same).scalar_subquery()
    moments = authors.c.created_at, authors.c.registered_at, closed, listed
    row = look.execute(select(*moments).where(authors.c.id == author_id)).one_or_none()
    return None if row is None else min(each for each in row if each is not None)


def id_of_index(look: Reading, author_index: str) -> str | None:
    """Our id of the account whose keyed hash an entry of a list holds; None where nothing is known of it."""
    found: str | None = look.execute(
        select(authors.c.id).where(authors.c.author_index == author_index)
    ).scalar_one_or_none()
    return found
