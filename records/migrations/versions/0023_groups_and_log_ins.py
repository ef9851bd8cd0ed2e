"""Cases that are decided together; log-ins that failed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0023"
down_revision = "0022"

contracts = False

_GROUP = "the group in which it is decided together with others (`campaigns`)"
_COMMENTS = {
    "kind": (
        "what is spread: text, contact",
        "what is spread: text, contact, thread; or a group of cases: account_day, thread_burst",
    ),
    "signature": (
        "MinHash of the text that is spread; null for a contact",
        "MinHash of the text that is spread, or of the first with the contact",
    ),
    "case_id": ("the one case about it", "the one case about it, or the one that stands for the group"),
}


def upgrade() -> None:
    """Adds them; what waits is gathered by a worker within a minute."""
    _describe(1)
    op.add_column("cases", sa.Column("group_id", sa.Text, nullable=True, comment=_GROUP))
    rows = sa.text("group_id IS NOT NULL")
    op.create_index("ix_cases_group_id", "cases", ["group_id"], sqlite_where=rows, postgresql_where=rows)
    op.create_table(
        "login_failures",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column(
            "key_index",
            sa.Text,
            nullable=False,
            comment="key id and keyed hash of an address, a name that was tried, or both",
        ),
        sa.Column("at", Moment, nullable=False, comment="when; forgotten some minutes later"),
        sa.PrimaryKeyConstraint("id", name="pk_login_failures"),
    )
    op.create_index("ix_login_failures_key_index", "login_failures", ["key_index", "at"])
    op.create_index("ix_login_failures_at", "login_failures", ["at"])


def downgrade() -> None:
    """Removes them: each case waits by itself again, and a group is a campaign over which no verdict is given."""
    op.drop_table("login_failures")
    op.execute("UPDATE campaigns SET kind = 'thread' WHERE kind IN ('account_day', 'thread_burst')")
    op.drop_index("ix_cases_group_id", "cases")
    op.drop_column("cases", "group_id")
    _describe(0)


def _describe(which: int) -> None:
    """What the columns of campaigns hold; SQLite keeps no comments."""
    if op.get_bind().dialect.name == "postgresql":
        for column, told in _COMMENTS.items():
            op.alter_column("campaigns", column, comment=told[which], existing_comment=told[1 - which])
