"""Who opens an account, a comment, a thread or somebody's measure without a case about it leaves a trace."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0045"
down_revision = "0044"

contracts = False  # earlier programs leave no trace


def upgrade() -> None:
    """Adds the table; of before nobody knows."""
    op.create_table(
        "looks",
        sa.Column("who", sa.Text, nullable=False, comment="a user's id, or key: and the key's prefix"),
        sa.Column("thing_kind", sa.Text, nullable=False, comment="comment, account, thread, measure"),
        sa.Column(
            "thing_id", sa.Text, nullable=False, comment="our id of it; of a thread, or an unknown account, a comment's"
        ),
        sa.Column("hour", Moment, nullable=False, comment="the hour in which it was: one trace for each"),
        sa.Column("page", sa.Text, nullable=False, comment="by which page or address"),
        sa.Column("at", Moment, nullable=False, comment="when first within the hour"),
        sa.PrimaryKeyConstraint("who", "thing_kind", "thing_id", "hour", name="pk_looks"),
    )
    op.create_index("ix_looks_at", "looks", ["at"])
    op.create_index("ix_looks_who_at", "looks", ["who", "at"])


def downgrade() -> None:
    """Removes it; the ledger keeps the days that were counted."""
    op.drop_table("looks")
