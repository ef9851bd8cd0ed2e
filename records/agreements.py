"""User agreements as stored: published once, never changed; and how many accounts accepted which.

The texts are public. A reader who has both can compute `content_hash` and find the same in the ledger.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from moderation.errors import NotFoundError
from records.canonical import canonical
from records.ids import new_id
from records.inserting import insert_into
from records.mapping import value_of
from records.tables import agreements, authors
from records.unit_of_work import Reading, Unit


@dataclass(frozen=True, slots=True)
class Published:
    """A version without its texts."""

    id: str
    version: str
    content_hash: str
    valid_from: datetime
    published_by: str
    why: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Agreement(Published):
    """A version of the agreement, in both languages."""

    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A version that is not there yet."""

    version: str
    zh: str
    en: str
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """How many accounts accepted a version, as the platform states."""

    version: str
    accounts: int
    published: bool


def content_hash_of(version: str, *, zh: str, en: str) -> str:
    """SHA-256, in hexadecimal digits, over the RFC 8785 JSON of version and texts."""
    return hashlib.sha256(canonical({"en": en, "version": version, "zh": zh})).hexdigest()


def add(unit: Unit, draft: Draft, *, by: str, why: str, now: datetime) -> Agreement | None:
    """A new version; None where another unit, that ended just now, took its name or the moment from which it holds.

    What was there before is the caller's to look for: on SQLite a trigger refuses it.
    """
    row = {
        "id": new_id(),
        "version": draft.version,
        "text_zh": draft.zh,
        "text_en": draft.en,
        "content_hash": content_hash_of(draft.version, zh=draft.zh, en=draft.en),
        "valid_from": draft.valid_from,
        "published_by": by,
        "why": why,
        "created_at": now,
    }
    put = insert_into(agreements, unit.dialect).values(row).on_conflict_do_nothing()
    added = unit.execute(put.returning(agreements)).one_or_none()
    return None if added is None else value_of(Agreement, added)


def get(look: Reading, version: str) -> Agreement:
    """The version. Raises `NotFoundError`."""
    found = look.execute(select(agreements).where(agreements.c.version == version)).one_or_none()
    if found is None:
        raise NotFoundError(f"No agreement {version!r} was ever published: see `chaffinch agreement list`.")
    return value_of(Agreement, found)


def every(look: Reading) -> list[Published]:
    """All that were ever published, the one that holds last first."""
    return [value_of(Published, row) for row in look.execute(_published())]


def in_force(look: Reading, *, now: datetime) -> Agreement | None:
    """What holds; None before the first one does."""
    query = select(agreements).where(agreements.c.valid_from <= now).order_by(agreements.c.valid_from.desc())
    found = look.execute(query.limit(1)).one_or_none()
    return None if found is None else value_of(Agreement, found)


def is_published(look: Reading, version: str) -> bool:
    """Whether there is such a version, in force or not yet."""
    return look.execute(select(agreements.c.id).where(agreements.c.version == version)).first() is not None


def accepted(look: Reading) -> list[Accepted]:
    """How many accounts accepted which version, the most accepted first."""
    many = func.count().label("many")
    mine = authors.c.agreement_version.is_not(None)
    query = select(authors.c.agreement_version.label("version"), many, agreements.c.id.is_not(None).label("published"))
    joined = authors.outerjoin(agreements, agreements.c.version == authors.c.agreement_version)
    query = query.select_from(joined).where(mine).group_by(authors.c.agreement_version, agreements.c.id)
    rows = look.execute(query.order_by(many.desc(), authors.c.agreement_version))
    return [Accepted(row.version, row.many, bool(row.published)) for row in rows]


def _published() -> Select[tuple[object, ...]]:
    columns = (agreements.c[name] for name in Published.__dataclass_fields__)
    return select(*columns).order_by(agreements.c.valid_from.desc())
