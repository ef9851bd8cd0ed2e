"""A challenger scored beside the answers that were given."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document, Moment

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Makes both tables; no challenger has run yet."""
    op.create_table(
        "shadow_runs",
        sa.Column("hash", sa.Text, nullable=False, comment="hash of the challenger's bundle"),
        sa.Column("version", sa.Text, nullable=False, comment="the challenger's version"),
        sa.Column("cursor", sa.Text, nullable=False, comment="no decision up to this id is looked at again"),
        sa.Column("scored", sa.BigInteger, nullable=False, comment="decisions that it was held against"),
        sa.Column(
            "agreed",
            sa.BigInteger,
            nullable=False,
            comment="those of them for which it asks for the same outcome",
        ),
        sa.Column(
            "left_out",
            sa.BigInteger,
            nullable=False,
            comment="drawn decisions that it was not held against: text erased, policy changed since, text not scored",
        ),
        sa.Column("fault", sa.Text, nullable=True, comment="why it cannot be loaded; null where it can"),
        sa.Column("lease_owner", sa.Text, nullable=True, comment="worker that holds its model"),
        sa.Column("lease_expires_at", Moment, nullable=True, comment="another worker may take it over after that"),
        sa.Column("begun_at", Moment, nullable=False, comment="first taken up"),
        sa.Column("worked_at", Moment, nullable=False, comment="last written"),
        sa.PrimaryKeyConstraint("hash", name="pk_shadow_runs"),
    )
    op.create_index("ix_shadow_runs_worked_at", "shadow_runs", ["worked_at"])
    op.create_table(
        "shadow_decisions",
        sa.Column("hash", sa.Text, nullable=False, comment="which challenger"),
        sa.Column("decision_id", sa.Text, nullable=False, comment="beside which answer"),
        sa.Column(
            "outcome",
            sa.Text,
            nullable=False,
            comment="what it would have come to with the challenger's scores: pass, review, block",
        ),
        sa.Column(
            "cause",
            sa.Text,
            nullable=True,
            comment="the code of the severest reason then; null where it would have passed",
        ),
        sa.Column(
            "answered_cause",
            sa.Text,
            nullable=True,
            comment="the code of the answer's severest reason; null where it passed",
        ),
        sa.Column(
            "labels",
            Document,
            nullable=False,
            comment="[{name, score, threshold, review_threshold}], as in decisions, of the challenger",
        ),
        sa.Column("tier", sa.Text, nullable=False, comment="fast, encoder"),
        sa.Column("created_at", Moment, nullable=False, comment="when it was scored"),
        sa.ForeignKeyConstraint(["hash"], ["shadow_runs.hash"], name="fk_shadow_decisions_hash"),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_shadow_decisions_decision_id"),
        sa.PrimaryKeyConstraint("hash", "decision_id", name="pk_shadow_decisions"),
    )


def downgrade() -> None:
    """Removes them, and with them what challengers were held against."""
    op.drop_table("shadow_decisions")
    op.drop_table("shadow_runs")
