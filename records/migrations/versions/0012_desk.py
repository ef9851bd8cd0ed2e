"""What the moderator's desk keeps: own keys, skills, training, bulk verdicts, and by what decided texts are alike."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document, Moment

revision = "0012"
down_revision = "0011"

_CLOSED = sa.text("state = 'closed'")
_PURPOSES = {
    "cases": (
        "decide; opinion (a second person, blind); gold (the answer is known): those two change nothing",
        "decide; opinion (a second person, blind); gold (the answer is known), lesson (for a newcomer): those change "
        "nothing",
    ),
    "verdicts": ("of its case: decide, opinion, gold", "of its case: decide, opinion, gold, lesson"),
}
"""What the column is said to hold, before and after; SQLite keeps no such words."""


def upgrade() -> None:
    """Makes the columns, the tables and the indexes."""
    for column in _user_columns():
        op.add_column("users", column)
    op.create_index("ix_verdicts_moderator_at", "verdicts", ["moderator", "created_at"])
    _by_comment("comment_id", "moderator")
    op.create_index("ix_skips_moderator_at", "skips", ["moderator", "created_at"])
    op.create_index(
        "ix_cases_label_closed", "cases", ["label", "closed_at"], sqlite_where=_CLOSED, postgresql_where=_CLOSED
    )
    _bulk()
    _likenesses()
    _say(1)


def downgrade() -> None:
    """Removes them, with the answers of newcomers, which the tables before cannot tell apart."""
    _say(0)
    op.drop_table("likenesses")
    op.drop_table("bulk_members")
    op.drop_table("bulk_verdicts")
    op.execute("DELETE FROM verdicts WHERE purpose = 'lesson'")
    op.execute("DELETE FROM cases WHERE purpose = 'lesson'")
    op.drop_index("ix_cases_label_closed", "cases")
    op.drop_index("ix_skips_moderator_at", "skips")
    _by_comment("comment_id")
    op.drop_index("ix_verdicts_moderator_at", "verdicts")
    for column in reversed(_user_columns()):
        op.drop_column("users", column.name)


def _by_comment(*columns: str) -> None:
    """The index by comment: a queue asks whether one moderator said something of it."""
    op.drop_index("ix_verdicts_comment_id", "verdicts")
    op.create_index("ix_verdicts_comment_id", "verdicts", list(columns))


def _say(which: int) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, words in _PURPOSES.items():
        op.alter_column(
            table, "purpose", existing_type=sa.Text(), existing_nullable=False, comment=words[which],
            existing_comment=words[1 - which],
        )  # fmt: skip


def _user_columns() -> list[sa.Column[object]]:
    return [
        sa.Column(
            "keys",
            Document,
            nullable=True,
            comment="{command: key} where they differ from the usual ones; null: the usual ones",
        ),
        sa.Column("languages", Document, nullable=True, comment="those whose cases they are given; null: all"),
        sa.Column("subjects", Document, nullable=True, comment="labels whose cases they are given; null: all"),
        sa.Column(
            "trainee",
            sa.Boolean,
            nullable=False,
            server_default=sa.false(),
            comment="whether they answer lessons alone, without effect",
        ),
    ]


def _bulk() -> None:
    op.create_table(
        "bulk_verdicts",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("campaign_id", sa.Text, nullable=False, comment="whose comments are decided"),
        sa.Column(
            "case_id", sa.Text, nullable=False, comment="the campaign's case, which the moderator decided by itself"
        ),
        sa.Column("moderator", sa.Text, nullable=False, comment="user id"),
        sa.Column("verdict", sa.Text, nullable=False, comment="approve, reject"),
        sa.Column("labels", Document, nullable=False, comment="names given with a reject"),
        sa.Column("measure", sa.Text, nullable=True, comment="what the moderator asks for"),
        sa.Column("note", sa.Text, nullable=True, comment="the moderator's words; null once a comment of it is erased"),
        sa.Column("confidence", sa.Float, nullable=True, comment="0 to 1, the moderator's own"),
        sa.Column(
            "state", sa.Text, nullable=False, comment="waiting (for a second person), running, done, refused, withdrawn"
        ),
        sa.Column("starts_at", Moment, nullable=True, comment="no comment is touched before then"),
        sa.Column("created_at", Moment, nullable=False, comment="given"),
        sa.Column("ended_at", Moment, nullable=True, comment="done, refused or withdrawn"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name="fk_bulk_verdicts_campaign_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_bulk_verdicts_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_bulk_verdicts"),
    )
    op.create_index("ix_bulk_verdicts_state", "bulk_verdicts", ["state", "starts_at"])
    op.create_index("ix_bulk_verdicts_case_id", "bulk_verdicts", ["case_id"])
    op.create_index("ix_bulk_verdicts_campaign_id", "bulk_verdicts", ["campaign_id"])
    op.create_table(
        "bulk_members",
        sa.Column("bulk_id", sa.Text, nullable=False, comment="which bulk verdict"),
        sa.Column("comment_id", sa.Text, nullable=False, comment="a comment that it was to decide"),
        sa.Column("revision", sa.Integer, nullable=False, comment="the text that the moderator was shown"),
        sa.Column(
            "state",
            sa.Text,
            nullable=False,
            comment="pending, decided, decided_before, changed, erased, opened_again",
        ),
        sa.Column("verdict_id", sa.Text, nullable=True, comment="its own verdict"),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk_verdicts.id"], name="fk_bulk_members_bulk_id"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_bulk_members_comment_id"),
        sa.ForeignKeyConstraint(["verdict_id"], ["verdicts.id"], name="fk_bulk_members_verdict_id"),
        sa.PrimaryKeyConstraint("bulk_id", "comment_id", name="pk_bulk_members"),
    )
    op.create_index("ix_bulk_members_state", "bulk_members", ["bulk_id", "state"])
    op.create_index("ix_bulk_members_comment_id", "bulk_members", ["comment_id"])


def _likenesses() -> None:
    op.create_table(
        "likenesses",
        sa.Column("band", sa.BigInteger, nullable=False, comment="one of twelve parts of a decided text's MinHash"),
        sa.Column("comment_id", sa.Text, nullable=False, comment="whose text has it"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_likenesses_comment_id"),
        sa.PrimaryKeyConstraint("band", "comment_id", name="pk_likenesses"),
    )
    op.create_index("ix_likenesses_comment_id", "likenesses", ["comment_id"])
