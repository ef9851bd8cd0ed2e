"""Comments are found by how joined and drawn characters read, too: every entry of the search is made anew.

Until a worker has made an entry anew (a few hundred a second) it is found as before.
"""

from __future__ import annotations

from alembic import op

revision = "0047"
down_revision = "0045"

contracts = False  # earlier programs find what they found

_FIND_ANEW = (
    "INSERT INTO search_pending (id, comment_id) SELECT id, id FROM comments WHERE text IS NOT NULL"
    " ON CONFLICT DO NOTHING"
)


def upgrade() -> None:
    """Marks every comment whose text is there."""
    op.execute(_FIND_ANEW)


def downgrade() -> None:
    """Nothing: earlier programs look for the same words and find some more texts by them."""
