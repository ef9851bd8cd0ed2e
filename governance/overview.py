"""The house at a glance, for whoever leads it: what waits and what will, who carries it, where the machine was wrong.

The forecast of a queue is plain: what waits, plus the cases that came in the next hour of the day on the days before,
less what people decided within the last hour, shared out by what waits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from moderation.decision import Outcome
from moderation.rules.backtest import Share
from records import flow, house
from records.house import Day, Drawn, Judged, Load, QueueNow
from records.turns import promised
from records.unit_of_work import Reading
from review.chosen import Why

HOUR = timedelta(hours=1)
LOOKS_BACK = 14
"""Days from which the forecast takes its hour."""

SHOWN_WRONG = 10


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A queue with its promise in seconds, and how many cases it will hold in an hour."""

    now: QueueNow
    promise: float
    coming: float
    in_an_hour: float


@dataclass(frozen=True, slots=True)
class RandomSlice:
    """Comments drawn at random that people judged: how often the machine was wrong, and the latest where it was."""

    wrong: Share
    wrong_blocks: Share
    missed_harm: Share
    latest: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The page."""

    queues: tuple[QueueLine, ...]
    decided_last_hour: int
    loads: tuple[Load, ...]
    days: tuple[Day, ...]
    overturns: tuple[tuple[Judged, Share], ...]
    slice: RandomSlice


def overview(look: Reading, *, now: datetime, days: int) -> Overview:
    """Everything, over so many days."""
    since = now - timedelta(days=days)
    decided = house.decided_since(look, now - HOUR)
    return Overview(
        queues=tuple(_lines(look, house.queues(look, now=now), decided, now)),
        decided_last_hour=decided,
        loads=tuple(house.loads(look, now=now, since=since)),
        days=tuple(house.days(look, until=now, count=days)),
        overturns=tuple((each, Share(each.overturned, each.judged)) for each in house.overturns(look, since)),
        slice=_slice(house.drawn_at_random(look, since, why=Why.RANDOM)),
    )


def _lines(look: Reading, queues: Sequence[QueueNow], decided: int, now: datetime) -> list[QueueLine]:
    first = flow.first_case(look)
    span = min(float(LOOKS_BACK), (now - first).total_seconds() / 86_400) if first else 1.0
    hours = Counter(
        arrival.queue
        for arrival in flow.arrivals(look, now - timedelta(days=LOOKS_BACK))
        if _is_next_hour(arrival.at, now)
    )
    whole = sum(each.waiting + each.in_hand for each in queues)
    return [_line(each, hours[each.queue] / max(1.0, span), decided, whole) for each in queues]


def _is_next_hour(at: datetime, now: datetime) -> bool:
    """Whether it came on an earlier day within the hour of the day that begins now."""
    return now - at > HOUR and (at - now).total_seconds() % 86_400 < HOUR.total_seconds()


def _line(queue: QueueNow, coming: float, decided: int, whole: int) -> QueueLine:
    here = queue.waiting + queue.in_hand
    done = decided * here / whole if whole else 0.0
    return QueueLine(queue, promised(queue.queue, 0.0).total_seconds(), coming, max(0.0, here + coming - done))


def _slice(drawn: Sequence[Drawn]) -> RandomSlice:
    stopped = [each for each in drawn if each.outcome is Outcome.BLOCK]
    passed = [each for each in drawn if each.outcome is Outcome.PASS]
    return RandomSlice(
        _wrong(drawn), _wrong(stopped), _wrong(passed), tuple(each for each in drawn if each.was_wrong)[:SHOWN_WRONG]
    )


def _wrong(drawn: Sequence[Drawn]) -> Share:
    return Share(sum(each.was_wrong for each in drawn), len(drawn))
