"""Credit events beside the ledger: what was invented, changed or removed, by its id and its account.

An entry tells of many events at once, as they are from then on. All entries are read in order into one digest an event
(some two hundred bytes each in memory), then the table beside them. Events go where their account was erased and once
they weigh nothing; the ledger tells of both.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, select

from records.columns import as_bytes
from records.credit import COUNTED, FORGOTTEN, Counts, event_document
from records.mapping import value_of
from records.tables import authors, credit_events, ledger
from records.tampering import Finding, What
from records.unit_of_work import Reading

_BATCH = 1000


@dataclass(slots=True)
class _Told:
    """What the newest entry about an event says: the digest of it all, whose and when it is, and the entry's place."""

    digest: bytes
    author_id: str
    at: str
    entry_id: str
    number: int | None


def credit_differences(look: Reading) -> Iterator[Finding]:
    """What differs."""
    told, forgotten = _told(look)
    after = ""
    query = select(credit_events).order_by(credit_events.c.id).limit(_BATCH)
    while rows := look.execute(query.where(credit_events.c.id > after)).all():
        after = rows[-1].id
        for row in rows:
            said = told.pop(row.id, None)
            if said is None:
                sentence = f"The credit event {row.id} of the account {row.author_id} has no entry: it was put in."
                yield Finding(What.MISSING, sentence)
            elif said.digest != _digest(event_document(value_of(Counts, row))):
                sentence = (
                    f"The credit event {row.id} of the account {said.author_id} is not what entry {_number(said)} says."
                )
                yield Finding(What.RECORD, sentence, said.number, said.number, said.entry_id)
    yield from _gone(look, told, forgotten)


def _gone(look: Reading, told: dict[str, _Told], forgotten: datetime | None) -> Iterator[Finding]:
    left = [(name, said) for name, said in told.items() if forgotten is None or _moment(said.at) >= forgotten]
    for first in range(0, len(left), _BATCH):
        some = left[first : first + _BATCH]
        whole = authors.c.erased_at.is_(None)
        query = select(authors.c.id).where(authors.c.id.in_({said.author_id for _, said in some}), whole)
        known = set(look.execute(query).scalars())
        for name, said in some:
            if said.author_id in known:
                sentence = (
                    f"The credit event {name} of the account {said.author_id}, of which entry {_number(said)} tells, "
                    "is gone from the table credit_events."
                )
                yield Finding(What.RECORD, sentence, said.number, said.number, said.entry_id)


def _told(look: Reading) -> tuple[dict[str, _Told], datetime | None]:
    """The newest word about each event, and the moment before which events were forgotten."""
    told: dict[str, _Told] = {}
    forgotten: datetime | None = None
    after = ""
    query = select(ledger).where(ledger.c.kind.in_((COUNTED, FORGOTTEN))).order_by(ledger.c.id).limit(_BATCH)
    while rows := look.execute(query.where(ledger.c.id > after)).all():
        after = rows[-1].id
        for row in rows:
            facts = _facts(row)
            if "before" in facts:
                before = _moment(facts["before"])
                forgotten = before if forgotten is None else max(forgotten, before)
            elif isinstance(facts.get("events"), list):
                for event in facts["events"]:
                    told[event[0]] = _Told(_digest(event), event[1], event[4], row.id, row.sealed_index)
    return told, forgotten


def _facts(row: Row[Any]) -> dict[str, Any]:
    """Of an entry; nothing where its bytes are none's, which `records/auditing.py` tells."""
    try:
        body = json.loads(as_bytes(row.body))
    except ValueError:
        return {}
    facts = body.get("facts") if isinstance(body, dict) else None
    return facts if isinstance(facts, dict) else {}


def _digest(event: list[Any]) -> bytes:
    return hashlib.sha256(json.dumps(event).encode()).digest()


def _moment(told: str) -> datetime:
    return datetime.fromisoformat(told).astimezone(UTC)


def _number(said: _Told) -> str:
    return "that is not sealed yet" if said.number is None else str(said.number)
