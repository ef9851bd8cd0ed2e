"""Emergencies, and the decisions that they changed."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, PrimaryKeyConstraint, Table

from records.columns import document, key_column, moment, text
from records.tables.base import metadata, partial

emergencies = Table(
    "emergencies",
    metadata,
    key_column(),
    text("place", "where and what, in one word: of one place and effect one runs at a time"),
    text("surface", "where it holds; null: everywhere", optional=True),
    text("thread_id", "the platform's id of the thread; null: every one", optional=True),
    text("label", "whose thresholds; null: those of all", optional=True),
    document("effect", "{kind, review, block, a_minute}"),
    Column("drill", Boolean, nullable=False, comment="whether it is practice and changes no answer"),
    text("asked_by", "who asked"),
    text("approved_by", "the second person"),
    text("why", "why, in the words of who asked"),
    text("ground", "on which ground"),
    text("approval_id", "the question that was answered", ForeignKey("approvals.id")),
    moment("starts_at", "begun"),
    moment("ends_at", "ends by itself"),
    moment("ended_at", "ended; null while it runs", optional=True),
    text("ended_by", "who ended it; null: time did", optional=True),
    text("ended_why", "why it was ended before its time", optional=True),
    partial("uq_emergencies_running", "place", where="ended_at IS NULL", unique=True),
    Index("ix_emergencies_starts_at", "starts_at"),
)

emergency_hits = Table(
    "emergency_hits",
    metadata,
    text("emergency_id", "which emergency", ForeignKey("emergencies.id")),
    text("decision_id", "a decision that it changed, or would have, were it no drill", ForeignKey("decisions.id")),
    text("otherwise", "what it would have come to without: pass, review, block"),
    text("outcome", "what it came to with it"),
    PrimaryKeyConstraint("emergency_id", "decision_id"),
)
