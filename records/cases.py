"""Cases as stored. What may be done with one, when and by whom is `review/queue.py`'s business."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, insert, or_, select, update

from moderation.errors import NotFoundError
from records.ids import new_id
from records.mapping import value_of
from records.opening import Opening
from records.paging import DEFAULT_LIMIT, Page, checked_limit, decode, encode, page_of
from records.tables import cases, comments, verdicts
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CaseState, VerdictKind

ESCALATED = "escalated"
"""The queue of what seniors decide; its waiting cases are in the state of the same name."""

UNDECIDED = (CaseState.OPEN, CaseState.CLAIMED, CaseState.ESCALATED)

_AT_ONCE = 500
"""Ids in one question to the database."""

_NO_LEASE: dict[str, Any] = {"lease_owner": None, "lease_token": None, "lease_expires_at": None}


@dataclass(frozen=True, slots=True)
class NewCase:
    """A decision about a comment, the case it asks for (None: none), and whether the comment may have one already."""

    comment_id: str
    decision_id: str
    opening: Opening | None
    may_have_one: bool


@dataclass(frozen=True, slots=True)
class Depth:
    """How much waits in a queue, leased cases included, and since when."""

    queue: str
    waiting: int
    oldest: datetime


def open_or_join(
    unit: Unit, wanted: Sequence[NewCase], *, edited: Collection[str], opened_by: str, now: datetime
) -> dict[str, str]:
    """Opens a case where one is asked for, or brings the comment's undecided case up to date: at most one each.

    Returns case ids by comment id. Cases of `edited` comments leave the hands they are in.
    """
    present = _undecided(unit, [case.comment_id for case in wanted if case.may_have_one])
    for case in wanted:
        if case.comment_id in present:
            by_decision, taken_back = opened_by == "decision", case.comment_id in edited
            _join(unit, present[case.comment_id], case, by_decision=by_decision, taken_back=taken_back)
    rows = [
        _row(case, case.opening, opened_by, now)
        for case in wanted
        if case.opening is not None and case.comment_id not in present
    ]
    if rows:
        unit.execute(insert(cases), rows)
    return {comment_id: case.id for comment_id, case in present.items()} | {r["comment_id"]: r["id"] for r in rows}


def get(look: Reading, case_id: str) -> CaseRecord:
    """The case. Raises `NotFoundError`."""
    return _one(look, case_id, lock=False)


def lock(unit: Unit, case_id: str) -> CaseRecord:
    """The case, which nobody else changes until this unit ends. Raises `NotFoundError`."""
    return _one(unit, case_id, lock=True)


def undecided_of(look: Reading, comment_id: str) -> CaseRecord | None:
    """The comment's case that waits for a person, if there is one."""
    query = select(cases).where(cases.c.comment_id == comment_id, cases.c.state.in_(UNDECIDED))
    found = look.execute(query).one_or_none()
    return None if found is None else value_of(CaseRecord, found, state=CaseState)


def had_one(look: Reading, comment_ids: Sequence[str]) -> set[str]:
    """Those of the comments that have a case, decided or not."""
    found: set[str] = set()
    for first in range(0, len(comment_ids), _AT_ONCE):
        some = comment_ids[first : first + _AT_ONCE]
        found |= set(look.execute(select(cases.c.comment_id).where(cases.c.comment_id.in_(some))).scalars())
    return found


def page(
    look: Reading,
    *,
    queue: str | None = None,
    label: str | None = None,
    state: CaseState | None = None,
    comment_id: str | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[CaseRecord]:
    """Cases by priority, then age."""
    query = select(cases).order_by(cases.c.priority.desc(), cases.c.id).limit(checked_limit(limit) + 1)
    for column, value in (("queue", queue), ("label", label), ("state", state), ("comment_id", comment_id)):
        if value is not None:
            query = query.where(cases.c[column] == value)
    if cursor is not None:
        priority, last = decode(cursor, float, str)
        after = or_(cases.c.priority < priority, and_(cases.c.priority == priority, cases.c.id > last))
        query = query.where(after)
    items = [value_of(CaseRecord, row, state=CaseState) for row in look.execute(query)]
    return page_of(items, limit, [encode(float(item.priority), item.id) for item in items])


def depths(look: Reading) -> list[Depth]:
    """What waits, by queue."""
    query = select(cases.c.queue, func.count().label("waiting"), func.min(cases.c.created_at).label("oldest"))
    waiting = query.where(cases.c.state.in_(UNDECIDED)).group_by(cases.c.queue).order_by(cases.c.queue)
    return [Depth(row.queue, row.waiting, row.oldest) for row in look.execute(waiting)]


def leased_by(look: Reading, owner: str, *, now: datetime) -> list[CaseRecord]:
    """What `owner` has in hand, longest first."""
    mine = and_(cases.c.state == CaseState.CLAIMED, cases.c.lease_owner == owner, cases.c.lease_expires_at > now)
    query = select(cases).where(mine).order_by(cases.c.lease_expires_at, cases.c.id)
    return [value_of(CaseRecord, row, state=CaseState) for row in look.execute(query)]


def claim(
    unit: Unit,
    owner: str,
    *,
    count: int,
    expires_at: datetime,
    queue: str | None = None,
    label: str | None = None,
) -> list[CaseRecord]:
    """Leases the first `count` waiting cases that nobody else is taking just now (SKIP LOCKED on PostgreSQL).

    Cases about which `owner` was unsure are for other eyes. Without `queue` escalated ones are left out.
    """
    query = select(cases.c.id).where(_waiting_in(queue), ~_was_unsure(owner))
    if label is not None:
        query = query.where(cases.c.label == label)
    first = query.order_by(cases.c.priority.desc(), cases.c.created_at, cases.c.id).limit(count)
    found = unit.execute(first.with_for_update(skip_locked=True, key_share=True, of=cases)).scalars().all()
    return [_lease(unit, case_id, owner, expires_at) for case_id in found]


def lease(unit: Unit, case_id: str, owner: str, *, expires_at: datetime) -> CaseRecord:
    """Leases this very case, whatever it was; the caller has it locked."""
    return _lease(unit, case_id, owner, expires_at)


def prolong(unit: Unit, case_id: str, *, expires_at: datetime) -> CaseRecord:
    """The same lease, longer; the caller has the case locked."""
    return _change(unit, case_id, lease_expires_at=expires_at)


def put_back(unit: Unit, case: CaseRecord, *, queue: str | None = None) -> CaseRecord:
    """To the queue it came from, or to another; the caller has it locked."""
    target = queue or case.queue
    return _change(unit, case.id, queue=target, state=_waiting_state(target), **_NO_LEASE)


def close(unit: Unit, case_id: str, *, now: datetime) -> CaseRecord:
    """Decided; the caller has the case locked."""
    return _change(unit, case_id, state=CaseState.CLOSED, closed_at=now, **_NO_LEASE)


def reopen(unit: Unit, case_id: str, owner: str, *, expires_at: datetime) -> CaseRecord:
    """Open again in the hands of `owner`; the caller has the case locked."""
    _change(unit, case_id, closed_at=None)
    return _lease(unit, case_id, owner, expires_at)


def expire(unit: Unit, *, now: datetime, limit: int = 1000) -> int:
    """Puts cases whose lease has run out back into their queues; how many. Those in use just now come next time."""
    over = select(cases.c.id).where(cases.c.state == CaseState.CLAIMED, cases.c.lease_expires_at <= now)
    found = unit.execute(over.limit(limit).with_for_update(skip_locked=True, key_share=True)).scalars().all()
    for state, of_queue in (
        (CaseState.ESCALATED, cases.c.queue == ESCALATED),
        (CaseState.OPEN, cases.c.queue != ESCALATED),
    ):
        if found:
            unit.execute(update(cases).where(cases.c.id.in_(found), of_queue).values(state=state, **_NO_LEASE))
    return len(found)


def _undecided(unit: Unit, comment_ids: Sequence[str]) -> dict[str, CaseRecord]:
    """Undecided cases by comment; the comments are locked, so that none is opened meanwhile."""
    if not comment_ids:
        return {}
    order = sorted(set(comment_ids))
    unit.execute(
        select(comments.c.id).where(comments.c.id.in_(order)).order_by(comments.c.id).with_for_update(key_share=True)
    ).all()
    query = select(cases).where(cases.c.comment_id.in_(order), cases.c.state.in_(UNDECIDED))
    found = unit.execute(query.order_by(cases.c.id).with_for_update(key_share=True))
    return {row.comment_id: value_of(CaseRecord, row, state=CaseState) for row in found}


def _join(unit: Unit, present: CaseRecord, case: NewCase, *, by_decision: bool, taken_back: bool) -> None:
    """A new decision says anew why the case is here; whoever else joins only adds weight."""
    changes: dict[str, Any] = {"decision_id": case.decision_id}
    if case.opening is not None:
        changes["label"] = case.opening.label or present.label
        changes["why"] = case.opening.why if by_decision else present.why
        changes["priority"] = max(present.priority, case.opening.priority)
    if taken_back:
        changes |= {"state": _waiting_state(present.queue), **_NO_LEASE}
    _change(unit, present.id, **changes)


def _row(case: NewCase, opening: Opening, opened_by: str, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "comment_id": case.comment_id,
        "decision_id": case.decision_id,
        "queue": opening.queue,
        "label": opening.label,
        "why": opening.why,
        "priority": opening.priority,
        "state": CaseState.OPEN,
        "opened_by": opened_by,
        "created_at": now,
    }


def _waiting_state(queue: str) -> CaseState:
    return CaseState.ESCALATED if queue == ESCALATED else CaseState.OPEN


def _waiting_in(queue: str | None) -> ColumnElement[bool]:
    if queue is None:
        return cases.c.state == CaseState.OPEN
    return and_(cases.c.state == _waiting_state(queue), cases.c.queue == queue)


def _was_unsure(owner: str) -> ColumnElement[bool]:
    given = verdicts.c
    unsure = and_(given.verdict == VerdictKind.UNSURE, given.undone_at.is_(None))
    return exists().where(given.case_id == cases.c.id, given.moderator == owner, unsure)


def _lease(unit: Unit, case_id: str, owner: str, expires_at: datetime) -> CaseRecord:
    token = secrets.token_urlsafe(16)
    lease_of = {"lease_owner": owner, "lease_token": token, "lease_expires_at": expires_at}
    return _change(unit, case_id, state=CaseState.CLAIMED, **lease_of)


def _change(unit: Unit, case_id: str, **values: object) -> CaseRecord:
    statement = update(cases).where(cases.c.id == case_id).values(**values).returning(cases)
    return value_of(CaseRecord, unit.execute(statement).one(), state=CaseState)


def _one(look: Reading, case_id: str, *, lock: bool) -> CaseRecord:
    query = select(cases).where(cases.c.id == case_id)
    found = look.execute(query.with_for_update(key_share=True) if lock else query).one_or_none()
    if found is None:
        raise NotFoundError("There is no such case.")
    return value_of(CaseRecord, found, state=CaseState)
