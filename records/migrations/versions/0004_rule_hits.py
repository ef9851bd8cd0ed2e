"""How often each rule hit, by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Makes the counts; they begin at nothing."""
    op.create_table(
        "rule_hits",
        sa.Column("day", sa.Date, nullable=False, comment="by UTC"),
        sa.Column("rule_id", sa.Text, nullable=False, comment="the rule's own name"),
        sa.Column("state", sa.Text, nullable=False, comment="live, shadow: as what it was looked for"),
        sa.Column("hits", sa.BigInteger, nullable=False, comment="stored decisions about comments that it hit"),
        sa.Column(
            "changes",
            sa.BigInteger,
            nullable=False,
            comment="stored decisions with another outcome were it not there, or, in the shadow, were it live",
        ),
        sa.PrimaryKeyConstraint("day", "rule_id", "state", name="pk_rule_hits"),
    )


def downgrade() -> None:
    """Removes them."""
    op.drop_table("rule_hits")
