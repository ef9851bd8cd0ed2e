"""Security incidents and what has to be put right, as stored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, and_, insert, select, update

from moderation.errors import NotFoundError
from records.canonical import canonical
from records.commitments import commit, new_salt
from records.ids import new_id
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.tables import incidents, rectifications
from records.unit_of_work import Reading, Unit


class IncidentState(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    MENDED = "mended"
    CLOSED = "closed"


class ItemState(StrEnum):
    """Where something that has to be put right stands; `proposed` waits for a second person's look."""

    OPEN = "open"
    PROPOSED = "proposed"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """One incident. `fields` are told by the names of configs/incidents.toml."""

    id: str
    kind: str
    severity: str
    fields: Mapping[str, Any]
    state: IncidentState
    found_at: datetime
    reported_at: datetime | None
    reported_to: str | None
    receipt: str | None
    author: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """Something that has to be put right, by whom and until when."""

    id: str
    incident_id: str | None
    authority: str
    reference: str
    finding: str
    demand: str
    owner: str
    due_at: datetime
    state: ItemState
    proof: str | None
    proof_hash: str | None
    confirmed_by: str | None
    done_at: datetime | None
    author: str
    created_at: datetime


FIELDS = "fields"
"""By which word the ledger commits to what was told of an incident."""


def hash_of(fields: Mapping[str, Any]) -> str:
    """SHA-256 of what was told of an incident, as entries before 0056 have it: without salt, it can be guessed."""
    return hashlib.sha256(repr(sorted(fields.items())).encode()).hexdigest()


def told_of(fields: Mapping[str, Any]) -> str:
    """What was told of an incident, as the ledger commits to it."""
    return canonical(dict(fields)).decode()


def commitment_of(fields: Mapping[str, Any], salt: bytes) -> str:
    """What the ledger has of it, and not the words."""
    return commit(salt, FIELDS, told_of(fields)).hex()


def salt_of(unit: Unit, incident_id: str) -> bytes:
    """The salt of an incident; one of before gets it now."""
    i = incidents.c
    found = unit.execute(select(i.salt).where(i.id == incident_id)).scalar_one()
    if found is None:
        found = new_salt()
        unit.execute(update(incidents).where(i.id == incident_id).values(salt=found))
    return bytes(found)


def add(unit: Unit, values: Mapping[str, Any], *, now: datetime) -> IncidentRecord:
    """A new incident, open."""
    came = {"state": IncidentState.OPEN.value, "salt": new_salt(), "created_at": now, "updated_at": now}
    row = {**values, "id": new_id(), **came}
    made = unit.execute(insert(incidents).values(row).returning(incidents)).one()
    return _value(made)


def get(look: Reading, incident_id: str) -> IncidentRecord:
    """The incident. Raises `NotFoundError`."""
    found = look.execute(select(incidents).where(incidents.c.id == incident_id)).one_or_none()
    if found is None:
        raise NotFoundError(f"There is no incident {incident_id}: see `chaffinch incident list`.")
    return _value(found)


def page(look: Reading, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[IncidentRecord]:
    """Incidents, the newest first."""
    return page_by_id(
        look, select(incidents), incidents.c.id, _value, asked_of("incidents", limit, cursor), newest_first=True
    )


def change(unit: Unit, incident_id: str, values: Mapping[str, Any], *, now: datetime) -> IncidentRecord:
    """Writes what is known by now. Raises `NotFoundError`."""
    this = update(incidents).where(incidents.c.id == incident_id).values(**values, updated_at=now)
    found = unit.execute(this.returning(incidents)).one_or_none()
    return get(unit, incident_id) if found is None else _value(found)


def add_item(unit: Unit, values: Mapping[str, Any], *, now: datetime) -> ItemRecord:
    """Something new that has to be put right."""
    row = {**values, "id": new_id(), "state": ItemState.OPEN.value, "created_at": now}
    made = unit.execute(insert(rectifications).values(row).returning(rectifications)).one()
    return value_of(ItemRecord, made, state=ItemState)


def item(look: Reading, item_id: str) -> ItemRecord:
    """The item. Raises `NotFoundError`."""
    found = look.execute(select(rectifications).where(rectifications.c.id == item_id)).one_or_none()
    if found is None:
        raise NotFoundError(f"There is no item {item_id}: see `chaffinch rectification list`.")
    return value_of(ItemRecord, found, state=ItemState)


def items(look: Reading, *, incident_id: str | None = None, undone: bool = False) -> list[ItemRecord]:
    """What has to be put right, the nearest due first."""
    query = select(rectifications).order_by(rectifications.c.due_at, rectifications.c.id)
    if incident_id is not None:
        query = query.where(rectifications.c.incident_id == incident_id)
    if undone:
        query = query.where(rectifications.c.state != ItemState.DONE.value)
    return [value_of(ItemRecord, row, state=ItemState) for row in look.execute(query)]


def move_item(unit: Unit, item_id: str, before: ItemState, values: Mapping[str, Any]) -> ItemRecord | None:
    """Changes one that is in this state; None where it is no more."""
    this = and_(rectifications.c.id == item_id, rectifications.c.state == before.value)
    found = unit.execute(update(rectifications).where(this).values(values).returning(rectifications)).one_or_none()
    return None if found is None else value_of(ItemRecord, found, state=ItemState)


def _value(row: Row[Any]) -> IncidentRecord:
    return value_of(IncidentRecord, row, state=IncidentState)
