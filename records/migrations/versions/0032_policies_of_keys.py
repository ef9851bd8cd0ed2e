"""The one policy that a key is bound to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

contracts = False

_COMMENT = "the one policy that judges what it asks; null: any, and the house's where none is named"


def upgrade() -> None:
    """Adds the binding; keys that are there have none."""
    op.add_column("api_keys", sa.Column("policy", sa.Text, nullable=True, comment=_COMMENT))


def downgrade() -> None:
    """Removes it."""
    op.drop_column("api_keys", "policy")
