"""What was said and what became of it: authors, comments, their revisions, decisions."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, UniqueConstraint

from records.columns import document, key_column, moment, octets, text
from records.tables.base import metadata, partial

comments = Table(
    "comments",
    metadata,
    key_column(),
    text(
        "external_id",
        "the platform's own id; scoring it again is an edit of this comment",
        optional=True,
        unique=True,
    ),
    Column(
        "revision",
        Integer,
        nullable=False,
        comment="1, and one more for each text, attachments or author that differed from the last",
    ),
    text("text", "as sent, the current revision; null once erased", optional=True),
    text("attachments", "JSON [{kind, sha256, alt}] of this revision, as sent; null: none, or erased", optional=True),
    octets("salt", "16 random bytes of this revision's commitment; null once erased", optional=True),
    octets(
        "commitment",
        "SHA-256 of salt and text: stays when the text goes, so that the ledger stays verifiable",
    ),
    text("lang", "ISO 639-1, or und"),
    text("type", "comment, reply, danmaku, nickname, bio"),
    text("surface", "where it stands: news, forum, live"),
    text("thread_id", "the platform's id of the thread", optional=True),
    text("parent_id", "the platform's id of the comment answered", optional=True),
    text("parent_text", "the text answered, as sent; null once erased", optional=True),
    text("parent_hash", "SHA-256 of the text answered, to find quotations by; null once erased", optional=True),
    text("author_index", "key id and keyed hash of the author's pseudonym, to find by", optional=True),
    text("author_cipher", "the pseudonym, AES-GCM with the key's id before it", optional=True),
    text("device_index", "key id and keyed hash of the device's pseudonym", optional=True),
    text("network_index", "key id and keyed hash of the network's pseudonym", optional=True),
    moment("account_since", "since when the account is, as was said with the comment; null: not said", optional=True),
    Column("account_verified", Boolean, nullable=True, comment="whether it is verified, as said; null: not said"),
    moment("created_at", "first stored"),
    moment("updated_at", "last stored again"),
    moment("erased_at", "when text and pseudonyms were removed", optional=True),
    Index("ix_comments_author_index", "author_index"),
    Index("ix_comments_thread_id", "thread_id", "id"),
    partial("ix_comments_quoting", "parent_id", where="parent_text IS NOT NULL"),
    partial("ix_comments_parent_hash", "parent_hash", where="parent_hash IS NOT NULL"),
    partial("ix_comments_unhashed", "id", where="parent_text IS NOT NULL AND parent_hash IS NULL"),
    partial("ix_comments_kept", "surface", "type", "updated_at", where="erased_at IS NULL"),
)

authors = Table(
    "authors",
    metadata,
    key_column(),
    text("author_index", "key id and keyed hash of the pseudonym, to find by", unique=True),
    text("author_cipher", "the pseudonym, AES-GCM with the key's id before it"),
    octets("salt", "16 random bytes of this author's commitments in the ledger"),
    Column("verified", Boolean, nullable=True, comment="whether the platform knows who it is; null: not stated"),
    moment("registered_at", "when the account was made at the platform; null: not stated", optional=True),
    text("agreement_version", "which user agreement was agreed to; null: not stated", optional=True),
    moment("consented_at", "when; null: not stated", optional=True),
    moment("consent_withdrawn_at", "when consent was no longer stated; null: it stands, or never was", optional=True),
    moment("created_at", "first stated"),
    moment("updated_at", "last stated differently"),
    moment("erased_at", "erased but for a standing measure or list entry", optional=True),
    moment("kept_until", "until when that is kept; null: not erased", optional=True),
)

author_links = Table(
    "author_links",
    metadata,
    text("author_id", "whose", ForeignKey("authors.id")),
    text("kind", "identity, phone, device, network"),
    text("link_index", "key id and keyed hash of the value, which is kept nowhere"),
    moment("created_at", "first stated"),
    text("same_as", "the link_index that counts of the same value under another key; null: this one", optional=True),
    PrimaryKeyConstraint("author_id", "kind", "link_index"),
    Index("ix_author_links_kind_link_index", "kind", "link_index"),
)

comment_revisions = Table(
    "comment_revisions",
    metadata,
    key_column(),
    text("comment_id", "the comment whose earlier text this is", ForeignKey("comments.id")),
    Column("revision", Integer, nullable=False, comment="the revision that this text was"),
    text("text", "as sent then; null once erased", optional=True),
    text("attachments", "JSON [{kind, sha256, alt}] sent with it; null: none, or erased", optional=True),
    octets("salt", "of this revision's commitment; null once erased", optional=True),
    octets("commitment", "SHA-256 of salt and text"),
    text("author_index", "keyed hash of who wrote this text; null: not stated, or erased", optional=True),
    text("author_cipher", "their pseudonym, AES-GCM with the key's id before it", optional=True),
    moment("superseded_at", "when another text came"),
    UniqueConstraint("comment_id", "revision"),
    partial("ix_comment_revisions_author_index", "author_index", where="author_index IS NOT NULL"),
)

decisions = Table(
    "decisions",
    metadata,
    key_column("UUIDv7, the decision_id of the answer"),
    text("comment_id", "what was judged", ForeignKey("comments.id")),
    Column("revision", Integer, nullable=False, comment="which text of the comment was judged"),
    text("surface", "where the comment stood; null until it is filled in (`records/places.py`)", optional=True),
    text("thread_id", "the platform's id of the thread then; null for none, and once erased", optional=True),
    text("outcome", "the machine's answer: pass, review, block"),
    text("final_outcome", "after a person's verdict: pass, block; null before", optional=True),
    Column("overturned", Boolean, nullable=True, comment="whether a person's verdict differs; null before"),
    document("labels", "[{name, score, threshold, review_threshold}], every label, taxonomy's order"),
    document("reasons", "[{code, source, outcome, rule_id, spans, ground, message, attachments}]"),
    document("measures", "what the platform was asked to do"),
    document(
        "allowed",
        "{entries: [{id, kind}], spared: [{code, source, outcome, rule_id}]}: what entries of lists took "
        "out of sight; null for nothing",
        optional=True,
    ),
    text("language", "as detected or given"),
    text("model", "name"),
    text("model_version", "version"),
    text("tier", "fast, encoder, none"),
    text("ruleset", "hash of the effective rules"),
    text("policy", "name@version"),
    text("normaliser", "version"),
    text("taxonomy", "version"),
    Column("degraded", Boolean, nullable=False, comment="whether a part did not answer"),
    document("missing", "which parts did not answer"),
    Column("latency_ms", Float, nullable=False, comment="milliseconds from request to answer"),
    moment("created_at", "when it was made"),
    Index("ix_decisions_comment_id", "comment_id", "id"),
    Index("ix_decisions_created_at", "created_at"),
    partial("ix_decisions_placeless", "id", where="surface IS NULL"),
)
