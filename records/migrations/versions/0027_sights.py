"""How many of the worst texts somebody was shown with one case that stands for many."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0027"
down_revision = "0026"

contracts = False


def upgrade() -> None:
    """Adds it; what was shown before counts as one text a case, as it did."""
    op.create_table(
        "sights",
        sa.Column("case_id", sa.Text, nullable=False, comment="on whose page they were shown"),
        sa.Column("moderator", sa.Text, nullable=False, comment="to whom"),
        sa.Column("worst", sa.Integer, nullable=False, comment="texts of the labels that wear people down, unblurred"),
        sa.Column("created_at", Moment, nullable=False, comment="when they were last shown"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_sights_case_id"),
        sa.PrimaryKeyConstraint("case_id", "moderator", name="pk_sights"),
    )
    op.create_index("ix_sights_moderator_at", "sights", ["moderator", "created_at"])


def downgrade() -> None:
    """Removes it: a case counts as one text again."""
    op.drop_table("sights")
