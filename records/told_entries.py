"""Entries of the ledger as those read them who hold records against them, and what differs in a sentence."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Row, select

from records import entry_words
from records.columns import as_bytes
from records.retold import Body
from records.tables import ledger
from records.tampering import Finding, What
from records.unit_of_work import Reading

BATCH = 1000
MOST = 1000
"""Findings of one kind that are told."""

DECISION = "decision"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it stands: where, and what it says."""

    id: str
    number: int | None
    body: Body


def subject_of(entry: Body) -> str:
    """Whom or what it is about."""
    return str(entry["subject"]["id"])


def some(found: Iterable[Finding]) -> Iterator[Finding]:
    """The first `MOST` of them."""
    for many, each in enumerate(found, 1):
        yield each
        if many == MOST:
            return


def entries_about(look: Reading, subjects: Collection[str], kinds: Collection[str]) -> Iterator[Entry]:
    """Entries of these kinds about these subjects, in the order in which they were written."""
    query = select(ledger).where(ledger.c.subject_id.in_(list(subjects)), ledger.c.kind.in_(list(kinds)))
    yield from with_words(look, read(look.execute(query.order_by(ledger.c.id)))) if subjects else ()


def with_words(look: Reading, entries: Iterable[Entry]) -> Iterator[Entry]:
    """The same, with the words that they commit to in their places (`records/entry_words.py`)."""
    rest = iter(entries)
    while some_of := list(islice(rest, BATCH)):
        bodies = entry_words.restored(look, {each.id: each.body for each in some_of})
        yield from (Entry(each.id, each.number, bodies[each.id]) for each in some_of)


def read(rows: Iterable[Row[Any]]) -> Iterator[Entry]:
    """Those that are entries: what else stands in the ledger is told by `records/auditing.py`."""
    for row in rows:
        try:
            body = json.loads(as_bytes(row.body))
        except ValueError:
            continue
        if isinstance(body, dict) and isinstance(body.get("facts"), dict) and body.get("kind") == row.kind:
            yield Entry(row.id, row.sealed_index, body)


def differs(called: str, record_id: str, odd: Sequence[str], entry: Entry) -> Finding:
    """That a record is another than it was when its entries were made."""
    names = ", ".join(odd)
    told = f"The {called} {record_id} is not what entry {number(entry)} and those before it say: {names}."
    return Finding(What.RECORD, told, entry.number, entry.number, entry.id)


def plain(value: object) -> object:
    """As both sides can be compared."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


def number(entry: Entry) -> str:
    """Its place in the sealed log."""
    return "that is not sealed yet" if entry.number is None else str(entry.number)
