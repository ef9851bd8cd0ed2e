"""API keys: `ck_<prefix>_<secret>`. The table has the prefix, to find and to show, and the SHA-256 of the whole."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, or_, select, update

from moderation.errors import NotFoundError
from records.house_values import KeyRecord
from records.ids import new_id
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.tables import api_keys
from records.unit_of_work import Reading, Unit

MARK = "ck"
_USED_EVERY = timedelta(minutes=1)


def create(
    unit: Unit,
    name: str,
    *,
    scopes: Iterable[str],
    now: datetime,
    rate: float | None = None,
    policy: str | None = None,
) -> tuple[KeyRecord, str]:
    """A key's record, and the key itself, which is shown this once.

    `rate`: comments a second it may send. `policy`: the one that judges what it asks.
    """
    prefix = secrets.token_hex(4)
    key = f"{MARK}_{prefix}_{secrets.token_urlsafe(32)}"
    row = {
        "id": new_id(),
        "prefix": prefix,
        "hash": hash_of(key),
        "name": name,
        "scopes": sorted(set(scopes)),
        "created_at": now,
        "rate": rate,
        "policy": policy,
    }
    return _value(unit.execute(insert(api_keys).values(row).returning(api_keys)).one()), key


def find(look: Reading, key: str) -> KeyRecord | None:
    """The record of a key as presented; None where there is none or it was revoked."""
    parts = key.split("_", 2)
    if len(parts) != 3 or parts[0] != MARK:
        return None
    found = look.execute(select(api_keys).where(api_keys.c.prefix == parts[1])).one_or_none()
    if found is None or found.revoked_at is not None or not hmac.compare_digest(found.hash, hash_of(key)):
        return None
    return _value(found)


def by_prefix(look: Reading, prefix: str) -> KeyRecord | None:
    """The record of the key that shows as `ck_<prefix>_...`, revoked or not."""
    found = look.execute(select(api_keys).where(api_keys.c.prefix == prefix)).one_or_none()
    return None if found is None else _value(found)


def owners(look: Reading) -> list[tuple[str, str]]:
    """The prefix of every key, revoked ones too, and whose it is."""
    return [(row.prefix, row.name) for row in look.execute(select(api_keys.c.prefix, api_keys.c.name))]


def any_exist(look: Reading) -> bool:
    """Whether a key was ever created, revoked or not: a server with none runs open on loopback."""
    return look.execute(select(api_keys.c.id).limit(1)).first() is not None


def page(look: Reading, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[KeyRecord]:
    """Keys, revoked ones too, in the order of their making."""
    return page_by_id(look, select(api_keys), api_keys.c.id, _value, asked_of("keys", limit, cursor))


def revoke(unit: Unit, prefix: str, *, now: datetime) -> KeyRecord:
    """No longer valid. Raises `NotFoundError`."""
    this = update(api_keys).where(api_keys.c.prefix == prefix, api_keys.c.revoked_at.is_(None))
    unit.execute(this.values(revoked_at=now))
    return _shown(unit, prefix)


def limit(unit: Unit, prefix: str, rate: float | None) -> KeyRecord:
    """May send so many comments a second from now on; None: as the setting says. Raises `NotFoundError`."""
    unit.execute(update(api_keys).where(api_keys.c.prefix == prefix).values(rate=rate))
    return _shown(unit, prefix)


def bind(unit: Unit, prefix: str, policy: str | None) -> KeyRecord:
    """What it asks is judged under this policy from now on; None: any. Raises `NotFoundError`."""
    unit.execute(update(api_keys).where(api_keys.c.prefix == prefix).values(policy=policy))
    return _shown(unit, prefix)


def set_skills(
    unit: Unit,
    prefix: str,
    *,
    languages: Sequence[str] | None,
    subjects: Sequence[str] | None,
    skills: Sequence[str] | None,
) -> KeyRecord:
    """The languages and labels whose cases it is given (None: all) and special trainings. Raises `NotFoundError`."""
    told = {"languages": languages, "subjects": subjects, "skills": skills}
    values = {name: list(names) if names else None for name, names in told.items()}
    unit.execute(update(api_keys).where(api_keys.c.prefix == prefix).values(**values))
    return _shown(unit, prefix)


def touch(unit: Unit, key_id: str, *, now: datetime) -> None:
    """Notes that it was used, at most once a minute."""
    old = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < now - _USED_EVERY)
    unit.execute(update(api_keys).where(api_keys.c.id == key_id, old).values(last_used_at=now))


def _shown(look: Reading, prefix: str) -> KeyRecord:
    found = by_prefix(look, prefix)
    if found is None:
        raise NotFoundError(f"There is no key {MARK}_{prefix}_...: see `chaffinch keys list`.")
    return found


def hash_of(key: str) -> bytes:
    """What is kept of it."""
    return hashlib.sha256(key.encode()).digest()


def _value(row: Row[Any]) -> KeyRecord:
    return value_of(KeyRecord, row, scopes=tuple, languages=tuple, subjects=tuple, skills=tuple)
