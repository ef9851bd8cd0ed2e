"""What comments are compared by for some hours, and the campaigns that show."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes them."""
    op.create_table(
        "observations",
        sa.Column("decision_id", sa.Text, nullable=False, comment="about which comment, by the decision about it"),
        sa.Column("worker", sa.Text, nullable=False, comment="the process that saw it; it need not be told again"),
        sa.Column("at", Moment, nullable=False, comment="seen; forgotten some hours later"),
        sa.Column(
            "signature",
            sa.LargeBinary,
            nullable=True,
            comment="MinHash of the text, from which no text can be read; null where it is too short",
        ),
        sa.Column("mark", sa.BigInteger, nullable=True, comment="names the group of near-duplicates that it fell into"),
        sa.Column(
            "account",
            sa.BigInteger,
            nullable=True,
            comment="64 bits of the keyed hash of the author's pseudonym",
        ),
        sa.Column("thread", sa.BigInteger, nullable=True, comment="64 bits of the keyed hash of the thread's id"),
        sa.Column(
            "contacts",
            sa.LargeBinary,
            nullable=True,
            comment="64 bits of the keyed hash of each contact in the text, one after the other",
        ),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_observations_decision_id"),
        sa.PrimaryKeyConstraint("decision_id", name="pk_observations"),
    )
    op.create_index("ix_observations_at", "observations", ["at"])
    op.create_index(
        "ix_observations_mark",
        "observations",
        ["mark", "at"],
        sqlite_where=sa.text("mark IS NOT NULL"),
        postgresql_where=sa.text("mark IS NOT NULL"),
    )
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("kind", sa.Text, nullable=False, comment="what is spread: text, contact"),
        sa.Column(
            "signature",
            sa.LargeBinary,
            nullable=True,
            comment="MinHash of the text that is spread; null for a contact",
        ),
        sa.Column("case_id", sa.Text, nullable=False, comment="the one case about it"),
        sa.Column("created_at", Moment, nullable=False, comment="opened"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_campaigns_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
    )
    op.create_index("ix_campaigns_created_at", "campaigns", ["created_at"])
    op.create_index("ix_campaigns_case_id", "campaigns", ["case_id"])
    op.create_table(
        "campaign_marks",
        sa.Column("kind", sa.Text, nullable=False, comment="text, contact"),
        sa.Column("mark", sa.BigInteger, nullable=False, comment="a name that some worker has for what is spread"),
        sa.Column("campaign_id", sa.Text, nullable=False, comment="the latest campaign that spread it"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_campaign_marks_campaign_id"),
        sa.PrimaryKeyConstraint("kind", "mark", name="pk_campaign_marks"),
    )
    op.create_table(
        "campaign_comments",
        sa.Column("campaign_id", sa.Text, nullable=False, comment="which campaign"),
        sa.Column("comment_id", sa.Text, nullable=False, comment="a comment that belongs to it"),
        sa.Column("created_at", Moment, nullable=False, comment="joined"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_campaign_comments_campaign_id"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_campaign_comments_comment_id"),
        sa.PrimaryKeyConstraint("campaign_id", "comment_id", name="pk_campaign_comments"),
    )
    op.create_index("ix_campaign_comments_comment_id", "campaign_comments", ["comment_id"])


def downgrade() -> None:
    """Removes them, with all that they hold."""
    for table in ("campaign_comments", "campaign_marks", "campaigns", "observations"):
        op.drop_table(table)
