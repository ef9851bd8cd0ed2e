"""What flows through the queue: when cases come, how long people take, how the scores of decisions lie. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select

from moderation.decision import Decision, Outcome
from records.decisions import decision_record
from records.ids import first_id_of
from records.tables import cases, decisions, ledger, verdicts
from records.unit_of_work import Reading
from records.values import Purpose, VerdictKind
from records.waiting import UNKNOWN

MOST = 200_000
"""Rows that a look back takes, the latest."""

_WAITED_FOR = (cases.c.purpose == Purpose.DECIDE, cases.c.priority >= 0)
_TAKEN = ("case.claimed", "case.taken")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A case that somebody waits for, with what decides which skills it asks for."""

    queue: str
    at: datetime
    lang: str = UNKNOWN
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Handling:
    """How long a person took over a case, in seconds, and how long it had waited."""

    queue: str
    moderator: str
    seconds: float
    waited: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Scored:
    """A decision, and what a person made of it; None where nobody looked."""

    decision: Decision
    final: Outcome | None


def first_case(look: Reading) -> datetime | None:
    """When the first case was opened."""
    found: datetime | None = look.execute(select(func.min(cases.c.created_at))).scalar_one()
    return found


def arrivals(look: Reading, since: datetime) -> list[Arrival]:
    """Cases opened since then that a decision, a platform or a reader brought; not those asked for what they teach."""
    query = select(cases.c.queue, cases.c.created_at, cases.c.lang, cases.c.label).where(
        cases.c.id >= first_id_of(since), cases.c.created_at >= since, *_WAITED_FOR
    )
    rows = look.execute(query.order_by(cases.c.id.desc()).limit(MOST))
    return [Arrival(row.queue, row.created_at, row.lang, row.label) for row in rows]


def came_between(look: Reading, start: datetime, end: datetime) -> dict[str, int]:
    """How many such cases were opened in a span, by queue; found by their ids, which tell the moment."""
    within = (cases.c.id >= first_id_of(start), cases.c.id < first_id_of(end))
    query = select(cases.c.queue, func.count().label("number")).where(*within, *_WAITED_FOR).group_by(cases.c.queue)
    return {row.queue: row.number for row in look.execute(query)}


READ = timedelta(seconds=1)


def handlings(look: Reading, since: datetime, *, pause: timedelta) -> list[Handling]:
    """How long each verdict took.

    From when the case was taken, or from the same person's last verdict where that was later (the next case is taken
    ahead). What took longer than `pause` was interrupted and is left out; so is what took less than a second, which
    nobody reads in: a program's verdict, or one of many given at once.
    """
    given = verdicts.c
    taken = (
        select(func.max(ledger.c.created_at))
        .where(ledger.c.subject_id == given.case_id, ledger.c.kind.in_(_TAKEN), ledger.c.created_at <= given.created_at)
        .scalar_subquery()
    )
    query = (
        select(
            given.moderator, given.created_at, cases.c.queue, cases.c.created_at.label("opened"), taken.label("taken")
        )
        .select_from(verdicts.join(cases, cases.c.id == given.case_id))
        .where(given.created_at >= since, given.undone_at.is_(None), given.verdict != VerdictKind.UNSURE)
        .order_by(given.moderator, given.created_at)
        .limit(MOST)
    )
    before: dict[str, datetime] = {}
    found = []
    for row in look.execute(query):
        began = max(filter(None, (row.taken, before.get(row.moderator))), default=None)
        before[row.moderator] = row.created_at
        if began is None:
            continue
        took = row.created_at - began
        if READ <= took <= pause:
            waited = max(0.0, (began - row.opened).total_seconds())
            found.append(Handling(row.queue, row.moderator, took.total_seconds(), waited, row.created_at))
    return found


def scored(look: Reading, since: datetime, *, limit: int) -> Iterator[Scored]:
    """The latest whole decisions."""
    whole = and_(decisions.c.created_at >= since, decisions.c.degraded.is_(False))
    query = select(decisions).where(whole).order_by(decisions.c.created_at.desc()).limit(limit)
    for row in look.execute(query):
        record = decision_record(row)
        yield Scored(record.decision, record.final_outcome)
