"""An authority's requests, and the evidence that lies within one: decisions of its surfaces and time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, insert, or_, select, true, union, union_all, update

from moderation.errors import NotFoundError
from records import openings, places
from records.byte_search import Holds
from records.decisions import decision_record
from records.house_values import LedgerEntry
from records.ids import new_id
from records.mapping import value_of
from records.measures import measure_of
from records.paging import DEFAULT_LIMIT, Page, asked_of, page_by_id
from records.standing_values import MeasureRecord, TargetKind
from records.tables import (
    authors,
    cases,
    comment_revisions,
    comments,
    decisions,
    inspections,
    ledger,
    measures,
    verdicts,
)
from records.unit_of_work import Reading, Unit
from records.values import DecisionRecord

_MEASURES = (
    "id", "measure", "target_kind", "comment_id", "thread_id", "cause_id", "reason_zh", "reason_en", "ground", "closes",
    "per_hour", "days", "policy", "replaces", "role", "state", "asked_by", "approval_id", "created_at", "starts_at",
    "ends_at", "ended_at", "ended_by", "ended_why",
)  # fmt: skip
HANDED: Mapping[str, tuple[str, ...]] = {
    **openings.OF_DECISIONS,
    "decisions": ("outcome", "final_outcome", "labels", "reasons", *openings.OF_DECISIONS["decisions"]),
    "verdicts": ("verdict", "labels", "ground", "moderator", "created_at"),
    "measures": _MEASURES,
    "ledger": ("body",),
}
"""Columns, by table, that an inspector is given at the most: on pages, by API, and in the bundle with its openings.
`configs/processing.toml` has to name the inspector among those who see them."""


class InspectionState(StrEnum):
    """Where a request stands; evidence is read while it is granted and its time is not over."""

    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Within:
    """Evidence of these surfaces (None: all) with `since <= decided < until`; of these accounts and threads alone.

    Measures that were taken for what was decided lie in it whenever they were taken. Where kinds of measures are named,
    the time is theirs, and of the decisions those are evidence for which such a measure was taken.
    """

    surfaces: tuple[str, ...] | None
    since: datetime
    until: datetime
    accounts: tuple[str, ...] | None = None
    """Our ids."""
    threads: tuple[str, ...] | None = None
    measures: tuple[str, ...] | None = None


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
    accounts: tuple[str, ...] | None = None
    threads: tuple[str, ...] | None = None
    measures: tuple[str, ...] | None = None
    salt: bytes | None = field(default=None, repr=False)

    @property
    def within(self) -> Within:
        """Its scope."""
        return Within(self.surfaces, self.since, self.until, self.accounts, self.threads, self.measures)


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
    query = select(inspections)
    if inspector is not None:
        query = query.where(inspections.c.inspector == inspector)
    return page_by_id(
        look,
        query,
        inspections.c.id,
        _value,
        asked_of("inspections", limit, cursor, inspector=inspector),
        newest_first=True,
    )


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
    return page_by_id(
        look,
        query,
        decisions.c.id,
        decision_record,
        asked_of("evidence", limit, cursor, within=within),
    )


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
    about = or_(ledger.c.subject_id.in_([decision.id, decision.comment_id, *mine]), _caused_by(decision.comment_id))
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


def measures_in(look: Reading, within: Within, *, limit: int = DEFAULT_LIMIT) -> list[MeasureRecord]:
    """Measures in scope, the oldest first."""
    query = select(measures).where(_taken(within)).order_by(measures.c.id).limit(limit)
    return [measure_of(row) for row in look.execute(query)]


def count_measures(look: Reading, within: Within) -> int:
    """How many measures lie in scope."""
    return int(look.execute(select(func.count()).select_from(measures).where(_taken(within))).scalar_one())


def entries_of_measures(within: Within) -> ColumnElement[bool]:
    """Of an entry: it is about a measure on an account or a thread that lies in scope. Others are found by comment."""
    return _about_one_of(and_(_taken(within), measures.c.target_kind != TargetKind.COMMENT))


def _caused_by(comment_id: str) -> ColumnElement[bool]:
    """Of an entry: it is about a measure on an account for this comment."""
    return _about_one_of(measures.c.cause_id == comment_id)


def _about_one_of(which: ColumnElement[bool]) -> ColumnElement[bool]:
    """Entries about measures bear the account as their subject and the measure's id in their bytes.

    Those on threads bear that id as their subject, and before threads were committed to, the thread. Of one on who
    reports the subject is our id of them.
    """
    subject = func.coalesce(measures.c.author_id, measures.c.thread_id, measures.c.reporter_id)
    is_its = or_(subject == ledger.c.subject_id, measures.c.id == ledger.c.subject_id)
    its = select(measures.c.id).where(which, is_its, Holds(ledger.c.body, measures.c.id))
    subjects = union(*(select(each).where(which).correlate(None) for each in (subject, measures.c.id)))
    return and_(ledger.c.subject_id.in_(subjects), ledger.c.kind.like("measure.%"), its.exists())


def _lies(within: Within) -> ColumnElement[bool]:
    """Of a decision beside its comment."""
    lies = _placed(within)
    if within.measures is None:
        lies += [decisions.c.created_at >= within.since, decisions.c.created_at < within.until]
    else:
        comment_id = func.coalesce(measures.c.comment_id, measures.c.cause_id)
        lies.append(decisions.c.comment_id.in_(select(comment_id).where(_of_kinds(within), comment_id.is_not(None))))
    return and_(true(), *lies)


def _placed(within: Within) -> list[ColumnElement[bool]]:
    """Of a decision beside its comment: its surface, account and thread."""
    lies: list[ColumnElement[bool]] = []
    if within.surfaces is not None:
        lies.append(places.SURFACE.in_(within.surfaces))
    if within.accounts is not None:
        theirs = select(authors.c.author_index).where(authors.c.id.in_(within.accounts))
        lies.append(comments.c.author_index.in_(theirs))
    if within.threads is not None:
        lies.append(places.THREAD.in_(within.threads))
    return lies


def _taken(within: Within) -> ColumnElement[bool]:
    """Of a measure: it was taken for what was decided in scope, or on an account or thread of it in its time.

    A measure on a thread names no comment: it lies where comments of the thread were decided about, whenever that was.
    """
    caused = func.coalesce(measures.c.comment_id, measures.c.cause_id).in_(comments_in(within))
    ways = [caused if within.measures is None else and_(caused, _of_kinds(within))]
    if within.surfaces is None and (within.measures or within.accounts or within.threads):
        ways.append(_on_these(within))
    if within.accounts is None:
        ways.append(_on_threads(within))
    return or_(*ways)


def _on_threads(within: Within) -> ColumnElement[bool]:
    lies = [measures.c.thread_id.is_not(None), _in_time(within) if within.measures is None else _of_kinds(within)]
    if within.threads is not None:
        lies.append(measures.c.thread_id.in_(within.threads))
    if within.surfaces is not None:
        here = and_(places.SURFACE.in_(within.surfaces), places.THREAD.is_not(None))
        its = select(places.THREAD).select_from(decisions.join(comments)).where(here)
        lies.append(measures.c.thread_id.in_(its.correlate(None)))
    return and_(*lies)


def _on_these(within: Within) -> ColumnElement[bool]:
    """Of a measure that may name no comment, so that nobody knows on which surface it was: on whom, and when."""
    ways = [_in_time(within) if within.measures is None else _of_kinds(within)]
    if within.accounts is not None:
        ways.append(measures.c.author_id.in_(within.accounts))
    if within.threads is not None:
        ways.append(measures.c.thread_id.in_(within.threads))
    return and_(*ways)


def _of_kinds(within: Within) -> ColumnElement[bool]:
    return and_(measures.c.measure.in_(within.measures or ()), _in_time(within))


def _in_time(within: Within) -> ColumnElement[bool]:
    return and_(measures.c.created_at >= within.since, measures.c.created_at < within.until)


def _value(row: Row[Any]) -> InspectionRecord:
    return value_of(
        InspectionRecord, row, surfaces=_some, accounts=_some, threads=_some, measures=_some, state=InspectionState
    )


def _some(told: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if told is None else tuple(told)
