"""Webhooks: endpoints with their secrets, the outbox of events, and what became of each sending."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from records.columns import Document, Moment

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Makes the tables; nothing is sent until somebody adds an endpoint."""
    _endpoints()
    _events()
    _deliveries()


def downgrade() -> None:
    """Removes them, with events that were not sent yet, and the jobs that would have sent them."""
    op.execute("DELETE FROM jobs WHERE kind = 'webhooks'")
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_events")
    op.drop_table("webhook_secrets")
    op.drop_table("webhook_endpoints")


def _endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("url", sa.Text, nullable=False, comment="where events are sent"),
        sa.Column("events", Document, nullable=False, comment="types of events that it hears of; empty: of all"),
        sa.Column("description", sa.Text, nullable=False, comment="whose it is, in somebody's words"),
        sa.Column("author", sa.Text, nullable=False, comment="who added it"),
        sa.Column("created_at", Moment, nullable=False, comment="added; it hears of nothing that happened before"),
        sa.Column("disabled_at", Moment, nullable=True, comment="nothing is sent since"),
        sa.Column("disabled_why", sa.Text, nullable=True, comment="why not"),
        sa.Column("removed_at", Moment, nullable=True, comment="taken away, and its secrets with it"),
        sa.Column("failures", sa.Integer, nullable=False, comment="sendings in a row that it did not take"),
        sa.Column("failing_since", Moment, nullable=True, comment="the first of them"),
        sa.Column(
            "resting_until", Moment, nullable=True, comment="it is left alone until then, since it did not answer"
        ),
        sa.Column("delivered", sa.BigInteger, nullable=False, comment="events that it took"),
        sa.Column("failed", sa.BigInteger, nullable=False, comment="sendings that it did not take"),
        sa.Column("died", sa.BigInteger, nullable=False, comment="events that were given up"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
    )
    op.create_table(
        "webhook_secrets",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("endpoint_id", sa.Text, nullable=False, comment="whose"),
        sa.Column(
            "cipher",
            sa.Text,
            nullable=False,
            comment="the secret, AES-GCM with the key's id before it, bound to its endpoint",
        ),
        sa.Column("created_at", Moment, nullable=False, comment="made"),
        sa.Column("expires_at", Moment, nullable=True, comment="signs nothing from then on; null for the newest"),
        sa.ForeignKeyConstraint(["endpoint_id"], ["webhook_endpoints.id"], name="fk_webhook_secrets_endpoint_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_secrets"),
    )
    op.create_index("ix_webhook_secrets_endpoint_id", "webhook_secrets", ["endpoint_id", "id"])


def _events() -> None:
    op.create_table(
        "webhook_events",
        sa.Column(
            "id",
            sa.Text,
            nullable=False,
            comment="UUIDv7, the webhook-id: the same at every sending to every endpoint",
        ),
        sa.Column("type", sa.Text, nullable=False, comment="decision.final, measure.requested, ..."),
        sa.Column("subject_id", sa.Text, nullable=False, comment="what it tells of, to withdraw it by"),
        sa.Column(
            "data", Document, nullable=False, comment="what is sent as data; no text of a comment and no pseudonym"
        ),
        sa.Column("happened_at", Moment, nullable=False, comment="sent as timestamp"),
        sa.Column("once", sa.Text, nullable=True, comment="at most one event has it"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_events"),
        sa.UniqueConstraint("once", name="uq_webhook_events_once"),
    )
    op.create_index("ix_webhook_events_subject_id", "webhook_events", ["subject_id"])


def _deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Text, nullable=False, comment="UUIDv7"),
        sa.Column("event_id", sa.Text, nullable=False, comment="what is sent"),
        sa.Column("endpoint_id", sa.Text, nullable=False, comment="to whom"),
        sa.Column("state", sa.Text, nullable=False, comment="waiting, delivered, dead"),
        sa.Column("attempts", sa.Integer, nullable=False, comment="sendings that were begun"),
        sa.Column("next_at", Moment, nullable=False, comment="not sent before"),
        sa.Column(
            "give_up_at", Moment, nullable=True, comment="dead once a sending fails after that; null before the first"
        ),
        sa.Column("status", sa.Integer, nullable=True, comment="HTTP status of the last answer"),
        sa.Column("error", sa.Text, nullable=True, comment="why the last sending failed"),
        sa.Column("made_at", Moment, nullable=False, comment="written, with what it tells"),
        sa.Column("settled_at", Moment, nullable=True, comment="delivered or given up"),
        sa.ForeignKeyConstraint(["event_id"], ["webhook_events.id"], name="fk_webhook_deliveries_event_id"),
        sa.ForeignKeyConstraint(["endpoint_id"], ["webhook_endpoints.id"], name="fk_webhook_deliveries_endpoint_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
        sa.UniqueConstraint("event_id", "endpoint_id", name="uq_webhook_deliveries_event_id_endpoint_id"),
    )
    waiting = sa.text("state = 'waiting'")
    for name, columns in (
        ("ix_webhook_deliveries_next", ["endpoint_id", "next_at", "id"]),
        ("ix_webhook_deliveries_oldest", ["endpoint_id", "made_at"]),
    ):
        op.create_index(name, "webhook_deliveries", columns, sqlite_where=waiting, postgresql_where=waiting)
    op.create_index("ix_webhook_deliveries_settled", "webhook_deliveries", ["state", "settled_at", "id"])
