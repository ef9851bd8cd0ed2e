"""What the pages count: cases that wait, verdicts that were given. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, case, func, select

from records import awaiting, second_looks
from records.places import IS_TRAFFIC
from records.tables import cases, decisions, verdicts
from records.unit_of_work import Reading
from records.values import KNOWN_ANSWER, CaseState, Purpose, VerdictKind, VerdictRecord
from records.verdicts import verdict_of
from records.waiting import DECIDES, RANDOM, UNDECIDED, is_stood_for


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many cases of one queue, suspected label, language and state wait, and since when.

    `oldest` is of those that a decision is promised for, as on the lead's page (`records/house.py`); None where all are
    asked for what their answer teaches.
    """

    queue: str
    label: str | None
    lang: str
    state: CaseState
    count: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Decided:
    """Verdicts that decided a case and stand, and how many of them overturned the machine."""

    count: int
    overturned: int


def waiting(look: Reading) -> list[Waiting]:
    """All undecided cases, by queue, label, language and state.

    Second looks, and known answers in hand, are counted as what they seem to be, or a case in hand that is not counted
    would tell what it is. What is drawn at random stands under no label.
    """
    label = case((cases.c.why == RANDOM, None), else_=cases.c.label).label("label")
    group = (cases.c.queue, label, cases.c.lang, cases.c.state)
    oldest = func.min(case((cases.c.priority >= 0, cases.c.created_at))).label("oldest")
    query = select(*group, func.count().label("number"), oldest).where(cases.c.state.in_(UNDECIDED), DECIDES)
    found = {
        (row.queue, row.label, row.lang, CaseState(row.state)): (int(row.number), row.oldest)
        for row in look.execute(query.group_by(*group))
    }
    for name, since in awaiting.longest(look, _place).items():
        if name in found:
            found[name] = (found[name][0], _earlier(found[name][1], since))
    for each in second_looks.waiting(look, known=True):
        name = (each.queue, each.label, each.lang, each.state)
        number, oldest_known = found.get(name, (0, None))
        found[name] = (number + 1, _earlier(oldest_known, each.seems_opened if each.is_promised else None))
    told = sorted(found.items(), key=lambda item: tuple(part or "" for part in item[0]))
    return [Waiting(*name, number, since) for name, (number, since) in told]


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((each for each in (one, other) if each is not None), default=None)


def _place(row: Row[Any]) -> tuple[str, str | None, str, CaseState]:
    return row.queue, None if row.why == RANDOM else row.label, row.lang, CaseState(row.state)


def behind_another(look: Reading) -> dict[str, int]:
    """How many of a queue's cases wait behind one that stands for them: of their campaign, account's day or thread."""
    query = select(cases.c.queue, func.count().label("number")).where(
        cases.c.state == CaseState.OPEN, cases.c.group_id.is_not(None), is_stood_for()
    )
    return {row.queue: row.number for row in look.execute(query.group_by(cases.c.queue))}


@dataclass(frozen=True, slots=True)
class Unskilled:
    """Cases of one queue that wait in one language about one label, since when, and how many are late."""

    queue: str
    lang: str
    label: str | None
    count: int
    oldest: datetime
    late: int = 0


def by_skill(look: Reading, *, now: datetime) -> list[Unskilled]:
    """What waits and nobody has, by what decides which skills it asks for."""
    group = (cases.c.queue, cases.c.lang, cases.c.label)
    query = select(
        *group,
        func.count().label("number"),
        func.min(cases.c.created_at).label("oldest"),
        func.sum(case((and_(cases.c.due_at < now, DECIDES, cases.c.priority >= 0), 1), else_=0)).label("late"),
    ).where(cases.c.state.in_((CaseState.OPEN, CaseState.ESCALATED)))
    found = look.execute(query.group_by(*group).order_by(*group))
    behind = awaiting.longest(look, lambda row: (row.queue, row.lang, row.label))
    return [
        Unskilled(
            row.queue, row.lang, row.label, row.number,
            min(row.oldest, behind.get((row.queue, row.lang, row.label), row.oldest)), int(row.late),
        )
        for row in found
    ]  # fmt: skip


def decided_since(look: Reading, moment: datetime, *, moderator: str | None = None) -> Decided:
    """Verdicts given since `moment` that stand; one moderator's alone where named. None on rows of a data set."""
    joined = verdicts.join(decisions, decisions.c.id == verdicts.c.decision_id)
    query = (
        select(verdicts.c.overturned, func.count().label("number"))
        .select_from(joined)
        .where(
            IS_TRAFFIC,
            verdicts.c.created_at >= moment,
            verdicts.c.undone_at.is_(None),
            verdicts.c.verdict != VerdictKind.UNSURE,
            verdicts.c.purpose == Purpose.DECIDE,
        )
    )
    if moderator is not None:
        query = query.where(verdicts.c.moderator == moderator)
    rows = look.execute(query.group_by(verdicts.c.overturned))
    found = {bool(row.overturned): row.number for row in rows}
    return Decided(sum(found.values()), found.get(True, 0))


def last_verdict_by(look: Reading, moderator: str) -> VerdictRecord | None:
    """The newest verdict of a moderator that was not taken back."""
    return next(iter(last_verdicts_by(look, moderator, count=1)), None)


def last_verdicts_by(look: Reading, moderator: str, *, count: int) -> list[VerdictRecord]:
    """The newest that were not taken back, the newest first."""
    query = select(verdicts).where(verdicts.c.moderator == moderator, verdicts.c.undone_at.is_(None))
    return [verdict_of(row) for row in look.execute(query.order_by(verdicts.c.id.desc()).limit(count))]


def verdicts_about(look: Reading, decision_id: str) -> list[VerdictRecord]:
    """All verdicts about a decision, undone ones too, oldest first; not answers to what was known."""
    about = (verdicts.c.decision_id == decision_id, verdicts.c.purpose.not_in(KNOWN_ANSWER))
    query = select(verdicts).where(*about).order_by(verdicts.c.id)
    return [verdict_of(row) for row in look.execute(query)]
