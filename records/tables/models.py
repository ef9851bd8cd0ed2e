"""Models beside the champion, and drift."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text

from records.columns import document, moment, text
from records.tables.base import metadata

shadow_runs = Table(
    "shadow_runs",
    metadata,
    Column("hash", Text, primary_key=True, comment="hash of the challenger's bundle"),
    text("version", "the challenger's version"),
    text("cursor", "no decision up to this id is looked at again"),
    Column("scored", BigInteger, nullable=False, comment="decisions that it was held against"),
    Column("agreed", BigInteger, nullable=False, comment="those of them for which it asks for the same outcome"),
    Column(
        "left_out",
        BigInteger,
        nullable=False,
        comment="drawn decisions that it was not held against: text erased, policy changed since, text not scored",
    ),
    text("fault", "why it cannot be loaded; null where it can", optional=True),
    text("lease_owner", "worker that holds its model", optional=True),
    moment("lease_expires_at", "another worker may take it over after that", optional=True),
    moment("begun_at", "first taken up"),
    moment("worked_at", "last written"),
    Index("ix_shadow_runs_worked_at", "worked_at"),
)

shadow_decisions = Table(
    "shadow_decisions",
    metadata,
    text("hash", "which challenger", ForeignKey("shadow_runs.hash")),
    text("decision_id", "beside which answer", ForeignKey("decisions.id")),
    text("outcome", "what it would have come to with the challenger's scores: pass, review, block"),
    text("cause", "the code of the severest reason then; null where it would have passed", optional=True),
    text("answered_cause", "the code of the answer's severest reason; null where it passed", optional=True),
    document("labels", "[{name, score, threshold, review_threshold}], as in decisions, of the challenger"),
    text("tier", "fast, encoder"),
    moment("created_at", "when it was scored"),
    PrimaryKeyConstraint("hash", "decision_id"),
)

drift = Table(
    "drift",
    metadata,
    Column("name", Text, primary_key=True, comment="a label, or language"),
    Column("psi", Float, nullable=False, comment="population stability index against the bundle's reference"),
    Column("luck", Float, nullable=False, comment="what luck alone stays below nineteen times in twenty"),
    Column("rows", Integer, nullable=False, comment="decisions it was computed from"),
    text("model_version", "whose decisions"),
    moment("computed_at", "when"),
)
