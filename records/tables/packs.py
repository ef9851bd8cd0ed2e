"""Packs of rules as they came into force, and what was last found on which disk."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from records.columns import document, moment, text
from records.tables.base import metadata

rule_packs = Table(
    "rule_packs",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False, comment="1, and one more for each set"),
    text("digest", "SHA-256 of the files' names and hashes"),
    text("place", "host and folder where it was found"),
    document("files", "{name: text} of each pack, as it came into force"),
    document("hashes", "{name: SHA-256} of each pack"),
    document("rules", "{id: [hash of what it says, file, whether it blocks]}"),
    document("reviewing", "[ids] of those that only hold until two people agree"),
    moment("created_at", "came into force"),
)

pack_places = Table(
    "pack_places",
    metadata,
    Column("place", Text, primary_key=True, comment="host and folder"),
    text("digest", "of the set that was last found whole there"),
    moment("seen_at", "when it was found first"),
)
