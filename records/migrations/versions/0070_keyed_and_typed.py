"""Links are stored under every key, and a listed contact as it was typed while a second person is asked about it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0068"

contracts = True  # earlier programs would count one value once for every key

_TOLD = "the link_index that counts of the same value under another key; null: this one"


_TYPED = "a contact as typed, encrypted, while a second person is asked; null else"


def upgrade() -> None:
    """Adds both, empty; what is stored of a link gets its other hashes when the platform states it again."""
    op.add_column("list_entries", sa.Column("typed_cipher", sa.Text, nullable=True, comment=_TYPED))
    op.add_column("author_links", sa.Column("same_as", sa.Text, nullable=True, comment=_TOLD))


def downgrade() -> None:
    """Leaves of each value the row that counts."""
    op.execute(sa.text("DELETE FROM author_links WHERE same_as IS NOT NULL"))
    op.drop_column("author_links", "same_as")
    op.drop_column("list_entries", "typed_cipher")
