"""Special trainings of people, which cases a program's key is given, forms that came without a key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document, Moment

revision = "0019"
down_revision = "0018"

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
    op.create_table(
        "public_forms",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column(
            "address_index",
            sa.Text,
            nullable=False,
            comment="key id and keyed hash of the network's address that sent a form without a key",
        ),
        sa.Column("at", Moment, nullable=False, comment="when; forgotten once it counts for no bound"),
        sa.PrimaryKeyConstraint("id", name="pk_public_forms"),
    )
    op.create_index("ix_public_forms_address_index", "public_forms", ["address_index", "at"])
    op.create_index("ix_public_forms_at", "public_forms", ["at"])


def downgrade() -> None:
    """Removes them."""
    op.drop_table("public_forms")
    for name in _OF_KEYS:
        op.drop_column("api_keys", name)
    op.drop_column("users", "skills")
