"""The cases of a comment are found by an index, the decided ones too."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"

contracts = False


def upgrade() -> None:
    """Adds it."""
    op.create_index("ix_cases_comment_id", "cases", ["comment_id"])


def downgrade() -> None:
    """Takes it away."""
    op.drop_index("ix_cases_comment_id", "cases")
