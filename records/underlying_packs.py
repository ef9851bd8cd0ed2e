"""Packs of rules in force, held against the entries by which they came into force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from sqlalchemy import select

from moderation.pack_files import PackFiles
from records.guarding import of_row
from records.retold import at
from records.rules import content_of
from records.tables import rule_packs
from records.tampering import Finding, What
from records.told_entries import Entry, differs, number
from records.underlying_beside import of_kind
from records.unit_of_work import Reading

KIND = "parts.packs"
CALLED = "set of packs"


def pack_differences(look: Reading) -> Iterator[Finding]:
    """Each set's texts by their hashes, and what of its rules was agreed on."""
    told = {str(each.body["facts"]["number"]): each for each in of_kind(look, KIND)}
    for row in look.execute(select(rule_packs).order_by(rule_packs.c.number)):
        name = str(row.number)
        entry = told.pop(name, None)
        if entry is None:
            yield Finding(What.MISSING, f"The {CALLED} {name} has no entry: it was removed, or the set inserted.")
        else:
            yield from of_row(rule_packs, row, partial(_other, name, entry), name=name)
    for name, entry in told.items():
        gone = f"The {CALLED} {name}, of which entry {number(entry)} tells, is gone from the table {rule_packs.name}."
        yield Finding(What.RECORD, gone, entry.number, entry.number, entry.id)


def _other(name: str, entry: Entry, row: Mapping[str, Any]) -> Iterator[Finding]:
    facts, found = entry.body["facts"], PackFiles(row["files"])
    said = {
        "files": (facts["digest"], found.digest),
        "digest": (facts["digest"], row["digest"]),
        "hashes": (found.hashes, row["hashes"]),
        "place": (facts["place"], row["place"]),
        "rules": (facts["rules"], content_of(row["rules"])),
        "reviewing": (facts["reviewing"], row["reviewing"]),
        "created_at": (at(entry.body), row["created_at"]),
    }
    if odd := [column for column, (told, held) in said.items() if told != held]:
        yield differs(CALLED, name, odd, entry)
