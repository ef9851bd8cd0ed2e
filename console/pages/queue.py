"""What waits: by queue and state, by suspected label, by language; each can be worked by itself, and is a file too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from starlette.responses import Response

from console import spreadsheets
from console.permissions import Action
from console.rendering import render
from console.skill_words import skill_titles
from console.visit import Visit
from records import complaints, flaggers, house, overview
from records.house_queues import HouseQueues
from records.overview import Decided, Waiting
from records.unit_of_work import Reading
from records.waiting import APPEALS, ESCALATED, UNDECIDED
from review import skills

DAY = timedelta(hours=24)

_LEFT, _RIGHT, _STEP, _WIDTH = 164, 40, 30, 448


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table; `counts` follow the states, `oldest` is how long the oldest waits.

    `code` is what an address asks for to work these alone (None: it cannot).
    Of a queue, what it promises, how many are late, and in what time the next promise ends (None: none is left); how
    many wait `behind` a case that stands for them, and are decided with it.
    """

    name: str
    counts: tuple[int, ...]
    total: int
    oldest: timedelta | None
    may_work: bool = False
    promise: timedelta | None = None
    late: int = 0
    due_in: timedelta | None = None
    code: str | None = None
    behind: int = 0


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
    languages: tuple[Line, ...]
    chart: Chart
    skills: tuple[Line, ...] = ()
    """By special training that is asked for; a case may ask for several."""

    public: tuple[Promised, ...] = ()
    promised: int = 0
    """Cases that an answer is promised for; the others are asked for what their answer teaches."""


def show(visit: Visit) -> Response:
    """GET /queue."""
    return render(visit, "queue.html", view=_view(visit))


def download(visit: Visit) -> Response:
    """GET /queue/{table}.csv."""
    view, name = _view(visit), visit.path.rpartition("/")[2].removesuffix(".csv")
    if name == "public":
        rows = [
            (one.title, one.waiting, one.promise.total_seconds(), one.late, _seconds(one.due_in)) for one in view.public
        ]
        return spreadsheets.answer(name, ("kind", "waiting", "promise_seconds", "late", "next_due_seconds"), rows)
    if name == "queues":
        head = (
            "queue",
            *view.states,
            "total",
            "oldest_seconds",
            "promise_seconds",
            "late",
            "next_due_seconds",
            "behind_another",
        )
        told = [
            (one.name, *one.counts, one.total, _seconds(one.oldest), _seconds(one.promise), one.late,
             _seconds(one.due_in), one.behind)
            for one in view.queues
        ]  # fmt: skip
        return spreadsheets.answer(name, head, told)
    tables = {
        "labels": (view.labels, "label"),
        "languages": (view.languages, "language"),
        "skills": (view.skills, "training"),
    }
    lines, what = tables[name]
    rest = [(one.code or "", one.name, *one.counts, one.total, _seconds(one.oldest)) for one in lines]
    return spreadsheets.answer(name, (what, "title", *view.states, "total", "oldest_seconds"), rest)


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()


def _view(visit: Visit) -> QueueView:
    with visit.parts.database.reading() as look:
        waiting = overview.waiting(look)
        decided = overview.decided_since(look, visit.now - DAY)
        view = view_queue(visit, waiting, decided)
        promised = sum(each.waiting + each.in_hand for each in house.queues_as_shown(look, now=visit.now))
        queues, public = _with_promises(look, visit, view.queues), _public(look, visit)
        trained = tuple(_by_skill(visit, waiting, look.queues))
        oldest = max((line.oldest for line in queues if line.oldest is not None), default=None)
        return replace(view, queues=queues, public=public, promised=promised, skills=trained, oldest=oldest)


def _with_promises(look: Reading, visit: Visit, lines: Iterable[Line]) -> tuple[Line, ...]:
    """What is asked for what it teaches alone is promised to nobody: its queue may have no clock running.

    Second looks have the clock of what they look like, for leads and administrators too: they decide as others do, and
    a row whose clock leaves them out would say which cases they are.
    """
    running = {each.queue: each for each in house.queues_as_shown(look, now=visit.now)}
    behind = overview.behind_another(look)
    out = []
    for line in lines:
        one, promise = running.get(line.name), look.queues.promises.of(line.name)
        out.append(
            replace(
                line,
                promise=promise,
                oldest=visit.now - one.oldest if one else None,
                late=one.late if one else 0,
                due_in=_left(one.next_due if one else None, visit),
                behind=behind.get(line.name, 0),
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
    out += _flagged(look, visit)
    asked = next((each for each in house.queues_as_shown(look, now=visit.now) if each.queue == APPEALS), None)
    number = asked.waiting + asked.in_hand if asked else 0
    due_in = _left(asked.next_due if asked else None, visit)
    title, promise = visit.words("queue.appeals"), timedelta(days=rules.appeals.days)
    return (*out, Promised(title, promise, number, asked.late if asked else 0, due_in))


def _flagged(look: Reading, visit: Visit) -> list[Promised]:
    """Notices of trusted flaggers, once there is one who stands; the shortest promise of any policy."""
    promises = visit.parts.complaints.flaggers.under
    if not promises or not flaggers.standing(look, now=visit.now):
        return []
    told = complaints.waiting_of_flaggers(look, now=visit.now)
    promise = timedelta(hours=min(promises.values()))
    title = visit.words("queue.flaggers")
    return [Promised(title, promise, told.count, told.late, _left(told.next_due, visit))]


def _left(moment: datetime | None, visit: Visit) -> timedelta | None:
    return None if moment is None or moment < visit.now else moment - visit.now


def view_queue(visit: Visit, waiting: list[Waiting], decided: Decided) -> QueueView:
    """The page's values."""
    titles = {label.name: getattr(label.title, visit.preferences.locale) for label in visit.parts.taxonomy.labels}

    def named(group: Waiting) -> str:
        return visit.words("queue.no_label") if group.label is None else titles.get(group.label, group.label)

    labels = sorted(_lines(visit, waiting, lambda group: group.label, named), key=lambda line: -line.total)
    languages = _lines(visit, waiting, lambda group: group.lang, lambda group: group.lang)
    return QueueView(
        total=sum(group.count for group in waiting),
        oldest=_age(visit, waiting),
        decided=decided,
        states=tuple(UNDECIDED),
        queues=tuple(_lines(visit, waiting, lambda group: group.queue, lambda group: group.queue)),
        labels=tuple(labels),
        languages=tuple(sorted(languages, key=lambda line: -line.total)),
        chart=bars(labels),
    )


def _by_skill(visit: Visit, waiting: list[Waiting], house_queues: HouseQueues) -> Iterable[Line]:
    """What asks for each special training of the house; nothing of one that nothing asks for just now."""
    for name, title in skill_titles(visit).items():
        group = [
            each for each in waiting
            if name in skills.needs_of(house_queues, each.queue, each.lang, each.label).skills
        ]  # fmt: skip
        if group:
            yield _line(visit, name, title, group)


def bars(lines: Iterable[Line]) -> Chart:
    """A bar for each line, the longest as wide as there is room."""
    rows = list(lines)
    most = max((line.total for line in rows), default=1)
    room = _WIDTH - _LEFT - _RIGHT
    drawn = tuple(
        Bar(line.name, line.total, place * _STEP + 5, room * line.total / most) for place, line in enumerate(rows)
    )
    return Chart(_WIDTH, len(rows) * _STEP, _LEFT, drawn)


def _lines(
    visit: Visit,
    waiting: list[Waiting],
    code_of: Callable[[Waiting], str | None],
    name_of: Callable[[Waiting], str],
) -> list[Line]:
    """Groups of one code as one line, in the order in which codes first come."""
    groups: dict[str | None, list[Waiting]] = {}
    for group in waiting:
        groups.setdefault(code_of(group), []).append(group)
    return [_line(visit, code, name_of(group[0]), group) for code, group in groups.items()]


def _line(visit: Visit, code: str | None, name: str, group: list[Waiting]) -> Line:
    counts = tuple(sum(item.count for item in group if item.state == state) for state in UNDECIDED)
    wanted = Action.DECIDE_ESCALATED if code == ESCALATED else Action.DECIDE
    return Line(name, counts, sum(counts), _age(visit, group), visit.may(wanted) and code is not None, code=code)


def _age(visit: Visit, group: Iterable[Waiting]) -> timedelta | None:
    """How long the oldest waits that a decision is promised for; None where none is."""
    return max((visit.now - item.oldest for item in group if item.oldest is not None), default=None)
