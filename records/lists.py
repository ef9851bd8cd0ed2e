"""Entries of lists: domains, contacts, accounts, attachments. Contacts and accounts come as keyed hashes alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select, update

from moderation.errors import ConflictError, NotFoundError
from moderation.lists import ACCOUNT, ListAction, ListEntry
from records import ledger
from records.commitments import commit, new_salt
from records.house_values import ListEntryRecord
from records.ids import new_id
from records.inserting import Insert, insert_into
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, checked_limit, decode, encode, page_of
from records.tables import list_entries
from records.unit_of_work import Reading, Unit

LISTED = "listed"
"""What a commitment to an entry's key says that it is of."""

HASHED_ANEW = "list.hashed_anew"
ASKED = "list.asked"
"""The entry of which question some of them wait for."""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What is to be added. `key` is stored; `keys` are all under which the same thing may be listed already."""

    kind: str
    key: str
    keys: Collection[str]
    action: ListAction
    label: str | None
    ground: str
    reason: str
    source: str
    author: str
    expires_at: datetime | None = None
    review_at: datetime | None = None
    waits_since: datetime | None = None


def add(unit: Unit, entry: NewEntry, *, now: datetime) -> ListEntryRecord:
    """A new entry. Raises `ConflictError` where the thing is listed already, expired or not."""
    row = {
        "id": new_id(),
        "kind": entry.kind,
        "key": entry.key,
        "action": entry.action.value,
        "label": entry.label,
        "ground": entry.ground,
        "reason": entry.reason,
        "source": entry.source,
        "author": entry.author,
        "created_at": now,
        "expires_at": entry.expires_at,
        "review_at": entry.review_at,
        "waits_since": entry.waits_since,
        "salt": new_salt(),
    }
    known = find(unit, entry.kind, entry.keys)
    added = None
    if known is None:
        added = unit.execute(_insert(unit.dialect).values(row).returning(list_entries)).one_or_none()
    if added is None:
        known = known or find(unit, entry.kind, entry.keys)
        name = f"{known.id} ({known.action}, by {known.author})" if known else "another"
        raise ConflictError(f"This {entry.kind} is listed already as {name}: review or remove that entry first.")
    return _value(added)


def find(look: Reading, kind: str, keys: Collection[str]) -> ListEntryRecord | None:
    """The entry of a thing, expired or not; None where it is on no list."""
    mine = select(list_entries).where(list_entries.c.kind == kind, list_entries.c.key.in_(list(keys)))
    found = look.execute(mine.where(list_entries.c.removed_at.is_(None))).first()
    return None if found is None else _value(found)


def held_alone_by(look: Reading, kind: str, keys: Collection[str], since: datetime) -> list[str]:
    """Who put the thing on a list, with no second person, so that it was held or blocked since.

    What waits, or was declined, held nothing.
    """
    e = list_entries.c
    mine = e.kind == kind, e.key.in_(list(keys)), e.action != ListAction.ALLOW.value
    alone = e.approval_id.is_(None), e.waits_since.is_(None)
    stood = (or_(end.is_(None), end > since) for end in (e.expires_at, e.removed_at))
    return list(look.execute(select(e.author).where(*mine, *alone, *stood).distinct()).scalars())


def get(look: Reading, entry_id: str) -> ListEntryRecord:
    """The entry, removed or not. Raises `NotFoundError`."""
    found = look.execute(select(list_entries).where(list_entries.c.id == entry_id)).one_or_none()
    if found is None:
        raise NotFoundError(f"There is no list entry {entry_id}: see `chaffinch lists list`.")
    return _value(found)


def page(
    look: Reading,
    *,
    kind: str | None = None,
    due_before: datetime | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[ListEntryRecord]:
    """Entries that were not removed, in the order of their making; of one kind, or those that expire in time."""
    query = select(list_entries).where(list_entries.c.removed_at.is_(None)).order_by(list_entries.c.id)
    if kind is not None:
        query = query.where(list_entries.c.kind == kind)
    if due_before is not None:
        due = or_(list_entries.c.expires_at < due_before, list_entries.c.review_at < due_before)
        query = query.where(due)
    if cursor is not None:
        query = query.where(list_entries.c.id > decode(cursor, str)[0])
    items = [_value(row) for row in look.execute(query.limit(checked_limit(limit) + 1))]
    return page_of(items, limit, [encode(item.id) for item in items])


def holding(look: Reading, *, now: datetime) -> list[ListEntry]:
    """Every entry that counts now, as matching needs it."""
    columns = list_entries.c
    query = select(columns.id, columns.kind, columns.key, columns.action, columns.ground, columns.label).where(
        columns.removed_at.is_(None),
        columns.waits_since.is_(None),
        or_(columns.expires_at.is_(None), columns.expires_at > now),
    )
    return [value_of(ListEntry, row, action=ListAction) for row in look.execute(query)]


def keep(
    unit: Unit, entry_id: str, *, until: datetime | None, by: str, now: datetime, review: datetime | None = None
) -> ListEntryRecord:
    """Looked at, and to stay until then (None: for good), to be looked at again by `review`.

    Raises `NotFoundError`, `ConflictError` for a removed one.
    """
    values = {"expires_at": until, "review_at": review, "reviewed_by": by, "reviewed_at": now}
    return _change(unit, entry_id, values)


def set_approval(unit: Unit, entry_ids: Collection[str], approval_id: str, *, now: datetime) -> None:
    """Which question they wait for; an entry says so too."""
    ids = list(entry_ids)
    unit.execute(update(list_entries).where(list_entries.c.id.in_(ids)).values(approval_id=approval_id))
    entry = ledger.Entry(ASKED, ledger.MACHINE, "approval", approval_id, "a second person is asked", "lists",
                         facts={"entries": ids})  # fmt: skip
    ledger.append(unit, entry, now=now)


def waiting_for(look: Reading, approval_id: str) -> list[ListEntryRecord]:
    """Entries that wait for this question to be answered."""
    mine = (list_entries.c.approval_id == approval_id, list_entries.c.waits_since.is_not(None))
    query = select(list_entries).where(*mine, list_entries.c.removed_at.is_(None)).order_by(list_entries.c.id)
    return [_value(row) for row in look.execute(query)]


def let_count(unit: Unit, entry_id: str) -> ListEntryRecord:
    """A second person agreed: it counts from now on. Raises `ConflictError` where it was removed."""
    return _change(unit, entry_id, {"waits_since": None})


def remove(unit: Unit, entry_id: str, *, by: str, why: str, now: datetime) -> ListEntryRecord:
    """Taken off. Raises `NotFoundError`, `ConflictError` where it was before."""
    return _change(unit, entry_id, {"removed_at": now, "removed_by": by, "removed_why": why})


def facts_of(entry: ListEntryRecord) -> dict[str, Any]:
    """What the ledger tells of it, in every entry about it: without what is listed, which has to be able to go."""
    return {
        "kind": entry.kind,
        "action": entry.action.value,
        "label": entry.label,
        "expires_at": _iso(entry.expires_at),
        "source": entry.source,
        "review_at": _iso(entry.review_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def key_commitment(look: Reading, entry_id: str) -> str:
    """The salted commitment to what is listed, as the entry that puts it on the list has it."""
    row = look.execute(select(list_entries.c.salt, list_entries.c.key).where(list_entries.c.id == entry_id)).one()
    return commit(row.salt, LISTED, row.key).hex()


def hashed_anew(unit: Unit, older: Collection[str], index: str, *, now: datetime) -> None:
    """The keyed hash of a listed account under another key, with the entry that commits to it."""
    e = list_entries.c
    found = unit.execute(select(e.id, e.salt).where(e.kind == ACCOUNT, e.key.in_(list(older))).order_by(e.id)).all()
    for row in found:
        values = {"key": index, "salt": row.salt or new_salt()}
        unit.execute(update(list_entries).where(e.id == row.id).values(values))
        entry = get(unit, row.id)
        facts = {**facts_of(entry), "key_commitment": key_commitment(unit, row.id)}
        why = "the pseudonym is hashed with another key"
        told = ledger.Entry(HASHED_ANEW, ledger.MACHINE, "list_entry", row.id, why, entry.ground, facts=facts)
        ledger.append(unit, told, now=now)


def _change(unit: Unit, entry_id: str, values: dict[str, Any]) -> ListEntryRecord:
    this = update(list_entries).where(list_entries.c.id == entry_id, list_entries.c.removed_at.is_(None))
    found = unit.execute(this.values(values).returning(list_entries)).one_or_none()
    if found is None:
        raise ConflictError(f"This entry was removed by {get(unit, entry_id).removed_by}.")
    return _value(found)


def _insert(dialect: str) -> Insert:
    return insert_into(list_entries, dialect).on_conflict_do_nothing()


def _value(row: Row[Any]) -> ListEntryRecord:
    return value_of(ListEntryRecord, row, action=ListAction)
