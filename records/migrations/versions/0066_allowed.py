"""A decision says which entries of lists took something out of sight, and what that spared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document

revision = "0066"
down_revision = "0065"

contracts = False  # earlier programs leave it empty, and their entries say nothing of it

_TOLD = (
    "{entries: [{id, kind}], spared: [{code, source, outcome, rule_id}]}: what entries of lists took out of sight; "
    "null for nothing"
)


def upgrade() -> None:
    """Adds it, empty: of earlier decisions nobody knows."""
    op.add_column("decisions", sa.Column("allowed", Document, nullable=True, comment=_TOLD))


def downgrade() -> None:
    """Drops it; the ledger keeps what it said."""
    op.drop_column("decisions", "allowed")
