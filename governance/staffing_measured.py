"""What staffing is counted from: when cases came, by queue and hour, how long people took over them, and who is there.

What the house asks of itself is work like any other: second opinions, known answers, cases that one person left to the
next, what is looked at to learn from. Hours are those of the house's time zone; weekdays and weekends are told apart
where both have enough cases.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from governance.accounts import DECIDING
from records import flow, users
from records.flow import Arrival, Made, Scored
from records.house_queues import AS_USUAL, HouseQueues
from records.unit_of_work import Reading
from review.queue import LEASE
from review.skills import Skills, skills_of

HOURS = 24
WEEKDAY, WEEKEND = "weekday", "weekend"
SATURDAY = 5
WEEKENDS_SEEN = 3.9
"""Days of weekends from which they are told apart: two weekends, less what a look back cuts off."""

LEARNING = "learning"
"""What is asked for what it teaches, in whatever queue it waits."""

USUAL_HANDLING = 45.0
"""Seconds that are taken for granted where too few cases were decided to measure."""

ENOUGH = 30
"""Handling times from which a queue's own are used, and arrivals from which hours are told apart."""

SAMPLED = 5000
"""Decisions of which scores are looked at."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found: arrivals a day by queue and hour, seconds by queue, scores of decisions."""

    days: float
    by_hour: Mapping[str, Sequence[float]]
    seconds: Mapping[str, Sequence[float]]
    scored: Sequence[Scored]
    taken: float = USUAL_HANDLING
    """Seconds a case for want of measured ones."""
    queues: HouseQueues = AS_USUAL
    arrivals: Sequence[Arrival] = ()
    people: Sequence[Skills] = ()
    """Those who decide live cases."""
    parts: Mapping[str, Mapping[str, Sequence[float]]] = field(default_factory=dict)
    """`by_hour` of weekdays and of weekends; empty where they cannot be told apart."""
    spread: tuple[tuple[str, int], ...] = ()
    """Queues of which too few cases came to tell hours apart, with how many; they stand as if they came evenly."""


def measure(look: Reading, *, now: datetime, days: int, is_scored: bool = True) -> Measured:
    """Looks back over `days`, or since the first case where that is less; not at scores unless `is_scored`."""
    first = flow.first_case(look)
    since = max(now - timedelta(days=days), first or now)
    span = max((now - since).total_seconds() / 86_400, 1.0)
    zone = ZoneInfo(look.queues.zone)
    arrivals = [_here(arrival, zone) for arrival in flow.arrivals(look, since)]
    seconds: dict[str, list[float]] = defaultdict(list)
    for handling in flow.handlings(look, since, pause=LEASE):
        seconds[handling.queue].append(handling.seconds)
    parts = _parts(arrivals, since.astimezone(zone), now.astimezone(zone))
    people = [skills_of(user) for user in users.active(look, DECIDING) if not user.trainee]
    scored = list(flow.scored(look, since, limit=SAMPLED)) if is_scored else []
    return Measured(
        span,
        by_hour(arrivals, span),
        dict(seconds),
        scored,
        queues=look.queues,
        arrivals=arrivals,
        people=people,
        parts=parts,
        spread=_spread_evenly(arrivals, parts),
    )


def _here(arrival: Arrival, zone: ZoneInfo) -> Arrival:
    """By the house's clock. What is asked for what it teaches waits for weeks: no queue's promise is meant."""
    queue = LEARNING if arrival.made is Made.LEARNING else arrival.queue
    return replace(arrival, at=arrival.at.astimezone(zone), queue=queue)


def by_hour(arrivals: Iterable[Arrival], days: float) -> dict[str, list[float]]:
    """Cases a day by queue, in each hour."""
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for arrival in arrivals:
        counts[arrival.queue][arrival.at.hour] += 1
    return {queue: _spread(found, days) for queue, found in sorted(counts.items())}


def _parts(arrivals: Sequence[Arrival], since: datetime, now: datetime) -> dict[str, dict[str, list[float]]]:
    """Weekdays and weekends apart, where there were two of each weekend day and cases enough on both."""
    days = {WEEKDAY: 0.0, WEEKEND: 0.0}
    at = since
    while at < now:
        midnight = datetime.combine(at.date() + timedelta(days=1), time(), at.tzinfo)
        days[part_of(at)] += (min(midnight, now) - at).total_seconds() / 86_400
        at = midnight
    of = {part: [each for each in arrivals if part_of(each.at) == part] for part in days}
    if days[WEEKEND] < WEEKENDS_SEEN or min(map(len, of.values())) < ENOUGH:
        return {}
    return {part: by_hour(found, days[part]) for part, found in of.items()}


def _spread_evenly(arrivals: Sequence[Arrival], parts: Mapping[str, object]) -> tuple[tuple[str, int], ...]:
    """Where weekdays and weekends stand apart, by whichever of them has the fewest cases."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for each in arrivals:
        counts[each.queue][part_of(each.at) if parts else ""] += 1
    fewest = {queue: min(found.values()) for queue, found in counts.items()}
    return tuple((queue, count) for queue, count in sorted(fewest.items()) if count < ENOUGH)


def part_of(moment: datetime) -> str:
    """`WEEKDAY` or `WEEKEND`."""
    return WEEKEND if moment.weekday() >= SATURDAY else WEEKDAY


def assumed(*, a_day: float, handling: float, queue: str = "forum") -> Measured:
    """What is taken for granted where nothing was measured yet: as many cases in every hour, all alike."""
    return Measured(1.0, {queue: [a_day / HOURS] * HOURS}, {}, (), taken=handling, spread=((queue, 0),))


def _spread(found: Counter[int], span: float) -> list[float]:
    """Cases a day in each hour; a few cases say nothing of hours and are spread over the day."""
    if found.total() < ENOUGH:
        return [found.total() / span / HOURS] * HOURS
    return [found[hour] / span for hour in range(HOURS)]


def promise_of(queues: HouseQueues, queue: str) -> timedelta:
    """Within which time a case of the queue is begun."""
    return queues.promises.for_learning if queue == LEARNING else queues.promises.of(queue)
