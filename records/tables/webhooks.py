"""Events for platforms and their delivery."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from records.columns import document, key_column, moment, text
from records.tables.base import metadata, partial

_TO_SEND = "state = 'waiting'"

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    key_column(),
    text("url", "where events are sent"),
    document("events", "types of events that it hears of; empty: of all"),
    text("description", "whose it is, in somebody's words"),
    text("author", "who added it"),
    moment("created_at", "added; it hears of nothing that happened before"),
    moment("disabled_at", "nothing is sent since", optional=True),
    text("disabled_why", "why not", optional=True),
    moment("removed_at", "taken away, and its secrets with it", optional=True),
    Column("failures", Integer, nullable=False, comment="sendings in a row that it did not take"),
    moment("failing_since", "the first of them", optional=True),
    moment("resting_until", "it is left alone until then, since it did not answer", optional=True),
    Column("delivered", BigInteger, nullable=False, comment="events that it took"),
    Column("failed", BigInteger, nullable=False, comment="sendings that it did not take"),
    Column("died", BigInteger, nullable=False, comment="events that were given up"),
)

webhook_secrets = Table(
    "webhook_secrets",
    metadata,
    key_column(),
    text("endpoint_id", "whose", ForeignKey("webhook_endpoints.id")),
    text("cipher", "the secret, AES-GCM with the key's id before it, bound to its endpoint"),
    moment("created_at", "made"),
    moment("expires_at", "signs nothing from then on; null for the newest", optional=True),
    Index("ix_webhook_secrets_endpoint_id", "endpoint_id", "id"),
)

webhook_events = Table(
    "webhook_events",
    metadata,
    key_column("UUIDv7, the webhook-id: the same at every sending to every endpoint"),
    text("type", "decision.final, measure.requested, ..."),
    text("subject_id", "what it tells of, to withdraw it by"),
    document("data", "what is sent as data; no text of a comment and no pseudonym"),
    moment("happened_at", "sent as timestamp"),
    text("once", "at most one event has it", optional=True, unique=True),
    Index("ix_webhook_events_subject_id", "subject_id"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    key_column(),
    text("event_id", "what is sent", ForeignKey("webhook_events.id")),
    text("endpoint_id", "to whom", ForeignKey("webhook_endpoints.id")),
    text("state", "waiting, delivered, dead"),
    Column("attempts", Integer, nullable=False, comment="sendings that were begun"),
    moment("next_at", "not sent before"),
    moment("give_up_at", "dead once a sending fails after that; null before the first", optional=True),
    Column("status", Integer, nullable=True, comment="HTTP status of the last answer"),
    text("error", "why the last sending failed", optional=True),
    moment("made_at", "written, with what it tells"),
    moment("settled_at", "delivered or given up", optional=True),
    UniqueConstraint("event_id", "endpoint_id"),
    partial("ix_webhook_deliveries_next", "endpoint_id", "next_at", "id", where=_TO_SEND),
    partial("ix_webhook_deliveries_oldest", "endpoint_id", "made_at", where=_TO_SEND),
    Index("ix_webhook_deliveries_settled", "state", "settled_at", "id"),
)
