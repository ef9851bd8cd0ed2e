"""Who had a blind case in hand before it is settled, and who read what was decided about a comment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0030"
down_revision = "0029"

contracts = False


def upgrade() -> None:
    """Adds both; of what was held and read before nothing is known."""
    op.create_table(
        "blind_hands",
        sa.Column("moderator", sa.Text, nullable=False, comment="who had it in hand"),
        sa.Column("case_id", sa.Text, nullable=False, comment="an opinion, an appeal or a disagreement, not settled"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_blind_hands_case_id"),
        sa.PrimaryKeyConstraint("moderator", "case_id", name="pk_blind_hands"),
    )
    op.create_index("ix_blind_hands_case_id", "blind_hands", ["case_id"])
    op.create_table(
        "readings",
        sa.Column("comment_id", sa.Text, nullable=False, comment="about which it was decided"),
        sa.Column("moderator", sa.Text, nullable=False, comment="who read it"),
        sa.Column("at", Moment, nullable=False, comment="when last"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_readings_comment_id"),
        sa.PrimaryKeyConstraint("comment_id", "moderator", name="pk_readings"),
    )


def downgrade() -> None:
    """Removes both."""
    op.drop_table("readings")
    op.drop_table("blind_hands")
