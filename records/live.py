"""The state of moderation by surface and minute. Reads only, by the index over the moments of decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Integer, cast, func, select

from moderation.decision import Outcome
from records import places
from records.tables import cases, comments, decisions
from records.unit_of_work import Reading
from records.values import KNOWN_ANSWER
from records.waiting import UNDECIDED

_FORM = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class Minute:
    """What was answered on one surface within one minute; `slowest` in milliseconds."""

    surface: str
    start: datetime
    passed: int
    review: int
    blocked: int
    degraded: int
    slowest: float

    @property
    def whole(self) -> int:
        """All answers."""
        return self.passed + self.review + self.blocked


@dataclass(frozen=True, slots=True)
class Waits:
    """Cases of a surface that wait for a person, and the moment of the oldest."""

    surface: str
    count: int
    oldest: datetime


def minutes(look: Reading, *, since: datetime) -> list[Minute]:
    """By surface, then the newest minute first; minutes without an answer are left out."""
    surface, minute = places.SURFACE.label("surface"), _minute(look).label("minute")
    number = {
        outcome: func.sum(cast(decisions.c.outcome == outcome.value, Integer)).label(outcome.value)
        for outcome in Outcome
    }
    query = (
        select(
            surface,
            minute,
            *number.values(),
            func.sum(cast(decisions.c.degraded, Integer)).label("degraded"),
            func.max(decisions.c.latency_ms).label("slowest"),
        )
        .select_from(decisions.join(comments))
        .where(decisions.c.created_at >= since, places.IS_TRAFFIC)
        .group_by(surface, minute)
        .order_by(surface, minute.desc())
    )
    return [
        Minute(
            row.surface,
            datetime.strptime(row.minute, _FORM).replace(tzinfo=UTC),
            row._mapping[Outcome.PASS.value],
            row._mapping[Outcome.REVIEW.value],
            row._mapping[Outcome.BLOCK.value],
            row.degraded,
            row.slowest,
        )
        for row in look.execute(query)
    ]


def waits(look: Reading) -> dict[str, Waits]:
    """By surface what waits for a person: where the comments stand now."""
    oldest = func.min(cases.c.created_at).label("oldest")
    query = select(comments.c.surface, func.count().label("number"), oldest).select_from(cases.join(comments))
    undecided = query.where(cases.c.state.in_(UNDECIDED), cases.c.purpose.not_in(KNOWN_ANSWER))
    found = look.execute(undecided.group_by(comments.c.surface))
    return {row.surface: Waits(row.surface, row.number, row.oldest) for row in found}


def _minute(look: Reading) -> ColumnElement[str]:
    """The minute of a decision by UTC, alike on both databases."""
    if look.dialect == "sqlite":
        return func.strftime(_FORM, decisions.c.created_at)
    return func.to_char(func.timezone("UTC", decisions.c.created_at), "YYYY-MM-DD HH24:MI")
