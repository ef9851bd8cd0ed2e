"""How far scores and languages lie from the bundle's reference; decisions found by their moment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Makes the table; the worker fills it within minutes."""
    op.create_table(
        "drift",
        sa.Column("name", sa.Text, nullable=False, comment="a label, or language"),
        sa.Column("psi", sa.Float, nullable=False, comment="population stability index against the bundle's reference"),
        sa.Column("luck", sa.Float, nullable=False, comment="what luck alone stays below nineteen times in twenty"),
        sa.Column("rows", sa.Integer, nullable=False, comment="decisions it was computed from"),
        sa.Column("model_version", sa.Text, nullable=False, comment="whose decisions"),
        sa.Column("computed_at", Moment, nullable=False, comment="when"),
        sa.PrimaryKeyConstraint("name", name="pk_drift"),
    )
    op.create_index("ix_decisions_created_at", "decisions", ["created_at"])


def downgrade() -> None:
    """Removes both."""
    op.drop_index("ix_decisions_created_at", "decisions")
    op.drop_table("drift")
