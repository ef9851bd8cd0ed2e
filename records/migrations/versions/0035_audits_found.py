"""Neutrality audits are found among all entries of the ledger, so that what an earlier one found stays open."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"

contracts = False  # an index alone


def upgrade() -> None:
    """Makes the index, over these entries alone."""
    audits = sa.text("kind = 'neutrality.audited'")
    op.create_index("ix_ledger_audits", "ledger", ["id"], sqlite_where=audits, postgresql_where=audits)


def downgrade() -> None:
    """Removes it."""
    op.drop_index("ix_ledger_audits", "ledger")
