"""What waits: by queue and state, by suspected label, with a picture and its table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from starlette.responses import Response

from console.permissions import Action
from console.rendering import render
from console.visit import Visit
from records import complaints, house, overview
from records.overview import Decided, Waiting
from records.unit_of_work import Reading
from records.waiting import APPEALS, ESCALATED, UNDECIDED

DAY = timedelta(hours=24)

_LEFT, _RIGHT, _STEP, _WIDTH = 164, 40, 30, 448


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table; `counts` follow the states, `oldest` is how long the oldest waits.

    Of a queue, what it promises, how many are late, and in what time the next promise ends (None: none is left).
    """

    name: str
    counts: tuple[int, ...]
    total: int
    oldest: timedelta
    may_work: bool = False
    promise: timedelta | None = None
    late: int = 0
    due_in: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Promised:
    """What the public is promised: a kind of complaint, or appeals, and what waits of it."""

    title: str
    promise: timedelta
    waiting: int
    late: int
    due_in: timedelta | None


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
    public: tuple[Promised, ...] = ()


def show(visit: Visit) -> Response:
    """GET /queue."""
    with visit.parts.database.reading() as look:
        waiting = overview.waiting(look)
        decided = overview.decided_since(look, visit.now - DAY)
        view = view_queue(visit, waiting, decided)
        view = replace(view, queues=_with_promises(look, visit, view.queues), public=_public(look, visit))
    return render(visit, "queue.html", view=view)


def _with_promises(look: Reading, visit: Visit, lines: Iterable[Line]) -> tuple[Line, ...]:
    """What is asked for what it teaches alone is promised to nobody: its queue may have no clock running."""
    running = {each.queue: each for each in house.queues(look, now=visit.now)}
    out = []
    for line in lines:
        one, promise = running.get(line.name), look.queues.promises.of(line.name)
        out.append(
            replace(
                line, promise=promise, late=one.late if one else 0, due_in=_left(one.next_due if one else None, visit)
            )
        )
    return tuple(out)


def _public(look: Reading, visit: Visit) -> tuple[Promised, ...]:
    """Every kind of complaint, then appeals: each has its clock, whichever queue its case waits in."""
    rules, locale = visit.parts.complaints, visit.preferences.locale
    waits = {each.kind: each for each in complaints.waiting_by_kind(look, now=visit.now)}
    out = [
        Promised(
            getattr(kind.title, locale),
            rules.clocks[name],
            waits[name].count if name in waits else 0,
            waits[name].late if name in waits else 0,
            _left(waits[name].next_due if name in waits else None, visit),
        )
        for name, kind in rules.kinds.items()
    ]
    asked = next((each for each in house.queues(look, now=visit.now) if each.queue == APPEALS), None)
    number = asked.waiting + asked.in_hand if asked else 0
    due_in = _left(asked.next_due if asked else None, visit)
    title, promise = visit.words("queue.appeals"), timedelta(days=rules.appeals.days)
    return (*out, Promised(title, promise, number, asked.late if asked else 0, due_in))


def _left(moment: datetime | None, visit: Visit) -> timedelta | None:
    return None if moment is None or moment < visit.now else moment - visit.now


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
