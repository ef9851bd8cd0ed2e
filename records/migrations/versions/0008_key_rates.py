"""How many comments a second a key may send."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_COMMENT = "comments a second it may send; null: as the setting says"


def upgrade() -> None:
    """Adds the limit; keys that are there have none of their own."""
    op.add_column("api_keys", sa.Column("rate", sa.Float, nullable=True, comment=_COMMENT))


def downgrade() -> None:
    """Removes it."""
    op.drop_column("api_keys", "rate")
