"""Emergencies, and what an authority is answered with: inspections, incidents, rectifications, assessments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document, Moment

revision = "0017"
down_revision = "0016"

contracts = True  # an older program would answer comments as if no emergency ran


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "emergencies",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column(
            "place",
            sa.Text,
            nullable=False,
            comment="where and what, in one word: of one place and effect one runs at a time",
        ),
        sa.Column("surface", sa.Text, nullable=True, comment="where it holds; null: everywhere"),
        sa.Column("thread_id", sa.Text, nullable=True, comment="the platform's id of the thread; null: every one"),
        sa.Column("label", sa.Text, nullable=True, comment="whose thresholds; null: those of all"),
        sa.Column("effect", Document, nullable=False, comment="{kind, review, block, a_minute}"),
        sa.Column("drill", sa.Boolean, nullable=False, comment="whether it is practice and changes no answer"),
        sa.Column("asked_by", sa.Text, nullable=False, comment="who asked"),
        sa.Column("approved_by", sa.Text, nullable=False, comment="the second person"),
        sa.Column("why", sa.Text, nullable=False, comment="why, in the words of who asked"),
        sa.Column("ground", sa.Text, nullable=False, comment="on which ground"),
        sa.Column("approval_id", sa.Text, nullable=False, comment="the question that was answered"),
        sa.Column("starts_at", Moment, nullable=False, comment="begun"),
        sa.Column("ends_at", Moment, nullable=False, comment="ends by itself"),
        sa.Column("ended_at", Moment, nullable=True, comment="ended; null while it runs"),
        sa.Column("ended_by", sa.Text, nullable=True, comment="who ended it; null: time did"),
        sa.Column("ended_why", sa.Text, nullable=True, comment="why it was ended before its time"),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name="fk_emergencies_approval_id"),
        sa.PrimaryKeyConstraint("id", name="pk_emergencies"),
    )
    op.create_index("ix_emergencies_starts_at", "emergencies", ["starts_at"])
    where = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_emergencies_running", "emergencies", ["place"], unique=True, sqlite_where=where, postgresql_where=where
    )
    op.create_table(
        "emergency_hits",
        sa.Column("emergency_id", sa.Text, nullable=False, comment="which emergency"),
        sa.Column(
            "decision_id",
            sa.Text,
            nullable=False,
            comment="a decision that it changed, or would have, were it no drill",
        ),
        sa.Column(
            "otherwise", sa.Text, nullable=False, comment="what it would have come to without: pass, review, block"
        ),
        sa.Column("outcome", sa.Text, nullable=False, comment="what it came to with it"),
        sa.ForeignKeyConstraint(["emergency_id"], ["emergencies.id"], name="fk_emergency_hits_emergency_id"),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_emergency_hits_decision_id"),
        sa.PrimaryKeyConstraint("emergency_id", "decision_id", name="pk_emergency_hits"),
    )
    op.create_table(
        "inspections",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("authority", sa.Text, nullable=False, comment="who asks"),
        sa.Column("reference", sa.Text, nullable=False, comment="the authority's number of its request"),
        sa.Column("asked", sa.Text, nullable=False, comment="what it asks for, in its words"),
        sa.Column("ground", sa.Text, nullable=False, comment="on which ground it asks"),
        sa.Column("inspector", sa.Text, nullable=False, comment="the user who may read the evidence, by log-in name"),
        sa.Column("surfaces", Document, nullable=True, comment="of which surfaces; null: of all"),
        sa.Column("since", Moment, nullable=False, comment="evidence from this moment on"),
        sa.Column("until", Moment, nullable=False, comment="and before this one"),
        sa.Column("opened", sa.Boolean, nullable=False, comment="whether texts and pseudonyms may be read"),
        sa.Column("ends_at", Moment, nullable=False, comment="nothing is read after that"),
        sa.Column("asked_by", sa.Text, nullable=False, comment="who of the house recorded the request"),
        sa.Column("state", sa.Text, nullable=False, comment="waiting, granted, refused, closed"),
        sa.Column("approved_by", sa.Text, nullable=True, comment="the second person"),
        sa.Column("granted_at", Moment, nullable=True, comment="granted"),
        sa.Column("closed_at", Moment, nullable=True, comment="closed before its end"),
        sa.Column("created_at", Moment, nullable=False, comment="recorded"),
        sa.PrimaryKeyConstraint("id", name="pk_inspections"),
    )
    op.create_index("ix_inspections_inspector", "inspections", ["inspector", "state"])
    op.create_table(
        "incidents",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("kind", sa.Text, nullable=False, comment="of which kind, a name of configs/incidents.toml"),
        sa.Column("severity", sa.Text, nullable=False, comment="low, medium, high, critical"),
        sa.Column("fields", Document, nullable=False, comment="what was told, by the names of configs/incidents.toml"),
        sa.Column("state", sa.Text, nullable=False, comment="open, mended, closed"),
        sa.Column("found_at", Moment, nullable=False, comment="found"),
        sa.Column("reported_at", Moment, nullable=True, comment="told to the authority"),
        sa.Column("reported_to", sa.Text, nullable=True, comment="which authority"),
        sa.Column("receipt", sa.Text, nullable=True, comment="the authority's number of our report"),
        sa.Column("author", sa.Text, nullable=False, comment="who recorded it"),
        sa.Column("created_at", Moment, nullable=False, comment="recorded"),
        sa.Column("updated_at", Moment, nullable=False, comment="last changed"),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )
    op.create_index("ix_incidents_state", "incidents", ["state", "id"])
    op.create_table(
        "rectifications",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("incident_id", sa.Text, nullable=True, comment="the incident that it follows from"),
        sa.Column(
            "authority", sa.Text, nullable=False, comment="who found it; the house itself where no authority did"
        ),
        sa.Column("reference", sa.Text, nullable=False, comment="the authority's number"),
        sa.Column("finding", sa.Text, nullable=False, comment="what was found"),
        sa.Column("demand", sa.Text, nullable=False, comment="what has to be done"),
        sa.Column("owner", sa.Text, nullable=False, comment="who answers for it"),
        sa.Column("due_at", Moment, nullable=False, comment="until when"),
        sa.Column("state", sa.Text, nullable=False, comment="open, proposed, done"),
        sa.Column("proof", sa.Text, nullable=True, comment="what shows that it is done"),
        sa.Column("proof_hash", sa.Text, nullable=True, comment="SHA-256 of the file that shows it"),
        sa.Column("confirmed_by", sa.Text, nullable=True, comment="the second person, who looked"),
        sa.Column("done_at", Moment, nullable=True, comment="confirmed"),
        sa.Column("author", sa.Text, nullable=False, comment="who recorded it"),
        sa.Column("created_at", Moment, nullable=False, comment="recorded"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_rectifications_incident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rectifications"),
    )
    op.create_index("ix_rectifications_state", "rectifications", ["state", "due_at"])
    op.create_table(
        "assessments",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("kind", sa.Text, nullable=False, comment="model, function"),
        sa.Column("subject", sa.Text, nullable=False, comment="what goes live: chaffinch@5, or the function's name"),
        sa.Column(
            "mark",
            sa.Text,
            nullable=False,
            comment="hash of the bundle, so that the signatures are about this very one; empty for a function",
        ),
        sa.Column("surfaces", Document, nullable=False, comment="where it goes live"),
        sa.Column(
            "fields",
            Document,
            nullable=False,
            comment="{changes, evaluation, risks, rollback}: what was assessed, in words",
        ),
        sa.Column("needed", sa.Integer, nullable=False, comment="people who have to sign"),
        sa.Column("state", sa.Text, nullable=False, comment="waiting, signed, refused"),
        sa.Column("author", sa.Text, nullable=False, comment="who wrote it, and may not sign"),
        sa.Column("created_at", Moment, nullable=False, comment="written"),
        sa.Column("settled_at", Moment, nullable=True, comment="signed by everybody, or refused"),
        sa.PrimaryKeyConstraint("id", name="pk_assessments"),
    )
    op.create_index("ix_assessments_mark", "assessments", ["kind", "mark"])


def downgrade() -> None:
    """Removes them."""
    for table in ("assessments", "rectifications", "incidents", "inspections", "emergency_hits", "emergencies"):
        op.drop_table(table)
