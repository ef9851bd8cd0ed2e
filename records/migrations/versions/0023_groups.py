"""Cases that are decided together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

_GROUP = "the group in which it is decided together with others (`campaigns`)"


def upgrade() -> None:
    """Adds the column; what waits is gathered by a worker within a minute."""
    op.add_column("cases", sa.Column("group_id", sa.Text, nullable=True, comment=_GROUP))
    rows = sa.text("group_id IS NOT NULL")
    op.create_index("ix_cases_group_id", "cases", ["group_id"], sqlite_where=rows, postgresql_where=rows)


def downgrade() -> None:
    """Removes it: each case waits by itself again. Groups go, but for those over which a verdict was given."""
    op.drop_index("ix_cases_group_id", "cases")
    op.drop_column("cases", "group_id")
