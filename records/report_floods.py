"""Findings that many report one author, as stored. What makes one is `governance/report_floods.py`'s business."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, insert, select, update

from moderation.errors import ConflictError, NotFoundError
from records.ids import new_id
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.public_values import FloodRecord, FloodState
from records.tables import report_floods
from records.unit_of_work import Reading, Unit


@dataclass(frozen=True, slots=True)
class Found:
    """What was counted against one author."""

    author_index: str
    evidence: Mapping[str, Any]
    is_unfounded: bool
    first_at: datetime


def note(unit: Unit, found: Found, *, now: datetime) -> tuple[FloodRecord, bool]:
    """The author's finding that waits, brought up to date, or a new one; and whether it is new."""
    values = {"evidence": dict(found.evidence), "is_unfounded": found.is_unfounded, "updated_at": now}
    waiting = and_(report_floods.c.author_index == found.author_index, report_floods.c.state == FloodState.WAITING)
    known = unit.execute(update(report_floods).where(waiting).values(values).returning(report_floods)).one_or_none()
    if known is not None:
        return _value(known), False
    row = {
        **values,
        "id": new_id(),
        "author_index": found.author_index,
        "state": FloodState.WAITING,
        "first_at": found.first_at,
        "created_at": now,
    }
    return _value(unit.execute(insert(report_floods).values(row).returning(report_floods)).one()), True


def get(look: Reading, flood_id: str) -> FloodRecord:
    """The finding. Raises `NotFoundError`."""
    found = look.execute(select(report_floods).where(report_floods.c.id == flood_id)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such finding.")
    return _value(found)


def newest_against(look: Reading, author_index: str) -> FloodRecord | None:
    """The newest finding about reports against this author, decided or not."""
    mine = select(report_floods).where(report_floods.c.author_index == author_index)
    found = look.execute(mine.order_by(report_floods.c.id.desc()).limit(1)).one_or_none()
    return None if found is None else _value(found)


def page(
    look: Reading, *, state: FloodState | None = None, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[FloodRecord]:
    """Findings, the newest first."""
    query = select(report_floods)
    if state is not None:
        query = query.where(report_floods.c.state == state)
    return page_by_id(
        look,
        query,
        report_floods.c.id,
        _value,
        asked_of("report floods", limit, cursor, state=state),
        newest_first=True,
    )


def decide(unit: Unit, flood_id: str, state: FloodState, *, by: str, note: str, now: datetime) -> FloodRecord:
    """What a person says of it. Raises `ConflictError` where somebody was first, `NotFoundError`."""
    waiting = and_(report_floods.c.id == flood_id, report_floods.c.state == FloodState.WAITING)
    values = {"state": state, "answered_by": by, "note": note, "answered_at": now}
    changed = unit.execute(update(report_floods).where(waiting).values(values).returning(report_floods)).one_or_none()
    if changed is None:
        before = get(unit, flood_id)
        raise ConflictError(f"{before.answered_by} has decided this already: {before.state}.")
    return _value(changed)


def _value(row: Row[Any]) -> FloodRecord:
    return value_of(FloodRecord, row, state=FloodState)
