"""Which earlier programs may go on with these tables: the older version serves while the newer one migrates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

contracts = True  # programs before this one do not ask


def upgrade() -> None:
    """Makes the table; `schema.upgrade` fills it, after every migration."""
    op.create_table(
        "schema_state",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False, comment="always 1"),
        sa.Column("revision", sa.Text, nullable=False, comment="the revision of the tables that this was written with"),
        sa.Column(
            "serves_from", sa.Text, nullable=False, comment="programs that know this revision may go on with the tables"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_schema_state"),
    )


def downgrade() -> None:
    """Removes it."""
    op.drop_table("schema_state")
