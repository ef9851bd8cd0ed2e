"""When an account's consent was withdrawn: to state it no more left nothing of it, as if there had been none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0049"

contracts = False  # what earlier programs withdraw meanwhile has no moment

_WITHDRAWN = "when consent was no longer stated; null: it stands, or never was"


def upgrade() -> None:
    """Adds the moment; of what was withdrawn before nothing is known."""
    op.add_column(
        "authors", sa.Column("consent_withdrawn_at", sa.DateTime(timezone=True), nullable=True, comment=_WITHDRAWN)
    )


def downgrade() -> None:
    """Removes it."""
    op.drop_column("authors", "consent_withdrawn_at")
