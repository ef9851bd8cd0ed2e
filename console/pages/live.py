"""The state of moderation as it is now: by surface and minute, with what waits and which emergencies run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response

from console.charts import Columns, columns
from console.pages.rules import titles
from console.rendering import render
from console.visit import Visit
from records import emergencies, live
from records.live import Minute, Waits

MINUTES = 30


@dataclass(frozen=True, slots=True)
class SurfaceView:
    """One surface: its minutes, the newest first, what waits, and the chart of its answers."""

    name: str
    minutes: tuple[Minute, ...]
    waits: Waits | None
    chart: Columns

    @property
    def whole(self) -> int:
        """Answers of all these minutes."""
        return sum(each.whole for each in self.minutes)


def show(visit: Visit) -> Response:
    """GET /state."""
    return _page(visit, "live.html")


def show_live(visit: Visit) -> Response:
    """GET /state/live: the part that looks again by itself."""
    return _page(visit, "_live.html")


def _page(visit: Visit, template: str) -> Response:
    first = visit.now.replace(second=0, microsecond=0) - timedelta(minutes=MINUTES - 1)
    with visit.parts.database.reading() as look:
        found, waiting = live.minutes(look, since=first), live.waits(look)
        running = emergencies.running(look)
    names = sorted({each.surface for each in found} | waiting.keys())
    views = [
        _surface(visit, name, [one for one in found if one.surface == name], waiting.get(name), first)
        for name in names
    ]  # fmt: skip
    return render(visit, template, views=views, running=running, titles=titles(visit), span=MINUTES)


def _surface(
    visit: Visit, name: str, found: Sequence[Minute], waits: Waits | None, first: datetime
) -> SurfaceView:  # fmt: skip
    """With the minutes without an answer in between, so that a gap is seen."""
    by = {each.start: each for each in found}
    times = [first + timedelta(minutes=number) for number in range(MINUTES)]
    told = [by.get(at, Minute(name, at, 0, 0, 0, 0, 0.0)) for at in times]
    chart = columns(
        [f"{each.start:%H:%M}" for each in told],
        [float(each.review + each.blocked) for each in told],
        of=[float(each.whole) for each in told],
        titles=[
            visit.words(
                "live.bar", minute=f"{each.start:%H:%M}", whole=each.whole, review=each.review, block=each.blocked
            )
            for each in told
        ],
    )
    return SurfaceView(name, tuple(found), waits, chart)
