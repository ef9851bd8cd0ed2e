"""Whom an entry of a list is about is told why and appeals; credit that was counted for it is counted anew.

A listed account's comments were counted as offences, though nobody had judged a word of them. They are marked, and the
worker derives from the rows what they count for: nothing. Each event that is voided by it is told by an entry.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.ids import new_id

revision = "0059"
down_revision = "0058"

contracts = True  # an earlier program would erase an account and leave what it wrote in an appeal

_AT_ONCE = 1000


def upgrade() -> None:
    """Entries of before do not say whether their reason is told: it is where no second person agreed to them."""
    tells = "whether whom it is about is told the reason; null: not said"
    note = "the words of whom it is about, who appeals; null in time and once erased"
    op.add_column("list_entries", sa.Column("tells", sa.Boolean, nullable=True, comment=tells))
    op.add_column("list_entries", sa.Column("appeal_note", sa.Text, nullable=True, comment=note))
    _mark_anew()


def downgrade() -> None:
    """Removes them, with the words of appeals; questions that wait are answered by nobody."""
    op.execute("UPDATE approvals SET state = 'overtaken' WHERE kind = 'list.appeal' AND state = 'waiting'")
    op.drop_column("list_entries", "appeal_note")
    op.drop_column("list_entries", "tells")


def _mark_anew() -> None:
    """Comments that count as stopped by the machine and whose decisions name a list among their reasons."""
    found = sa.text(
        "SELECT DISTINCT d.comment_id FROM credit_events e JOIN decisions d"
        " ON e.subject = 'comment:' || d.comment_id || ':' || d.revision"
        " WHERE e.kind = 'blocked' AND e.void_at IS NULL AND CAST(d.reasons AS TEXT) LIKE '%list.%'"
    )
    put = sa.text("INSERT INTO credit_pending (id, comment_id) VALUES (:id, :comment_id)")
    marked = [{"id": new_id(), "comment_id": row.comment_id} for row in op.get_bind().execute(found)]
    for first in range(0, len(marked), _AT_ONCE):
        op.get_bind().execute(put, marked[first : first + _AT_ONCE])
