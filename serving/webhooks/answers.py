"""Endpoints and deliveries, as schemas."""

from __future__ import annotations

from typing import Any, Literal

from serving.answers import Answer


class EndpointAnswer(Answer):
    """Where events are sent and how it takes them. `waiting` and `dead` are events; nothing here opens its secret."""

    id: str
    url: str
    events: list[str]
    description: str
    state: Literal["enabled", "failing", "disabled", "removed"]
    waiting: int
    dead: int
    delivered: int
    failed: int
    failing_since: str | None
    disabled_at: str | None
    disabled_why: str | None
    by: str
    created_at: str


class SecretAnswer(EndpointAnswer):
    """An endpoint and the secret just made for it; null where the answer is given again and the secret ended since."""

    secret: str | None
    made_at: str


class EndpointPage(Answer):
    """Some endpoints, the oldest first; ask again with `next_cursor` for more."""

    items: list[EndpointAnswer]
    next_cursor: str | None


class DeliveryAnswer(Answer):
    """An event on its way to an endpoint, with what is sent as `data`."""

    id: str
    event_id: str
    type: str
    state: Literal["waiting", "delivered", "dead"]
    attempts: int
    status: int | None
    error: str | None
    happened_at: str
    next_at: str
    settled_at: str | None
    data: dict[str, Any]


class DeliveryPage(Answer):
    """Some deliveries, the oldest first; ask again with `next_cursor` for more."""

    items: list[DeliveryAnswer]
    next_cursor: str | None


class ReplayAnswer(Answer):
    """How many dead letters wait again."""

    endpoint_id: str
    replayed: int
