"""Backtests of rules on stored decisions, as stored: what was tried, how far it came, what was found; ids, no texts.

Whoever reads on holds it for a while and says so; what nobody holds any more is read on by another, from where it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, update

from moderation.errors import ConflictError, NotFoundError
from records.ids import new_id
from records.inserting import insert_into
from records.judged import Place
from records.mapping import value_of
from records.tables import rule_backtests
from records.unit_of_work import Reading, Unit

HELD = timedelta(seconds=30)
_MOST_DONE = 100


class BacktestState(StrEnum):
    """Where a backtest stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """The rule cannot be read any more."""


OPEN = (BacktestState.WAITING, BacktestState.RUNNING)


@dataclass(frozen=True, slots=True)
class BacktestRecord:
    """A rule's `document` tried on `total` decisions, of which `seen` were read; `kept` is what was found so far."""

    id: str
    rule_id: str
    content: str
    document: Mapping[str, Any]
    beside: Mapping[str, Any] | None
    asked_by: str
    state: BacktestState
    total: int
    seen: int
    place_at: datetime | None
    place_id: str | None
    kept: Mapping[str, Any] | None
    holder: str | None
    created_at: datetime
    ended_at: datetime | None
    shown_to: Mapping[str, str] | None = None
    """Who saw its comments, with when."""

    @property
    def place(self) -> Place | None:
        """The last decision that was read, or the one before the first."""
        return Place(self.place_at, self.place_id) if self.place_at and self.place_id else None

    @property
    def is_open(self) -> bool:
        """Whether more is to come."""
        return self.state in OPEN


@dataclass(frozen=True, slots=True)
class NewBacktest:
    """What is to be tried, beside what, on how many decisions after which place, and who asks."""

    rule_id: str
    content: str
    document: Mapping[str, Any]
    beside: Mapping[str, Any] | None
    asked_by: str
    total: int
    place: Place | None


def ask(unit: Unit, new: NewBacktest, *, now: datetime) -> BacktestRecord:
    """A new one; the one that is under way for the same content, if one is."""
    row = {
        "id": new_id(), "rule_id": new.rule_id, "content": new.content, "document": dict(new.document),
        "beside": None if new.beside is None else dict(new.beside), "asked_by": new.asked_by,
        "state": BacktestState.WAITING.value, "total": new.total, "seen": 0, **_at(new.place), "created_at": now,
    }  # fmt: skip
    insert = insert_into(rule_backtests, unit.dialect).on_conflict_do_nothing()
    unit.execute(insert.values(row))
    same = (rule_backtests.c.rule_id == new.rule_id, rule_backtests.c.content == new.content, _is_open())
    return _value(unit.execute(select(rule_backtests).where(*same)).one())


def claim(unit: Unit, holder: str, *, now: datetime) -> BacktestRecord | None:
    """The oldest that nobody else holds, held by this one for `HELD`; None where there is none."""
    free = or_(
        rule_backtests.c.held_until.is_(None), rule_backtests.c.held_until <= now, rule_backtests.c.holder == holder
    )
    first = select(rule_backtests.c.id).where(_is_open(), free).order_by(rule_backtests.c.id).limit(1)
    found = unit.execute(first.with_for_update(skip_locked=True)).scalar_one_or_none()
    if found is None:
        return None
    values = {"state": BacktestState.RUNNING, "holder": holder, "held_until": now + HELD}
    statement = update(rule_backtests).where(rule_backtests.c.id == found, _is_open(), free).values(values)
    taken = unit.execute(statement.returning(rule_backtests)).one_or_none()
    return None if taken is None else _value(taken)


def note(
    unit: Unit, record: BacktestRecord, *, seen: int, place: Place | None, kept: Mapping[str, Any], now: datetime
) -> BacktestRecord:
    """How far it came, and what was found. Raises `ConflictError` where another reads on."""
    values = {"seen": seen, **_at(place), "kept": dict(kept), "held_until": now + HELD}
    return _change(unit, record, values)


def end(unit: Unit, record: BacktestRecord, state: BacktestState, *, now: datetime) -> BacktestRecord:
    """Nothing more is to come. Raises `ConflictError` where another reads on."""
    return _change(unit, record, {"state": state, "ended_at": now, "holder": None, "held_until": None})


def get(look: Reading, backtest_id: str) -> BacktestRecord:
    """One. Raises `NotFoundError`."""
    found = look.execute(select(rule_backtests).where(rule_backtests.c.id == backtest_id)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such backtest.")
    return _value(found)


def newest(look: Reading, rule_id: str, content: str, *, done: bool = False) -> BacktestRecord | None:
    """The last one of just this content; with `done` the last that came to an end."""
    same = [rule_backtests.c.rule_id == rule_id, rule_backtests.c.content == content]
    if done:
        same.append(rule_backtests.c.state == BacktestState.DONE)
    query = select(rule_backtests).where(*same).order_by(rule_backtests.c.id.desc()).limit(1)
    found = look.execute(query).one_or_none()
    return None if found is None else _value(found)


def done_of(look: Reading, rule_id: str, content: str) -> list[BacktestRecord]:
    """Those of just this content that came to an end, the newest first; of many the last hundred."""
    same = (rule_backtests.c.rule_id == rule_id, rule_backtests.c.content == content)
    done = rule_backtests.c.state == BacktestState.DONE
    query = select(rule_backtests).where(*same, done).order_by(rule_backtests.c.id.desc()).limit(_MOST_DONE)
    return [_value(row) for row in look.execute(query)]


def show(unit: Unit, backtest_id: str, who: str, *, now: datetime) -> None:
    """Keeps that its comments were shown to somebody, and when first. Nothing for one that is under way."""
    mine = rule_backtests.c.id == backtest_id
    query = select(rule_backtests.c.shown_to).where(mine, rule_backtests.c.state == BacktestState.DONE)
    row = unit.execute(query.with_for_update()).one_or_none()
    if row is not None and who not in (row.shown_to or {}):
        shown = {**(row.shown_to or {}), who: now.isoformat(timespec="seconds")}
        unit.execute(update(rule_backtests).where(mine).values(shown_to=shown))


def open_count(look: Reading) -> int:
    """How many wait or are under way."""
    return int(look.execute(select(func.count()).select_from(rule_backtests).where(_is_open())).scalar_one())


def _is_open() -> ColumnElement[bool]:
    return rule_backtests.c.state.in_([state.value for state in OPEN])


def _at(place: Place | None) -> dict[str, Any]:
    return {"place_at": place.created_at if place else None, "place_id": place.id if place else None}


def _change(unit: Unit, record: BacktestRecord, values: Mapping[str, Any]) -> BacktestRecord:
    mine = and_(rule_backtests.c.id == record.id, _is_open(), rule_backtests.c.holder == record.holder)
    found = unit.execute(update(rule_backtests).where(mine).values(values).returning(rule_backtests)).one_or_none()
    if found is None:
        raise ConflictError("This backtest went to another worker.")
    return _value(found)


def _value(row: Row[Any]) -> BacktestRecord:
    return value_of(BacktestRecord, row, state=BacktestState)
