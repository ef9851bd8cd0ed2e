"""The state of moderation by surface and minute. Reads only, by the index over the moments of decisions.

The page that shows it looks again every ten seconds for everybody who has it open. So times are counted in steps by the
database and no answer is read by itself, but for the labels of the newest that were held or refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, cast, distinct, func, select

from moderation.decision import Outcome
from records import places
from records.tables import cases, comments, decisions
from records.unit_of_work import Reading
from records.values import KNOWN_ANSWER, CaseState
from records.waiting import UNDECIDED

_FORM = "%Y-%m-%d %H:%M"

STEPS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000, 5000)
"""Milliseconds in which times of answers are counted: a median of 15 was between 10 and 15."""

MOST_NAMED = 2_000
"""Answers that were held or refused whose labels are counted, the newest."""


@dataclass(frozen=True, slots=True)
class Minute:
    """What was answered on one surface within one minute; `slowest` in milliseconds.

    `steps` are the numbers of answers by the step of their time, which no more than so many milliseconds took; None is
    beyond the last.
    """

    surface: str
    start: datetime
    passed: int
    review: int
    blocked: int
    degraded: int
    slowest: float
    steps: Mapping[int | None, int] = field(default_factory=dict)

    @property
    def whole(self) -> int:
        """All answers."""
        return self.passed + self.review + self.blocked


@dataclass(frozen=True, slots=True)
class Waits:
    """Cases of a surface that wait for a person, and the moment of the oldest.

    `in_hand` of them somebody has, and `people` are how many have one.
    """

    surface: str
    count: int
    oldest: datetime
    in_hand: int = 0
    people: int = 0


@dataclass(frozen=True, slots=True)
class Named:
    """Why something was held or refused on a surface within a minute: a label, or another ground; and how often."""

    surface: str
    start: datetime
    code: str
    count: int


def within(minutes: Iterable[Minute], share: float) -> float | None:
    """No more than so many milliseconds took this share of the answers; None where there are none."""
    told = list(minutes)
    steps = sum((Counter(each.steps) for each in told), Counter())
    slowest, needed, sofar = max((each.slowest for each in told), default=0.0), share * steps.total(), 0
    for step in STEPS:
        sofar += steps[step]
        if steps and sofar >= needed:
            return min(float(step), slowest)
    return slowest if steps else None


def minutes(look: Reading, *, since: datetime) -> list[Minute]:
    """By surface, then the newest minute first; minutes without an answer are left out."""
    rows: dict[tuple[str, str], list[Any]] = {}
    for row in look.execute(_minutes_query(look, since)):
        rows.setdefault((row.surface, row.minute), []).append(row)
    told = [_told(surface, minute, steps) for (surface, minute), steps in rows.items()]
    return sorted(told, key=lambda each: (each.surface, -each.start.timestamp()))


def _minutes_query(look: Reading, since: datetime) -> Select[Any]:
    """What `minutes` asks: a row for each surface, minute and step."""
    surface, minute = places.SURFACE.label("surface"), _minute(look).label("minute")
    number = [func.sum(cast(decisions.c.outcome == outcome.value, Integer)).label(outcome.value) for outcome in Outcome]
    step = case(*((decisions.c.latency_ms <= each, each) for each in STEPS)).label("step")
    degraded, slowest = func.sum(cast(decisions.c.degraded, Integer)), func.max(decisions.c.latency_ms)
    columns = surface, minute, step, func.count().label("number"), *number
    query = select(*columns, degraded.label("degraded"), slowest.label("slowest"))
    query = query.select_from(decisions.join(comments)).where(decisions.c.created_at >= since, places.IS_TRAFFIC)
    return query.group_by(surface, minute, step)


def named(look: Reading, *, since: datetime) -> list[Named]:
    """Labels and grounds of the newest answers that were held or refused, the most frequent of a minute first."""
    found = Counter(
        (row.surface, row.minute, code)
        for row in look.execute(_named_query(look, since))
        for code in {each["code"] for each in row.reasons if each["outcome"] != Outcome.PASS.value}
    )
    return [
        Named(surface, _moment(minute), code, count)
        for (surface, minute, code), count in sorted(found.items(), key=lambda each: (-each[1], each[0]))
    ]


def _named_query(look: Reading, since: datetime) -> Select[Any]:
    """What `named` asks: reasons, the newest first."""
    columns = places.SURFACE.label("surface"), _minute(look).label("minute"), decisions.c.reasons
    acted = decisions.c.outcome != Outcome.PASS.value
    query = select(*columns).select_from(decisions.join(comments))
    query = query.where(decisions.c.created_at >= since, acted, places.IS_TRAFFIC)
    return query.order_by(decisions.c.created_at.desc()).limit(MOST_NAMED)


def waits(look: Reading, *, now: datetime) -> dict[str, Waits]:
    """By surface what waits for a person: where the comments stand now."""
    found = look.execute(_waits_query(now))
    return {row.surface: Waits(row.surface, row.number, row.oldest, int(row.in_hand or 0), row.people) for row in found}


def _waits_query(now: datetime) -> Select[Any]:
    """What `waits` asks."""
    held = and_(cases.c.state == CaseState.CLAIMED, cases.c.lease_expires_at > now)
    columns = (
        comments.c.surface, func.count().label("number"), func.min(cases.c.created_at).label("oldest"),
        func.sum(case((held, 1), else_=0)).label("in_hand"),
        func.count(distinct(case((held, cases.c.lease_owner)))).label("people"),
    )  # fmt: skip
    undecided = cases.c.state.in_(UNDECIDED), cases.c.purpose.not_in(KNOWN_ANSWER)
    return select(*columns).select_from(cases.join(comments)).where(*undecided).group_by(comments.c.surface)


def _told(surface: str, minute: str, rows: list[Any]) -> Minute:
    passed, review, blocked = (
        sum(row._mapping[outcome.value] for row in rows) for outcome in (Outcome.PASS, Outcome.REVIEW, Outcome.BLOCK)
    )
    return Minute(
        surface, _moment(minute), passed, review, blocked, sum(row.degraded for row in rows),
        max(row.slowest for row in rows), {row.step: row.number for row in rows},
    )  # fmt: skip


def _moment(minute: str) -> datetime:
    return datetime.strptime(minute, _FORM).replace(tzinfo=UTC)


def _minute(look: Reading) -> ColumnElement[str]:
    """The minute of a decision by UTC, alike on both databases."""
    if look.dialect == "sqlite":
        return func.strftime(_FORM, decisions.c.created_at)
    return func.to_char(func.timezone("UTC", decisions.c.created_at), "YYYY-MM-DD HH24:MI")
