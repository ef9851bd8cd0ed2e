"""What is found of campaigns and what people say of it; measures on threads are found by the thread."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document, Moment

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Makes them."""
    op.create_table(
        "campaign_findings",
        sa.Column("campaign_id", sa.Text, nullable=False, comment="about which campaign"),
        sa.Column("hand", sa.Text, nullable=False, comment="what the signs say: one_hand, many_people, unclear"),
        sa.Column("confidence", sa.Text, nullable=False, comment="how surely: strong, fair, none"),
        sa.Column(
            "evidence",
            Document,
            nullable=False,
            comment="counts, and the signs with their weights; no text, no contact, no pseudonym",
        ),
        sa.Column("size", sa.Integer, nullable=False, comment="comments of the campaign when it was weighed"),
        sa.Column("created_at", Moment, nullable=False, comment="first weighed"),
        sa.Column("updated_at", Moment, nullable=False, comment="last weighed"),
        sa.Column(
            "answer",
            sa.Text,
            nullable=True,
            comment="what a person says: one_hand, many_people, no_campaign; null before",
        ),
        sa.Column("answered_by", sa.Text, nullable=True, comment="who"),
        sa.Column("note", sa.Text, nullable=True, comment="why, in their words"),
        sa.Column("answered_at", Moment, nullable=True, comment="when"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_campaign_findings_campaign_id"),
        sa.PrimaryKeyConstraint("campaign_id", name="pk_campaign_findings"),
    )
    where = sa.text("thread_id IS NOT NULL")
    op.create_index("ix_measures_thread_id", "measures", ["thread_id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Removes them."""
    op.drop_index("ix_measures_thread_id", "measures")
    op.drop_table("campaign_findings")
