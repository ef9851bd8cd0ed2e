"""Log-ins that last. The cookie holds a random token; here stands its SHA-256: a copy of the table opens nothing."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, insert, or_, select, update

from records.house_values import SessionRecord, UserRecord
from records.ids import new_id
from records.mapping import value_of
from records.tables import sessions, users
from records.unit_of_work import Reading, Unit
from records.users import user_of

LIFETIME = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Began:
    """From where a session begins, in short: a network, not an address; a browser and system, not a version."""

    address: str | None = None
    browser: str | None = None


NOWHERE = Began()


def create(
    unit: Unit, user_id: str, *, now: datetime, lifetime: timedelta = LIFETIME, began: Began = NOWHERE
) -> tuple[SessionRecord, str]:
    """A session and the token for its cookie, which is shown this once."""
    token = secrets.token_urlsafe(32)
    row = {
        "id": new_id(),
        "token_hash": _hash(token),
        "user_id": user_id,
        "csrf_secret": secrets.token_urlsafe(32),
        "created_at": now,
        "expires_at": now + lifetime,
        "address": began.address,
        "browser": began.browser,
    }
    made = unit.execute(insert(sessions).values(row).returning(sessions)).one()
    return value_of(SessionRecord, made), token


def find(
    look: Reading, token: str, *, now: datetime, idle: timedelta = LIFETIME
) -> tuple[SessionRecord, UserRecord] | None:
    """The session of a cookie's token and its user; None where it ended or the user was disabled.

    One that nobody used for as long as `idle` has ended.
    """
    session = look.execute(select(sessions).where(sessions.c.token_hash == _hash(token), *_alive(now, idle)))
    found = session.one_or_none()
    if found is None:
        return None
    enabled = select(users).where(users.c.id == found.user_id, users.c.disabled_at.is_(None))
    user = look.execute(enabled).one_or_none()
    return None if user is None else (value_of(SessionRecord, found), user_of(user))


def of_user(look: Reading, user_id: str, *, now: datetime, idle: timedelta = LIFETIME) -> list[SessionRecord]:
    """Somebody's sessions that did not end, the newest first."""
    query = select(sessions).where(sessions.c.user_id == user_id, *_alive(now, idle))
    return [value_of(SessionRecord, row) for row in look.execute(query.order_by(sessions.c.id.desc()))]


def use(unit: Unit, session_id: str, *, now: datetime) -> None:
    """It is used now; never set back, and one that ended stays so."""
    before = or_(sessions.c.used_at.is_(None), sessions.c.used_at < now)
    mine = (sessions.c.id == session_id, sessions.c.revoked_at.is_(None), before)
    unit.execute(update(sessions).where(*mine).values(used_at=now))


def is_of_disabled(look: Reading, token: str) -> bool:
    """Whether a cookie's token was that of somebody who was disabled since, ended or not."""
    owner = select(sessions.c.user_id).where(sessions.c.token_hash == _hash(token)).scalar_subquery()
    query = select(users.c.id).where(users.c.id == owner, users.c.disabled_at.is_not(None))
    return look.execute(query).first() is not None


def alive(look: Reading, *, now: datetime, idle: timedelta = LIFETIME) -> dict[str, int]:
    """How many sessions each user has that did not end, by user id."""
    query = select(sessions.c.user_id, func.count().label("number")).where(*_alive(now, idle))
    return {row.user_id: row.number for row in look.execute(query.group_by(sessions.c.user_id))}


def last_of_each(look: Reading) -> dict[str, datetime]:
    """When each user logged in last, by user id."""
    query = select(sessions.c.user_id, func.max(sessions.c.created_at).label("last")).group_by(sessions.c.user_id)
    return {row.user_id: row.last for row in look.execute(query)}


def revoke(unit: Unit, session_id: str, *, now: datetime) -> None:
    """Logged out."""
    alive = (sessions.c.id == session_id, sessions.c.revoked_at.is_(None))
    unit.execute(update(sessions).where(*alive).values(revoked_at=now))


def revoke_of(unit: Unit, user_id: str, *, only: str | None = None, but: str | None = None, now: datetime) -> int:
    """Ends somebody's sessions: all, `only` one, or all `but` one; how many did not end before."""
    which = [sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None), sessions.c.expires_at > now]
    which += [sessions.c.id == only] if only is not None else []
    which += [sessions.c.id != but] if but is not None else []
    return unit.execute(update(sessions).where(*which).values(revoked_at=now)).rowcount


def forget_places(unit: Unit, *, now: datetime) -> int:
    """Of sessions that ended or ran out the network and browser go; how many."""
    over = or_(sessions.c.revoked_at.is_not(None), sessions.c.expires_at <= now)
    told = or_(sessions.c.address.is_not(None), sessions.c.browser.is_not(None))
    return unit.execute(update(sessions).where(over, told).values(address=None, browser=None)).rowcount


def _alive(now: datetime, idle: timedelta) -> tuple[ColumnElement[bool], ...]:
    used = func.coalesce(sessions.c.used_at, sessions.c.created_at)
    return sessions.c.revoked_at.is_(None), sessions.c.expires_at > now, used > now - idle


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
