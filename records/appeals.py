"""Appeals as stored, and how often what they were made against was overturned. The rest: `governance/appeals.py`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, exists, false, func, insert, or_, select, update

from moderation.decision import Source
from moderation.errors import NotFoundError
from moderation.threads import MEASURED_AS
from records.complaints import Record
from records.ids import new_id
from records.mapping import value_of
from records.public_values import AppealOutcome, AppealRecord, AppealState
from records.tables import appeals, cases, comments, decisions, verdicts
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CaseState

_OLD_AT_ONCE = 1000
"""Rows that one unit forgets."""


@dataclass(frozen=True, slots=True)
class NewAppeal:
    """What is appealed (`subject_id`: the verdict, or the decision where the machine alone decided)."""

    subject_id: str
    comment_id: str
    decision_id: str
    verdict_id: str | None
    measure_id: str | None
    case_id: str
    note: str | None
    sender: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """An answered appeal with whom and what it was against.

    `model` is None where the model suspected nothing, `moderator` where the machine alone decided.
    """

    outcome: AppealOutcome
    rules: tuple[str, ...]
    model: str | None
    moderator: str | None


def records_under(look: Reading, policies: Collection[str], *, since: datetime) -> dict[str, Record]:
    """What became of appeals against what these policies decided, answered since then, by the author's hash."""
    right = func.count().filter(appeals.c.outcome == AppealOutcome.OVERTURNED).label("founded")
    under = or_(false(), *(decisions.c.policy.startswith(f"{name}@", autoescape=True) for name in policies))
    joined = appeals.join(decisions, decisions.c.id == appeals.c.decision_id).join(
        comments, comments.c.id == appeals.c.comment_id
    )
    told = (AppealOutcome.UPHELD, AppealOutcome.OVERTURNED)
    query = (
        select(comments.c.author_index, func.count().label("judged"), right)
        .select_from(joined)
        .where(appeals.c.answered_at >= since, appeals.c.outcome.in_(told), under)
        .where(comments.c.author_index.is_not(None))
        .group_by(comments.c.author_index)
    )
    return {row.author_index: Record(int(row.judged), int(row.founded)) for row in look.execute(query)}


def add(unit: Unit, new: NewAppeal, *, now: datetime) -> AppealRecord:
    """Writes it; it waits. The database refuses a second one about the same thing."""
    row = {
        **{name: getattr(new, name) for name in NewAppeal.__slots__},
        "id": new_id(),
        "state": AppealState.WAITING,
        "created_at": now,
    }
    return _value(unit.execute(insert(appeals).values(row).returning(appeals)).one())


def get(look: Reading, appeal_id: str) -> AppealRecord:
    """The appeal. Raises `NotFoundError`."""
    found = look.execute(select(appeals).where(appeals.c.id == appeal_id)).one_or_none()
    if found is None:
        raise NotFoundError("There is no such appeal.")
    return _value(found)


def of_subject(look: Reading, subject_id: str) -> AppealRecord | None:
    """The one appeal against a verdict or decision, if there was one."""
    found = look.execute(select(appeals).where(appeals.c.subject_id == subject_id)).one_or_none()
    return None if found is None else _value(found)


def of_case(look: Reading, case_id: str) -> list[AppealRecord]:
    """Those that are decided in this case, oldest first; mostly one."""
    query = select(appeals).where(appeals.c.case_id == case_id).order_by(appeals.c.id)
    return [_value(row) for row in look.execute(query)]


def answer(
    unit: Unit, appeal_id: str, outcome: AppealOutcome, *, answer_id: str | None, now: datetime
) -> AppealRecord | None:
    """Answers one that waits; None where it was answered meanwhile."""
    mine = and_(appeals.c.id == appeal_id, appeals.c.state == AppealState.WAITING)
    values = {"state": AppealState.ANSWERED, "outcome": outcome, "answer_id": answer_id, "answered_at": now}
    found = unit.execute(update(appeals).where(mine).values(values).returning(appeals)).one_or_none()
    return None if found is None else _value(found)


def wait_again(unit: Unit, answer_id: str, case: CaseRecord) -> list[AppealRecord]:
    """Those that this verdict answered wait for the one of another case, by its clock."""
    told = (AppealOutcome.UPHELD, AppealOutcome.OVERTURNED)
    mine = and_(appeals.c.answer_id == answer_id, appeals.c.outcome.in_(told))
    values = {"state": AppealState.WAITING, "outcome": None, "answer_id": None, "answered_at": None}
    anew = values | {"case_id": case.id, "due_at": case.due_at}
    found = unit.execute(update(appeals).where(mine).values(**anew).returning(appeals))
    return sorted(map(_value, found), key=lambda each: each.id)


def to_settle(look: Reading, *, before: datetime, limit: int) -> list[str]:
    """Ids of cases that were decided before then, and for whose answer an author waits; by comment."""
    waits = exists().where(appeals.c.case_id == cases.c.id, appeals.c.state == AppealState.WAITING)
    query = select(cases.c.id).where(cases.c.state == CaseState.CLOSED, cases.c.closed_at <= before, waits)
    return list(look.execute(query.order_by(cases.c.comment_id, cases.c.id).limit(limit)).scalars())


def judged_since(look: Reading, moment: datetime) -> Iterator[Judged]:
    """Every appeal that a person answered since then: upheld or overturned."""
    told = (AppealOutcome.UPHELD, AppealOutcome.OVERTURNED)
    query = (
        select(
            appeals.c.outcome, decisions.c.reasons, decisions.c.model, decisions.c.model_version, verdicts.c.moderator
        )
        .join(decisions, decisions.c.id == appeals.c.decision_id)
        .outerjoin(verdicts, verdicts.c.id == appeals.c.verdict_id)
        .where(appeals.c.answered_at >= moment, appeals.c.outcome.in_(told))
        .order_by(appeals.c.id)
    )
    for row in look.execute(query):
        rules = dict.fromkeys(reason["rule_id"] for reason in row.reasons if _is_rule(reason))
        by_model = any(reason["source"] == Source.MODEL for reason in row.reasons)
        model = f"{row.model}@{row.model_version}" if by_model else None
        yield Judged(AppealOutcome(row.outcome), tuple(rules), model, row.moderator)


def forget(unit: Unit, *, before: datetime) -> int:
    """Removes the words of appeals answered before then; how many."""
    old = select(appeals.c.id).where(appeals.c.answered_at < before, appeals.c.note.is_not(None))
    return unit.execute(update(appeals).where(appeals.c.id.in_(old.limit(_OLD_AT_ONCE))).values(note=None)).rowcount


def _is_rule(reason: Mapping[str, Any]) -> bool:
    """A rule, or an entry of a list; a measure on a thread is named in the same place and is neither."""
    return bool(reason["rule_id"]) and not reason["rule_id"].startswith(MEASURED_AS)


def _value(row: Row[Any]) -> AppealRecord:
    return value_of(AppealRecord, row, state=AppealState, outcome=AppealOutcome)
