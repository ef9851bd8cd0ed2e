"""What `chaffinch audit verify` came to is an entry itself: the ledger's page says when it ran and what it found.

Whoever can alter the database can leave this entry out, or make one; it is a reminder to look, and no proof.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from records import ledger
from records.auditing import Audit
from records.ledger import Actor, Entry
from records.tampering import Finding
from records.unit_of_work import Reading, Unit

VERIFIED = "ledger.verified"
SUBJECT = "ledger"
SHOWN = 20
"""Findings whose sentence stands in the entry."""


@dataclass(frozen=True, slots=True)
class Verified:
    """One run: over how many entries, whether the records beneath were looked at, what was found (the first of it)."""

    at: datetime
    size: int
    root: str
    records: bool
    findings: int
    sentences: tuple[str, ...]


def note(unit: Unit, found: Audit, findings: Sequence[Finding], *, records: bool, now: datetime) -> str:
    """The entry; its id. The caller commits."""
    facts = {
        "size": found.size,
        "root": found.root.hex(),
        "records": records,
        "findings": len(findings),
        "sentences": [each.sentence for each in findings[:SHOWN]],
    }
    reason = f"{len(findings)} findings" if findings else "nothing found"
    entry = Entry(VERIFIED, Actor("system", "audit"), "ledger", SUBJECT, reason, "audit verify", facts=facts)
    return ledger.append(unit, entry, now=now)


def last(look: Reading) -> Verified | None:
    """The last run; None where it never ran."""
    found = ledger.last(look, VERIFIED, SUBJECT)
    if found is None:
        return None
    told = json.loads(found.body)["facts"]
    return Verified(
        found.created_at, told["size"], told["root"], told["records"], told["findings"], tuple(told["sentences"])
    )
