"""Complaints and appeals of the public, their answers, and findings about floods of reports."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from records.columns import Document, Moment

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Makes the tables."""
    _complaints()
    _appeals()
    _answers()
    _floods()


def downgrade() -> None:
    """Removes them, and what was asked with them. Cases stay: they are about comments."""
    for table in ("report_floods", "answers", "appeals", "complaints"):
        op.drop_table(table)


def _complaints() -> None:
    op.create_table(
        "complaints",
        _text("id", "UUIDv7; the receipt is this and a keyed hash of it"),
        _text("comment_id", "about what"),
        _text("decision_id", "the decision that stood then"),
        sa.Column("revision", sa.Integer, nullable=False, comment="which text of the comment was complained about"),
        _text(
            "author_index",
            "keyed hash of the comment's author, to see many against one; null once forgotten",
            null=True,
        ),
        _text("case_id", "the case it opened or joined; null where it was answered at once", null=True),
        _text("kind", "illegal, harassment, privacy, spam, ..."),
        _text(
            "note",
            "the reporter's words; null where none were given, once the comment is erased, and in time",
            null=True,
        ),
        _text("reporter_index", "key id and keyed hash of who reports; null once forgotten", null=True),
        _text("source", "what the hash is of: platform (a pseudonym it told), address (of the network)"),
        _text("state", "waiting, answered"),
        _text("outcome", "acted, kept, changed, gone; null before", null=True),
        _text("verdict_id", "the verdict that answers it", null=True),
        _moment("due_at", "promised: answered by then"),
        _moment("created_at", "received"),
        _moment("answered_at", "answered", null=True),
        _moment("reversed_at", "the comment it had removed was restored on appeal", null=True),
        _foreign("complaints", "comment_id", "comments"),
        _foreign("complaints", "decision_id", "decisions"),
        _foreign("complaints", "case_id", "cases"),
        _foreign("complaints", "verdict_id", "verdicts"),
        sa.PrimaryKeyConstraint("id", name="pk_complaints"),
    )
    op.create_index("ix_complaints_comment_id", "complaints", ["comment_id", "id"])
    op.create_index("ix_complaints_case_id", "complaints", ["case_id"])
    op.create_index("ix_complaints_reporter_index", "complaints", ["reporter_index", "id"])
    op.create_index("ix_complaints_author_index", "complaints", ["author_index", "created_at"])
    op.create_index("ix_complaints_answered_at", "complaints", ["answered_at"])
    _partial("ix_complaints_waiting", "complaints", ["case_id"], "state = 'waiting'")


def _appeals() -> None:
    op.create_table(
        "appeals",
        _text("id", "UUIDv7; the receipt is this and a keyed hash of it"),
        _text("subject_id", "the verdict or, without one, the decision that is appealed: once"),
        _text("comment_id", "about what"),
        _text("decision_id", "the decision that is appealed"),
        _text("verdict_id", "the verdict that is appealed; null where the machine alone decided", null=True),
        _text("measure_id", "the ledger's entry of the measure that it asked for", null=True),
        _text("case_id", "where another person decides it"),
        _text(
            "note", "the author's words; null where none were given, once the comment is erased, and in time", null=True
        ),
        _text("sender", "key, or public page, by which it came"),
        _text("state", "waiting, answered"),
        _text("outcome", "upheld, overturned, changed, gone; null before", null=True),
        _text("answer_id", "the verdict that answers it", null=True),
        _moment("due_at", "promised: answered by then"),
        _moment("created_at", "received"),
        _moment("answered_at", "answered", null=True),
        _foreign("appeals", "comment_id", "comments"),
        _foreign("appeals", "decision_id", "decisions"),
        _foreign("appeals", "verdict_id", "verdicts"),
        _foreign("appeals", "case_id", "cases"),
        _foreign("appeals", "answer_id", "verdicts"),
        sa.PrimaryKeyConstraint("id", name="pk_appeals"),
        sa.UniqueConstraint("subject_id", name="uq_appeals_subject_id"),
    )
    op.create_index("ix_appeals_comment_id", "appeals", ["comment_id", "id"])
    op.create_index("ix_appeals_case_id", "appeals", ["case_id"])
    op.create_index("ix_appeals_answered_at", "appeals", ["answered_at"])
    _partial("ix_appeals_waiting", "appeals", ["case_id"], "state = 'waiting'")


def _answers() -> None:
    op.create_table(
        "answers",
        _text("verdict_id", "the verdict with which it was chosen"),
        _text(
            "template", "which answer people get, a name of configs/complaints.toml; null: the one that fits", null=True
        ),
        sa.Column(
            "reasons",
            Document,
            nullable=False,
            comment="[{code, ground}] of the verdict's labels, by the policy of that day",
        ),
        _moment("created_at", "chosen"),
        _foreign("answers", "verdict_id", "verdicts"),
        sa.PrimaryKeyConstraint("verdict_id", name="pk_answers"),
    )


def _floods() -> None:
    op.create_table(
        "report_floods",
        _text("id", "UUIDv7"),
        _text("author_index", "keyed hash of the author against whom many reported; null once forgotten", null=True),
        _text("state", "waiting, confirmed, dismissed"),
        sa.Column(
            "evidence",
            Document,
            nullable=False,
            comment="numbers and moments: reports, reporters, answers, shared words; no text and no hash of a person",
        ),
        sa.Column(
            "is_unfounded",
            sa.Boolean,
            nullable=False,
            comment="answers say that the reports were not founded; else it is too early",
        ),
        _text("answered_by", "who decided", null=True),
        _text("note", "why, in their words", null=True),
        _moment("first_at", "the first report that counts"),
        _moment("created_at", "found"),
        _moment("updated_at", "last counted"),
        _moment("answered_at", "decided", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_report_floods"),
    )
    op.create_index("ix_report_floods_author_index", "report_floods", ["author_index", "id"])
    op.create_index("ix_report_floods_state", "report_floods", ["state", "id"])
    _partial("uq_report_floods_waiting", "report_floods", ["author_index"], "state = 'waiting'", unique=True)


def _text(name: str, comment: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=null, comment=comment)


def _moment(name: str, comment: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, Moment, nullable=null, comment=comment)


def _foreign(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}")


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
