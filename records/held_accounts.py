"""Which accounts are held: closed, on the blacklist, or suspended. As conditions on a row of `authors`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select

from moderation.lists import ACCOUNT, ListAction
from records.standing_values import MeasureState
from records.tables import authors, list_entries, measures


def is_held_now(now: datetime) -> ColumnElement[bool]:
    """Closed, listed or suspended at this moment."""
    runs = measures.c.author_id == authors.c.id, *suspends(now)
    return or_(is_barred(now), select(measures.c.id).where(*runs).exists())


def is_barred(now: datetime) -> ColumnElement[bool]:
    """Closed or on the blacklist."""
    return or_(_is_closed(), _is_listed(now))


def was_suspended_before(newcomer_id: str, now: datetime) -> ColumnElement[bool]:
    """Suspended, and was when the newcomer came: who was there before evades nothing."""
    newcomer = authors.alias("newcomer")
    came = (
        select(func.coalesce(newcomer.c.registered_at, newcomer.c.created_at))
        .where(newcomer.c.id == newcomer_id)
        .scalar_subquery()
    )
    same = measures.c.author_id == authors.c.id
    return select(measures.c.id).where(same, *suspends(now), measures.c.starts_at <= came).exists()


def suspends(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Of a row of `measures`: a suspension that runs."""
    runs = or_(measures.c.ends_at.is_(None), measures.c.ends_at > now)
    return measures.c.measure == "suspend", measures.c.state == MeasureState.IN_FORCE, runs


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
