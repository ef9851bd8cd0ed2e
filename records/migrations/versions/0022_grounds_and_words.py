"""Rejections on a ground that no label names; words to whoever has a case next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0022"
down_revision = "0021"

_GROUND = "on what it is rejected that no label names"


def upgrade() -> None:
    """Adds them; what was rejected before was rejected for labels."""
    for table in ("verdicts", "bulk_verdicts"):
        op.add_column(table, sa.Column("ground", sa.Text, nullable=True, comment=_GROUND))
    op.create_table(
        "case_words",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("case_id", sa.Text, nullable=False, comment="which case was passed on"),
        sa.Column("comment_id", sa.Text, nullable=False, comment="about what"),
        sa.Column("moderator", sa.Text, nullable=False, comment="who passed it on"),
        sa.Column("kind", sa.Text, nullable=False, comment="escalated, handed_over, skipped"),
        sa.Column("handed_to", sa.Text, nullable=True, comment="user to whom"),
        sa.Column(
            "reason",
            sa.Text,
            nullable=True,
            comment="why, in words that the ledger keeps too; null once the comment is erased",
        ),
        sa.Column(
            "note",
            sa.Text,
            nullable=True,
            comment="words to whoever has it next, and they may quote; null once the comment is erased",
        ),
        sa.Column("created_at", Moment, nullable=False, comment="passed on"),
        sa.PrimaryKeyConstraint("id", name="pk_case_words"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_words_case_id_cases"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_case_words_comment_id_comments"),
    )
    op.create_index("ix_case_words_case_id", "case_words", ["case_id", "id"])
    op.create_index("ix_case_words_comment_id", "case_words", ["comment_id"])


def downgrade() -> None:
    """Removes them."""
    op.drop_table("case_words")
    for table in ("bulk_verdicts", "verdicts"):
        op.drop_column(table, "ground")
