"""Questions to a second person: asked once, answered once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select, update

from moderation.errors import ConflictError, NotFoundError
from records.house_values import ApprovalRecord, ApprovalState
from records.ids import new_id
from records.inserting import Insert, insert_into
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.tables import approvals
from records.unit_of_work import Reading, Unit


def ask(
    unit: Unit, kind: str, subject_id: str, *, facts: Mapping[str, Any], asked_by: str, why: str, now: datetime
) -> ApprovalRecord:
    """A new question. Raises `ConflictError` where the same is asked already."""
    row = {
        "id": new_id(),
        "kind": kind,
        "subject_id": subject_id,
        "facts": dict(facts),
        "asked_by": asked_by,
        "why": why,
        "state": ApprovalState.WAITING.value,
        "created_at": now,
    }
    added = unit.execute(_insert(unit.dialect).values(row).returning(approvals)).one_or_none()
    if added is None:
        raise ConflictError(f"{subject_id} waits for a second person already: see `chaffinch approvals list`.")
    return _value(added)


def find(look: Reading, approval_id: str) -> ApprovalRecord | None:
    """The question; None where there is none of this id."""
    found = look.execute(select(approvals).where(approvals.c.id == approval_id)).one_or_none()
    return None if found is None else _value(found)


def get(look: Reading, approval_id: str) -> ApprovalRecord:
    """The question. Raises `NotFoundError`."""
    found = find(look, approval_id)
    if found is None:
        raise NotFoundError("There is no such question to a second person.")
    return found


def waiting(look: Reading, *, subject_id: str | None = None) -> list[ApprovalRecord]:
    """What waits, the oldest first; about one thing if `subject_id` is given."""
    query = select(approvals).where(approvals.c.state == ApprovalState.WAITING.value).order_by(approvals.c.id)
    if subject_id is not None:
        query = query.where(approvals.c.subject_id == subject_id)
    return [_value(row) for row in look.execute(query)]


def about(look: Reading, kind: str, subject_id: str, *, state: ApprovalState) -> list[ApprovalRecord]:
    """Questions of one kind about one thing in this state, the oldest first."""
    query = select(approvals).where(
        approvals.c.kind == kind, approvals.c.subject_id == subject_id, approvals.c.state == state.value
    )
    return [_value(row) for row in look.execute(query.order_by(approvals.c.id))]


def of_subject(look: Reading, subject_id: str, *, state: ApprovalState) -> list[ApprovalRecord]:
    """Questions of any kind about one thing in this state, the oldest first."""
    query = select(approvals).where(approvals.c.subject_id == subject_id, approvals.c.state == state.value)
    return [_value(row) for row in look.execute(query.order_by(approvals.c.id))]


def about_any(look: Reading, subject_ids: Collection[str], *, named: Collection[str] = ()) -> list[ApprovalRecord]:
    """Questions of any kind and state about one of these things, and those `named` by their own ids, the oldest first.

    Few of either: what was asked about one comment.
    """
    if not subject_ids and not named:
        return []
    about = or_(approvals.c.subject_id.in_(sorted(subject_ids)), approvals.c.id.in_(sorted(named)))
    return [_value(row) for row in look.execute(select(approvals).where(about).order_by(approvals.c.id))]


def page(
    look: Reading,
    *,
    states: Collection[ApprovalState] = tuple(ApprovalState),
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[ApprovalRecord]:
    """Questions in these states, the newest first."""
    query = select(approvals).where(approvals.c.state.in_([state.value for state in states]))
    return page_by_id(
        look, query, approvals.c.id, _value, asked_of("approvals", limit, cursor, states=set(states)), newest_first=True
    )


def answer(
    unit: Unit, approval_id: str, state: ApprovalState, *, by: str, note: str | None, now: datetime
) -> ApprovalRecord:
    """Approved or refused. Raises `ConflictError` where it was answered, or overtaken, before."""
    this = update(approvals).where(approvals.c.id == approval_id, approvals.c.state == ApprovalState.WAITING.value)
    values = {"state": state.value, "answered_by": by, "note": note, "answered_at": now}
    found = unit.execute(this.values(values).returning(approvals)).one_or_none()
    if found is None:
        settled = get(unit, approval_id)
        by_whom = f", by {settled.answered_by}" if settled.answered_by else ""
        raise ConflictError(f"This question is no longer open: it is {settled.state}{by_whom}.")
    return _value(found)


def overtake(unit: Unit, subject_id: str, *, now: datetime, kind: str | None = None) -> None:
    """What waits about this thing, of one kind if `kind` is given, was asked of something that is no longer so."""
    this = update(approvals).where(
        approvals.c.subject_id == subject_id, approvals.c.state == ApprovalState.WAITING.value
    )
    if kind is not None:
        this = this.where(approvals.c.kind == kind)
    unit.execute(this.values(state=ApprovalState.OVERTAKEN.value, answered_at=now))


def _insert(dialect: str) -> Insert:
    return insert_into(approvals, dialect).on_conflict_do_nothing()


def _value(row: Row[Any]) -> ApprovalRecord:
    return value_of(ApprovalRecord, row, state=ApprovalState)
