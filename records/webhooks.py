"""Endpoints of webhooks and their secrets. What is sent to them, and when, is `outbox.py`'s business.

A secret is kept encrypted (`personal.Keyring`), bound to its endpoint, so that a row copied to another opens nothing.
While a secret rolls, several sign; the newest has no end.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, or_, select, update

from moderation.errors import ConflictError, NotFoundError
from records.house_values import EndpointRecord, SecretRecord
from records.ids import new_id
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.personal import Keyring
from records.tables import webhook_endpoints as endpoints
from records.tables import webhook_secrets
from records.unit_of_work import Reading, Unit

SECRET_BYTES = 32
PREFIX = "whsec_"


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """Where events are to be sent; of all types where `events` is empty."""

    url: str
    events: Collection[str]
    description: str
    author: str


@dataclass(frozen=True, slots=True)
class Health:
    """What a round of sendings says of an endpoint: how many it took and did not, and how it stands since."""

    delivered: int
    failed: int
    failures: int = 0
    failing_since: datetime | None = None
    resting_until: datetime | None = None


def add(unit: Unit, new: NewEndpoint, *, now: datetime) -> EndpointRecord:
    """A new endpoint, enabled, without a secret yet."""
    row = {
        "id": new_id(),
        "url": new.url,
        "events": sorted(new.events),
        "description": new.description,
        "author": new.author,
        "created_at": now,
        **dict.fromkeys(("failures", "delivered", "failed", "died"), 0),
    }
    return _value(unit.execute(insert(endpoints).values(row).returning(endpoints)).one())


def get(look: Reading, endpoint_id: str) -> EndpointRecord:
    """The endpoint. Raises `NotFoundError` where there is none, or it was removed."""
    found = find(look, endpoint_id)
    if found is None or found.removed_at is not None:
        raise NotFoundError(f"There is no webhook endpoint {endpoint_id}: see `chaffinch webhooks list`.")
    return found


def find(look: Reading, endpoint_id: str) -> EndpointRecord | None:
    """The endpoint, removed or not; None where there never was one."""
    found = look.execute(select(endpoints).where(endpoints.c.id == endpoint_id)).one_or_none()
    return None if found is None else _value(found)


def page(look: Reading, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[EndpointRecord]:
    """Endpoints that were not removed, in the order of their making."""
    query = select(endpoints).where(endpoints.c.removed_at.is_(None))
    return page_by_id(look, query, endpoints.c.id, _value, asked_of("endpoints", limit, cursor))


def listening(look: Reading, kind: str, *, since: datetime) -> list[EndpointRecord]:
    """Who hears of events of this type, disabled ones too, among those that were there at the time; by id."""
    query = select(endpoints).where(endpoints.c.removed_at.is_(None), endpoints.c.created_at <= since)
    found = [_value(row) for row in look.execute(query.order_by(endpoints.c.id))]
    return [each for each in found if not each.events or kind in each.events]


def disable(unit: Unit, endpoint_id: str, *, why: str, now: datetime) -> EndpointRecord:
    """Nothing is sent there any more. Raises `ConflictError` where nothing is, `NotFoundError`."""
    found = _change(unit, endpoint_id, endpoints.c.disabled_at.is_(None), {"disabled_at": now, "disabled_why": why})
    if found is None:
        raise ConflictError(f"{get(unit, endpoint_id).url} is disabled already.")
    return found


def enable(unit: Unit, endpoint_id: str) -> EndpointRecord:
    """Events are sent there again, its failures forgotten. Raises `ConflictError` where they are, `NotFoundError`."""
    fresh = {"disabled_at": None, "disabled_why": None, "failures": 0, "failing_since": None, "resting_until": None}
    found = _change(unit, endpoint_id, endpoints.c.disabled_at.is_not(None), fresh)
    if found is None:
        raise ConflictError(f"{get(unit, endpoint_id).url} is enabled already.")
    return found


def remove(unit: Unit, endpoint_id: str, *, now: datetime) -> EndpointRecord:
    """Taken away with its secrets. Raises `NotFoundError`."""
    found = _change(unit, endpoint_id, endpoints.c.removed_at.is_(None), {"removed_at": now})
    if found is None:
        return get(unit, endpoint_id)
    unit.execute(delete(webhook_secrets).where(webhook_secrets.c.endpoint_id == endpoint_id))
    return found


def note(unit: Unit, endpoint_id: str, health: Health, *, died: int) -> EndpointRecord:
    """Writes how it took a round of sendings, and how many events were given up."""
    columns = endpoints.c
    values = {
        columns.delivered: columns.delivered + health.delivered,
        columns.failed: columns.failed + health.failed,
        columns.died: columns.died + died,
        columns.failures: health.failures,
        columns.failing_since: health.failing_since,
        columns.resting_until: health.resting_until,
    }
    changed = update(endpoints).where(columns.id == endpoint_id).values(values)
    return _value(unit.execute(changed.returning(endpoints)).one())


def new_secret(unit: Unit, endpoint_id: str, keyring: Keyring, *, now: datetime) -> str:
    """A further secret that signs from now on: `whsec_` and base64 of 32 random bytes, which is shown this once."""
    secret = PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    row = {
        "id": new_id(),
        "endpoint_id": endpoint_id,
        "cipher": keyring.encrypt(_bound(endpoint_id), secret),
        "created_at": now,
    }
    unit.execute(insert(webhook_secrets).values(row))
    return secret


def end_secrets(unit: Unit, endpoint_id: str, *, at: datetime) -> None:
    """All there are sign nothing from then on; none lasts longer than before."""
    columns = webhook_secrets.c
    longer = or_(columns.expires_at.is_(None), columns.expires_at > at)
    unit.execute(update(webhook_secrets).where(columns.endpoint_id == endpoint_id, longer).values(expires_at=at))


def secrets_of(look: Reading, endpoint_id: str, *, now: datetime) -> list[SecretRecord]:
    """Those that sign now, the newest first."""
    columns = webhook_secrets.c
    mine = select(webhook_secrets).where(columns.endpoint_id == endpoint_id, _signs(now)).order_by(columns.id.desc())
    return [value_of(SecretRecord, row) for row in look.execute(mine)]


def reveal(keyring: Keyring, secret: SecretRecord) -> str:
    """The secret again. Raises `ConfigError` where its key is not here or the row was altered."""
    return keyring.reveal(_bound(secret.endpoint_id), secret.cipher)


def forget_secrets(unit: Unit, *, now: datetime) -> int:
    """Deletes those that sign no more; how many."""
    return unit.execute(delete(webhook_secrets).where(~_signs(now))).rowcount


def _signs(now: datetime) -> ColumnElement[bool]:
    return or_(webhook_secrets.c.expires_at.is_(None), webhook_secrets.c.expires_at > now)


def _bound(endpoint_id: str) -> str:
    return f"webhook {endpoint_id}"


def _change(
    unit: Unit, endpoint_id: str, where: ColumnElement[bool], values: dict[str, Any]
) -> EndpointRecord | None:  # fmt: skip
    this = update(endpoints).where(endpoints.c.id == endpoint_id, endpoints.c.removed_at.is_(None), where)
    found = unit.execute(this.values(values).returning(endpoints)).one_or_none()
    return None if found is None else _value(found)


def _value(row: Row[Any]) -> EndpointRecord:
    return value_of(EndpointRecord, row, events=tuple)
