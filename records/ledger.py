"""The ledger: who did what, why, on which ground, under which versions. It only grows (triggers refuse all else).

An entry is written in the transaction of what it records. Its body is canonical JSON (RFC 8785) that a later sealer
hashes into a Merkle log; a comment's text and pseudonym, and what people wrote about people (`entry_words`), stand in
it only as salted commitments.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import insert, select, text

from moderation.decision import Versions
from moderation.errors import NotFoundError
from records import clocks, entry_words, ledger_kinds, moved_away, signing_keys, tables
from records.canonical import canonical
from records.house_values import LedgerEntry
from records.ids import new_id
from records.mapping import value_of
from records.marks import BEGUN, NONE_BEFORE, SUBJECT
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.tables import ledger
from records.unit_of_work import Reading, Unit

BODY_VERSION = 1

_INSERT = insert(ledger)
_INSERT_WORDS = insert(tables.entry_words)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who: `machine`, `moderator`, `key`, `system`, ... and its id."""

    kind: str
    id: str


MACHINE = Actor("machine", "chaffinch")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be written. `facts` is JSON without text; bytes go in as hexadecimal."""

    kind: str
    actor: Actor
    subject_kind: str
    subject_id: str
    reason: str
    ground: str
    versions: Versions | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def append(unit: Unit, entry: Entry, *, now: datetime) -> str:
    """Writes one entry in the unit's transaction; its id."""
    return append_all(unit, [entry], now=now)[0]


def append_all(unit: Unit, entries: Iterable[Entry], *, now: datetime) -> list[str]:
    """Writes entries in the unit's transaction, in order; their ids.

    What was typed on a command line names its actor as claimed, and beside it `by_os_user` in its facts. Raises
    `ConfigError` where the ledger has a key that is not at hand: what bears no mark would read as forged; and
    `PartUnavailableError` where these records went to another database.
    """
    if unit.marks is not None and signing_keys.begins(unit, unit.marks, now=now):
        begin_marks(unit, none_before=signing_keys.is_empty(unit), now=now)
    if unit.os_user is not None:
        entries = [replace(entry, facts={**entry.facts, "by_os_user": unit.os_user}) for entry in entries]
    entries = _whole(unit, entries)
    if entries:
        unit.once("clock", lambda: clocks.warn(unit, now))
    at = now.astimezone(UTC).isoformat(timespec="microseconds")
    words: list[dict[str, Any]] = []
    rows = [{**_columns(entry, new_id(), at, words), "created_at": now} for entry in entries]
    if unit.marks is not None:
        for row in rows:
            row["mark"] = unit.marks.of(row["body"])
    if rows:
        unit.execute(_INSERT, rows)
        # After the insert, which waits for a copy that runs: what it commits is seen.
        moved_away.check_once(unit)
    if words:
        unit.execute(_INSERT_WORDS, words)
    return [row["id"] for row in rows]


def begin_marks(unit: Unit, *, none_before: bool, now: datetime) -> None:
    """Says that entries bear marks from now on; `none_before`: this is the ledger's first one."""
    told = "from now on entries bear the mark of who writes them"
    facts = {NONE_BEFORE: True} if none_before else {}
    append(unit, Entry(BEGUN, MACHINE, "ledger", SUBJECT, told, "", facts=facts), now=now)


def _whole(look: Reading, entries: Iterable[Entry]) -> list[Entry]:
    """With what a kind's entries say where whoever writes them says nothing (`records/ledger_kinds.py`)."""
    told: list[Entry] = []
    held, is_known = None, False
    for entry in entries:
        more: dict[str, Any] = {}
        if not entry.ground and (ground := ledger_kinds.ground_of(entry.kind)):
            more["ground"] = ground
        if not entry.reason and entry.kind in ledger_kinds.REASONS:
            more["reason"] = ledger_kinds.REASONS[entry.kind]
        if entry.versions is None and ledger_kinds.tells_what_decides(entry.kind):
            if not is_known:
                held, is_known = ledger_kinds.in_force(look), True
            more["versions"] = _own_versions(entry) or held
        told.append(replace(entry, **more) if more else entry)
    return told


def _own_versions(entry: Entry) -> Versions | None:
    """Of an entry that says what is in force from now on."""
    return ledger_kinds.versions_of(entry.facts) if entry.kind == ledger_kinds.PARTS else None


def get(look: Reading, entry_id: str) -> LedgerEntry:
    """The entry. Raises `NotFoundError`."""
    found = look.execute(select(ledger).where(ledger.c.id == entry_id)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such ledger entry.")
    return value_of(LedgerEntry, found)


def last(look: Reading, kind: str, subject_id: str) -> LedgerEntry | None:
    """The newest entry of this kind about one thing."""
    query = select(ledger).where(ledger.c.subject_id == subject_id, ledger.c.kind == kind)
    found = look.execute(query.order_by(ledger.c.id.desc()).limit(1)).one_or_none()
    return None if found is None else value_of(LedgerEntry, found)


_AT_ONCE = 500
"""Things in one question to the database."""


def last_of(
    look: Reading, kinds: Collection[str], subject_ids: Sequence[str], *, by: datetime | None = None
) -> dict[tuple[str, str], LedgerEntry]:
    """The newest entry of each of these kinds about each of these things, by kind and thing; written `by` then."""
    found: dict[tuple[str, str], LedgerEntry] = {}
    for first in range(0, len(subject_ids), _AT_ONCE):
        about = ledger.c.subject_id.in_(subject_ids[first : first + _AT_ONCE])
        these = about, ledger.c.kind.in_(kinds), *([] if by is None else [ledger.c.created_at <= by])
        for row in look.execute(select(ledger).where(*these).order_by(ledger.c.id)):
            found[row.kind, row.subject_id] = value_of(LedgerEntry, row)
    return found


def page(
    look: Reading, *, subject_id: str | None = None, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[LedgerEntry]:
    """Entries, oldest first; those about one thing if `subject_id` is given."""
    query = select(ledger)
    if subject_id is not None:
        query = query.where(ledger.c.subject_id == subject_id)
    return page_by_id(
        look,
        query,
        ledger.c.id,
        lambda row: value_of(LedgerEntry, row),
        asked_of("ledger", limit, cursor, subject=subject_id),
    )


def of_kind(look: Reading, subject_id: str, kind: str) -> list[LedgerEntry]:
    """Every entry of one kind about one thing, oldest first."""
    mine = (ledger.c.subject_id == subject_id, ledger.c.kind == kind)
    return [value_of(LedgerEntry, row) for row in look.execute(select(ledger).where(*mine).order_by(ledger.c.id))]


def all_of_kind(look: Reading, kind: str) -> list[LedgerEntry]:
    """Every entry of one kind, oldest first: the whole ledger is looked through."""
    query = select(ledger).where(ledger.c.kind == kind).order_by(ledger.c.id)
    return [value_of(LedgerEntry, row) for row in look.execute(query)]


def audits(look: Reading, *, limit: int) -> list[str]:
    """The moments by which neutrality audits are named, the newest first."""
    of_them = text("kind = 'neutrality.audited'")  # in the words of the index, which a parameter would not match
    query = select(ledger.c.subject_id).where(of_them).order_by(ledger.c.id.desc()).limit(limit)
    return list(look.execute(query).scalars())


def _columns(entry: Entry, entry_id: str, at: str, words: list[dict[str, Any]]) -> dict[str, Any]:
    """Its row but for the moment; `at` is that moment as every body has it. What it only commits to goes to `words`."""
    body: dict[str, Any] = {
        "v": BODY_VERSION,
        "id": entry_id,
        "at": at,
        "kind": entry.kind,
        "actor": _plain(entry.actor),
        "subject": {"kind": entry.subject_kind, "id": entry.subject_id},
        "reason": entry.reason,
        "ground": entry.ground,
        "versions": None if entry.versions is None else _plain(entry.versions),
        "facts": entry.facts if type(entry.facts) is dict else dict(entry.facts),
    }
    if entry_words.are_committed(entry.kind, entry.facts):
        body, kept = entry_words.parted(body)
        if kept is not None:
            words.append(entry_words.row_of(entry_id, body["subject"]["id"], kept))
    return {"id": entry_id, "kind": entry.kind, "subject_id": body["subject"]["id"], "body": canonical(body)}


@lru_cache(maxsize=256)
def _plain(value: Actor | Versions) -> dict[str, str]:
    """As JSON; thousands of entries bear the same. It is only read."""
    return {each.name: getattr(value, each.name) for each in fields(value)}
