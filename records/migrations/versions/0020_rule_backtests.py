"""What rules would have done on stored decisions, before they go live."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document, Moment

revision = "0020"
down_revision = "0019"


def _text(name: str, comment: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null, comment=comment)


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "rule_backtests",
        _text("id", "UUIDv7"),
        _text("rule_id", "the rule's own name"),
        _text("content", "SHA-256 of the rule as it was tried: what goes live has the same"),
        sa.Column("document", Document, nullable=False, comment="the rule as it was tried"),
        sa.Column("beside", Document, nullable=True, comment="the live rule of that name at the time; null: none"),
        _text("asked_by", "who asked"),
        _text("state", "waiting, running, done, failed"),
        sa.Column("total", sa.Integer, nullable=False, comment="decisions that it is tried on"),
        sa.Column("seen", sa.Integer, nullable=False, comment="decisions that were read so far"),
        sa.Column("place_at", Moment, nullable=True, comment="moment of the last decision that was read"),
        _text("place_id", "its id", null=True),
        sa.Column("kept", Document, nullable=True, comment="counts so far, and ids of sampled decisions; no text"),
        _text("holder", "worker that reads on", null=True),
        sa.Column("held_until", Moment, nullable=True, comment="another may read on after that"),
        sa.Column("created_at", Moment, nullable=False, comment="asked"),
        sa.Column("ended_at", Moment, nullable=True, comment="done or failed"),
        sa.PrimaryKeyConstraint("id", name="pk_rule_backtests"),
    )
    is_open = sa.text("state IN ('waiting', 'running')")
    op.create_index(
        "uq_rule_backtests_open", "rule_backtests", ["rule_id", "content"], unique=True, sqlite_where=is_open,
        postgresql_where=is_open,
    )  # fmt: skip
    op.create_index("ix_rule_backtests_rule_id", "rule_backtests", ["rule_id", "id"])


def downgrade() -> None:
    """Removes it."""
    op.drop_table("rule_backtests")
