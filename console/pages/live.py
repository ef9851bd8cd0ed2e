"""The state of moderation as it is now, by surface and minute: what waits, who is at work, which emergencies run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response

from console import spreadsheets
from console.charts import Columns, columns
from console.crew_view import at_work
from console.pages.rules import code_titles, titles
from console.permissions import Action
from console.rendering import render
from console.visit import Visit
from records import emergencies, live, presence, users
from records.live import Minute, Named, Waits

MINUTES = 30
MOST_LABELS = 5
"""Of a surface, as they are shown; the file has all."""

MINUTES_HEAD = (
    "surface", "minute", "passed", "held", "refused", "top_label", "top_label_count", "median_ms", "percentile_95_ms",
    "slowest_ms", "degraded", "degraded_share",
)  # fmt: skip
LABELS_HEAD = ("surface", "minute", "label", "held_or_refused")
WAITING_HEAD = ("surface", "waiting", "in_hand", "people", "oldest")


@dataclass(frozen=True, slots=True)
class MinuteView:
    """A minute, what was named most in it, and how long half of its answers took, and 95 of 100."""

    told: Minute
    top: Named | None
    median: float | None
    nearly_all: float | None

    @property
    def degraded_share(self) -> float:
        """Of its answers."""
        return self.told.degraded / self.told.whole if self.told.whole else 0.0


@dataclass(frozen=True, slots=True)
class SurfaceView:
    """One surface: its minutes, the newest first, what waits, its labels, and the charts of its answers and times."""

    name: str
    minutes: tuple[MinuteView, ...]
    waits: Waits | None
    labels: tuple[tuple[str, int], ...]
    chart: Columns
    times: Columns | None
    median: float | None
    nearly_all: float | None

    @property
    def whole(self) -> int:
        """Answers of all these minutes."""
        return sum(each.told.whole for each in self.minutes)

    @property
    def degraded(self) -> float:
        """The share of them for which a part did not answer."""
        return sum(each.told.degraded for each in self.minutes) / self.whole if self.whole else 0.0


def show(visit: Visit) -> Response:
    """GET /state."""
    return _page(visit, "live.html")


def show_live(visit: Visit) -> Response:
    """GET /state/live: the part that looks again by itself."""
    return _page(visit, "_live.html")


def download_minutes(visit: Visit) -> Response:
    """GET /state/minutes.csv."""
    rows = [
        (view.name, each.told.start.isoformat(), each.told.passed, each.told.review, each.told.blocked,
         each.top.code if each.top else "", each.top.count if each.top else 0, each.median, each.nearly_all,
         each.told.slowest, each.told.degraded, each.degraded_share)
        for view in _views(visit) for each in view.minutes
    ]  # fmt: skip
    return spreadsheets.answer("state-minutes", MINUTES_HEAD, rows)


def download_labels(visit: Visit) -> Response:
    """GET /state/labels.csv."""
    with visit.parts.database.reading() as look:
        found = live.named(look, since=_first(visit))
    rows = [(each.surface, each.start.isoformat(), each.code, each.count) for each in found]
    return spreadsheets.answer("state-labels", LABELS_HEAD, rows)


def download_waiting(visit: Visit) -> Response:
    """GET /state/waiting.csv."""
    with visit.parts.database.reading() as look:
        found = live.waits(look, now=visit.now)
    rows = [(name, each.count, each.in_hand, each.people, each.oldest.isoformat()) for name, each in found.items()]
    return spreadsheets.answer("state-waiting", WAITING_HEAD, rows)


def _page(visit: Visit, template: str) -> Response:
    with visit.parts.database.reading() as look:
        running = emergencies.running(look)
        there = at_work(look, visit.now)
        others = presence.present(look, now=visit.now) - {each.id for each in there}
        names = users.names_of(look, others) if visit.may(Action.SEE_MODERATORS) else {}
    who = sorted(each.name for each in there) if visit.may(Action.SEE_MODERATORS) else []
    return render(
        visit, template, views=_views(visit), running=running, titles=titles(visit), codes=code_titles(visit),
        span=MINUTES, at_work=len(there), who=who, others=len(others), others_who=sorted(names.values()),
    )  # fmt: skip


def _first(visit: Visit) -> datetime:
    return visit.now.replace(second=0, microsecond=0) - timedelta(minutes=MINUTES - 1)


def _views(visit: Visit) -> list[SurfaceView]:
    first = _first(visit)
    with visit.parts.database.reading() as look:
        found, waiting = live.minutes(look, since=first), live.waits(look, now=visit.now)
        named = live.named(look, since=first)
    names = sorted({each.surface for each in found} | waiting.keys())
    return [
        _surface(
            visit, name, [one for one in found if one.surface == name], waiting.get(name),
            [one for one in named if one.surface == name],
        )
        for name in names
    ]  # fmt: skip


def _surface(
    visit: Visit, name: str, found: Sequence[Minute], waits: Waits | None, named: Sequence[Named]
) -> SurfaceView:
    top: dict[datetime, Named] = {}
    labels: Counter[str] = Counter()
    for each in named:
        top.setdefault(each.start, each)
        labels[each.code] += each.count
    views = tuple(
        MinuteView(each, top.get(each.start), live.within([each], 0.5), live.within([each], 0.95)) for each in found
    )
    return SurfaceView(
        name, views, waits, tuple(labels.most_common(MOST_LABELS)), _answers(visit, found),
        _times(visit, {each.told.start: each for each in views}), live.within(found, 0.5), live.within(found, 0.95),
    )  # fmt: skip


def _every_minute(visit: Visit) -> list[datetime]:
    """With those without an answer, so that a gap is seen."""
    return [_first(visit) + timedelta(minutes=number) for number in range(MINUTES)]


def _answers(visit: Visit, found: Sequence[Minute]) -> Columns:
    by = {each.start: each for each in found}
    told = [by.get(at, Minute("", at, 0, 0, 0, 0, 0.0)) for at in _every_minute(visit)]
    return columns(
        [f"{each.start:%H:%M}" for each in told],
        [float(each.review + each.blocked) for each in told],
        of=[float(each.whole) for each in told],
        inner=[float(each.blocked) for each in told],
        titles=[
            visit.words(
                "live.bar", minute=f"{each.start:%H:%M}", whole=each.whole, review=each.review, block=each.blocked
            )
            for each in told
        ],
    )


def _times(visit: Visit, by: Mapping[datetime, MinuteView]) -> Columns | None:
    """Of 95 of 100 answers as bars, of half of them as a line; None where nothing was answered."""
    if not by:
        return None
    told = [(at, by.get(at)) for at in _every_minute(visit)]
    return columns(
        [f"{at:%H:%M}" for at, _ in told],
        [(each and each.nearly_all) or 0.0 for _, each in told],
        line=[each.median if each else None for _, each in told],
        titles=[
            visit.words("live.time_bar", minute=f"{at:%H:%M}", median=f"{each.median or 0:.0f}",
                        nearly_all=f"{each.nearly_all or 0:.0f}") if each else f"{at:%H:%M}"
            for at, each in told
        ],
    )  # fmt: skip
