"""How accounts stand: measures, what credit is counted from, who may have come back under another name."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, Table, UniqueConstraint

from records.columns import document, key_column, moment, text
from records.tables.base import metadata, partial
from records.visible import visible_checks

measures = Table(
    "measures",
    metadata,
    key_column(),
    text("measure", "warn, refuse, delete, restrict, suspend, close, recommend"),
    text("target_kind", "author, comment, thread, reporter"),
    text("author_id", "whose account; null for others, and once erased", ForeignKey("authors.id"), optional=True),
    text("comment_id", "which comment", ForeignKey("comments.id"), optional=True),
    text("thread_id", "the platform's id of the thread", optional=True),
    text("reporter_id", "whose reports (`reporters`)", optional=True),
    text("cause_id", "the comment for which an account is measured", ForeignKey("comments.id"), optional=True),
    text("reason_zh", "why, in words for the person"),
    text("reason_en", "the same in English; the words of the other where one alone was given"),
    text("ground", "on which rule it stands"),
    document("closes", "functions that a restriction closes: links, live, unreviewed"),
    Column("per_hour", Integer, nullable=True, comment="comments an hour that a restriction leaves"),
    Column("days", Float, nullable=True, comment="how long it holds; null: until it is lifted"),
    text("policy", "name@version whose ladder and grounds were asked", optional=True),
    text("replaces", "the measure in whose place it stands, which ends when it begins", optional=True),
    text("role", "operator: asked for by who runs the thread, as the platform says; null: by the house", optional=True),
    text("state", "waiting (for a second person), in_force, ended, lifted, refused, replaced, withdrawn"),
    text("asked_by", "who took it: a user, or key: and the key's prefix"),
    text("approval_id", "the question to a second person", ForeignKey("approvals.id"), optional=True),
    moment("created_at", "asked"),
    moment("starts_at", "holds since; null while it waits", optional=True),
    moment("ends_at", "ends by itself; null: it does not", optional=True),
    moment("ended_at", "ended, lifted or refused", optional=True),
    text("ended_by", "who lifted or refused it; null where its time was over", optional=True),
    text("ended_why", "why, in words", optional=True),
    text("appeal_note", "the words of whom it is about, who appeals; null in time and once erased", optional=True),
    *visible_checks("ck_measures_reason", "reason_zh", "reason_en"),
    *visible_checks("ck_measures_ground", "ground"),
    Index("ix_measures_author_id", "author_id", "id"),
    Index("ix_measures_state", "state", "id"),
    Index("ix_measures_asked_by", "asked_by", "created_at"),
    partial("ix_measures_comment_id", "comment_id", where="comment_id IS NOT NULL"),
    partial("ix_measures_cause_id", "cause_id", where="cause_id IS NOT NULL"),
    partial("ix_measures_thread_id", "thread_id", where="thread_id IS NOT NULL"),
    partial("ix_measures_reporter_id", "reporter_id", where="reporter_id IS NOT NULL"),
    partial("ix_measures_ending", "ends_at", where="state = 'in_force' AND ends_at IS NOT NULL"),
)

credit_events = Table(
    "credit_events",
    metadata,
    key_column(),
    text("author_id", "whose", ForeignKey("authors.id")),
    text("subject", "what it is counted for, once: a comment's text, an account's day", unique=True),
    text("kind", "blocked, rejected, good_day"),
    moment("at", "when it happened"),
    moment("void_at", "taken back: it does not count, as if it had not been", optional=True),
    Index("ix_credit_events_author_id", "author_id", "at"),
)

credit_pending = Table(
    "credit_pending",
    metadata,
    key_column("UUIDv7; a comment may stand here more than once"),
    text("comment_id", "what its author's credit owes to it is counted anew"),
)

returns = Table(
    "returns",
    metadata,
    key_column(),
    text("author_id", "the account that may be somebody who was closed or listed", ForeignKey("authors.id")),
    text("against", "the closed account's id, or the list entry's"),
    document("evidence", "[{kind, accounts, weight}]: what is shared, by how many accounts; no value and no hash"),
    Column("score", Float, nullable=False, comment="the weights together, in bits"),
    text("state", "waiting, confirmed, dismissed"),
    text("answered_by", "who decided", optional=True),
    text("note", "why, in their words", optional=True),
    moment("created_at", "found"),
    moment("updated_at", "last weighed"),
    moment("answered_at", "decided", optional=True),
    Index("ix_returns_author_id", "author_id", "id"),
    Index("ix_returns_state", "state", "id"),
    UniqueConstraint("author_id", "against"),
)
