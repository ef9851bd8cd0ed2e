"""Comments by their words: entries, the databases' own indexes over words, and views that people saved."""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0015"
down_revision = "0014"

contracts = True  # an older program would store, change and erase what the search does not hear of

# Words come ready-made, with spaces between them: the tokenizer takes everything else for a part of a word.
_FTS5 = """
CREATE VIRTUAL TABLE search_words USING fts5(
    words, detail = 'none', columnsize = 0,
    tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* S* P*'"
)
"""


def upgrade() -> None:
    """Makes the tables; every stored comment waits to be brought into them by the worker."""
    op.create_table(
        "search_entries",
        sa.Column(
            "place",
            sa.BigInteger,
            autoincrement=False,
            nullable=False,
            comment="from the comment's id: greater for what was stored later",
        ),
        sa.Column("comment_id", sa.Text, nullable=False, comment="which comment"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_search_entries_comment_id"),
        sa.PrimaryKeyConstraint("place", name="pk_search_entries"),
        sa.UniqueConstraint("comment_id", name="uq_search_entries_comment_id"),
    )
    op.create_table(
        "search_pending",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7; a comment may stand here more than once"),
        sa.Column("comment_id", sa.Text, nullable=False, comment="its entry is not up to date"),
        sa.PrimaryKeyConstraint("id", name="pk_search_pending"),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("user_id", sa.Text, nullable=False, comment="whose"),
        sa.Column("name", sa.Text, nullable=False, comment="as its owner calls it"),
        sa.Column("query", sa.Text, nullable=False, comment="the filters as the address bar has them"),
        sa.Column("shared", sa.Boolean, nullable=False, comment="whether colleagues see it"),
        sa.Column("created_at", Moment, nullable=False, comment="saved"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_saved_views_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
        sa.UniqueConstraint("user_id", "name", name="uq_saved_views_user_id_name"),
    )
    op.create_index("ix_saved_views_shared", "saved_views", ["shared", "user_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE search_words (place bigint PRIMARY KEY, words tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_search_words_words ON search_words USING gin (words) WITH (fastupdate = off)")
    else:
        op.execute(_FTS5)
        if sqlite3.sqlite_version_info >= (3, 42):  # what is erased leaves its words in no segment of the index
            op.execute("INSERT INTO search_words(search_words, rank) VALUES ('secure-delete', 1)")
    op.execute("INSERT INTO search_pending (id, comment_id) SELECT id, id FROM comments WHERE text IS NOT NULL")


def downgrade() -> None:
    """Removes them; nothing is lost but saved views."""
    for table in ("search_words", "saved_views", "search_pending", "search_entries"):
        op.drop_table(table)
