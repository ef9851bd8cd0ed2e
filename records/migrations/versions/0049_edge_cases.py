"""Edge cases of a label's policy; past cases are found by the words that spoke for a decision, too.

The words are kept from the next verdict on: of what was decided before there are none.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0049"
down_revision = "0047"

contracts = False  # earlier programs show none; what they erase is shown by nobody


def upgrade() -> None:
    """Adds the tables."""
    standing = sa.text("taken_back_at IS NULL")
    op.create_table(
        "edge_cases",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("comment_id", sa.Text, nullable=False, comment="about what"),
        sa.Column("decision_id", sa.Text, nullable=False, comment="the decision whose text was judged"),
        sa.Column("label", sa.Text, nullable=False, comment="beside whose policy it stands"),
        sa.Column("is_so", sa.Boolean, nullable=False, comment="whether people held the comment to be that"),
        sa.Column(
            "why", sa.Text, nullable=False, comment="why, for those who decide the like; no words of the comment"
        ),
        sa.Column("author", sa.Text, nullable=False, comment="who settled it"),
        sa.Column("created_at", Moment, nullable=False, comment="marked"),
        sa.Column("taken_back_at", Moment, nullable=True, comment="shown no more since"),
        sa.PrimaryKeyConstraint("id", name="pk_edge_cases"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_edge_cases_comment_id"),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_edge_cases_decision_id"),
    )
    op.create_index(
        "uq_edge_cases_standing", "edge_cases", ["comment_id", "label"],
        unique=True, sqlite_where=standing, postgresql_where=standing,
    )  # fmt: skip
    op.create_index(
        "ix_edge_cases_label", "edge_cases", ["label", "id"], sqlite_where=standing, postgresql_where=standing
    )

    op.create_table(
        "telling_words",
        sa.Column(
            "word",
            sa.BigInteger,
            nullable=False,
            comment="63 bits of the hash of a word that spoke for its decision",
        ),
        sa.Column("comment_id", sa.Text, nullable=False, comment="whose text has it"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_telling_words_comment_id"),
        sa.PrimaryKeyConstraint("word", "comment_id", name="pk_telling_words"),
    )
    op.create_index("ix_telling_words_comment_id", "telling_words", ["comment_id"])


def downgrade() -> None:
    """Removes them; the ledger keeps that something was marked."""
    op.drop_table("telling_words")
    op.drop_table("edge_cases")
