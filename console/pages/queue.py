"""What waits: by queue and state, by suspected label, with a picture and its table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from console.permissions import Action
from console.rendering import render
from console.visit import Visit
from records import overview
from records.cases import ESCALATED, UNDECIDED
from records.overview import Decided, Waiting

DAY = timedelta(hours=24)

_LEFT, _RIGHT, _STEP, _WIDTH = 164, 40, 30, 448


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table; `counts` follow the states, `oldest` is how long the oldest waits."""

    name: str
    counts: tuple[int, ...]
    total: int
    oldest: timedelta
    may_work: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the chart, in the drawing's units."""

    name: str
    count: int
    y: int
    width: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Horizontal bars; their names end at `left`."""

    width: int
    height: int
    left: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class QueueView:
    """The page."""

    total: int
    oldest: timedelta | None
    decided: Decided
    states: tuple[str, ...]
    queues: tuple[Line, ...]
    labels: tuple[Line, ...]
    chart: Chart


def show(visit: Visit) -> Response:
    """GET /queue."""
    with visit.parts.database.reading() as look:
        waiting = overview.waiting(look)
        decided = overview.decided_since(look, visit.now - DAY)
    return render(visit, "queue.html", view=view_queue(visit, waiting, decided))


def view_queue(visit: Visit, waiting: list[Waiting], decided: Decided) -> QueueView:
    """The page's values."""
    titles = {label.name: getattr(label.title, visit.preferences.locale) for label in visit.parts.taxonomy.labels}

    def named(group: Waiting) -> str:
        return visit.words("queue.no_label") if group.label is None else titles.get(group.label, group.label)

    labels = sorted(_lines(visit, waiting, named), key=lambda line: -line.total)
    return QueueView(
        total=sum(group.count for group in waiting),
        oldest=max((visit.now - group.oldest for group in waiting), default=None),
        decided=decided,
        states=tuple(UNDECIDED),
        queues=tuple(_lines(visit, waiting, lambda group: group.queue)),
        labels=tuple(labels),
        chart=bars(labels),
    )


def bars(lines: Iterable[Line]) -> Chart:
    """A bar for each line, the longest as wide as there is room."""
    rows = list(lines)
    most = max((line.total for line in rows), default=1)
    room = _WIDTH - _LEFT - _RIGHT
    drawn = tuple(
        Bar(line.name, line.total, place * _STEP + 5, room * line.total / most) for place, line in enumerate(rows)
    )
    return Chart(_WIDTH, len(rows) * _STEP, _LEFT, drawn)


def _lines(visit: Visit, waiting: list[Waiting], name_of: Callable[[Waiting], str]) -> list[Line]:
    """Groups of one name as one line, in the order in which names first come."""
    groups: dict[str, list[Waiting]] = {}
    for group in waiting:
        groups.setdefault(name_of(group), []).append(group)
    return [_line(visit, name, group) for name, group in groups.items()]


def _line(visit: Visit, name: str, group: list[Waiting]) -> Line:
    counts = tuple(sum(item.count for item in group if item.state == state) for state in UNDECIDED)
    wanted = Action.DECIDE_ESCALATED if name == ESCALATED else Action.DECIDE
    return Line(name, counts, sum(counts), visit.now - min(item.oldest for item in group), visit.may(wanted))
