"""What platforms state about their authors, and what accounts hang together by, as keyed hashes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Makes the tables; authors of comments come into them once a platform states something about them."""
    op.create_table(
        "authors",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column(
            "author_index", sa.Text, nullable=False, comment="key id and keyed hash of the pseudonym, to find by"
        ),
        sa.Column(
            "author_cipher", sa.Text, nullable=False, comment="the pseudonym, AES-GCM with the key's id before it"
        ),
        sa.Column(
            "salt", sa.LargeBinary, nullable=False, comment="16 random bytes of this author's commitments in the ledger"
        ),
        sa.Column(
            "verified",
            sa.Boolean,
            nullable=True,
            comment="whether the platform knows who it is; null: not stated",
        ),
        sa.Column(
            "registered_at",
            Moment,
            nullable=True,
            comment="when the account was made at the platform; null: not stated",
        ),
        sa.Column(
            "agreement_version",
            sa.Text,
            nullable=True,
            comment="which user agreement was agreed to; null: not stated",
        ),
        sa.Column("consented_at", Moment, nullable=True, comment="when; null: not stated"),
        sa.Column("created_at", Moment, nullable=False, comment="first stated"),
        sa.Column("updated_at", Moment, nullable=False, comment="last stated differently"),
        sa.PrimaryKeyConstraint("id", name="pk_authors"),
        sa.UniqueConstraint("author_index", name="uq_authors_author_index"),
    )
    op.create_table(
        "author_links",
        sa.Column("author_id", sa.Text, nullable=False, comment="whose"),
        sa.Column("kind", sa.Text, nullable=False, comment="identity, phone, device, network"),
        sa.Column(
            "link_index",
            sa.Text,
            nullable=False,
            comment="key id and keyed hash of the value, which is kept nowhere",
        ),
        sa.Column("created_at", Moment, nullable=False, comment="first stated"),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name="fk_author_links_author_id"),
        sa.PrimaryKeyConstraint("author_id", "kind", "link_index", name="pk_author_links"),
    )
    op.create_index("ix_author_links_kind_link_index", "author_links", ["kind", "link_index"])


def downgrade() -> None:
    """Removes both, with what was stated."""
    op.drop_table("author_links")
    op.drop_table("authors")
