"""A comment may be hidden for whoever runs the account under which it stands, which is no judgement of the house."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"

contracts = True  # an earlier program would count what they hide against its author


def upgrade() -> None:
    """Adds the column; every measure of before was the house's."""
    told = "operator: asked for by who runs the thread, as the platform says; null: by the house"
    op.add_column("measures", sa.Column("role", sa.Text, nullable=True, comment=told))


def downgrade() -> None:
    """Removes it; what operators hid stays hidden, as the house's."""
    op.drop_column("measures", "role")
