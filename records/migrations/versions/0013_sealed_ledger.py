"""The ledger's Merkle tree in tiles, its signed checkpoints, the public keys that sign them, and who seals.

And indexes by which an erasure finds who quotes what is erased, and retention what is old.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Makes the tables; the first sealing fills them, also with what was written before."""
    op.create_table(
        "ledger_log",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False, comment="always 1"),
        sa.Column("origin", sa.Text, nullable=False, comment="the log's own name, in every checkpoint"),
        sa.Column("sealer", sa.Text, nullable=True, comment="the worker that seals"),
        sa.Column("sealer_until", Moment, nullable=True, comment="others seal after that"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_log"),
    )
    op.create_table(
        "ledger_keys",
        sa.Column(
            "id",
            sa.Integer,
            autoincrement=False,
            nullable=False,
            comment="the file is ledger-<id>.key; the newest signs",
        ),
        sa.Column(
            "verifier", sa.Text, nullable=False, comment="the public key, name+id+key as C2SP signed notes have it"
        ),
        sa.Column("created_at", Moment, nullable=False, comment="signs since"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_keys"),
    )
    op.create_table(
        "ledger_tiles",
        sa.Column("level", sa.Integer, nullable=False, comment="0: leaf hashes; n: roots over 256^n leaves each"),
        sa.Column("position", sa.BigInteger, nullable=False, comment="which 256 of that level"),
        sa.Column(
            "hashes",
            sa.LargeBinary,
            nullable=False,
            comment="up to 256 hashes of 32 bytes, one after the other (C2SP tlog-tiles)",
        ),
        sa.PrimaryKeyConstraint("level", "position", name="pk_ledger_tiles"),
    )
    _checkpoints()
    _partial("ix_comments_quoting", "comments", ["parent_id"], "parent_text IS NOT NULL")
    _partial("ix_comments_kept", "comments", ["surface", "type", "updated_at"], "erased_at IS NULL")


def downgrade() -> None:
    """Removes them. Entries keep their numbers, and a later upgrade goes on only with the tables from a backup."""
    op.drop_index("ix_comments_kept", "comments")
    op.drop_index("ix_comments_quoting", "comments")
    for name in ("ledger_checkpoints", "ledger_tiles", "ledger_keys", "ledger_log"):
        op.drop_table(name)


def _checkpoints() -> None:
    op.create_table(
        "ledger_checkpoints",
        sa.Column("size", sa.BigInteger, autoincrement=False, nullable=False, comment="entries that it covers"),
        sa.Column("root", sa.LargeBinary, nullable=False, comment="the Merkle root over them"),
        sa.Column("note", sa.Text, nullable=False, comment="the checkpoint as a signed note (C2SP tlog-checkpoint)"),
        sa.Column("created_at", Moment, nullable=False, comment="signed, by this machine's clock"),
        sa.Column(
            "lasting", sa.Boolean, nullable=False, comment="the first of its hour: kept for good, others for a day"
        ),
        sa.PrimaryKeyConstraint("size", name="pk_ledger_checkpoints"),
    )
    _partial("ix_ledger_checkpoints_passing", "ledger_checkpoints", ["created_at"], "NOT lasting")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
