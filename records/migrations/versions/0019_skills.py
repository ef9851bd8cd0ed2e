"""Special trainings of people, and which cases a program's key is given."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document

revision = "0019"
down_revision = "0017"

_OF_KEYS = {
    "languages": "those whose cases it is given; null: all",
    "subjects": "labels whose cases it is given; null: all",
    "skills": "special trainings that it may be given cases for, by name; null: none",
}


def upgrade() -> None:
    """Adds them; nobody has a special training, and keys are given everything."""
    comment = "special trainings that they have, by name; null: none"
    op.add_column("users", sa.Column("skills", Document, nullable=True, comment=comment))
    for name, told in _OF_KEYS.items():
        op.add_column("api_keys", sa.Column(name, Document, nullable=True, comment=told))


def downgrade() -> None:
    """Removes them."""
    for name in _OF_KEYS:
        op.drop_column("api_keys", name)
    op.drop_column("users", "skills")
