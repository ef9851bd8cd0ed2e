"""Who is a trusted flagger, and who reports without ground again and again (DSA 22, 23(2)).

A measure may be on whoever reports, a complaint says whose notice it was or by which measure it was not looked at, and
a case whether it comes before what waits by turn.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from records.columns import Document, Moment

revision = "0055"
down_revision = "0054"

contracts = True  # an earlier program would look at what is suspended, and read a measure on a reporter as on nobody

_TARGETS, _TARGETS_BEFORE = "author, comment, thread, reporter", "author, comment, thread"


def _text(name: str, comment: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null, comment=comment)


def _moment(name: str, comment: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, Moment, nullable=null, comment=comment)


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    """Adds the tables and columns; nobody is marked, and no case comes ahead."""
    _reporters()
    _flaggers()
    _findings()
    op.add_column("complaints", _text("flagger_id", _FLAGGER, null=True))
    op.add_column("complaints", _text("suspended_by", _SUSPENDED, null=True))
    _partial("ix_complaints_flagger_id", "complaints", ["flagger_id", "created_at"], "flagger_id IS NOT NULL")
    op.add_column("cases", sa.Column("ahead", sa.Integer, nullable=True, comment=_AHEAD))
    _partial("ix_cases_ahead", "cases", ["ahead", "state", "turn_at"], "ahead IS NOT NULL")
    op.add_column("measures", _text("reporter_id", "whose reports (`reporters`)", null=True))
    _partial("ix_measures_reporter_id", "measures", ["reporter_id"], "reporter_id IS NOT NULL")
    _say(_TARGETS, _TARGETS_BEFORE)


_FLAGGER = "the trusted flagger who gave this notice; null: anybody else"
_SUSPENDED = "the measure by which it was not looked at; null: it was, or waits"
_EXPERTISE = "labels, grounds and kinds of reports in which it is expert; empty: all"
_AHEAD = "1: a trusted flagger reported it; 2: it may threaten life; null"


def downgrade() -> None:
    """Forgets both: measures on reporters are over, and what they kept from a look says that it is gone."""
    op.execute("UPDATE complaints SET outcome = 'gone' WHERE outcome = 'suspended'")
    op.execute("DELETE FROM measures WHERE target_kind = 'reporter'")
    op.drop_index("ix_measures_reporter_id", "measures")
    op.drop_column("measures", "reporter_id")
    _say(_TARGETS_BEFORE, _TARGETS)
    op.drop_index("ix_cases_ahead", "cases")
    op.drop_column("cases", "ahead")
    op.drop_index("ix_complaints_flagger_id", "complaints")
    for name in ("suspended_by", "flagger_id"):
        op.drop_column("complaints", name)
    for table in ("reporter_findings", "trusted_flaggers", "reporters"):
        op.drop_table(table)


def _say(told: str, before: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("measures", "target_kind", comment=told, existing_comment=before)


def _reporters() -> None:
    op.create_table(
        "reporters",
        _text("id", "UUIDv7; how the ledger and measures speak of somebody who reports"),
        _text("source", "what the hash is of: platform (a pseudonym it told), key (the prefix of an API key)"),
        _text("reporter_index", "key id and keyed hash of who reports; null once forgotten", null=True),
        _moment("created_at", "first spoken of"),
        sa.PrimaryKeyConstraint("id", name="pk_reporters"),
    )
    _partial("uq_reporters_reporter_index", "reporters", ["reporter_index"], "reporter_index IS NOT NULL", unique=True)


def _flaggers() -> None:
    op.create_table(
        "trusted_flaggers",
        _text("id", "UUIDv7"),
        _text("reporter_id", "whose notices come first"),
        _text("name", "the organisation, as it was awarded the status"),
        _text("authority", "the coordinator who awarded it"),
        _text("country", "of that authority, two letters (ISO 3166-1)"),
        _text("reference", "the number of the award"),
        sa.Column("expertise", Document, nullable=False, comment=_EXPERTISE),
        _moment("valid_from", "trusted from then on"),
        _moment("valid_until", "and before this; null: until it is withdrawn", null=True),
        _text("state", "waiting, in_force, declined, withdrawn, ended"),
        _text("asked_by", "who marked it"),
        _text("reason", "why, in their words"),
        _text("approved_by", "the second person", null=True),
        _moment("set_at", "in force", null=True),
        _moment("ended_at", "withdrawn, or over", null=True),
        _text("ended_by", "who withdrew it; null where its time was over", null=True),
        _text("ended_why", "why it was withdrawn", null=True),
        _moment("created_at", "marked"),
        sa.PrimaryKeyConstraint("id", name="pk_trusted_flaggers"),
        sa.ForeignKeyConstraint(["reporter_id"], ["reporters.id"], name="fk_trusted_flaggers_reporter_id"),
    )
    op.create_index("ix_trusted_flaggers_reporter_id", "trusted_flaggers", ["reporter_id", "id"])
    op.create_index("ix_trusted_flaggers_state", "trusted_flaggers", ["state", "id"])


def _findings() -> None:
    op.create_table(
        "reporter_findings",
        _text("id", "UUIDv7"),
        _text("kind", "reports, contests, appeals (of an account), flagger (a trusted flagger's notices)"),
        _text("reporter_id", "who reports; null for appeals, and once forgotten", null=True),
        _text("author_id", "whose appeals; null for others, and once erased", null=True),
        sa.Column(
            "evidence",
            Document,
            nullable=False,
            comment="numbers, an interval and moments; no text and no hash of a person",
        ),
        _text("state", "waiting, confirmed, dismissed"),
        _text("answered_by", "who decided", null=True),
        _text("note", "why, in their words", null=True),
        _moment("created_at", "found"),
        _moment("updated_at", "last counted"),
        _moment("answered_at", "decided", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_reporter_findings"),
        sa.ForeignKeyConstraint(["reporter_id"], ["reporters.id"], name="fk_reporter_findings_reporter_id"),
    )
    for name in ("reporter_id", "author_id", "state"):
        op.create_index(f"ix_reporter_findings_{name}", "reporter_findings", [name, "id"])
