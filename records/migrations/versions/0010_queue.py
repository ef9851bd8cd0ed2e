"""The order of cases as a stored moment; cases kept for or passed over by a person; second opinions, known answers.

Cases that wait get the turn that they would have had, but for reach and unsureness, which nobody noted at the time.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from records.columns import Document, Moment
from records.turns import turn_of, weight_of

revision = "0010"
down_revision = "0009"

_UNDECIDED = "state IN ('open', 'claimed', 'escalated')"
_LONG_AGO = "1970-01-01 00:00:00.000000"
_AT_ONCE = 5000

_cases = sa.table(
    "cases",
    sa.column("id", sa.Text),
    sa.column("comment_id", sa.Text),
    sa.column("queue", sa.Text),
    sa.column("state", sa.Text),
    sa.column("priority", sa.Float),
    sa.column("lang", sa.Text),
    sa.column("weight", sa.Float),
    sa.column("created_at", Moment),
    sa.column("due_at", Moment),
    sa.column("turn_at", Moment),
)
_comments = sa.table("comments", sa.column("id", sa.Text), sa.column("lang", sa.Text))


def upgrade() -> None:
    """Makes the columns and the table, and gives every case its place."""
    op.drop_index("ix_cases_next", "cases")
    op.drop_index("ix_cases_any_queue", "cases")
    op.drop_index("uq_cases_undecided", "cases")
    _gold()
    for column in _case_columns():
        op.add_column("cases", column)
    _fill()
    op.create_index("ix_cases_next", "cases", ["state", "queue", "turn_at", "id"])
    op.create_index("ix_cases_any_queue", "cases", ["state", "turn_at", "id"])
    op.create_index("ix_cases_gold", "cases", ["gold_id", "lease_owner"])
    _partial("ix_cases_kept_for", "cases", ["kept_for", "turn_at"], "kept_for IS NOT NULL")
    _partial("uq_cases_undecided", "cases", ["comment_id"], f"{_UNDECIDED} AND purpose = 'decide'", unique=True)
    _skips()
    _verdicts_and_labels()


def downgrade() -> None:
    """Removes them, with second opinions and answers to what was known, which the tables before cannot tell apart."""
    op.execute("DELETE FROM verdicts WHERE purpose <> 'decide'")
    op.drop_index("ix_verdicts_unsure", "verdicts")
    op.drop_index("ix_verdicts_weigh_at", "verdicts")
    for table, names in (("verdicts", ("purpose", "weigh_at")), ("label_records", ("asked", "agreement"))):
        for name in names:
            op.drop_column(table, name)
    for name in ("uq_cases_undecided", "ix_cases_kept_for", "ix_cases_gold", "ix_cases_any_queue", "ix_cases_next"):
        op.drop_index(name, "cases")
    op.drop_table("skips")
    op.execute("DELETE FROM cases WHERE purpose <> 'decide'")
    for column in reversed(_case_columns()):
        op.drop_column("cases", column.name)
    op.drop_table("gold")
    order: list[Any] = [sa.text("priority DESC"), "created_at", "id"]
    op.create_index("ix_cases_next", "cases", ["state", "queue", *order])
    op.create_index("ix_cases_any_queue", "cases", ["state", *order])
    _partial("uq_cases_undecided", "cases", ["comment_id"], _UNDECIDED, unique=True)


def _case_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column(
            "lang", sa.Text, nullable=False, server_default="und", comment="the comment's language, to filter by"
        ),
        sa.Column(
            "purpose",
            sa.Text,
            nullable=False,
            server_default="decide",
            comment="decide; opinion (a second person, blind); gold (the answer is known): those two change nothing",
        ),
        sa.Column("gold_id", sa.Text, nullable=True, comment="the known answer that is asked for"),
        sa.Column(
            "reach",
            sa.Integer,
            nullable=False,
            server_default="1",
            comment="comments of its thread when it was opened, at most 1000",
        ),
        sa.Column(
            "weight",
            sa.Float,
            nullable=False,
            server_default="1",
            comment="harm times reach times unsureness; the promised wait is divided by it",
        ),
        sa.Column(
            "due_at",
            Moment,
            nullable=False,
            server_default=_LONG_AGO,
            comment="promised: a person has looked by then",
        ),
        sa.Column(
            "turn_at",
            Moment,
            nullable=False,
            server_default=_LONG_AGO,
            comment="opened, plus the promised wait divided by the weight: the earliest comes first",
        ),
        sa.Column("kept_for", sa.Text, nullable=True, comment="user to whom a colleague handed it"),
        sa.Column("kept_until", Moment, nullable=True, comment="anybody may take it after that"),
    ]


def _gold() -> None:
    op.create_table(
        "gold",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("comment_id", sa.Text, nullable=False, comment="about what"),
        sa.Column("decision_id", sa.Text, nullable=False, comment="the machine's decision that is shown with it"),
        sa.Column("verdict", sa.Text, nullable=False, comment="the known answer: approve, reject"),
        sa.Column("labels", Document, nullable=False, comment="the known answer's labels"),
        sa.Column(
            "why",
            sa.Text,
            nullable=False,
            comment="why this is the answer, for those who learn from it; no words of the comment",
        ),
        sa.Column("author", sa.Text, nullable=False, comment="who vouches for it"),
        sa.Column("created_at", Moment, nullable=False, comment="added"),
        sa.Column("retired_at", Moment, nullable=True, comment="asked no more since"),
        sa.ForeignKeyConstraint(["comment_id"], ["comments.id"], name="fk_gold_comment_id"),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_gold_decision_id"),
        sa.PrimaryKeyConstraint("id", name="pk_gold"),
    )
    _partial("uq_gold_in_use", "gold", ["comment_id"], "retired_at IS NULL", unique=True)


def _skips() -> None:
    op.create_table(
        "skips",
        sa.Column("case_id", sa.Text, nullable=False, comment="what was passed over"),
        sa.Column("moderator", sa.Text, nullable=False, comment="by whom"),
        sa.Column("reason", sa.Text, nullable=False, comment="later, language, context, distress, conflict"),
        sa.Column("until", Moment, nullable=True, comment="offered to them again after that; null: never"),
        sa.Column("created_at", Moment, nullable=False, comment="last passed over"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_skips_case_id"),
        sa.PrimaryKeyConstraint("case_id", "moderator", name="pk_skips"),
    )


def _fill() -> None:
    """Every case its language and moments; those that wait also their place by harm."""
    lang = sa.select(_comments.c.lang).where(_comments.c.id == _cases.c.comment_id).scalar_subquery()
    old = {"lang": lang, "due_at": _cases.c.created_at, "turn_at": _cases.c.created_at}
    op.execute(sa.update(_cases).values(old))
    connection, after = op.get_bind(), ""
    waiting = sa.select(_cases).where(sa.text(_UNDECIDED)).order_by(_cases.c.id).limit(_AT_ONCE)
    change = sa.update(_cases).where(_cases.c.id == sa.bindparam("this"))
    while rows := connection.execute(waiting.where(_cases.c.id > after)).all():
        connection.execute(change, [_place(row) for row in rows])
        after = rows[-1].id


def _place(row: sa.Row[Any]) -> dict[str, Any]:
    weight = weight_of(row.priority, reach=1, unsureness=0)
    turn = turn_of(row.queue, row.priority, weight, opened=row.created_at)
    return {"this": row.id, "weight": weight, "due_at": turn.due_at, "turn_at": turn.turn_at}


def _verdicts_and_labels() -> None:
    op.add_column(
        "verdicts",
        sa.Column(
            "purpose", sa.Text, nullable=False, server_default="decide", comment="of its case: decide, opinion, gold"
        ),
    )
    op.add_column(
        "verdicts",
        sa.Column(
            "weigh_at",
            Moment,
            nullable=True,
            comment="from then on a second person is asked, or it is held against the first's",
        ),
    )
    _partial("ix_verdicts_weigh_at", "verdicts", ["weigh_at"], "weigh_at IS NOT NULL")
    _partial("ix_verdicts_unsure", "verdicts", ["case_id", "moderator"], "verdict = 'unsure'")
    op.add_column(
        "label_records",
        sa.Column(
            "asked",
            sa.Integer,
            nullable=False,
            server_default="1",
            comment="people asked about it, each without knowing the others' answers",
        ),
    )
    op.add_column(
        "label_records",
        sa.Column(
            "agreement",
            sa.Float,
            nullable=True,
            comment="share of them who said just this; null where one was asked",
        ),
    )


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
