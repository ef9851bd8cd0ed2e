"""What was sent beside a text is kept with it: `attachments` of comments and of their earlier texts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"

contracts = False  # earlier programs leave the columns empty, and their entries say nothing of them

_TABLES = {
    "comments": "JSON [{kind, sha256, alt}] of this revision, as sent; null: none, or erased",
    "comment_revisions": "JSON [{kind, sha256, alt}] sent with it; null: none, or erased",
}
_TOLD = {
    ("comments", "revision"): (
        "1, and one more for each text, attachments or author that differed from the last",
        "1, and one more for each text that differed from the last",
    ),
    ("decisions", "reasons"): (
        "[{code, source, outcome, rule_id, spans, ground, message, attachments}]",
        "[{code, source, outcome, rule_id, spans, ground, message}]",
    ),
}


def upgrade() -> None:
    """Adds them, empty: what was attached before was never kept."""
    for table, comment in _TABLES.items():
        op.add_column(table, sa.Column("attachments", sa.Text(), nullable=True, comment=comment))
    for (table, column), (now, before) in _TOLD.items():
        _say(table, column, now, before)


def downgrade() -> None:
    """Drops them with what they hold."""
    for table in _TABLES:
        op.drop_column(table, "attachments")
    for (table, column), (now, before) in _TOLD.items():
        _say(table, column, before, now)


def _say(table: str, column: str, told: str, before: str) -> None:
    """SQLite keeps no comments."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(table, column, comment=told, existing_comment=before)
