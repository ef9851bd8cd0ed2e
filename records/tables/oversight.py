"""What an authority is answered with: its requests, incidents, what is to be put right, assessments."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table

from records.columns import document, key_column, moment, text
from records.tables.base import metadata

inspections = Table(
    "inspections",
    metadata,
    key_column(),
    text("authority", "who asks"),
    text("reference", "the authority's number of its request"),
    text("asked", "what it asks for, in its words"),
    text("ground", "on which ground it asks"),
    text("inspector", "the user who may read the evidence, by log-in name"),
    document("surfaces", "of which surfaces; null: of all", optional=True),
    moment("since", "evidence from this moment on"),
    moment("until", "and before this one"),
    Column("opened", Boolean, nullable=False, comment="whether texts and pseudonyms may be read"),
    moment("ends_at", "nothing is read after that"),
    text("asked_by", "who of the house recorded the request"),
    text("state", "waiting, granted, refused, closed"),
    text("approved_by", "the second person", optional=True),
    moment("granted_at", "granted", optional=True),
    moment("closed_at", "closed before its end", optional=True),
    moment("created_at", "recorded"),
    Index("ix_inspections_inspector", "inspector", "state"),
)

incidents = Table(
    "incidents",
    metadata,
    key_column(),
    text("kind", "of which kind, a name of configs/incidents.toml"),
    text("severity", "low, medium, high, critical"),
    document("fields", "what was told, by the names of configs/incidents.toml"),
    text("state", "open, mended, closed"),
    moment("found_at", "found"),
    moment("reported_at", "told to the authority", optional=True),
    text("reported_to", "which authority", optional=True),
    text("receipt", "the authority's number of our report", optional=True),
    text("author", "who recorded it"),
    moment("created_at", "recorded"),
    moment("updated_at", "last changed"),
    Index("ix_incidents_state", "state", "id"),
)

rectifications = Table(
    "rectifications",
    metadata,
    key_column(),
    text("incident_id", "the incident that it follows from", ForeignKey("incidents.id"), optional=True),
    text("authority", "who found it; the house itself where no authority did"),
    text("reference", "the authority's number"),
    text("finding", "what was found"),
    text("demand", "what has to be done"),
    text("owner", "who answers for it"),
    moment("due_at", "until when"),
    text("state", "open, proposed, done"),
    text("proof", "what shows that it is done", optional=True),
    text("proof_hash", "SHA-256 of the file that shows it", optional=True),
    text("confirmed_by", "the second person, who looked", optional=True),
    moment("done_at", "confirmed", optional=True),
    text("author", "who recorded it"),
    moment("created_at", "recorded"),
    Index("ix_rectifications_state", "state", "due_at"),
)

assessments = Table(
    "assessments",
    metadata,
    key_column(),
    text("kind", "model, function"),
    text("subject", "what goes live: chaffinch@5, or the function's name"),
    text("mark", "hash of the bundle, so that the signatures are about this very one; empty for a function"),
    document("surfaces", "where it goes live"),
    document("fields", "{changes, evaluation, risks, rollback}: what was assessed, in words"),
    Column("needed", Integer, nullable=False, comment="people who have to sign"),
    text("state", "waiting, signed, refused"),
    text("author", "who wrote it, and may not sign"),
    moment("created_at", "written"),
    moment("settled_at", "signed by everybody, or refused", optional=True),
    Index("ix_assessments_mark", "kind", "mark"),
)
