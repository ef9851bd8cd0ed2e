"""A session says when and from where it is used, a backtest to whom it was shown; reports of danger count apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document, Moment

revision = "0063"
down_revision = "0062"

contracts = False

_SESSIONS = (
    ("used_at", Moment, "last used, to within a minute; null: not since it began"),
    ("address", sa.Text, "the network it began from, shortened; null: not known"),
    ("browser", sa.Text, "the browser and system it began with, in short; null: not known"),
)


def upgrade() -> None:
    """Adds the columns; what was counted so far was of the usual kind."""
    for name, kind, told in _SESSIONS:
        op.add_column("sessions", sa.Column(name, kind, nullable=True, comment=told))
    told = "usual; life: a report that life may be threatened, counted apart"
    counted_as = sa.Column("counted_as", sa.Text, nullable=False, server_default="usual", comment=told)
    op.add_column("public_forms", counted_as)
    told = "{who: when}: to whom its comments were shown; null: to nobody"
    op.add_column("rule_backtests", sa.Column("shown_to", Document, nullable=True, comment=told))


def downgrade() -> None:
    """Removes them."""
    op.drop_column("rule_backtests", "shown_to")
    op.drop_column("public_forms", "counted_as")
    for name, _, _ in _SESSIONS:
        op.drop_column("sessions", name)
