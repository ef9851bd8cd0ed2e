"""How each chore of the workers goes, and where a database was copied to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0068"
down_revision = "0067"

contracts = False  # earlier programs write neither and read neither


def upgrade() -> None:
    """Makes the tables, empty."""
    op.create_table(
        "worker_chores",
        sa.Column("chore", sa.Text, primary_key=True, comment="its name, as it is logged"),
        sa.Column("tried_at", Moment, nullable=False, comment="when a worker last told of it"),
        sa.Column("done_at", Moment, nullable=True, comment="when it was last done; null before the first time"),
        sa.Column("failures", sa.BigInteger, nullable=False, comment="how often it failed, of all workers"),
        sa.Column("failing_since", Moment, nullable=True, comment="it fails since then; null while it is done"),
        sa.Column("error", sa.Text, nullable=True, comment="the kind of fault that it fails with; no text"),
    )
    op.create_table(
        "moved_away",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False, comment="always 1"),
        sa.Column("state", sa.Text, nullable=False, comment="begun, done"),
        sa.Column("address", sa.Text, nullable=False, comment="URL of the other database, without a password"),
        sa.Column("who", sa.Text, nullable=False, comment="who copied it"),
        sa.Column("begun_at", Moment, nullable=False, comment="when it was begun"),
    )


def downgrade() -> None:
    """Drops them with what they hold."""
    op.drop_table("moved_away")
    op.drop_table("worker_chores")
