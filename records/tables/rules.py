"""Rules, their hits, and lists."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    false,
)

from records.columns import document, key_column, moment, octets, text
from records.tables.base import metadata, partial
from records.visible import visible_checks

rule_versions = Table(
    "rule_versions",
    metadata,
    key_column(),
    text("rule_id", "the rule's own name, as packs write it: gambling.recruit.zh"),
    Column("version", Integer, nullable=False, comment="1, and one more for each change of the rule"),
    text("state", "draft, shadow, live, retired: what this change made of the rule"),
    document("document", "the rule as its author wrote it, one [[rules]] table"),
    text("author", "who made the change"),
    text("why", "why, in the author's words"),
    moment("created_at", "changed"),
    moment("ended_at", "when a later version took its place; null while it holds", optional=True),
    moment(
        "untried_until",
        "live because it could not wait: it ends then, unless somebody says since that it stays",
        optional=True,
    ),
    Column(
        "untried",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="went live though nobody had tried it on stored decisions",
    ),
    Column(
        "alone",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="went live by one person's word, where a second one is asked for",
    ),
    UniqueConstraint("rule_id", "version"),
    partial("uq_rule_versions_in_force", "rule_id", "state", where="ended_at IS NULL", unique=True),
    partial("ix_rule_versions_untried", "untried_until", where="untried_until IS NOT NULL"),
)

rule_hits = Table(
    "rule_hits",
    metadata,
    Column("day", Date, nullable=False, comment="by UTC"),
    text("rule_id", "the rule's own name"),
    text("state", "live, shadow: as what it was looked for"),
    Column("hits", BigInteger, nullable=False, comment="stored decisions about comments that it hit"),
    Column(
        "changes",
        BigInteger,
        nullable=False,
        comment="stored decisions with another outcome were it not there, or, in the shadow, were it live",
    ),
    PrimaryKeyConstraint("day", "rule_id", "state"),
)

rule_backtests = Table(
    "rule_backtests",
    metadata,
    key_column(),
    text("rule_id", "the rule's own name"),
    text("content", "SHA-256 of the rule as it was tried: what goes live has the same"),
    document("document", "the rule as it was tried"),
    document("beside", "the live rule of that name at the time; null: none", optional=True),
    text("asked_by", "who asked"),
    text("state", "waiting, running, done, failed"),
    Column("total", Integer, nullable=False, comment="decisions that it is tried on"),
    Column("seen", Integer, nullable=False, comment="decisions that were read so far"),
    moment("place_at", "moment of the last decision that was read", optional=True),
    text("place_id", "its id", optional=True),
    document("kept", "counts so far, and ids of sampled decisions; no text", optional=True),
    text("holder", "worker that reads on", optional=True),
    moment("held_until", "another may read on after that", optional=True),
    moment("created_at", "asked"),
    moment("ended_at", "done or failed", optional=True),
    document("shown_to", "{who: when}: to whom its comments were shown; null: to nobody", optional=True),
    partial("uq_rule_backtests_open", "rule_id", "content", where="state IN ('waiting', 'running')", unique=True),
    Index("ix_rule_backtests_rule_id", "rule_id", "id"),
)

list_entries = Table(
    "list_entries",
    metadata,
    key_column(),
    text("kind", "domain, account, attachment, or the kind of a contact: wechat, phone, ..."),
    text("key", "the registrable domain, the attachment's SHA-256, or key id and keyed hash of account or contact"),
    text("action", "allow, review, block"),
    text("label", "the label that a hit bears, where it bears one", optional=True),
    text("ground", "on which ground a hit stands"),
    text("reason", "why it is on the list"),
    text("source", "where it is known from"),
    text("author", "who added it"),
    moment("created_at", "added"),
    moment("expires_at", "no longer counts from then on", optional=True),
    text("reviewed_by", "who last looked whether it should stay", optional=True),
    moment("reviewed_at", "when", optional=True),
    moment("removed_at", "taken off", optional=True),
    text("removed_by", "by whom", optional=True),
    text("removed_why", "why", optional=True),
    moment("review_at", "when somebody should look whether it stays", optional=True),
    text("approval_id", "the question to a second person", optional=True),
    moment("waits_since", "does not count until a second person agrees; null: counts", optional=True),
    octets("salt", "16 random bytes of the key's commitment in the ledger; null before there was one", optional=True),
    Column("tells", Boolean, nullable=True, comment="whether whom it is about is told the reason; null: not said"),
    text("appeal_note", "the words of whom it is about, who appeals; null in time and once erased", optional=True),
    text("typed_cipher", "a contact as typed, encrypted, while a second person is asked; null else", optional=True),
    *visible_checks("ck_list_entries_reason", "reason"),
    *visible_checks("ck_list_entries_ground", "ground"),
    partial("uq_list_entries_held", "kind", "key", where="removed_at IS NULL", unique=True),
)
