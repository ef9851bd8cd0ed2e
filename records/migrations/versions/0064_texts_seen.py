"""Which of the worst texts were before whose eyes, one row a text, whichever page showed it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0064"
down_revision = "0063"

contracts = True  # `sights`, which counted by case, is gone

_KEPT = sa.text(
    "INSERT INTO texts_seen (moderator, comment_id, at)"
    " SELECT s.moderator, c.comment_id, max(s.created_at) FROM sights s JOIN cases c ON c.id = s.case_id"
    " JOIN comments k ON k.id = c.comment_id WHERE k.erased_at IS NULL GROUP BY s.moderator, c.comment_id"
)


def upgrade() -> None:
    """Of a case that stood for many its own text stays counted; which the others were nobody had noted."""
    op.create_table(
        "texts_seen",
        sa.Column("moderator", sa.Text, nullable=False, comment="before whose eyes it was"),
        sa.Column("comment_id", sa.Text, nullable=False, comment="a text of what wears people down, unblurred"),
        sa.Column("at", Moment, nullable=False, comment="when last"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_texts_seen_comment_id"),
        sa.PrimaryKeyConstraint("moderator", "comment_id", name="pk_texts_seen"),
    )
    op.create_index("ix_texts_seen_moderator_at", "texts_seen", ["moderator", "at"])
    op.create_index("ix_texts_seen_comment_id", "texts_seen", ["comment_id"])
    op.execute(_KEPT)
    op.drop_table("sights")


def downgrade() -> None:
    """Counts by case again, from nothing."""
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
    op.drop_table("texts_seen")
