"""Of an account that was erased while it was closed, suspended or listed: when, and until when its least stays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0029"
down_revision = "0028"

contracts = False


def upgrade() -> None:
    """Adds both; nobody who was erased before is known any more."""
    erased = sa.Column("erased_at", Moment, nullable=True, comment="erased but for a standing measure or list entry")
    op.add_column("authors", erased)
    until = sa.Column("kept_until", Moment, nullable=True, comment="until when that is kept; null: not erased")
    op.add_column("authors", until)


def downgrade() -> None:
    """Takes them away: what was kept stays without an end."""
    op.drop_column("authors", "kept_until")
    op.drop_column("authors", "erased_at")
