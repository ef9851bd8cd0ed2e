"""What has to be answered for: the ledger, how it is sealed, and approvals."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table

from records.columns import document, key_column, moment, octets, text
from records.tables.base import metadata, partial
from records.visible import visible_checks

ledger = Table(
    "ledger",
    metadata,
    key_column("UUIDv7; also inside the body"),
    text("kind", "decision, verdict, ...; also inside the body"),
    text("subject_id", "what it is about, to find by; also inside the body"),
    octets("body", "RFC 8785 canonical JSON: what will be hashed. Never a text or a pseudonym, only commitments"),
    moment("created_at", "also inside the body"),
    Column("sealed_index", BigInteger, nullable=True, comment="leaf number, once sealed"),
    octets("leaf_hash", "RFC 6962 leaf hash, once sealed", optional=True),
    octets("mark", "keyed hash of the body by who wrote it, with a key of the home; null before 0041", optional=True),
    partial("uq_ledger_sealed_index", "sealed_index", where="sealed_index IS NOT NULL", unique=True),
    partial("ix_ledger_unsealed", "id", where="sealed_index IS NULL"),
    Index("ix_ledger_subject_id", "subject_id", "id"),
    partial("ix_ledger_audits", "id", where="kind = 'neutrality.audited'"),
)

entry_words = Table(
    "entry_words",
    metadata,
    key_column("the id of the entry that commits to them"),
    text("subject_id", "what the entry is about, to erase by"),
    octets("salt", "of the commitments; the entry proves nothing of the words once it is gone"),
    document("words", "what people wrote, by where it belongs in the entry: reason, ground, ..."),
    Index("ix_entry_words_subject_id", "subject_id"),
)

ledger_log = Table(
    "ledger_log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="always 1"),
    text("origin", "the log's own name, in every checkpoint"),
    text("sealer", "the worker that seals", optional=True),
    moment("sealer_until", "others seal after that", optional=True),
)

ledger_keys = Table(
    "ledger_keys",
    metadata,
    Column(
        "id", Integer, primary_key=True, autoincrement=False, comment="the file is ledger-<id>.key; the newest signs"
    ),
    text("verifier", "the public key, name+id+key as C2SP signed notes have it"),
    moment("created_at", "signs since"),
)

ledger_tiles = Table(
    "ledger_tiles",
    metadata,
    Column("level", Integer, nullable=False, comment="0: leaf hashes; n: roots over 256^n leaves each"),
    Column("position", BigInteger, nullable=False, comment="which 256 of that level"),
    octets("hashes", "up to 256 hashes of 32 bytes, one after the other (C2SP tlog-tiles)"),
    PrimaryKeyConstraint("level", "position"),
)

ledger_checkpoints = Table(
    "ledger_checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False, comment="entries that it covers"),
    octets("root", "the Merkle root over them"),
    text("note", "the checkpoint as a signed note (C2SP tlog-checkpoint)"),
    moment("created_at", "signed, by this machine's clock"),
    Column("lasting", Boolean, nullable=False, comment="the first of its hour: kept for good, others for a day"),
    partial("ix_ledger_checkpoints_passing", "created_at", where="NOT lasting"),
)

approvals = Table(
    "approvals",
    metadata,
    key_column(),
    text("kind", "what a second person is asked for: rule.live, ..."),
    text("subject_id", "about what"),
    document("facts", "what will be done once it is approved; no text of a comment"),
    text("asked_by", "who asks, and may not answer"),
    text("why", "why, in the words of who asks"),
    text("state", "waiting, approved, refused, overtaken, withdrawn"),
    text("answered_by", "who answered", optional=True),
    text("note", "the answer's words", optional=True),
    moment("created_at", "asked"),
    moment("answered_at", "answered, or overtaken by another change", optional=True),
    partial("uq_approvals_waiting", "kind", "subject_id", where="state = 'waiting'", unique=True),
    Index("ix_approvals_state", "state", "id"),
    *visible_checks("ck_approvals_why", "why"),
)
