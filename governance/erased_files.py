"""What the ledger tells of frozen sets that lost a person's comments: the gate believes no file that says so.

A set of another hash is the same set with less in it where an entry names both hashes. It is written before the set is:
whoever is cut off in between, and begins again, finds nothing more to take out and would have nothing to tell.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from records import ledger
from records.ids import new_id
from records.ledger import Actor, Entry
from records.unit_of_work import Reading, Unit

FROM_FILES: Final = "author.erased_from_files"
SETS: Final = "data_sets"
"""Of such an entry: by name, rows, and the hash before and after."""


def note_ahead(unit: Unit, sets: Sequence[Mapping[str, Any]], *, by: Actor, now: datetime) -> None:
    """Says what is about to go from these sets."""
    told = "rows of a person who is erased are about to be taken out"
    facts = {SETS: [dict(each) for each in sets], "ahead": True}
    ledger.append(unit, Entry(FROM_FILES, by, "erasure", new_id(), told, "personal data", facts=facts), now=now)


def steps(look: Reading) -> frozenset[tuple[str, str]]:
    """The hashes before and after of every data set that lost rows so."""
    found = (json.loads(each.body)["facts"].get(SETS) or () for each in ledger.all_of_kind(look, FROM_FILES))
    return frozenset((each["before"], each["after"]) for sets in found for each in sets)
