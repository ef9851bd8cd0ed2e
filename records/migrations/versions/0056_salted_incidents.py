"""What an incident tells is committed to with a salt; `decisions.answer`, which nobody ever filled, goes.

Entries of before have an unsalted hash, by which small fields (a number of people, yes or no) can be guessed by whoever
has the ledger alone. They stay as they are and are held against their records as before: an incident gets its salt with
the next entry about it.

PostgreSQL drops a column without touching the rows. SQLite writes the table anew in place, within the transaction.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document

revision = "0056"
down_revision = "0055"

contracts = True  # programs of before name the column with every decision, and hold no commitment against an incident


def upgrade() -> None:
    """No row of before has a salt."""
    op.add_column("incidents", sa.Column("salt", sa.LargeBinary, comment="of the entries' commitments to fields"))
    op.drop_column("decisions", "answer")


def downgrade() -> None:
    """Earlier programs find no hash of the fields in entries of today, and call the incident altered."""
    told = "nothing since 0048; it goes with the next migration that contracts"
    op.add_column("decisions", sa.Column("answer", Document, nullable=True, comment=told))
    op.drop_column("incidents", "salt")
