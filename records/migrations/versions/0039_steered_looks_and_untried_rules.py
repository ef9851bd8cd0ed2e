"""Second looks are steered: what is looked at oftener, and with which chance each verdict was drawn.

Comments are found by who decided and by which rule hit: the worker makes their entries anew, a few hundred a second.
A rule that went live untried has an end; those that did before this have none.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Moment

revision = "0039"
down_revision = "0038"

contracts = False  # earlier programs draw at the usual share, and write no chance

_CHANCE = "with which chance a second person was drawn for it; null: none was drawn, or before this was kept"


_FIND_ANEW = (
    "INSERT INTO search_pending (id, comment_id) SELECT id, id FROM comments WHERE text IS NOT NULL"
    " ON CONFLICT DO NOTHING"
)


def upgrade() -> None:
    """Adds both; nothing is steered until a worker has measured. What is found already is found meanwhile."""
    op.execute(_FIND_ANEW)
    untried = "live though nobody tried it: it ends then, unless looked at since"
    op.add_column("rule_versions", sa.Column("untried_until", Moment, nullable=True, comment=untried))
    some = sa.text("untried_until IS NOT NULL")
    op.create_index(
        "ix_rule_versions_untried", "rule_versions", ["untried_until"], sqlite_where=some, postgresql_where=some
    )
    op.add_column("verdicts", sa.Column("second_chance", sa.Float, nullable=True, comment=_CHANCE))
    op.create_table(
        "steered_looks",
        sa.Column("kind", sa.Text, nullable=False, comment="queue, label"),
        sa.Column("name", sa.Text, nullable=False, comment="which surface or label is looked at oftener"),
        sa.Column("alpha", sa.Float, nullable=False, comment="how far two people agree, beyond chance"),
        sa.Column("low", sa.Float, nullable=True, comment="lower end of its 95 % interval"),
        sa.Column("high", sa.Float, nullable=True, comment="upper end of it"),
        sa.Column("judged", sa.Integer, nullable=False, comment="comments that two people answered"),
        sa.Column("since", Moment, nullable=False, comment="looked at oftener since"),
        sa.Column("updated_at", Moment, nullable=False, comment="last measured"),
        sa.PrimaryKeyConstraint("kind", "name", name="pk_steered_looks"),
    )


def downgrade() -> None:
    """Removes both: every verdict is drawn at the usual share again."""
    op.drop_table("steered_looks")
    op.drop_column("verdicts", "second_chance")
    op.drop_index("ix_rule_versions_untried", "rule_versions")
    op.drop_column("rule_versions", "untried_until")
