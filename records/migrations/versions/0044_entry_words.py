"""Words of people in entries about people stand beside the ledger, which commits to them, so that they can be erased.

Entries of before have their words within, and keep them: nothing in the ledger is changed.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document

revision = "0044"
down_revision = "0041"

contracts = False  # earlier programs write entries with their words within, as they did


_WHY = "why, in words that the ledger commits to; null once the comment is erased"
_WHY_BEFORE = "why, in words that the ledger keeps too; null once the comment is erased"


def upgrade() -> None:
    """Adds the table."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("case_words", "reason", comment=_WHY, existing_comment=_WHY_BEFORE)
    op.create_table(
        "entry_words",
        sa.Column("id", sa.Text, nullable=False, comment="the id of the entry that commits to them"),
        sa.Column("subject_id", sa.Text, nullable=False, comment="what the entry is about, to erase by"),
        sa.Column(
            "salt",
            sa.LargeBinary,
            nullable=False,
            comment="of the commitments; the entry proves nothing of the words once it is gone",
        ),
        sa.Column(
            "words",
            Document,
            nullable=False,
            comment="what people wrote, by where it belongs in the entry: reason, ground, ...",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_entry_words"),
    )
    op.create_index("ix_entry_words_subject_id", "entry_words", ["subject_id"])


def downgrade() -> None:
    """Removes it; entries keep commitments that nobody can open."""
    op.drop_table("entry_words")
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("case_words", "reason", comment=_WHY_BEFORE, existing_comment=_WHY)
