"""What is answered is found by a hash of its words, so that erasing reaches it; measures on accounts are appealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

contracts = False  # what is taken away was to be erased; earlier programs ask for none of it


def upgrade() -> None:
    """Adds both; `quotations.catch_up` fills the hash. What was erased loses its place."""
    comment = "SHA-256 of the text answered, to find quotations by; null once erased"
    op.add_column("comments", sa.Column("parent_hash", sa.Text, nullable=True, comment=comment))
    for name, column, where in _INDEXES:
        rows = sa.text(where)
        op.create_index(name, "comments", [column], sqlite_where=rows, postgresql_where=rows)
    told = "the words of whom it is about, who appeals; null in time and once erased"
    op.create_index("ix_measures_asked_by", "measures", ["asked_by", "created_at"])
    op.add_column("measures", sa.Column("appeal_note", sa.Text, nullable=True, comment=told))
    op.execute(sa.text("UPDATE comments SET thread_id = NULL, parent_id = NULL WHERE erased_at IS NOT NULL"))


def downgrade() -> None:
    """Removes both."""
    op.drop_column("measures", "appeal_note")
    op.drop_index("ix_measures_asked_by", "measures")
    for name, _, _ in _INDEXES:
        op.drop_index(name, "comments")
    op.drop_column("comments", "parent_hash")


_INDEXES = (
    ("ix_comments_parent_hash", "parent_hash", "parent_hash IS NOT NULL"),
    ("ix_comments_unhashed", "id", "parent_text IS NOT NULL AND parent_hash IS NULL"),
)
