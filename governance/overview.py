"""The house at a glance, for whoever leads it: what waits and what will, who carries it, where the machine was wrong.

The forecast of a queue is plain: what waits, plus the cases that came in the next hour of the day on the days before,
less what people decided within the last hour, shared out by what waits. A promise breaks when people at that rate have
not come to a case by then: to one that waits, in the order in which promises end, or to one that comes while more come
than are decided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from moderation.decision import Outcome
from moderation.rules.backtest import Share, wilson
from records import flow, house
from records.house import Day, Drawn, Judged, Load, QueueNow
from records.overview import decided_since
from records.unit_of_work import Reading
from review.chosen import Why

HOUR = timedelta(hours=1)
LOOKS_BACK = 14
"""Days from which the forecast takes its hour."""

AHEAD = timedelta(days=1)
"""How far the forecast of broken promises looks."""

SHOWN_WRONG = 10


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A queue with its promise in seconds, and how many cases it will hold in an hour.

    `breaks_at` is when its next promise breaks at the rate of the last hour; None where none does within a day.
    """

    now: QueueNow
    promise: float
    coming: float
    in_an_hour: float
    breaks_at: datetime | None = None

    @property
    def within(self) -> timedelta:
        """The promise as a length of time."""
        return timedelta(seconds=self.promise)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share of all comments from some that were drawn with unlike chances: `hits` of `rows` were so.

    As many are drawn in a quiet hour as in a busy one, so that each stands for as many as its hour had for each drawn.
    The interval is Wilson's over as many rows as the weighted ones are worth (Kish 1965: at most as many as there are).
    """

    hits: int
    rows: int
    share: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class RandomSlice:
    """Comments drawn at random that people judged: how often the machine was wrong, and the latest where it was."""

    wrong: Estimate
    wrong_blocks: Estimate
    missed_harm: Estimate
    latest: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class Live:
    """The queues, and how many cases people decided within the last hour.

    `second` are second looks of every queue, which look like its cases to whoever has one in hand.
    """

    queues: tuple[QueueLine, ...]
    decided_last_hour: int
    second: QueueNow | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """The page."""

    live: Live
    loads: tuple[Load, ...]
    days: tuple[Day, ...]
    overturns: tuple[tuple[Judged, Share], ...]
    slice: RandomSlice


def overview(look: Reading, *, now: datetime, days: int) -> Overview:
    """Everything, over so many days."""
    since = now - timedelta(days=days)
    return Overview(
        live=live(look, now=now),
        loads=tuple(house.loads(look, now=now, since=since)),
        days=tuple(house.days(look, until=now, count=days)),
        overturns=tuple((each, Share(each.overturned, each.judged)) for each in house.overturns(look, since)),
        slice=random_slice(look, since),
    )


def live(look: Reading, *, now: datetime) -> Live:
    """What changes by the minute, asked for alone."""
    decided = decided_since(look, now - HOUR).count
    queues = house.queues(look, now=now)
    coming = _coming(look, now)
    whole = sum(each.waiting + each.in_hand for each in queues)
    promises, dues = look.queues.promises, house.dues(look, now=now)
    return Live(
        tuple(
            _line(each, promises.of(each.queue), coming.get(each.queue, 0.0), decided, whole, dues, now)
            for each in queues
        ),
        decided,
        house.second_looks_now(look, now=now),
    )


def breaks_at(
    dues: Sequence[datetime], *, here: int, coming: float, done: float, promise: timedelta, now: datetime
) -> datetime | None:
    """When the next promise breaks, within `AHEAD`. `coming` and `done` are cases an hour, `here` wait or are in hand.

    `dues` are the promises of what waits, the first to end first; what is late already is looked at before them.
    """
    late = max(0, here - len(dues))
    ends = [due for place, due in enumerate(dues, start=late + 1) if not done or now + HOUR * (place / done) > due][:1]
    # A case that comes in t hours finds here + (coming - done) * t before it, and takes that divided by `done`.
    hours = promise / HOUR
    room = done * hours - here
    if coming > 0 and not done:
        ends.append(now + HOUR / coming + promise)
    elif coming > done:
        ends.append(now + HOUR * max(0.0, room / (coming - done)) + promise)
    first = min(ends, default=None)
    return first if first is not None and first <= now + AHEAD else None


def _coming(look: Reading, now: datetime) -> dict[str, float]:
    """Cases by queue that came within this hour of the day, on average over the days before."""
    first = flow.first_case(look)
    days = min(LOOKS_BACK, (now - first).days) if first else 0
    counts: Counter[str] = Counter()
    for back in range(1, days + 1):
        start = now - timedelta(days=back)
        counts.update(flow.came_between(look, start, start + HOUR))
    return {queue: number / days for queue, number in counts.items()}


def _line(
    queue: QueueNow,
    promise: timedelta,
    coming: float,
    decided: int,
    whole: int,
    dues: Mapping[str, Sequence[datetime]],
    now: datetime,
) -> QueueLine:
    here = queue.waiting + queue.in_hand
    done = decided * here / whole if whole else 0.0
    breaks = breaks_at(dues.get(queue.queue, ()), here=here, coming=coming, done=done, promise=promise, now=now)
    return QueueLine(queue, promise.total_seconds(), coming, max(0.0, here + coming - done), breaks)


def random_slice(look: Reading, since: datetime) -> RandomSlice:
    """What the machine got wrong since then, by what was drawn whatever it thought."""
    drawn = house.drawn_at_random(look, since, why=Why.RANDOM)
    judged = Counter(_hour(each.at) for each in drawn)
    decided = house.decided_in(look, judged.keys())
    stands_for = {hour: max(1.0, decided[hour] / count) for hour, count in judged.items()}
    told = [(each, stands_for[_hour(each.at)]) for each in drawn]
    return RandomSlice(
        _wrong(told),
        _wrong([one for one in told if one[0].outcome is Outcome.BLOCK]),
        _wrong([one for one in told if one[0].outcome is Outcome.PASS]),
        tuple(each for each in drawn if each.was_wrong)[:SHOWN_WRONG],
    )


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _wrong(drawn: Sequence[tuple[Drawn, float]]) -> Estimate:
    hits, whole = sum(each.was_wrong for each, _ in drawn), sum(weight for _, weight in drawn)
    if not drawn:
        return Estimate(0, 0, None, None)
    share = sum(weight for each, weight in drawn if each.was_wrong) / whole
    worth = whole**2 / sum(weight**2 for _, weight in drawn)
    return Estimate(hits, len(drawn), share, wilson(share * worth, worth))
