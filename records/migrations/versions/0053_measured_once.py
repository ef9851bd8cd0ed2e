"""A measure may stand in the place of another, which ends when it begins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"

contracts = True  # an older program would not know what was replaced or withdrawn, and would measure twice


_STATES = {
    "measures": ("waiting (for a second person), in_force, ended, lifted, refused", ", replaced, withdrawn"),
    "approvals": ("waiting, approved, refused, overtaken", ", withdrawn"),
}


def _say(which: int) -> None:
    """Which states there are; SQLite keeps no comments."""
    if op.get_bind().dialect.name == "postgresql":
        for table, (before, more) in _STATES.items():
            told = before + more, before
            op.alter_column(table, "state", comment=told[which], existing_comment=told[1 - which])


def upgrade() -> None:
    """Adds the column; no measure of before named another."""
    told = "the measure in whose place it stands, which ends when it begins"
    _say(0)
    op.add_column("measures", sa.Column("replaces", sa.Text, nullable=True, comment=told))


def downgrade() -> None:
    """Removes it; what was replaced is over for earlier programs too, and what was withdrawn was never in force."""
    op.execute("UPDATE measures SET state = 'lifted' WHERE state = 'replaced'")
    op.execute("UPDATE measures SET state = 'refused' WHERE state = 'withdrawn'")
    op.execute("UPDATE approvals SET state = 'refused' WHERE state = 'withdrawn'")
    _say(1)
    op.drop_column("measures", "replaces")
