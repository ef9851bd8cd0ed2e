"""What is searched: entries of comments, those that have to be brought up to date, and views that people saved.

The words themselves lie in `search_words`, which is each database's own (FTS5; `tsvector` with GIN) and therefore made
by the migration alone: `records/search.py`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Table, UniqueConstraint

from records.columns import key_column, moment, text
from records.tables.base import metadata

search_entries = Table(
    "search_entries",
    metadata,
    Column(
        "place",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="from the comment's id: greater for what was stored later",
    ),
    text("comment_id", "which comment", ForeignKey("comments.id"), unique=True),
)

search_pending = Table(
    "search_pending",
    metadata,
    key_column("UUIDv7; a comment may stand here more than once"),
    text("comment_id", "its entry is not up to date"),
)

saved_views = Table(
    "saved_views",
    metadata,
    key_column(),
    text("user_id", "whose", ForeignKey("users.id")),
    text("name", "as its owner calls it"),
    text("query", "the filters as the address bar has them"),
    Column("shared", Boolean, nullable=False, comment="whether colleagues see it"),
    moment("created_at", "saved"),
    UniqueConstraint("user_id", "name"),
    Index("ix_saved_views_shared", "shared", "user_id"),
)
