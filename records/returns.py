"""Findings that an account may be somebody who was closed or listed, as stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, select, update

from moderation.errors import ConflictError, NotFoundError
from records import jobs
from records.ids import new_id
from records.inserting import insert_into
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.standing_values import ReturnRecord, ReturnState
from records.tables import returns
from records.unit_of_work import Reading, Unit


@dataclass(frozen=True, slots=True)
class Found:
    """What two accounts share, weighed."""

    author_id: str
    against: str
    evidence: Sequence[Mapping[str, Any]]
    score: float


def take_turns(unit: Unit) -> None:
    """Until this unit ends nobody else writes findings: one answered beside another would else wait for each other."""
    jobs.take_turns(unit, "returns")


def note(unit: Unit, found: Found, *, now: datetime) -> tuple[ReturnRecord, bool]:
    """The finding about this pair, brought up to date while it waits, or a new one; and whether it is new.

    What a person decided stays as it was decided.
    """
    weighed = {"evidence": [dict(each) for each in found.evidence], "score": found.score, "updated_at": now}
    row = {
        **weighed,
        "id": new_id(),
        "author_id": found.author_id,
        "against": found.against,
        "state": ReturnState.WAITING,
        "created_at": now,
    }
    put = insert_into(returns, unit.dialect).values(row).on_conflict_do_nothing()
    made = unit.execute(put.returning(returns)).one_or_none()
    if made is not None:
        return _value(made), True
    pair = and_(returns.c.author_id == found.author_id, returns.c.against == found.against)
    unit.execute(update(returns).where(pair, returns.c.state == ReturnState.WAITING).values(weighed))
    return _value(unit.execute(select(returns).where(pair)).one()), False


def get(look: Reading, finding_id: str) -> ReturnRecord:
    """The finding. Raises `NotFoundError`."""
    found = look.execute(select(returns).where(returns.c.id == finding_id)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such finding.")
    return _value(found)


def of_author(look: Reading, author_id: str) -> list[ReturnRecord]:
    """Findings about one account, the newest first."""
    query = select(returns).where(returns.c.author_id == author_id).order_by(returns.c.id.desc())
    return [_value(row) for row in look.execute(query)]


def page(
    look: Reading, *, state: ReturnState | None = None, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[ReturnRecord]:
    """Findings, the newest first."""
    query = select(returns)
    if state is not None:
        query = query.where(returns.c.state == state)
    return page_by_id(
        look, query, returns.c.id, _value, asked_of("returns", limit, cursor, state=state), newest_first=True
    )


def decide(
    unit: Unit, finding_id: str, state: ReturnState, *, by: str, note: str, now: datetime
) -> ReturnRecord:  # fmt: skip
    """What a person says of it. Raises `ConflictError` where somebody did before."""
    this = and_(returns.c.id == finding_id, returns.c.state == ReturnState.WAITING)
    values = {"state": state, "answered_by": by, "note": note, "answered_at": now}
    found = unit.execute(update(returns).where(this).values(values).returning(returns)).one_or_none()
    if found is None:
        raise ConflictError(f"This finding is {get(unit, finding_id).state} already.")
    return _value(found)


def _value(row: Row[Any]) -> ReturnRecord:
    return value_of(ReturnRecord, row, state=ReturnState, evidence=tuple)
