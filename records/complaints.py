"""Complaints as stored. What one sets off, and what answers it, is `governance/complaints.py`'s business."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, exists, false, func, insert, or_, select, update

from moderation.errors import NotFoundError
from records.ids import new_id
from records.mapping import value_of
from records.public_values import ComplaintOutcome, ComplaintRecord, ComplaintState
from records.tables import cases, complaints, decisions, verdicts
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CaseState

_OLD_AT_ONCE = 1000
"""Rows that one unit forgets."""

_ACTED = and_(complaints.c.outcome == ComplaintOutcome.ACTED, complaints.c.reversed_at.is_(None))
_FOUNDED = or_(
    _ACTED,
    # It was right, as another person found once it was contested.
    and_(complaints.c.outcome == ComplaintOutcome.KEPT, complaints.c.reversed_at.is_not(None)),
)
_REPORTS = complaints.c.contests.is_(None)
_JUDGED = and_(
    _REPORTS,  # a contest tells nothing new of whoever reported: it turns what their report was judged to be
    or_(
        complaints.c.outcome == ComplaintOutcome.KEPT,
        # Whoever reports what is gone already tells nothing new.
        and_(complaints.c.outcome == ComplaintOutcome.ACTED, complaints.c.case_id.is_not(None)),
    ),
)
_CONTEST_JUDGED = and_(
    complaints.c.contests.is_not(None),
    complaints.c.outcome.in_((ComplaintOutcome.KEPT, ComplaintOutcome.ACTED)),
)


@dataclass(frozen=True, slots=True)
class NewComplaint:
    """What somebody reports, and the case it opened or joined (None: answered at once).

    `contests`: the complaint whose answer they contest; None: they report the comment.
    """

    comment_id: str
    decision_id: str
    revision: int
    author_index: str | None
    case_id: str | None
    kind: str
    note: str | None
    reporter_index: str | None
    source: str
    due_at: datetime
    contests: str | None = None
    flagger_id: str | None = None
    suspended_by: str | None = None


@dataclass(frozen=True, slots=True)
class Contested:
    """A contest that a person answered: whose verdict it was against, and whether another one took its place."""

    moderator: str
    is_overturned: bool


@dataclass(frozen=True, slots=True)
class Record:
    """How many reports of somebody a person judged, and how many of them were founded."""

    judged: int = 0
    founded: int = 0


def add(unit: Unit, new: NewComplaint, *, now: datetime) -> ComplaintRecord:
    """Writes it; it waits."""
    row = {
        **{name: getattr(new, name) for name in NewComplaint.__slots__},
        "id": new_id(),
        "state": ComplaintState.WAITING,
        "created_at": now,
    }
    return _value(unit.execute(insert(complaints).values(row).returning(complaints)).one())


def get(look: Reading, complaint_id: str) -> ComplaintRecord:
    """The complaint. Raises `NotFoundError`."""
    found = look.execute(select(complaints).where(complaints.c.id == complaint_id)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such complaint.")
    return _value(found)


def answer(
    unit: Unit, complaint_id: str, outcome: ComplaintOutcome, *, verdict_id: str | None, now: datetime
) -> ComplaintRecord | None:
    """Answers one that waits; None where it was answered meanwhile."""
    mine = and_(complaints.c.id == complaint_id, complaints.c.state == ComplaintState.WAITING)
    values = {"state": ComplaintState.ANSWERED, "outcome": outcome, "verdict_id": verdict_id, "answered_at": now}
    found = unit.execute(update(complaints).where(mine).values(values).returning(complaints)).one_or_none()
    return None if found is None else _value(found)


def reverse(unit: Unit, comment_id: str, *, now: datetime) -> list[ComplaintRecord]:
    """What had removed the comment is taken back: those whose reports it had followed."""
    return _reversed(unit, and_(complaints.c.comment_id == comment_id, _ACTED), now)


def reverse_kept(unit: Unit, contest: ComplaintRecord, *, now: datetime) -> list[ComplaintRecord]:
    """What had kept the comment is taken back: those who were told that this very text stays, whoever contested it."""
    told = complaints.c.outcome == ComplaintOutcome.KEPT, complaints.c.reversed_at.is_(None), _REPORTS
    same = complaints.c.comment_id == contest.comment_id, complaints.c.revision == contest.revision
    answered = complaints.c.id == contest.contests, complaints.c.reversed_at.is_(None)
    return _reversed(unit, or_(and_(*same, *told), and_(*answered)), now)


def hold_again(unit: Unit, comment_id: str) -> list[ComplaintRecord]:
    """What a contest had taken back holds again, since what it led to was taken back: those who were told so."""
    turned = complaints.c.reversed_at.is_not(None), complaints.c.outcome != ComplaintOutcome.ACTED
    mine = and_(complaints.c.comment_id == comment_id, *turned)
    found = unit.execute(update(complaints).where(mine).values(reversed_at=None).returning(complaints))
    return sorted(map(_value, found), key=lambda each: each.id)


def hold_acted(unit: Unit, comment_id: str) -> list[ComplaintRecord]:
    """What had restored the comment was itself taken back: reports that had removed it are answered as at first."""
    mine = and_(
        complaints.c.comment_id == comment_id,
        complaints.c.outcome == ComplaintOutcome.ACTED,
        complaints.c.reversed_at.is_not(None),
    )
    found = unit.execute(update(complaints).where(mine).values(reversed_at=None).returning(complaints))
    return sorted(map(_value, found), key=lambda each: each.id)


def reverse_kept_of(unit: Unit, comment_id: str, revision: int, *, now: datetime) -> list[ComplaintRecord]:
    """What had kept this very text is taken back, for all who were told so."""
    told = complaints.c.outcome == ComplaintOutcome.KEPT, complaints.c.reversed_at.is_(None)
    same = complaints.c.comment_id == comment_id, complaints.c.revision == revision
    return _reversed(unit, and_(*same, *told), now)


def wait_again(unit: Unit, verdict_id: str, case: CaseRecord) -> list[ComplaintRecord]:
    """Contests that this verdict answered wait for the one of another case, by its clock."""
    told = (ComplaintOutcome.KEPT, ComplaintOutcome.ACTED)
    mine = and_(
        complaints.c.verdict_id == verdict_id, complaints.c.contests.is_not(None), complaints.c.outcome.in_(told)
    )
    values = {"state": ComplaintState.WAITING, "outcome": None, "verdict_id": None, "answered_at": None}
    anew = values | {"case_id": case.id, "due_at": case.due_at, "reversed_at": None}
    found = unit.execute(update(complaints).where(mine).values(**anew).returning(complaints))
    return sorted(map(_value, found), key=lambda each: each.id)


def waiting_about(look: Reading, comment_ids: Sequence[str]) -> list[ComplaintRecord]:
    """Reports of these comments that wait for an answer, the first first; contests of answers are left out."""
    mine = (complaints.c.comment_id.in_(list(comment_ids)), complaints.c.state == ComplaintState.WAITING, _REPORTS)
    found = look.execute(select(complaints).where(*mine).order_by(complaints.c.id))
    return [_value(row) for row in found]


def contest_of(look: Reading, complaint_id: str) -> ComplaintRecord | None:
    """The one contest of a complaint's answer, if there was one."""
    found = look.execute(select(complaints).where(complaints.c.contests == complaint_id)).one_or_none()
    return None if found is None else _value(found)


def upheld(look: Reading, verdict_id: str) -> ComplaintRecord | None:
    """A contest of what this verdict had kept, which another person found to be right, if there was one."""
    before = complaints.alias("before")
    same = and_(before.c.id == complaints.c.contests, before.c.verdict_id == verdict_id)
    query = select(complaints).join(before, same).where(complaints.c.outcome == ComplaintOutcome.KEPT)
    found = look.execute(query.order_by(complaints.c.id).limit(1)).one_or_none()
    return None if found is None else _value(found)


def contested_since(look: Reading, moment: datetime) -> list[Contested]:
    """Every verdict that was contested and that another person answered since then, each once."""
    before = complaints.alias("before")
    told = (ComplaintOutcome.ACTED, ComplaintOutcome.KEPT)
    query = (
        select(verdicts.c.id, verdicts.c.moderator, complaints.c.case_id, complaints.c.outcome)
        .select_from(complaints)
        .join(before, before.c.id == complaints.c.contests)
        .join(verdicts, verdicts.c.id == before.c.verdict_id)
        .where(complaints.c.answered_at >= moment, complaints.c.outcome.in_(told), complaints.c.case_id.is_not(None))
        .distinct()
        .order_by(complaints.c.case_id, verdicts.c.id)
    )
    return [Contested(row.moderator, row.outcome == ComplaintOutcome.ACTED) for row in look.execute(query)]


def of_case(look: Reading, case_id: str) -> list[ComplaintRecord]:
    """All that people said in this case, oldest first."""
    return _listed(look, complaints.c.case_id == case_id)


def of_comment(look: Reading, comment_id: str) -> list[ComplaintRecord]:
    """All that people said of this comment, oldest first."""
    return _listed(look, complaints.c.comment_id == comment_id)


def is_reported(look: Reading, comment_id: str) -> bool:
    """Whether somebody reported the comment, answered or not."""
    return (
        look.execute(select(complaints.c.id).where(complaints.c.comment_id == comment_id).limit(1)).first() is not None
    )


def waits_in(look: Reading, case_id: str) -> bool:
    """Whether somebody waits for the answer of this case."""
    mine = and_(complaints.c.case_id == case_id, complaints.c.state == ComplaintState.WAITING)
    return look.execute(select(complaints.c.id).where(mine).limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class Open:
    """Complaints of one kind that wait, how many of them late, and the next promise that is not broken yet."""

    kind: str
    count: int
    late: int
    next_due: datetime | None


def waiting_by_kind(look: Reading, *, now: datetime) -> list[Open]:
    """What readers wait for, by kind; contests wait with the appeals, by their clock."""
    query = select(
        complaints.c.kind,
        func.count().label("number"),
        func.sum(case((complaints.c.due_at < now, 1), else_=0)).label("late"),
        func.min(case((complaints.c.due_at >= now, complaints.c.due_at))).label("next_due"),
    ).where(complaints.c.state == ComplaintState.WAITING, _REPORTS)
    found = look.execute(query.group_by(complaints.c.kind).order_by(complaints.c.kind))
    return [Open(row.kind, row.number, int(row.late), row.next_due) for row in found]


def waiting_of_flaggers(look: Reading, *, now: datetime) -> Open:
    """What trusted flaggers wait for."""
    late = func.sum(case((complaints.c.due_at < now, 1), else_=0))
    next_due = func.min(case((complaints.c.due_at >= now, complaints.c.due_at)))
    query = select(func.count().label("number"), late.label("late"), next_due.label("next_due"))
    mine = and_(complaints.c.state == ComplaintState.WAITING, _REPORTS, complaints.c.flagger_id.is_not(None))
    row = look.execute(query.select_from(complaints).where(mine)).one()
    return Open("flagger", int(row.number), int(row.late or 0), row.next_due)


def answered_alike(
    look: Reading, comment_id: str, *, kind: str, revision: int, since: datetime
) -> ComplaintRecord | None:
    """The newest report of this kind about this very text that a person found unfounded since then."""
    same = and_(
        complaints.c.comment_id == comment_id,
        complaints.c.kind == kind,
        complaints.c.revision == revision,
        complaints.c.outcome == ComplaintOutcome.KEPT,
        complaints.c.answered_at >= since,
    )
    found = look.execute(select(complaints).where(same).order_by(complaints.c.id.desc()).limit(1)).one_or_none()
    return None if found is None else _value(found)


def to_settle(look: Reading, *, before: datetime, limit: int) -> list[str]:
    """Ids of cases that were decided before then, and for whose answer somebody waits; by comment."""
    waits = exists().where(complaints.c.case_id == cases.c.id, complaints.c.state == ComplaintState.WAITING)
    query = select(cases.c.id).where(cases.c.state == CaseState.CLOSED, cases.c.closed_at <= before, waits)
    return list(look.execute(query.order_by(cases.c.comment_id, cases.c.id).limit(limit)).scalars())


def record_of(look: Reading, reporter: Collection[str], *, since: datetime) -> Record:
    """What became of the reports of somebody (their hashes under every key), answered since then."""
    return _record(look, complaints.c.reporter_index.in_(reporter), since)


def record_of_all(look: Reading, *, since: datetime) -> Record:
    """What became of everybody's reports, answered since then."""
    return _record(look, None, since)


def records_of(look: Reading, reporters: Collection[str], *, since: datetime) -> dict[str, Record]:
    """The same for several, by the hash that their reports have; whoever has none is not in it."""
    founded = func.count().filter(_FOUNDED).label("founded")
    query = select(complaints.c.reporter_index, func.count().label("judged"), founded)
    query = query.where(complaints.c.reporter_index.in_(reporters), complaints.c.answered_at >= since, _JUDGED)
    rows = look.execute(query.group_by(complaints.c.reporter_index))
    return {row.reporter_index: Record(int(row.judged), int(row.founded)) for row in rows}


def newest_of(look: Reading, reporter: str) -> str | None:
    """The id of the newest report of somebody, by the hash that it has."""
    mine = select(complaints.c.id).where(complaints.c.reporter_index == reporter)
    return look.execute(mine.order_by(complaints.c.id.desc()).limit(1)).scalar_one_or_none()


def source_of(look: Reading, reporter: str) -> str:
    """What a reporter's hash is of, as their newest report says."""
    mine = select(complaints.c.source).where(complaints.c.reporter_index == reporter)
    return str(look.execute(mine.order_by(complaints.c.id.desc()).limit(1)).scalar_one())


def unfounded_since(look: Reading, reporter: Collection[str], moment: datetime) -> int:
    """How many reports that somebody made since then were answered, and found to be without ground."""
    mine = and_(complaints.c.reporter_index.in_(reporter), complaints.c.created_at >= moment, _JUDGED, ~_FOUNDED)
    return int(look.execute(select(func.count()).select_from(complaints).where(mine)).scalar_one())


def records_under(
    look: Reading, policies: Collection[str], *, since: datetime, contests: bool = False
) -> dict[str, Record]:
    """What became of reports, or contests, of those who are known by name, about what these policies decided.

    By the hash that they have; of addresses nobody knows how many people stand behind one.
    """
    judged = _CONTEST_JUDGED if contests else _JUDGED
    founded = func.count().filter(_ACTED if contests else _FOUNDED).label("founded")
    under = or_(false(), *(decisions.c.policy.startswith(f"{name}@", autoescape=True) for name in policies))
    joined = complaints.join(decisions, decisions.c.id == complaints.c.decision_id)
    query = (
        select(complaints.c.reporter_index, complaints.c.source, func.count().label("judged"), founded)
        .select_from(joined)
        .where(complaints.c.answered_at >= since, judged, complaints.c.source != "address", under)
        .where(complaints.c.reporter_index.is_not(None))
        .group_by(complaints.c.reporter_index, complaints.c.source)
    )
    return {row.reporter_index: Record(int(row.judged), int(row.founded)) for row in look.execute(query)}


def records_of_flaggers(look: Reading, flagger_ids: Collection[str], *, since: datetime) -> dict[str, Record]:
    """What became of trusted flaggers' notices, by the id of the mark."""
    founded = func.count().filter(_FOUNDED).label("founded")
    query = select(complaints.c.flagger_id, func.count().label("judged"), founded)
    query = query.where(complaints.c.flagger_id.in_(flagger_ids), complaints.c.answered_at >= since, _JUDGED)
    rows = look.execute(query.group_by(complaints.c.flagger_id))
    return {row.flagger_id: Record(int(row.judged), int(row.founded)) for row in rows}


def last_judged(look: Reading, which: ColumnElement[bool], *, since: datetime, limit: int) -> list[ComplaintRecord]:
    """The newest of these that were answered since then, found to have ground or not."""
    asked = or_(_JUDGED, _CONTEST_JUDGED)
    query = select(complaints).where(which, complaints.c.answered_at >= since, asked)
    return [_value(row) for row in look.execute(query.order_by(complaints.c.id.desc()).limit(limit))]


def by_reporter(reporter: str, *, contests: bool) -> ColumnElement[bool]:
    """Which reports, or contests, are of whoever has this hash."""
    kind = complaints.c.contests.is_not(None) if contests else _REPORTS
    return and_(complaints.c.reporter_index == reporter, kind)


def by_flagger(flagger_id: str) -> ColumnElement[bool]:
    """Which reports were notices under this mark."""
    return complaints.c.flagger_id == flagger_id


def reporters_in(look: Reading, case_id: str, *, limit: int) -> list[str]:
    """Who reported what is decided in this case, each once, the latest first."""
    last = func.max(complaints.c.id).label("last")
    mine = and_(complaints.c.case_id == case_id, complaints.c.reporter_index.is_not(None))
    query = select(complaints.c.reporter_index, last).where(mine).group_by(complaints.c.reporter_index)
    return [row.reporter_index for row in look.execute(query.order_by(last.desc()).limit(limit))]


def authors_reported(look: Reading, *, since: datetime, reports: int) -> list[str]:
    """Authors about whose comments there were so many reports since then."""
    mine = complaints.c.author_index.is_not(None), complaints.c.created_at >= since
    query = select(complaints.c.author_index).where(*mine).group_by(complaints.c.author_index)
    return list(look.execute(query.having(func.count() >= reports).order_by(complaints.c.author_index)).scalars())


def against(look: Reading, author_index: str, *, since: datetime) -> list[ComplaintRecord]:
    """Reports about one author's comments, oldest first."""
    return _listed(look, and_(complaints.c.author_index == author_index, complaints.c.created_at >= since))


def forget(unit: Unit, *, before: datetime) -> int:
    """Removes words and hashes of people from reports answered before then; how many."""
    held = or_(*(complaints.c[name].is_not(None) for name in _OF_PEOPLE))
    old = select(complaints.c.id).where(complaints.c.answered_at < before, held).limit(_OLD_AT_ONCE)
    gone = update(complaints).where(complaints.c.id.in_(old)).values(dict.fromkeys(_OF_PEOPLE))
    return unit.execute(gone).rowcount


_OF_PEOPLE = ("note", "reporter_index", "author_index")


def _reversed(unit: Unit, which: ColumnElement[bool], now: datetime) -> list[ComplaintRecord]:
    mine = and_(complaints.c.state == ComplaintState.ANSWERED, which)
    found = unit.execute(update(complaints).where(mine).values(reversed_at=now).returning(complaints))
    return sorted(map(_value, found), key=lambda each: each.id)


def _record(look: Reading, mine: ColumnElement[bool] | None, since: datetime) -> Record:
    judged = and_(complaints.c.answered_at >= since, _JUDGED, *([] if mine is None else [mine]))
    founded = func.count().filter(_FOUNDED).label("founded")
    row = look.execute(select(func.count().label("judged"), founded).where(judged)).one()
    return Record(int(row.judged), int(row.founded))


def _listed(look: Reading, which: ColumnElement[bool]) -> list[ComplaintRecord]:
    rows: Sequence[Row[Any]] = look.execute(select(complaints).where(which).order_by(complaints.c.id)).all()
    return [_value(row) for row in rows]


def _value(row: Row[Any]) -> ComplaintRecord:
    return value_of(ComplaintRecord, row, state=ComplaintState, outcome=ComplaintOutcome)
