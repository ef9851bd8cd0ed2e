"""How accounts stand: measures, what credit is counted from, who may have come back; list entries that wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document, Moment

revision = "0016"
down_revision = "0015"

contracts = True  # an older program would pass what a measure refuses, and carry out list entries that nobody approved


def _text(name: str, comment: str, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=optional, comment=comment)


def _moment(name: str, comment: str, *, optional: bool = False) -> sa.Column[object]:
    return sa.Column(name, Moment, nullable=optional, comment=comment)


def upgrade() -> None:
    """Makes the tables, and columns that say whether an entry of a list counts yet and who looks when."""
    _measures()
    _credit()
    op.create_table(
        "returns",
        _text("id", "UUIDv7"),
        _text("author_id", "the account that may be somebody who was closed or listed"),
        _text("against", "the closed account's id, or the list entry's"),
        sa.Column(
            "evidence",
            Document,
            nullable=False,
            comment="[{kind, accounts, weight}]: what is shared, by how many accounts; no value and no hash",
        ),
        sa.Column("score", sa.Float, nullable=False, comment="the weights together, in bits"),
        _text("state", "waiting, confirmed, dismissed"),
        _text("answered_by", "who decided", optional=True),
        _text("note", "why, in their words", optional=True),
        _moment("created_at", "found"),
        _moment("updated_at", "last weighed"),
        _moment("answered_at", "decided", optional=True),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name="fk_returns_author_id"),
        sa.PrimaryKeyConstraint("id", name="pk_returns"),
        sa.UniqueConstraint("author_id", "against", name="uq_returns_author_id_against"),
    )
    op.create_index("ix_returns_author_id", "returns", ["author_id", "id"])
    op.create_index("ix_returns_state", "returns", ["state", "id"])
    op.add_column("list_entries", _moment("review_at", "when somebody should look whether it stays", optional=True))
    op.add_column("list_entries", _text("approval_id", "the question to a second person", optional=True))
    waits = _moment("waits_since", "does not count until a second person agrees; null: counts", optional=True)
    op.add_column("list_entries", waits)


def _measures() -> None:
    op.create_table(
        "measures",
        _text("id", "UUIDv7"),
        _text("measure", "warn, refuse, delete, restrict, suspend, close, recommend"),
        _text("target_kind", "author, comment, thread"),
        _text("author_id", "whose account; null for others, and once erased", optional=True),
        _text("comment_id", "which comment", optional=True),
        _text("thread_id", "the platform's id of the thread", optional=True),
        _text("cause_id", "the comment for which an account is measured", optional=True),
        _text("reason_zh", "why, in words for the person"),
        _text("reason_en", "the same in English; the words of the other where one alone was given"),
        _text("ground", "on which rule it stands"),
        sa.Column(
            "closes", Document, nullable=False, comment="functions that a restriction closes: links, live, unreviewed"
        ),
        sa.Column("per_hour", sa.Integer, nullable=True, comment="comments an hour that a restriction leaves"),
        sa.Column("days", sa.Float, nullable=True, comment="how long it holds; null: until it is lifted"),
        _text("policy", "name@version whose ladder and grounds were asked", optional=True),
        _text("state", "waiting (for a second person), in_force, ended, lifted, refused"),
        _text("asked_by", "who took it: a user, or key: and the key's prefix"),
        _text("approval_id", "the question to a second person", optional=True),
        _moment("created_at", "asked"),
        _moment("starts_at", "holds since; null while it waits", optional=True),
        _moment("ends_at", "ends by itself; null: it does not", optional=True),
        _moment("ended_at", "ended, lifted or refused", optional=True),
        _text("ended_by", "who lifted or refused it; null where its time was over", optional=True),
        _text("ended_why", "why, in words", optional=True),
        sa.CheckConstraint("length(trim(reason_zh)) > 0 AND length(trim(reason_en)) > 0", name="ck_measures_reason"),
        sa.CheckConstraint("length(trim(ground)) > 0", name="ck_measures_ground"),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name="fk_measures_author_id"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_measures_comment_id"),
        sa.ForeignKeyConstraint(["cause_id"], ["comments.id"], name="fk_measures_cause_id"),
        sa.ForeignKeyConstraint(["approval_id"], ["approvals.id"], name="fk_measures_approval_id"),
        sa.PrimaryKeyConstraint("id", name="pk_measures"),
    )
    op.create_index("ix_measures_author_id", "measures", ["author_id", "id"])
    op.create_index("ix_measures_state", "measures", ["state", "id"])
    for name, column, where in (
        ("ix_measures_comment_id", "comment_id", "comment_id IS NOT NULL"),
        ("ix_measures_cause_id", "cause_id", "cause_id IS NOT NULL"),
        ("ix_measures_ending", "ends_at", "state = 'in_force' AND ends_at IS NOT NULL"),
    ):
        rows = sa.text(where)
        op.create_index(name, "measures", [column], sqlite_where=rows, postgresql_where=rows)


def _credit() -> None:
    op.create_table(
        "credit_events",
        _text("id", "UUIDv7"),
        _text("author_id", "whose"),
        _text("subject", "what it is counted for, once: a comment's text, an account's day"),
        _text("kind", "blocked, rejected, good_day"),
        _moment("at", "when it happened"),
        _moment("void_at", "taken back: it does not count, as if it had not been", optional=True),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name="fk_credit_events_author_id"),
        sa.PrimaryKeyConstraint("id", name="pk_credit_events"),
        sa.UniqueConstraint("subject", name="uq_credit_events_subject"),
    )
    op.create_index("ix_credit_events_author_id", "credit_events", ["author_id", "at"])
    op.create_table(
        "credit_pending",
        _text("id", "UUIDv7; a comment may stand here more than once"),
        _text("comment_id", "what its author's credit owes to it is counted anew"),
        sa.PrimaryKeyConstraint("id", name="pk_credit_pending"),
    )


def downgrade() -> None:
    """Removes them, with every measure and all credit."""
    for column in ("waits_since", "approval_id", "review_at"):
        op.drop_column("list_entries", column)
    for table in ("returns", "credit_pending", "credit_events", "measures"):
        op.drop_table(table)
