"""What accounts share, by the keyed hashes of what platforms stated: with whom, and how common it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from moderation.lists import ACCOUNT, ListAction
from records.standing_values import MeasureState
from records.tables import author_links, authors, list_entries, measures
from records.unit_of_work import Reading

MOST_SHARED = 1000
"""Accounts that have one value: of more it is no evidence, and nobody is read."""

Value = tuple[str, Collection[str]]
"""The kind of a link, and the keyed hashes of one value of it."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A value of this kind is `against`'s too, an account that is held; so many accounts have it."""

    kind: str
    against: str
    accounts: int


def shared_with_held(
    look: Reading, author_id: str, kind: str, indexes: Collection[str], *, now: datetime
) -> list[Shared]:  # fmt: skip
    """Which accounts that are closed, blacklisted, or suspended since before this one came have the value as well.

    `indexes` are its hashes under every key.
    """
    has_it = and_(author_links.c.kind == kind, author_links.c.link_index.in_(list(indexes)))
    others = (
        select(authors.c.id)
        .join(author_links, author_links.c.author_id == authors.c.id)
        .where(has_it, authors.c.id != author_id, or_(_is_closed(), _is_listed(now), _is_suspended(author_id, now)))
        .distinct()
        .order_by(authors.c.id)
    )
    held = list(look.execute(others).scalars())
    if not held:
        return []
    count = look.execute(select(func.count(author_links.c.author_id.distinct())).where(has_it)).scalar_one()
    return [Shared(kind, against, int(count)) for against in held]


def values_of(look: Reading, author_id: str) -> list[Value]:
    """What an account stated, as it is stored: a value from before and after a rotation of keys has two hashes."""
    query = select(author_links.c.kind, author_links.c.link_index).where(author_links.c.author_id == author_id)
    rows = look.execute(query.order_by(author_links.c.kind, author_links.c.link_index))
    return [(row.kind, (row.link_index,)) for row in rows]


def shared_by_later(
    look: Reading, author_id: str, values: Iterable[Value], *, since: datetime | None = None
) -> list[tuple[str, Shared]]:  # fmt: skip
    """What accounts that came after this one share of these values, with their ids; `against` is this one.

    With `since` they are those that came after that moment.
    """
    since = since or _came(look, author_id)
    return [] if since is None else [
        (other, Shared(kind, author_id, accounts))
        for kind, indexes in values
        for other, accounts in _later(look, author_id, kind, indexes, since)
    ]  # fmt: skip


def _later(
    look: Reading, author_id: str, kind: str, indexes: Collection[str], since: datetime
) -> list[tuple[str, int]]:  # fmt: skip
    """Who came after this moment and has the value, and how many have it; nobody where a crowd has."""
    has_it = and_(author_links.c.kind == kind, author_links.c.link_index.in_(list(indexes)))
    some = select(author_links.c.author_id).where(has_it).distinct().limit(MOST_SHARED + 1).subquery()
    accounts = look.execute(select(func.count()).select_from(some)).scalar_one()
    if accounts > MOST_SHARED:
        return []
    came = func.coalesce(authors.c.registered_at, authors.c.created_at)
    query = select(authors.c.id).join(some, some.c.author_id == authors.c.id)
    found = look.execute(query.where(authors.c.id != author_id, came > since).order_by(authors.c.id)).scalars()
    return [(other, int(accounts)) for other in found]


def is_held(look: Reading, author_id: str, *, now: datetime) -> bool:
    """Whether the account is closed or blacklisted."""
    query = select(authors.c.id).where(authors.c.id == author_id, or_(_is_closed(), _is_listed(now)))
    return look.execute(query).first() is not None


def suspended_since(look: Reading, author_id: str, *, now: datetime) -> datetime | None:
    """When the suspension began that holds the account at this moment, the first of several; None where none does."""
    mine = measures.c.author_id == author_id
    began: datetime | None = look.execute(
        select(func.min(measures.c.starts_at)).where(mine, *_suspends(now))
    ).scalar_one()
    return began


def _came(look: Reading, author_id: str) -> datetime | None:
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


def _is_closed() -> ColumnElement[bool]:
    closed = and_(
        measures.c.author_id == authors.c.id, measures.c.measure == "close", measures.c.state == MeasureState.IN_FORCE
    )
    return select(measures.c.id).where(closed).exists()


def _is_suspended(newcomer_id: str, now: datetime) -> ColumnElement[bool]:
    """Whether an account is suspended, and was when the newcomer came: who was there before evades nothing."""
    newcomer = authors.alias("newcomer")
    came = (
        select(func.coalesce(newcomer.c.registered_at, newcomer.c.created_at))
        .where(newcomer.c.id == newcomer_id)
        .scalar_subquery()
    )
    same = measures.c.author_id == authors.c.id
    return select(measures.c.id).where(same, *_suspends(now), measures.c.starts_at <= came).exists()


def _suspends(now: datetime) -> tuple[ColumnElement[bool], ...]:
    runs = or_(measures.c.ends_at.is_(None), measures.c.ends_at > now)
    return measures.c.measure == "suspend", measures.c.state == MeasureState.IN_FORCE, runs


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
