"""What became of words that entries commit to and that stand beside them no more: how they went, and when.

That two people took them out, or that their time was over, an entry of its own says of each record. That an account or
a comment was erased is said of no account by name: then it is told that they went so, and not when.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from records import entry_words
from records.columns import as_bytes
from records.tables import ledger
from records.unit_of_work import Reading

REMOVED = "words.removed"
"""An entry that names the record whose words are gone."""


class How(StrEnum):
    """How words went."""

    TWO_PEOPLE = "two_people"
    TIME = "time"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Gone:
    """`at` is None where the account or comment that they were about was erased."""

    how: How
    at: datetime | None = None


def gone(look: Reading, bodies: Mapping[str, Mapping[str, Any]]) -> dict[str, Gone]:
    """By the ids of their entries, of those that commit to words which are not there any more."""
    told = [entry_id for entry_id, body in bodies.items() if entry_words.commitments(body)]
    kept = entry_words.kept_beside(look, told)
    missing = [entry_id for entry_id in told if entry_id not in kept]
    if not missing:
        return {}
    subjects = {entry_id: str(bodies[entry_id]["subject"]["id"]) for entry_id in missing}
    named = {*subjects.values(), *missing}
    query = select(ledger).where(ledger.c.subject_id.in_(named), ledger.c.kind == REMOVED).order_by(ledger.c.id)
    removed = {row.subject_id: (row, json.loads(as_bytes(row.body))["facts"]) for row in look.execute(query)}
    found: dict[str, Gone] = {}
    for entry_id, subject in subjects.items():
        row, facts = removed.get(entry_id) or removed.get(subject) or (None, {})
        if row is None or row.id < entry_id:
            found[entry_id] = Gone(How.ERASED)
        else:
            found[entry_id] = Gone(How.TIME if "days" in facts else How.TWO_PEOPLE, row.created_at)
    return found
