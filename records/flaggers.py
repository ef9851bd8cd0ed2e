"""Trusted flaggers as stored. Who may mark one, and what follows, is `governance/flaggers.py`'s business."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, insert, or_, select, update

from moderation.errors import NotFoundError
from records.ids import new_id
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.public_values import FlaggerRecord, FlaggerState
from records.tables import reporters, trusted_flaggers
from records.unit_of_work import Reading, Unit

_OPEN = (FlaggerState.WAITING, FlaggerState.IN_FORCE)


def record(unit: Unit, values: Mapping[str, Any], *, now: datetime) -> FlaggerRecord:
    """A new mark, waiting."""
    row = {**values, "id": new_id(), "state": FlaggerState.WAITING, "created_at": now}
    return _value(unit.execute(insert(trusted_flaggers).values(row).returning(trusted_flaggers)).one())


def get(look: Reading, flagger_id: str) -> FlaggerRecord:
    """The mark. Raises `NotFoundError`."""
    found = look.execute(select(trusted_flaggers).where(trusted_flaggers.c.id == flagger_id)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such trusted flagger.")
    return _value(found)


def page(look: Reading, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None) -> Page[FlaggerRecord]:
    """All, the newest first."""
    query = select(trusted_flaggers)
    return page_by_id(
        look, query, trusted_flaggers.c.id, _value, asked_of("flaggers", limit, cursor), newest_first=True
    )


def standing_for(look: Reading, indexes: Collection[str], *, now: datetime) -> FlaggerRecord | None:
    """The mark that stands now of whoever has one of these hashes."""
    t = trusted_flaggers.c
    query = select(trusted_flaggers).join(reporters, reporters.c.id == t.reporter_id)
    mine = and_(reporters.c.reporter_index.in_(list(indexes)), t.state == FlaggerState.IN_FORCE)
    found = [_value(row) for row in look.execute(query.where(mine).order_by(t.id))]
    return next((each for each in found if each.stands(now)), None)


def standing(look: Reading, *, now: datetime) -> list[FlaggerRecord]:
    """Every mark that stands now, the oldest first."""
    query = select(trusted_flaggers).where(trusted_flaggers.c.state == FlaggerState.IN_FORCE)
    found = [_value(row) for row in look.execute(query.order_by(trusted_flaggers.c.id))]
    return [each for each in found if each.stands(now)]


def open_of(look: Reading, reporter_id: str, *, now: datetime) -> FlaggerRecord | None:
    """What stands or waits of somebody already, so that nobody is marked twice."""
    t = trusted_flaggers.c
    left = or_(t.valid_until.is_(None), t.valid_until > now)
    mine = and_(t.reporter_id == reporter_id, t.state.in_(_OPEN), left)
    found = look.execute(select(trusted_flaggers).where(mine).order_by(t.id).limit(1)).one_or_none()
    return None if found is None else _value(found)


def over(look: Reading, *, now: datetime) -> list[FlaggerRecord]:
    """Those in force whose time has come."""
    due = and_(trusted_flaggers.c.state == FlaggerState.IN_FORCE, trusted_flaggers.c.valid_until <= now)
    query = select(trusted_flaggers).where(due).order_by(trusted_flaggers.c.id)
    return [_value(row) for row in look.execute(query)]


def move(unit: Unit, flagger_id: str, before: FlaggerState, **values: Any) -> FlaggerRecord | None:  # noqa: ANN401
    """Changes one that is in this state; None where it is no more."""
    this = and_(trusted_flaggers.c.id == flagger_id, trusted_flaggers.c.state == before)
    changed = update(trusted_flaggers).where(this).values(**values).returning(trusted_flaggers)
    found = unit.execute(changed).one_or_none()
    return None if found is None else _value(found)


def _value(row: Row[Any]) -> FlaggerRecord:
    return value_of(FlaggerRecord, row, state=FlaggerState, expertise=tuple)
