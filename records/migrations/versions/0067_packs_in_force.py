"""Packs of rules as they came into force are kept, so that every worker runs the same ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document, Moment

revision = "0067"
down_revision = "0066"

contracts = False  # earlier programs read packs from the disk, as they did


def upgrade() -> None:
    """Makes the tables, empty: the next server to start writes what it finds on its disk."""
    op.create_table(
        "rule_packs",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False, comment="1, and one more for each set"),
        sa.Column("digest", sa.Text, nullable=False, comment="SHA-256 of the files' names and hashes"),
        sa.Column("place", sa.Text, nullable=False, comment="host and folder where it was found"),
        sa.Column("files", Document, nullable=False, comment="{name: text} of each pack, as it came into force"),
        sa.Column("hashes", Document, nullable=False, comment="{name: SHA-256} of each pack"),
        sa.Column("rules", Document, nullable=False, comment="{id: [hash of what it says, file, whether it blocks]}"),
        sa.Column(
            "reviewing", Document, nullable=False, comment="[ids] of those that only hold until two people agree"
        ),
        sa.Column("created_at", Moment, nullable=False, comment="came into force"),
    )
    op.create_table(
        "pack_places",
        sa.Column("place", sa.Text, primary_key=True, comment="host and folder"),
        sa.Column("digest", sa.Text, nullable=False, comment="of the set that was last found whole there"),
        sa.Column("seen_at", Moment, nullable=False, comment="when it was found first"),
    )


def downgrade() -> None:
    """Drops them with what they hold."""
    op.drop_table("pack_places")
    op.drop_table("rule_packs")
