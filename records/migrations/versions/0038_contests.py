"""Whoever reported a comment contests that it stays: which complaint's answer a complaint contests, once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"

contracts = False  # earlier programs write complaints that contest nothing

_COMMENT = "the complaint whose answer is contested with this one: once; null: it reports a comment"
_SOME = sa.text("contests IS NOT NULL")
_REVERSED = "the answer was taken back: restored on appeal, or removed on contest"
_REVERSED_BEFORE = "the comment it had removed was restored on appeal"


def upgrade() -> None:
    """Adds it; nothing that is there was contested."""
    op.add_column("complaints", sa.Column("contests", sa.Text, nullable=True, comment=_COMMENT))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("complaints", "reversed_at", comment=_REVERSED, existing_comment=_REVERSED_BEFORE)
    op.create_index(
        "uq_complaints_contests", "complaints", ["contests"], unique=True, sqlite_where=_SOME, postgresql_where=_SOME
    )


def downgrade() -> None:
    """Removes it; what was contested is forgotten."""
    op.drop_index("uq_complaints_contests", "complaints")
    op.drop_column("complaints", "contests")
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("complaints", "reversed_at", comment=_REVERSED_BEFORE, existing_comment=_REVERSED)
