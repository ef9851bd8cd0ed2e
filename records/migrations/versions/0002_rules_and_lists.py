"""Versions of rules, approvals by a second person, lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document, Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Makes them."""
    op.create_table(
        "rule_versions",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column(
            "rule_id", sa.Text, nullable=False, comment="the rule's own name, as packs write it: gambling.recruit.zh"
        ),
        sa.Column("version", sa.Integer, nullable=False, comment="1, and one more for each change of the rule"),
        sa.Column(
            "state",
            sa.Text,
            nullable=False,
            comment="draft, shadow, live, retired: what this change made of the rule",
        ),
        sa.Column("document", Document, nullable=False, comment="the rule as its author wrote it, one [[rules]] table"),
        sa.Column("author", sa.Text, nullable=False, comment="who made the change"),
        sa.Column("why", sa.Text, nullable=False, comment="why, in the author's words"),
        sa.Column("created_at", Moment, nullable=False, comment="changed"),
        sa.Column(
            "ended_at", Moment, nullable=True, comment="when a later version took its place; null while it holds"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_rule_versions"),
        sa.UniqueConstraint("rule_id", "version", name="uq_rule_versions_rule_id_version"),
    )
    _create_partial("uq_rule_versions_in_force", "rule_versions", ["rule_id", "state"], "ended_at IS NULL")
    op.create_table(
        "approvals",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("kind", sa.Text, nullable=False, comment="what a second person is asked for: rule.live, ..."),
        sa.Column("subject_id", sa.Text, nullable=False, comment="about what"),
        sa.Column(
            "facts",
            Document,
            nullable=False,
            comment="what will be done once it is approved; no text of a comment",
        ),
        sa.Column("asked_by", sa.Text, nullable=False, comment="who asks, and may not answer"),
        sa.Column("why", sa.Text, nullable=False, comment="why, in the words of who asks"),
        sa.Column("state", sa.Text, nullable=False, comment="waiting, approved, refused, overtaken"),
        sa.Column("answered_by", sa.Text, nullable=True, comment="who answered"),
        sa.Column("note", sa.Text, nullable=True, comment="the answer's words"),
        sa.Column("created_at", Moment, nullable=False, comment="asked"),
        sa.Column("answered_at", Moment, nullable=True, comment="answered, or overtaken by another change"),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
    )
    _create_partial("uq_approvals_waiting", "approvals", ["kind", "subject_id"], "state = 'waiting'")
    op.create_index("ix_approvals_state", "approvals", ["state", "id"])
    op.create_table(
        "list_entries",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column(
            "kind",
            sa.Text,
            nullable=False,
            comment="domain, account, attachment, or the kind of a contact: wechat, phone, ...",
        ),
        sa.Column(
            "key",
            sa.Text,
            nullable=False,
            comment="the registrable domain, the attachment's SHA-256, or key id and keyed hash of account or contact",
        ),
        sa.Column("action", sa.Text, nullable=False, comment="allow, review, block"),
        sa.Column("label", sa.Text, nullable=True, comment="the label that a hit bears, where it bears one"),
        sa.Column("ground", sa.Text, nullable=False, comment="on which ground a hit stands"),
        sa.Column("reason", sa.Text, nullable=False, comment="why it is on the list"),
        sa.Column("source", sa.Text, nullable=False, comment="where it is known from"),
        sa.Column("author", sa.Text, nullable=False, comment="who added it"),
        sa.Column("created_at", Moment, nullable=False, comment="added"),
        sa.Column("expires_at", Moment, nullable=True, comment="no longer counts from then on"),
        sa.Column("reviewed_by", sa.Text, nullable=True, comment="who last looked whether it should stay"),
        sa.Column("reviewed_at", Moment, nullable=True, comment="when"),
        sa.Column("removed_at", Moment, nullable=True, comment="taken off"),
        sa.Column("removed_by", sa.Text, nullable=True, comment="by whom"),
        sa.Column("removed_why", sa.Text, nullable=True, comment="why"),
        sa.PrimaryKeyConstraint("id", name="pk_list_entries"),
    )
    _create_partial("uq_list_entries_held", "list_entries", ["kind", "key"], "removed_at IS NULL")


def _create_partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """Removes them, with all that they hold."""
    for table in ("list_entries", "approvals", "rule_versions"):
        op.drop_table(table)
