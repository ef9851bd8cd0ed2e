"""The ledger commits to what an entry of a list is about; the salt stands with the entry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"

contracts = False  # entries that are there, and those of earlier programs, are committed to by nothing

_COMMENT = "16 random bytes of the key's commitment in the ledger; null before there was one"


def upgrade() -> None:
    """Adds the salt; entries that are there have none."""
    op.add_column("list_entries", sa.Column("salt", sa.LargeBinary, nullable=True, comment=_COMMENT))


def downgrade() -> None:
    """Removes it."""
    op.drop_column("list_entries", "salt")
