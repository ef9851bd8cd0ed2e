"""Who wrote each earlier text of a comment: a comment that is sent again may name another author, or none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0031"

contracts = False  # earlier programs write revisions without it, which are then their comment's author's

_OLD = sa.text(
    "UPDATE comment_revisions SET"
    " author_index = (SELECT author_index FROM comments WHERE comments.id = comment_revisions.comment_id),"
    " author_cipher = (SELECT author_cipher FROM comments WHERE comments.id = comment_revisions.comment_id)"
    " WHERE text IS NOT NULL"
)


def upgrade() -> None:
    """Adds both; earlier texts are taken for the author's who is known today, as until now."""
    told = "keyed hash of who wrote this text; null: not stated, or erased"
    op.add_column("comment_revisions", sa.Column("author_index", sa.Text, nullable=True, comment=told))
    told = "their pseudonym, AES-GCM with the key's id before it"
    op.add_column("comment_revisions", sa.Column("author_cipher", sa.Text, nullable=True, comment=told))
    op.execute(_OLD)
    some = sa.text("author_index IS NOT NULL")
    op.create_index(
        "ix_comment_revisions_author_index", "comment_revisions", ["author_index"], sqlite_where=some,
        postgresql_where=some,
    )  # fmt: skip


def downgrade() -> None:
    """Removes both."""
    op.drop_index("ix_comment_revisions_author_index", "comment_revisions")
    op.drop_column("comment_revisions", "author_cipher")
    op.drop_column("comment_revisions", "author_index")
