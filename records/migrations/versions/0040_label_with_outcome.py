"""What is suspected and what was decided are one word of a comment's search entry: searches for both ask for it alone.

Until a worker has made an entry anew (a few hundred a second) it is found by either, and not by both.
"""

from __future__ import annotations

from alembic import op

revision = "0040"
down_revision = "0039"

contracts = False  # earlier programs ask for each of both words, which stay

_FIND_ANEW = (
    "INSERT INTO search_pending (id, comment_id) SELECT id, id FROM comments WHERE text IS NOT NULL"
    " ON CONFLICT DO NOTHING"
)


def upgrade() -> None:
    """Marks every comment whose text is there."""
    op.execute(_FIND_ANEW)


def downgrade() -> None:
    """Nothing: earlier programs never ask for the word."""
