"""Entries of lists: domains, contacts, accounts, attachments. Contacts and accounts come as keyed hashes alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, update

from moderation.errors import ConflictError, NotFoundError
from moderation.lists import ACCOUNT, ListAction, ListEntry
from records import ledger
from records.commitments import commit, new_salt
from records.house_values import ENTRY_KEPT, ApprovalState, ListEntryRecord
from records.ids import new_id
from records.inserting import Insert, insert_into
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.tables import approvals, list_entries
from records.unit_of_work import Reading, Unit

LISTED = "listed"
"""What a commitment to an entry's key says that it is of."""

KEPT = "list.kept"
"""The entry of somebody's look, after which it stays."""

HASHED_ANEW = "list.hashed_anew"
ASKED = "list.asked"
"""The entry of which question some of them wait for."""

AGAINST = "against"
"""Of a question about an entry: the harsher ones by which two people hold or block the same, or what it is part of."""


@dataclass(frozen=True, slots=True)
class Begun:
    """An entry, and since when it counts."""

    entry: ListEntryRecord
    at: datetime


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
    tells: bool = True


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
        "tells": entry.tells,
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


def of_account(look: Reading, indexes: Collection[str], *, now: datetime) -> ListEntryRecord | None:
    """The entry that refuses or holds an account at this moment, by its keyed hash under each key; None where none."""
    e = list_entries.c
    counts = e.removed_at.is_(None), e.waits_since.is_(None), or_(e.expires_at.is_(None), e.expires_at > now)
    mine = e.kind == ACCOUNT, e.key.in_(list(indexes)), e.action != ListAction.ALLOW.value
    found = look.execute(select(list_entries).where(*mine, *counts).order_by(e.id).limit(1)).one_or_none()
    return None if found is None else _value(found)


def allowing(look: Reading, things: Mapping[str, Collection[str]], *, since: datetime) -> list[ListEntryRecord]:
    """The entries that allow one of these things (keys by kind), or are asked to, at any time since then."""
    if not things:
        return []
    e = list_entries.c
    of_these = or_(*(and_(e.kind == kind, e.key.in_(list(keys))) for kind, keys in things.items()))
    stood = (or_(end.is_(None), end > since) for end in (e.expires_at, e.removed_at))
    query = select(list_entries).where(e.action == ListAction.ALLOW.value, of_these, *stood).order_by(e.id)
    return [_value(row) for row in look.execute(query)]


def any_allowing(look: Reading, *, since: datetime) -> bool:
    """Whether anything at all was allowed, or asked to be, at any time since then."""
    e = list_entries.c
    stood = (or_(end.is_(None), end > since) for end in (e.expires_at, e.removed_at))
    return look.execute(select(e.id).where(e.action == ListAction.ALLOW.value, *stood).limit(1)).first() is not None


def alone_by(look: Reading, kind: str, keys: Collection[str], since: datetime, *, allowing: bool) -> list[str]:
    """Who put the thing on a list, with no second person, so that it was held or blocked (`allowing`: allowed) since.

    What waits, or was declined, did nothing.
    """
    e = list_entries.c
    is_alike = e.action == ListAction.ALLOW.value if allowing else e.action != ListAction.ALLOW.value
    mine = e.kind == kind, e.key.in_(list(keys)), is_alike
    alone = e.approval_id.is_(None), e.waits_since.is_(None)
    stood = (or_(end.is_(None), end > since) for end in (e.expires_at, e.removed_at))
    return list(look.execute(select(e.author).where(*mine, *alone, *stood).distinct()).scalars())


def find_by_id(look: Reading, entry_id: str) -> ListEntryRecord | None:
    """The entry, removed or not; None where there is none."""
    found = look.execute(select(list_entries).where(list_entries.c.id == entry_id)).one_or_none()
    return None if found is None else _value(found)


def get(look: Reading, entry_id: str) -> ListEntryRecord:
    """The entry, removed or not. Raises `NotFoundError`."""
    found = find_by_id(look, entry_id)
    if found is None:
        raise NotFoundError(f"There is no list entry {entry_id}: see `chaffinch lists list`.")
    return found


def page(
    look: Reading,
    *,
    kind: str | None = None,
    due_before: datetime | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[ListEntryRecord]:
    """Entries that were not removed, in the order of their making; of one kind, or those that expire in time.

    What is allowed without an end, from before that had to have one, is due until somebody looks at it.
    """
    query = select(list_entries).where(list_entries.c.removed_at.is_(None))
    if kind is not None:
        query = query.where(list_entries.c.kind == kind)
    if due_before is not None:
        e = list_entries.c
        endless = and_(e.action == ListAction.ALLOW.value, e.expires_at.is_(None), e.review_at.is_(None))
        query = query.where(or_(e.expires_at < due_before, e.review_at < due_before, endless))
    return page_by_id(
        look,
        query,
        list_entries.c.id,
        _value,
        asked_of("list entries", limit, cursor, kind=kind, is_due=due_before is not None),
    )


def holding(look: Reading, *, now: datetime) -> list[ListEntry]:
    """Every entry that counts now, as matching needs it."""
    e = list_entries.c
    counts = e.removed_at.is_(None), e.waits_since.is_(None), or_(e.expires_at.is_(None), e.expires_at > now)
    columns = e.id, e.kind, e.key, e.action, e.ground, e.label
    agreed = _agreed(look, *counts)
    return [_matching(row, agreed) for row in look.execute(select(*columns).where(*counts))]


def _agreed(look: Reading, *mine: ColumnElement[bool]) -> dict[str, tuple[str, ...]]:
    """Of these entries those that a second person said yes to, and which others each went against.

    Yes to the entry itself, or to a review that keeps it for longer than one person may.
    """
    e, q = list_entries.c, approvals.c
    found: dict[str, tuple[str, ...]] = {}
    for asked in (q.id == e.approval_id, and_(q.kind == ENTRY_KEPT, q.subject_id == e.id)):
        joined = list_entries.join(approvals, asked)
        yes = q.state == ApprovalState.APPROVED.value
        for row in look.execute(select(e.id, q.facts).select_from(joined).where(yes, *mine)):
            found[row.id] = (*found.get(row.id, ()), *row.facts.get(AGAINST, ()))
    return found


def is_agreed(look: Reading, entry_id: str) -> bool:
    """Whether a second person said yes to it, or to its being kept for longer than one person may."""
    return entry_id in _agreed(look, list_entries.c.id == entry_id)


def _matching(row: Row[Any], agreed: Mapping[str, tuple[str, ...]]) -> ListEntry:
    by_two, against = row.id in agreed, agreed.get(row.id, ())
    return ListEntry(row.id, row.kind, row.key, ListAction(row.action), row.ground, row.label, by_two, against)


def agreed_on(
    look: Reading, things: Mapping[str, Collection[str]], *, harsher_than: ListAction, now: datetime
) -> list[str]:
    """The entries that stop more, of one of these things (keys by kind), since two people agreed to them."""
    e = list_entries.c
    harsher = [each.value for each in ListAction if each.severity > harsher_than.severity]
    if not things or not harsher:
        return []
    of_these = or_(*(and_(e.kind == kind, e.key.in_(list(keys))) for kind, keys in things.items()))
    counts = e.removed_at.is_(None), e.waits_since.is_(None), or_(e.expires_at.is_(None), e.expires_at > now)
    return sorted(_agreed(look, of_these, e.action.in_(harsher), *counts))


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
    return _change(unit, entry_id, {"waits_since": None, "typed_cipher": None})


def remove(unit: Unit, entry_id: str, *, by: str, why: str, now: datetime) -> ListEntryRecord:
    """Taken off. Raises `NotFoundError`, `ConflictError` where it was before."""
    return _change(unit, entry_id, {"removed_at": now, "removed_by": by, "removed_why": why, "typed_cipher": None})


def facts_of(entry: ListEntryRecord) -> dict[str, Any]:
    """What the ledger tells of it, in every entry about it: without what is listed, which has to be able to go."""
    return {
        "kind": entry.kind,
        "action": entry.action.value,
        "label": entry.label,
        "expires_at": _iso(entry.expires_at),
        "source": entry.source,
        "review_at": _iso(entry.review_at),
        "tells": entry.tells,
    }


def keep_typed(unit: Unit, entry_id: str, cipher: str) -> None:
    """What is listed as it was typed, encrypted, until a second person answers or the entry is taken off."""
    unit.execute(update(list_entries).where(list_entries.c.id == entry_id).values(typed_cipher=cipher))


def typed(look: Reading, entry_id: str) -> str | None:
    """The same, encrypted; None where it was not kept, and once it is answered."""
    found: str | None = look.execute(
        select(list_entries.c.typed_cipher).where(list_entries.c.id == entry_id)
    ).scalar_one_or_none()
    return found


def keep_appeal(unit: Unit, entry_id: str, note: str | None) -> None:
    """Their words, whom it is about, beside the entry."""
    unit.execute(update(list_entries).where(list_entries.c.id == entry_id).values(appeal_note=note))


def appeal_note(look: Reading, entry_id: str) -> str | None:
    """The words of whoever appealed; None where they gave none, in time, and once they are erased."""
    found: str | None = look.execute(
        select(list_entries.c.appeal_note).where(list_entries.c.id == entry_id)
    ).scalar_one_or_none()
    return found


def forget_appeals(unit: Unit, kind: str, *, before: datetime) -> int:
    """Removes words of appeals that were answered before then; how many."""
    old = select(approvals.c.subject_id).where(approvals.c.kind == kind, approvals.c.answered_at < before)
    noted = list_entries.c.appeal_note.is_not(None), list_entries.c.id.in_(old)
    return unit.execute(update(list_entries).where(*noted).values(appeal_note=None)).rowcount


def begun(look: Reading, since: datetime, until: datetime) -> list[Begun]:
    """Entries by which an account is refused, that began to count in `since <= moment < until`, the oldest first.

    One that waited for a second person began with their word; one that was declined never did.
    """
    e = list_entries.c
    at = func.coalesce(approvals.c.answered_at, e.created_at)
    blocks = e.kind == ACCOUNT, e.action == ListAction.BLOCK.value, e.waits_since.is_(None)
    joined = list_entries.outerjoin(approvals, approvals.c.id == e.approval_id)
    query = select(list_entries, at.label("began_at")).select_from(joined).where(*blocks, at >= since, at < until)
    return [Begun(_value(row), row.began_at) for row in look.execute(query.order_by(at, e.id))]


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
    found = value_of(ListEntryRecord, row, action=ListAction)
    # Of an entry from before there was the choice: one that a second person agreed to may be of an imported list.
    return replace(found, tells=row.approval_id is None) if row.tells is None else found
