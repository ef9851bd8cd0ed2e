"""An authority's request may be about accounts, threads or kinds of measures, beside surfaces and time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document

revision = "0054"
down_revision = "0053"

contracts = True  # an earlier program would read such a request as one about all that its surfaces and time hold


def upgrade() -> None:
    """Requests of before name none: they are about all of them."""
    op.add_column("inspections", sa.Column("accounts", Document, comment="our ids of accounts; null: of all"))
    op.add_column("inspections", sa.Column("threads", Document, comment="the platform's ids; null: of all"))
    op.add_column("inspections", sa.Column("measures", Document, comment="kinds of measures; null: decisions of all"))
    op.add_column("inspections", sa.Column("salt", sa.LargeBinary, comment="of the entries' commitments to threads"))


def downgrade() -> None:
    """What such requests are about is forgotten; nothing may be read under them."""
    op.execute(
        "UPDATE inspections SET state = 'closed' WHERE state IN ('waiting', 'granted')"
        " AND (accounts IS NOT NULL OR threads IS NOT NULL OR measures IS NOT NULL)"
    )
    for name in ("accounts", "threads", "measures", "salt"):
        op.drop_column("inspections", name)
