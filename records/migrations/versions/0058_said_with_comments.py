"""What a platform says of an account with a comment is kept with the comment: since when it is, whether verified."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0058"
down_revision = "0057"

contracts = False


def upgrade() -> None:
    """Of comments of before nothing was kept."""
    op.add_column(
        "comments",
        sa.Column(
            "account_since", Moment, comment="since when the account is, as was said with the comment; null: not said"
        ),
    )
    op.add_column(
        "comments",
        sa.Column("account_verified", sa.Boolean, comment="whether it is verified, as said; null: not said"),
    )


def downgrade() -> None:
    """What was said is forgotten."""
    op.drop_column("comments", "account_verified")
    op.drop_column("comments", "account_since")
