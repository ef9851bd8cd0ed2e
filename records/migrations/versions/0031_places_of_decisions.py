"""A decision keeps where its comment stood: scopes and figures go by it, wherever the platform moves the comment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

contracts = False  # earlier programs leave both empty, and `places.catch_up` fills them from the entry


def upgrade() -> None:
    """Adds both; `places.catch_up` fills them, a few at a time: no writer waits for a table of millions."""
    surface = "where the comment stood; null until it is filled in (`records/places.py`)"
    op.add_column("decisions", sa.Column("surface", sa.Text, nullable=True, comment=surface))
    thread = "the platform's id of the thread then; null for none, and once erased"
    op.add_column("decisions", sa.Column("thread_id", sa.Text, nullable=True, comment=thread))
    rows = sa.text("surface IS NULL")
    op.create_index("ix_decisions_placeless", "decisions", ["id"], sqlite_where=rows, postgresql_where=rows)


def downgrade() -> None:
    """Takes them away: a decision stands where its comment stands again."""
    op.drop_index("ix_decisions_placeless", "decisions")
    op.drop_column("decisions", "thread_id")
    op.drop_column("decisions", "surface")
