"""What `idempotency.body_hash` holds: it is keyed since bodies are not kept, and its comment said less."""

from __future__ import annotations

from alembic import op

revision = "0061"
down_revision = "0060"

contracts = False  # a comment only

_TOLD = "keyed hash of the body, `1:9f86...`; nobody without the key can try a text"
_BEFORE = "SHA-256 of the body"


def upgrade() -> None:
    """Says it anew; SQLite keeps no comments."""
    _say(_TOLD, _BEFORE)


def downgrade() -> None:
    """As it was said."""
    _say(_BEFORE, _TOLD)


def _say(told: str, before: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("idempotency", "body_hash", comment=told, existing_comment=before)
