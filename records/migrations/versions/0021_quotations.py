"""What is answered is found by a hash of its words, so that erasing a comment removes it from every answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"

contracts = False  # what is taken away was to be erased; earlier programs ask for none of it


def upgrade() -> None:
    """Adds the hash, which `quotations.catch_up` fills for comments that are there; what was erased loses its place."""
    comment = "SHA-256 of the text answered, to find quotations by; null once erased"
    op.add_column("comments", sa.Column("parent_hash", sa.Text, nullable=True, comment=comment))
    for name, column, where in _INDEXES:
        rows = sa.text(where)
        op.create_index(name, "comments", [column], sqlite_where=rows, postgresql_where=rows)
    op.execute(sa.text("UPDATE comments SET thread_id = NULL, parent_id = NULL WHERE erased_at IS NOT NULL"))


def downgrade() -> None:
    """Removes it."""
    for name, _, _ in _INDEXES:
        op.drop_index(name, "comments")
    op.drop_column("comments", "parent_hash")


_INDEXES = (
    ("ix_comments_parent_hash", "parent_hash", "parent_hash IS NOT NULL"),
    ("ix_comments_unhashed", "id", "parent_text IS NOT NULL AND parent_hash IS NULL"),
)
