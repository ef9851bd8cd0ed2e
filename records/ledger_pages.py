"""The ledger as people leaf through it: the newest entries first, by kind, actor, subject and time.

What an entry is about has an index, its other filters have none: the table is read back in stretches of a stated
number of rows, and after so many of them a page ends where it stands and says up to when it looked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from records import entry_words
from records.canonical import canonical
from records.house_values import LedgerEntry
from records.mapping import value_of
from records.paging import checked_limit, decode, encode, list_of
from records.proving import Wanted, query_of
from records.tables import ledger
from records.unit_of_work import Reading

STRETCH = 20_000
"""Rows that are looked at in one query."""

STRETCHES = 10
"""After so many a page is given as it is: two hundred thousand rows take some tenths of a second."""


@dataclass(frozen=True, slots=True)
class Leafed:
    """Entries, the newest first. `looked_to`: where it stopped before the page was full, the moment up to which."""

    items: tuple[LedgerEntry, ...]
    next_cursor: str | None
    looked_to: datetime | None = None


def leaf(look: Reading, wanted: Wanted, *, actors: Sequence[str] = (), limit: int, cursor: str | None = None) -> Leafed:
    """A page. `actors` are ids as entries name them. Raises `InvalidInputError` for a cursor that is none of ours."""
    mark = list_of("ledger leafed", wanted=wanted, actors=set(actors))
    before = None if cursor is None else str(decode(mark, cursor, str)[0])
    query = query_of(wanted).order_by(ledger.c.id.desc()).limit(checked_limit(limit) + 1)
    if actors:
        query = query.where(or_(*(_is_by(look, each) for each in actors)))
    found: list[LedgerEntry] = []
    looked_to: datetime | None = None
    for _ in range(STRETCHES):
        within = query if before is None else query.where(ledger.c.id < before)
        floor = _floor(look, before)
        within = within if floor is None else within.where(ledger.c.id >= floor[0])
        found += [value_of(LedgerEntry, row) for row in look.execute(within)]
        if len(found) > limit:
            return Leafed(tuple(found[:limit]), encode(mark, found[limit - 1].id))
        if floor is None:
            return Leafed(tuple(found), None)
        before, looked_to = floor
    return Leafed(tuple(found), encode(mark, before or ""), looked_to)


def size(look: Reading) -> tuple[int, int]:
    """Entries altogether, and those that are not sealed yet."""
    whole = look.execute(select(func.count()).select_from(ledger)).scalar_one()
    waits = look.execute(select(func.count()).select_from(ledger).where(ledger.c.sealed_index.is_(None))).scalar_one()
    return int(whole), int(waits)


def kinds(look: Reading) -> list[str]:
    """The kinds that there are, in their order."""
    return list(look.execute(select(ledger.c.kind).distinct().order_by(ledger.c.kind)).scalars())


def body_of(entry: LedgerEntry) -> dict[str, Any]:
    """What it says; nothing where its bytes are no entry's (`records/auditing.py` tells of those)."""
    try:
        said = json.loads(entry.body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def words_of(look: Reading, entry: LedgerEntry) -> dict[str, Any]:
    """What it says with the words that it only commits to, as long as they are there; for people."""
    body = body_of(entry)
    return entry_words.for_people(look, entry.id, body) if isinstance(body.get("facts"), dict) else body


def _floor(look: Reading, before: str | None) -> tuple[str, datetime] | None:
    """The entry at which a stretch that begins before this one ends; None where the ledger ends in it."""
    query = select(ledger.c.id, ledger.c.created_at).order_by(ledger.c.id.desc()).offset(STRETCH - 1).limit(1)
    found = look.execute(query if before is None else query.where(ledger.c.id < before)).one_or_none()
    return None if found is None else (found.id, found.created_at)


def _is_by(look: Reading, actor_id: str) -> ColumnElement[bool]:
    """Canonical bytes have one form for this, and no text within them can have it: its quotes are escaped."""
    named = canonical({"id": actor_id}).removesuffix(b"}")
    place = func.instr if look.dialect == "sqlite" else func.pg_catalog.position
    return place(ledger.c.body, b'"actor":' + named + b",") > 0
