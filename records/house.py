"""What a lead looks at: queues as they stand, who has what in hand, who decided what, where the machine was wrong."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, func, select

from moderation.decision import Outcome
from records import awaiting, second_looks
from records.given import Given, by_moderator
from records.places import IS_TRAFFIC
from records.tables import cases, decisions, verdicts
from records.unit_of_work import Reading
from records.values import CaseState, Purpose, VerdictKind
from records.waiting import DECIDES, UNDECIDED

_MOST = 5000

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QueueNow:
    """A queue: cases that wait, that are in hand, that are late by their promise; the oldest; the next promise.

    The oldest may wait behind a case of this queue, in another (`records/awaiting.py`).
    """

    queue: str
    waiting: int
    in_hand: int
    late: int
    oldest: datetime
    next_due: datetime


@dataclass(frozen=True, slots=True)
class Load:
    """A moderator: cases in hand, verdicts of the last 24 hours and of the whole span."""

    moderator: str
    in_hand: int
    day: Given
    whole: Given


@dataclass(frozen=True, slots=True)
class Day:
    """A day's decisions: all, those that people settled, those that wait for one."""

    start: datetime
    decisions: int
    by_people: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Judged:
    """Decisions on which people looked, by the label that brought them (None: none), and how many they overturned."""

    label: str | None
    judged: int
    overturned: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A case of the random slice that a person decided, with what the machine had said."""

    comment_id: str
    decision_id: str
    outcome: Outcome
    was_wrong: bool
    at: datetime
    """When the machine decided."""


def queues(look: Reading, *, now: datetime) -> list[QueueNow]:
    """By queue; known answers and what is asked for what it teaches wait for nobody."""
    held = and_(cases.c.state == CaseState.CLAIMED, cases.c.lease_expires_at > now)
    query = select(
        cases.c.queue,
        func.sum(case((held, 0), else_=1)).label("waiting"),
        func.sum(case((held, 1), else_=0)).label("in_hand"),
        func.sum(case((cases.c.due_at < now, 1), else_=0)).label("late"),
        func.min(cases.c.created_at).label("oldest"),
        func.min(cases.c.due_at).label("next_due"),
    ).where(cases.c.state.in_(UNDECIDED), DECIDES, cases.c.priority >= 0)
    rows = look.execute(query.group_by(cases.c.queue).order_by(cases.c.queue))
    behind = awaiting.longest(look, lambda row: row.queue if row.priority >= 0 else None)
    return [
        QueueNow(
            r.queue, int(r.waiting), int(r.in_hand), int(r.late),
            min(r.oldest, behind.get(r.queue, r.oldest)), r.next_due,
        )
        for r in rows
    ]  # fmt: skip


def queues_as_shown(look: Reading, *, now: datetime) -> list[QueueNow]:
    """The same with second looks, and known answers in hand, as what they seem to be to who decides."""
    found = {each.queue: each for each in queues(look, now=now)}
    for each in second_looks.waiting(look, known=True):
        if not each.is_promised:
            continue
        held, opened, due = each.is_held(now), each.seems_opened, each.seems_due
        before = found.get(each.queue, QueueNow(each.queue, 0, 0, 0, opened, due))
        found[each.queue] = QueueNow(
            each.queue, before.waiting + (not held), before.in_hand + held, before.late + (due < now),
            min(before.oldest, opened), min(before.next_due, due),
        )  # fmt: skip
    return [found[name] for name in sorted(found)]


def second_looks_now(look: Reading, *, now: datetime) -> QueueNow | None:
    """Second looks of every queue together, as they are; None where none waits."""
    every = second_looks.waiting(look)
    if not every:
        return None
    held = sum(each.is_held(now) for each in every)
    late = sum(each.due_at < now for each in every if each.is_promised)
    oldest, next_due = min(each.opened for each in every), min(each.due_at for each in every)
    return QueueNow("", len(every) - held, held, late, oldest, next_due)


def dues(look: Reading, *, now: datetime) -> dict[str, list[datetime]]:
    """By queue, the promises of what waits and is not late yet, the first to end first; at most `_MOST`."""
    query = select(cases.c.queue, cases.c.due_at).where(
        cases.c.state.in_(UNDECIDED), DECIDES, cases.c.priority >= 0, cases.c.due_at >= now
    )
    found: dict[str, list[datetime]] = {}
    for row in look.execute(query.order_by(cases.c.due_at).limit(_MOST)):
        found.setdefault(row.queue, []).append(row.due_at)
    return found


def loads(look: Reading, *, now: datetime, since: datetime) -> list[Load]:
    """Everybody who gave a verdict since then, or has a case in hand; a lesson is neither."""
    held = and_(cases.c.state == CaseState.CLAIMED, cases.c.lease_expires_at > now, cases.c.purpose != Purpose.LESSON)
    in_hand = {
        row.lease_owner: row.number
        for row in look.execute(
            select(cases.c.lease_owner, func.count().label("number")).where(held).group_by(cases.c.lease_owner)
        )
    }
    whole, day = (by_moderator(look, since=each) for each in (since, now - DAY))
    return [
        Load(who, in_hand.get(who, 0), day.get(who, Given()), whole.get(who, Given()))
        for who in sorted({*whole, *in_hand})
    ]


def days(look: Reading, *, until: datetime, count: int) -> list[Day]:
    """The last `count` days by UTC, today's (as far as it went) last."""
    today = until.replace(hour=0, minute=0, second=0, microsecond=0)
    return [_day(look, today - timedelta(days=back)) for back in reversed(range(count))]


def overturns(look: Reading, since: datetime) -> list[Judged]:
    """Of verdicts given since then that decided, the most judged first."""
    given = verdicts.c
    wrong = func.sum(case((given.overturned, 1), else_=0)).label("wrong")
    query = (
        select(cases.c.label, func.count().label("number"), wrong)
        .join(cases, cases.c.id == given.case_id)
        .join(decisions, decisions.c.id == given.decision_id)
        .where(
            given.created_at >= since, given.undone_at.is_(None), given.verdict != VerdictKind.UNSURE,
            given.purpose == Purpose.DECIDE, IS_TRAFFIC,
        )
        .group_by(cases.c.label)
        .order_by(func.count().desc())
    )  # fmt: skip
    return [Judged(row.label, row.number, int(row.wrong)) for row in look.execute(query)]


def drawn_at_random(look: Reading, since: datetime, *, why: str) -> list[Drawn]:
    """Cases opened for `why` about which a verdict was given since then that holds, the latest first."""
    given = verdicts.c
    query = (
        select(given.comment_id, given.decision_id, decisions.c.outcome, given.overturned, decisions.c.created_at)
        .select_from(
            verdicts.join(cases, cases.c.id == given.case_id).join(decisions, decisions.c.id == given.decision_id)
        )
        .where(
            given.created_at >= since, given.undone_at.is_(None), given.verdict != VerdictKind.UNSURE,
            given.purpose == Purpose.DECIDE, cases.c.why == why,
        )
        .order_by(given.created_at.desc())
        .limit(_MOST)
    )  # fmt: skip
    return [
        Drawn(row.comment_id, row.decision_id, Outcome(row.outcome), bool(row.overturned), row.created_at)
        for row in look.execute(query)
    ]


def decided_in(look: Reading, hours: Collection[datetime]) -> dict[datetime, int]:
    """How much was decided in the hour from each of these moments on."""
    counted = select(func.count()).select_from(decisions)
    return {
        hour: int(
            look.execute(
                counted.where(
                    decisions.c.created_at >= hour, decisions.c.created_at < hour + timedelta(hours=1), IS_TRAFFIC
                )
            ).scalar_one()
        )
        for hour in sorted(hours)
    }


def _day(look: Reading, start: datetime) -> Day:
    settled = decisions.c.final_outcome.is_not(None)
    waits = and_(~settled, decisions.c.outcome == Outcome.REVIEW.value)
    query = select(
        func.count().label("number"),
        func.sum(case((settled, 1), else_=0)).label("people"),
        func.sum(case((waits, 1), else_=0)).label("waits"),
    ).where(decisions.c.created_at >= start, decisions.c.created_at < start + timedelta(days=1), IS_TRAFFIC)
    row = look.execute(query).one()
    return Day(start, row.number, int(row.people or 0), int(row.waits or 0))
