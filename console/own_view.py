"""What a person's own page shows: their work, how it went, and nothing of anybody else's.

Nothing here tells which case was a second look or had a known answer. They are counted with all others, in the queue
that they seemed to be of, and what is measured by them is told up to the last midnight, so that no figure moves with
the answer that was just given.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from console.charts import Columns, columns
from console.hit_view import Row, rows_of
from console.marks import Piece, pieces
from console.visit import Visit
from moderation.rules.backtest import Share
from records import exposures, own_work, search
from records.known_as import known_as
from records.own_work import Given, Settled, Turned
from records.unit_of_work import Reading
from review import agreement, exposure, handling, lessons
from review.agreement import Person
from review.exposure import AWAY, Exposure
from review.handling import Took
from review.lessons import Progress
from review.verdicts import SETTLED_AFTER

WEEK = 7
MEASURED_DAYS = 30
MOST_SHOWN = 25


@dataclass(frozen=True, slots=True)
class Line:
    """A queue: verdicts of today and of the week, and the median time of the week's cases."""

    queue: str
    today: int
    week: int
    took: Took | None


@dataclass(frozen=True, slots=True)
class Breaks:
    """How many of today, how long the longest was, and for how long they have been at it without one."""

    count: int
    longest: timedelta
    worked: timedelta


@dataclass(frozen=True, slots=True)
class TurnedRow:
    """A verdict that did not hold, and the comment as lists show it."""

    turned: Turned
    row: Row


@dataclass(frozen=True, slots=True)
class SettledRow:
    """A disagreement that a third person settled, and the comment as lists show it."""

    settled: Settled
    row: Row
    reason: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Own:
    """The page. `progress` is of somebody in training, None of who is not."""

    lines: tuple[Line, ...]
    whole: Line
    days: tuple[tuple[str, int], ...]
    chart: Columns
    measured: Person
    until: datetime
    overturned: int
    shown: tuple[TurnedRow, ...]
    settled: tuple[SettledRow, ...]
    hour: Exposure
    day: Share
    breaks: Breaks
    progress: Progress | None

    @property
    def rows(self) -> tuple[Row, ...]:
        """The comments on the page of which it tells what was decided."""
        return (*(one.row for one in self.shown), *(one.row for one in self.settled))


def view_own(look: Reading, visit: Visit) -> Own:
    """Everything of the visitor."""
    me = known_as(look, visit.me.id)
    midnight = _midnight(visit.now, look.queues.zone)
    first = midnight - timedelta(days=WEEK - 1)
    given = own_work.given(look, me, since=first)
    lines, whole = _lines(look, me, given, midnight, first)
    days = _days(given, midnight)
    since = midnight - timedelta(days=MEASURED_DAYS)
    turned = own_work.turned(look, me, since=since, before=visit.now - SETTLED_AFTER)
    moments = exposures.decided_at(look, visit.me.id, since=midnight)
    return Own(
        lines=lines,
        whole=whole,
        days=days,
        chart=columns([name for name, _ in days], [float(count) for _, count in days]),
        measured=agreement.of_one(look, me, since=since, until=midnight),
        until=midnight,
        overturned=len(turned),
        shown=_shown(look, visit, turned),
        settled=_settled(look, visit, own_work.settled(look, me, since=since, before=visit.now - SETTLED_AFTER)),
        hour=exposure.of(look, visit.me.id, visit.parts.wellness, now=visit.now),
        day=_seen(look, me, visit.now),
        breaks=_breaks(moments, visit.now),
        progress=lessons.progress(look, visit.me.id) if visit.me.trainee else None,
    )


def _midnight(now: datetime, zone: str) -> datetime:
    """Since when it is today where the house is."""
    return now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def _lines(
    look: Reading, me: tuple[str, ...], given: list[Given], midnight: datetime, first: datetime
) -> tuple[tuple[Line, ...], Line]:
    week, today = Counter(one.queue for one in given), Counter(one.queue for one in given if one.at >= midnight)
    times = handling.of_one(look, me, since=first)
    lines = tuple(
        Line(queue, today[queue], count, handling.took(each for each in times if each.queue == queue))
        for queue, count in week.most_common()
    )
    return lines, Line("", today.total(), week.total(), handling.took(times))


def _days(given: list[Given], midnight: datetime) -> tuple[tuple[str, int], ...]:
    """The week's days, today first, by the house's clock: a narrow window shows the beginning of a chart."""
    zone = midnight.tzinfo
    counted = Counter(f"{one.at.astimezone(zone):%m-%d}" for one in given)
    names = [f"{midnight - timedelta(days=back):%m-%d}" for back in range(WEEK)]
    return tuple((name, counted[name]) for name in names)


def _shown(look: Reading, visit: Visit, turned: list[Turned]) -> tuple[TurnedRow, ...]:
    """Those that the visitor may be told of now: what they are asked about blind just now is not among them."""
    by_comment = {one.comment_id: one for one in reversed(turned)}
    rows = rows_of(look, visit, search.hits_of(look, [one.comment_id for one in by_comment.values()]))
    found = [TurnedRow(by_comment[row.hit.comment.id], row) for row in rows if not row.in_hand]
    return tuple(sorted(found, key=lambda one: one.turned.at, reverse=True)[:MOST_SHOWN])


def _settled(look: Reading, visit: Visit, found: list[Settled]) -> tuple[SettledRow, ...]:
    """The latest, but for what they are asked about blind just now."""
    by_comment = {one.comment_id: one for one in reversed(found[:MOST_SHOWN])}
    rows = rows_of(look, visit, search.hits_of(look, list(by_comment)))
    told = [(by_comment[row.hit.comment.id], row) for row in rows if not row.in_hand]
    told.sort(key=lambda one: one[0].at, reverse=True)
    return tuple(SettledRow(one, row, pieces(one.reason)) for one, row in told)


def _seen(look: Reading, me: tuple[str, ...], now: datetime) -> Share:
    """Texts of the last day, and how many of them were of the worst."""
    seen = exposure.of_all(look, since=now - timedelta(days=1))
    mine = [seen[name] for name in me if name in seen]
    return Share(sum(worst for _, worst in mine), sum(texts for texts, _ in mine))


def _breaks(moments: list[datetime], now: datetime) -> Breaks:
    gaps = [later - earlier for earlier, later in zip(moments, [*moments[1:], now], strict=False) if later > earlier]
    rests = [gap for gap in gaps if gap >= AWAY]
    worked = exposure.worked_for(moments, now) if moments else timedelta(0)
    return Breaks(len(rests), max(rests, default=timedelta(0)), worked)
