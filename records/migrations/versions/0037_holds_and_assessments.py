"""Legal holds, while which nothing of what they cover is erased; and assessments that stand for some time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0037"
down_revision = "0036"

contracts = True  # an older program would erase what is held


_COMMENTS = {
    "kind": ("model, function", "model, function, rule, rules (all under a name, for some time), policy"),
    "subject": (
        "what goes live: chaffinch@5, or the function's name",
        "what goes live: chaffinch@5, the function's name, a rule's id or the beginning of some, a policy",
    ),
    "mark": (
        "hash of the bundle, so that the signatures are about this very one; empty for a function",
        "hash of the bundle, rule or policy, so that the signatures are about this very one",
    ),
}


def _comment(which: int) -> None:
    """What the columns are for: only PostgreSQL keeps that."""
    if op.get_bind().dialect.name == "postgresql":
        for column, told in _COMMENTS.items():
            op.alter_column(
                "assessments", column, existing_type=sa.Text(), existing_nullable=False, comment=told[which],
                existing_comment=told[1 - which],
            )  # fmt: skip


def upgrade() -> None:
    """Makes the tables, and the end of assessments; those that are there have none."""
    until = "stands for what it covers until then; null: for good, for just one thing"
    _comment(1)
    op.add_column("assessments", sa.Column("expires_at", Moment, nullable=True, comment=until))
    op.create_table(
        "holds",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column(
            "kind",
            sa.Text,
            nullable=False,
            comment="what is held: author, comment, inspection (all that lies in the scope of a request)",
        ),
        sa.Column("comment_id", sa.Text, nullable=True, comment="which comment"),
        sa.Column("inspection_id", sa.Text, nullable=True, comment="which request"),
        sa.Column(
            "salt",
            sa.LargeBinary,
            nullable=True,
            comment="16 random bytes of the commitment to whom it holds; null for others",
        ),
        sa.Column("authority", sa.Text, nullable=False, comment="who asks that it is kept"),
        sa.Column("reference", sa.Text, nullable=False, comment="their number of it"),
        sa.Column("ground", sa.Text, nullable=False, comment="on which ground"),
        sa.Column("tell", sa.Boolean, nullable=False, comment="whether the person may be told"),
        sa.Column("until", Moment, nullable=True, comment="holds no more from then on; null: until somebody lifts it"),
        sa.Column("review_at", Moment, nullable=True, comment="when somebody looks whether it is still needed"),
        sa.Column("state", sa.Text, nullable=False, comment="waiting, in_force, declined, lifted, ended"),
        sa.Column("asked_by", sa.Text, nullable=False, comment="who of the house asked for it"),
        sa.Column("approved_by", sa.Text, nullable=True, comment="the second person"),
        sa.Column("set_at", Moment, nullable=True, comment="in force"),
        sa.Column("ended_at", Moment, nullable=True, comment="lifted, or over"),
        sa.Column("ended_by", sa.Text, nullable=True, comment="who lifted it; null where its time was over"),
        sa.Column("ended_why", sa.Text, nullable=True, comment="why it was lifted"),
        sa.Column("withstood_at", Moment, nullable=True, comment="an erasure was asked for last that it stood against"),
        sa.Column("created_at", Moment, nullable=False, comment="asked for"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_holds_comment_id"),
        sa.ForeignKeyConstraint(["inspection_id"], ["inspections.id"], name="fk_holds_inspection_id"),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
    )
    op.create_index("ix_holds_state", "holds", ["state", "id"])
    op.create_table(
        "held_hashes",
        sa.Column("hold_id", sa.Text, nullable=False, comment="by which hold"),
        sa.Column(
            "author_index",
            sa.Text,
            nullable=False,
            comment="key id and keyed hash of the pseudonym that is held, under each key",
        ),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name="fk_held_hashes_hold_id"),
        sa.PrimaryKeyConstraint("hold_id", "author_index", name="pk_held_hashes"),
    )
    op.create_index("ix_held_hashes_author_index", "held_hashes", ["author_index"])


def downgrade() -> None:
    """Removes them."""
    op.drop_column("assessments", "expires_at")
    _comment(0)
    op.drop_table("held_hashes")
    op.drop_table("holds")
