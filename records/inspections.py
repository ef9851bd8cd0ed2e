"""An authority's requests, and the evidence that lies within one: decisions of its surfaces and time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, insert, or_, select, union_all, update

from moderation.errors import NotFoundError
from records import places
from records.decisions import decision_record
from records.house_values import LedgerEntry
from records.ids import new_id
from records.mapping import value_of
from records.paging import DEFAULT_LIMIT, Page, checked_limit, decode, encode, page_of
from records.tables import cases, comment_revisions, comments, decisions, inspections, ledger, verdicts
from records.unit_of_work import Reading, Unit
from records.values import DecisionRecord


class InspectionState(StrEnum):
    """Where a request stands; evidence is read while it is granted and its time is not over."""

    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Within:
    """Evidence of these surfaces (None: all) with `since <= decided < until`."""

    surfaces: tuple[str, ...] | None
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class InspectionRecord:
    """A request, and what was granted. Nothing is read after `ends_at`."""

    id: str
    authority: str
    reference: str
    asked: str
    ground: str
    inspector: str
    surfaces: tuple[str, ...] | None
    since: datetime
    until: datetime
    opened: bool
    ends_at: datetime
    asked_by: str
    state: InspectionState
    approved_by: str | None
    granted_at: datetime | None
    closed_at: datetime | None
    created_at: datetime

    @property
    def within(self) -> Within:
        """Its scope."""
        return Within(self.surfaces, self.since, self.until)


def record(unit: Unit, values: Mapping[str, Any], *, now: datetime) -> InspectionRecord:
    """A new request, waiting."""
    row = {**values, "id": new_id(), "state": InspectionState.WAITING.value, "created_at": now}
    return _value(unit.execute(insert(inspections).values(row).returning(inspections)).one())


def get(look: Reading, inspection_id: str) -> InspectionRecord:
    """The request. Raises `NotFoundError`."""
    found = look.execute(select(inspections).where(inspections.c.id == inspection_id)).one_or_none()
    if found is None:
        raise NotFoundError(f"There is no inspection {inspection_id}: see `chaffinch inspection list`.")
    return _value(found)


def page(
    look: Reading, *, inspector: str | None = None, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[InspectionRecord]:
    """Requests, the newest first; those of one inspector if named."""
    query = select(inspections).order_by(inspections.c.id.desc()).limit(checked_limit(limit) + 1)
    if inspector is not None:
        query = query.where(inspections.c.inspector == inspector)
    if cursor is not None:
        query = query.where(inspections.c.id < decode(cursor, str)[0])
    items = [_value(row) for row in look.execute(query)]
    return page_of(items, limit, [encode(item.id) for item in items])


def move(unit: Unit, inspection_id: str, before: InspectionState, **values: Any) -> InspectionRecord | None:  # noqa: ANN401
    """Changes one that is in this state; None where it is no more."""
    this = and_(inspections.c.id == inspection_id, inspections.c.state == before.value)
    found = unit.execute(update(inspections).where(this).values(**values).returning(inspections)).one_or_none()
    return None if found is None else _value(found)


def evidence(
    look: Reading, within: Within, *, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[DecisionRecord]:
    """Decisions in scope, the oldest first."""
    query = select(decisions).select_from(decisions.join(comments)).where(_lies(within))
    if cursor is not None:
        query = query.where(decisions.c.id > decode(cursor, str)[0])
    rows = look.execute(query.order_by(decisions.c.id).limit(checked_limit(limit) + 1))
    items = [decision_record(row) for row in rows]
    return page_of(items, limit, [encode(item.id) for item in items])


def count(look: Reading, within: Within) -> int:
    """How many decisions lie in scope."""
    query = select(func.count()).select_from(decisions.join(comments)).where(_lies(within))
    return int(look.execute(query).scalar_one())


def touched(look: Reading, author_indexes: Sequence[str], *, now: datetime) -> list[tuple[InspectionRecord, int]]:
    """Requests that wait or may be read now into whose scope texts of this author fall, and how many decisions."""
    open_ = inspections.c.state.in_((InspectionState.WAITING.value, InspectionState.GRANTED.value))
    query = select(inspections).where(open_, inspections.c.ends_at > now).order_by(inspections.c.id)
    earlier = comment_revisions.c
    theirs = (
        select(earlier.id)
        .where(earlier.comment_id == decisions.c.comment_id, earlier.revision == decisions.c.revision)
        .where(earlier.author_index.in_(author_indexes))
    )
    about = or_(comments.c.author_index.in_(author_indexes), theirs.exists())
    found = []
    for record in map(_value, look.execute(query).all()):
        counted = select(func.count()).select_from(decisions.join(comments)).where(about, _lies(record.within))
        if many := int(look.execute(counted).scalar_one()):
            found.append((record, many))
    return found


def lies_within(look: Reading, within: Within, decision_id: str) -> bool:
    """Whether the decision lies in scope; one that does not exist does not."""
    query = select(decisions.c.id).select_from(decisions.join(comments))
    return look.execute(query.where(decisions.c.id == decision_id, _lies(within))).first() is not None


def comments_in(within: Within) -> Select[Any]:
    """The ids of comments about which was decided in scope."""
    lying = select(decisions.c.comment_id).select_from(decisions.join(comments)).where(_lies(within))
    return lying.correlate(None)


def subjects(within: Within) -> Select[Any]:
    """What entries of the ledger about this evidence are about: the decisions, their comments, their cases.

    A case is about the decision that it waits with and about those that its verdicts are about: another case of the
    same comment, about what was decided elsewhere or at another time, is none of it.
    """
    lying = (
        select(decisions.c.id, decisions.c.comment_id).select_from(decisions.join(comments)).where(_lies(within)).cte()
    )
    about = union_all(
        select(lying.c.id.label("subject")),
        select(lying.c.comment_id),
        select(cases.c.id).where(cases.c.decision_id.in_(select(lying.c.id))),
        select(verdicts.c.case_id).where(verdicts.c.decision_id.in_(select(lying.c.id))),
    ).subquery()
    return select(about.c.subject)


def entries_about(look: Reading, decision: DecisionRecord) -> list[LedgerEntry]:
    """The ledger's entries about one decision, its comment and its cases, in order.

    Of a case that went with its comment from one decision to the next, those that name another decision are left out.
    """
    waits = select(cases.c.id).where(cases.c.decision_id == decision.id)
    judged = select(verdicts.c.case_id).where(verdicts.c.decision_id == decision.id)
    mine = set(look.execute(union_all(waits, judged)).scalars())
    about = ledger.c.subject_id.in_([decision.id, decision.comment_id, *mine])
    found = [value_of(LedgerEntry, row) for row in look.execute(select(ledger).where(about).order_by(ledger.c.id))]
    return [each for each in found if each.subject_id not in mine or _names(each) in (None, decision.id)]


def _names(entry: LedgerEntry) -> str | None:
    """The decision that an entry about a case names; None where it names none."""
    try:
        told = json.loads(entry.body)["facts"].get("decision_id")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return None if told is None else str(told)


def given(look: Reading, inspection_id: str, kinds: Sequence[str]) -> list[LedgerEntry]:
    """What the ledger says was read, exported and refused under a request, in order."""
    query = select(ledger).where(ledger.c.subject_id == inspection_id, ledger.c.kind.in_(kinds))
    return [value_of(LedgerEntry, row) for row in look.execute(query.order_by(ledger.c.id))]


def _lies(within: Within) -> ColumnElement[bool]:
    lies = [decisions.c.created_at >= within.since, decisions.c.created_at < within.until]
    if within.surfaces is not None:
        lies.append(places.SURFACE.in_(within.surfaces))
    return and_(*lies)


def _value(row: Row[Any]) -> InspectionRecord:
    return value_of(InspectionRecord, row, surfaces=tuple, state=InspectionState)
