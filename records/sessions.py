"""Log-ins that last. The cookie holds a random token; here stands its SHA-256: a copy of the table opens nothing."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update

from records.house_values import SessionRecord, UserRecord
from records.ids import new_id
from records.mapping import value_of
from records.tables import sessions, users
from records.unit_of_work import Reading, Unit
from records.users import user_of

LIFETIME = timedelta(hours=12)


def create(unit: Unit, user_id: str, *, now: datetime, lifetime: timedelta = LIFETIME) -> tuple[SessionRecord, str]:
    """A session and the token for its cookie, which is shown this once."""
    token = secrets.token_urlsafe(32)
    row = {
        "id": new_id(),
        "token_hash": _hash(token),
        "user_id": user_id,
        "csrf_secret": secrets.token_urlsafe(32),
        "created_at": now,
        "expires_at": now + lifetime,
    }
    made = unit.execute(insert(sessions).values(row).returning(sessions)).one()
    return value_of(SessionRecord, made), token


def find(look: Reading, token: str, *, now: datetime) -> tuple[SessionRecord, UserRecord] | None:
    """The session of a cookie's token and its user; None where it ended or the user was disabled."""
    valid = (
        sessions.c.token_hash == _hash(token),
        sessions.c.revoked_at.is_(None),
        sessions.c.expires_at > now,
    )
    session = look.execute(select(sessions).where(*valid)).one_or_none()
    if session is None:
        return None
    enabled = select(users).where(users.c.id == session.user_id, users.c.disabled_at.is_(None))
    user = look.execute(enabled).one_or_none()
    return None if user is None else (value_of(SessionRecord, session), user_of(user))


def is_of_disabled(look: Reading, token: str) -> bool:
    """Whether a cookie's token was that of somebody who was disabled since, ended or not."""
    owner = select(sessions.c.user_id).where(sessions.c.token_hash == _hash(token)).scalar_subquery()
    query = select(users.c.id).where(users.c.id == owner, users.c.disabled_at.is_not(None))
    return look.execute(query).first() is not None


def alive(look: Reading, *, now: datetime) -> dict[str, int]:
    """How many sessions each user has that did not end, by user id."""
    query = select(sessions.c.user_id, func.count().label("number")).where(
        sessions.c.revoked_at.is_(None), sessions.c.expires_at > now
    )
    return {row.user_id: row.number for row in look.execute(query.group_by(sessions.c.user_id))}


def last_of_each(look: Reading) -> dict[str, datetime]:
    """When each user logged in last, by user id."""
    query = select(sessions.c.user_id, func.max(sessions.c.created_at).label("last")).group_by(sessions.c.user_id)
    return {row.user_id: row.last for row in look.execute(query)}


def revoke(unit: Unit, session_id: str, *, now: datetime) -> None:
    """Logged out."""
    alive = (sessions.c.id == session_id, sessions.c.revoked_at.is_(None))
    unit.execute(update(sessions).where(*alive).values(revoked_at=now))


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
