"""What flows through the queue: when cases come, how long people take, how the scores of decisions lie. Reads only.

A case comes from outside (a decision, a reader, an appeal), or the house makes the work itself: second opinions, known
answers, and whatever one person looked at and left to the next (unsure, escalated, handed over, passed over).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Subquery, Table, and_, case, func, literal, select, union_all

from moderation.decision import Decision, Outcome
from records import places
from records.case_words import Passed
from records.decisions import decision_record
from records.ids import first_id_of
from records.tables import case_words, cases, comments, decisions, ledger, skips, verdicts
from records.unit_of_work import Reading
from records.values import KNOWN_ANSWER, Purpose, VerdictKind
from records.waiting import CHOSEN, ESCALATED, SECOND_LOOK, UNKNOWN

MOST = 200_000
"""Rows that a look back takes, the latest."""

_WAITED_FOR = (cases.c.purpose == Purpose.DECIDE, cases.c.priority >= 0)
LOOKED_AT_BEFORE = timedelta(days=7)
"""So long before a span somebody may have had the first look of what is looked at again within it."""

TAKEN = ("case.claimed", "case.taken")
"""Entries that say that somebody has a case in hand from then on."""


class Made(StrEnum):
    """Why the house has work that nobody from outside brought."""

    OPINION = "opinion"
    KNOWN = "known"
    AGAIN = "again"
    """A case that somebody had in hand and did not decide: it takes a second person's time."""
    LEARNING = "learning"
    """Asked for what the answer teaches."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A case that takes somebody's time, with what decides which skills it asks for.

    `made` is why the house asks for it; None where it came from outside.
    """

    queue: str
    at: datetime
    lang: str = UNKNOWN
    label: str | None = None
    made: Made | None = None


@dataclass(frozen=True, slots=True)
class Handling:
    """How long a person had a case in hand, in seconds, and how long it had waited; `decided`: a verdict ended it."""

    queue: str
    moderator: str
    seconds: float
    waited: float
    at: datetime
    decided: bool


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
    """What came since then and takes somebody's time, once for each time that somebody takes it in hand.

    Lessons are left out: those who learn are not counted among the people either. A second look's id tells the moment
    of the first one's, so that ids are read from `LOOKED_AT_BEFORE` earlier on.
    """
    from_id = first_id_of(since - LOOKED_AT_BEFORE)
    came = (cases.c.id >= from_id, cases.c.created_at >= since, cases.c.purpose.not_in(KNOWN_ANSWER))
    # Where it came in: escalated and unclear cases are in another queue by now, which their second handling is of.
    passed_on = cases.c.queue.in_((ESCALATED, SECOND_LOOK))
    queue = case((passed_on, places.SURFACE), else_=cases.c.queue).label("queue")
    query = (
        select(queue, cases.c.created_at, cases.c.lang, cases.c.label, cases.c.purpose, cases.c.priority)
        .join(comments, comments.c.id == cases.c.comment_id)
        .join(decisions, decisions.c.id == cases.c.decision_id)
        .where(*came)
        .order_by(cases.c.id.desc())
        .limit(MOST)
    )
    rows = look.execute(query)
    found = [Arrival(row.queue, row.created_at, row.lang, row.label, _made(row)) for row in rows]
    return found + _handled_again(look, since) + _known(look, since)


def _made(row: Row[Any]) -> Made | None:
    if row.purpose == Purpose.OPINION:
        return Made.OPINION
    return Made.LEARNING if row.priority < 0 else None


def _handled_again(look: Reading, since: datetime) -> list[Arrival]:
    """Each time that somebody let a case go undecided."""
    ends = _ends((_unsure(since), _passed_on(since), _skipped(since)))
    query = select(cases.c.queue, ends.c.at, cases.c.lang, cases.c.label).join(cases, cases.c.id == ends.c.case_id)
    rows = look.execute(query.where(cases.c.purpose.not_in(KNOWN_ANSWER)).order_by(ends.c.at.desc()).limit(MOST))
    return [Arrival(row.queue, row.at, row.lang, row.label, Made.AGAIN) for row in rows]


def _known(look: Reading, since: datetime) -> list[Arrival]:
    """Known answers come unasked, when somebody takes the next case: counted when they were answered."""
    given = (verdicts.c.purpose == Purpose.GOLD, verdicts.c.created_at >= since, verdicts.c.undone_at.is_(None))
    query = select(cases.c.queue, verdicts.c.created_at, cases.c.lang, cases.c.label)
    query = query.join(verdicts, verdicts.c.case_id == cases.c.id).where(*given).limit(MOST)
    return [Arrival(r.queue, r.created_at, r.lang, r.label, Made.KNOWN) for r in look.execute(query)]


def came_between(look: Reading, start: datetime, end: datetime) -> dict[str, int]:
    """How many such cases were opened in a span, by queue; found by their ids, which tell the moment."""
    within = (cases.c.id >= first_id_of(start), cases.c.id < first_id_of(end))
    query = select(cases.c.queue, func.count().label("number")).where(*within, *_WAITED_FOR).group_by(cases.c.queue)
    return {row.queue: row.number for row in look.execute(query)}


READ = timedelta(seconds=1)


def handlings(
    look: Reading, since: datetime, *, pause: timedelta, by: Sequence[str] | None = None
) -> list[Handling]:  # fmt: skip
    """How long each case was in somebody's hands: until a verdict, a doubt, or until it was passed on or over.

    `by`: those of one person, under every name that records have for them.

    From when the case was taken, or from when the same person let the last one go where that was later (the next case
    is taken ahead). What took longer than `pause` was interrupted and is left out; so is what took less than a second,
    which nobody reads in: a program's verdict, or one of many given at once.
    """
    ends = _ends((_decided(since), _unsure(since), _passed_on(since), _skipped(since)))
    taken = (
        select(func.max(ledger.c.created_at))
        .where(ledger.c.subject_id == ends.c.case_id, ledger.c.kind.in_(TAKEN), ledger.c.created_at <= ends.c.at)
        .scalar_subquery()
    )
    query = (
        select(ends, cases.c.queue, cases.c.created_at.label("opened"), taken.label("taken"))
        .join(cases, cases.c.id == ends.c.case_id)
        .where(cases.c.purpose != Purpose.LESSON, *([] if by is None else [ends.c.moderator.in_(by)]))
        .order_by(ends.c.moderator, ends.c.at)
        .limit(MOST)
    )
    before: dict[str, datetime] = {}
    found = []
    for row in look.execute(query):
        began = max(filter(None, (row.taken, before.get(row.moderator))), default=None)
        before[row.moderator] = row.at
        if began is None:
            continue
        took = row.at - began
        if READ <= took <= pause:
            waited = max(0.0, (began - row.opened).total_seconds())
            found.append(
                Handling(row.queue, row.moderator, took.total_seconds(), waited, row.at, row.how == Ending.DECIDED)
            )
    return found


class Ending(StrEnum):
    """How somebody let a case go."""

    DECIDED = "decided"
    LEFT = "left"


def _ends(parts: Sequence[Select[Any]]) -> Subquery:
    """Who let which case go, when and how."""
    return union_all(*parts).subquery("ends")


def _end_of(table: Table, how: Ending, *which: ColumnElement[bool]) -> Select[Any]:
    told = (table.c.case_id, table.c.moderator, table.c.created_at.label("at"), literal(how.value).label("how"))
    return select(*told).where(*which)


def _decided(since: datetime) -> Select[Any]:
    stands = (verdicts.c.created_at >= since, verdicts.c.undone_at.is_(None), verdicts.c.verdict != VerdictKind.UNSURE)
    return _end_of(verdicts, Ending.DECIDED, *stands)


def _unsure(since: datetime) -> Select[Any]:
    doubted = (verdicts.c.created_at >= since, verdicts.c.undone_at.is_(None), verdicts.c.verdict == VerdictKind.UNSURE)
    return _end_of(verdicts, Ending.LEFT, *doubted)


def _passed_on(since: datetime) -> Select[Any]:
    """Escalated or handed over; what was passed over with a note stands among the skips."""
    kinds = (Passed.ESCALATED.value, Passed.HANDED_OVER.value)
    return _end_of(case_words, Ending.LEFT, case_words.c.created_at >= since, case_words.c.kind.in_(kinds))


def _skipped(since: datetime) -> Select[Any]:
    return _end_of(skips, Ending.LEFT, skips.c.created_at >= since, CHOSEN)


def scored(look: Reading, since: datetime, *, limit: int) -> Iterator[Scored]:
    """The latest whole decisions about what a platform sent."""
    whole = and_(decisions.c.created_at >= since, decisions.c.degraded.is_(False), places.IS_TRAFFIC)
    query = select(decisions).where(whole).order_by(decisions.c.created_at.desc()).limit(limit)
    for row in look.execute(query):
        record = decision_record(row)
        yield Scored(record.decision, record.final_outcome)
