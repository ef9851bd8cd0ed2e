"""Agreement as a page shows it, and as files for spreadsheets have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from console.people import display_name
from console.spreadsheets import csv_of
from console.words import Words
from moderation.rules.backtest import Share
from records.steered_looks import Steered
from records.unit_of_work import Reading
from review import asked
from review.agreement import About, Agreement, Alpha, Person
from review.asked import Asked

LOWEST = -0.2
"""Where the chart's axis begins: people rarely agree less often than chance would have it, and then not by much."""

TENTATIVE, RELIABLE = 0.667, 0.8
"""Krippendorff's customary limits: below the first nothing is concluded from labels, from the second on all is."""

_ABOUT = {About.WHOLE: "quality.whole", About.OUTCOME: "quality.outcome", About.LABELS: "quality.labels"}

_LEFT, _RIGHT, _STEP, _WIDTH = 164, 56, 30, 520


@dataclass(frozen=True, slots=True)
class AlphaLine:
    """A row: where it is from, what it is about, and the figures."""

    queue: str
    label: str
    figures: Alpha


@dataclass(frozen=True, slots=True)
class SteeredLine:
    """What is looked at oftener: its name, why, the share of its verdicts now, and what it usually is."""

    name: str
    steered: Steered
    share: float
    usual: float


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A moderator by name."""

    name: str
    figures: Person
    asked: Asked | None = None
    """How many known answers they gave; None where that is not held against what they decided."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the chart, in the drawing's units: the alpha's place and its interval's ends."""

    name: str
    value: str
    y: int
    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Alphas with their intervals; `limits` are where the customary limits stand, `zero` where chance does."""

    width: int
    height: int
    left: int
    zero: float
    limits: tuple[float, float]
    marks: tuple[Mark, ...]


def alpha_lines(found: Agreement, words: Words, titles: Mapping[str, str]) -> list[AlphaLine]:
    """Every alpha with words in place of names."""
    return [
        AlphaLine(
            _of(each, words),
            words(_ABOUT[each.about]) if each.label is None else titles.get(each.label, each.label),
            each,
        )
        for each in found.alphas
    ]


def _of(each: Alpha, words: Words) -> str:
    if each.source is not None:
        return words.name_of("source_name", each.source)
    return words("quality.every_queue") if each.queue is None else words.name_of("queue_name", each.queue)


def person_lines(look: Reading, found: Agreement, share: float) -> list[PersonLine]:
    """Every moderator by the name that colleagues know, also who was asked too little to have figures.

    `share`: of cases whose answer is known.
    """
    told, measured = asked.by_moderator(look, share, since=found.since), {each.moderator for each in found.people}
    nothing = Share(0, 0)
    unmeasured = sorted(who for who, one in told.items() if one.is_too_few and who not in measured)
    people = (*found.people, *(Person(who, nothing, nothing) for who in unmeasured))
    return [PersonLine(display_name(look, each.moderator), each, told.get(each.moderator)) for each in people]


def chart_of(lines: Iterable[AlphaLine]) -> Chart:
    """What can be drawn: alphas of all queues together that have an interval, of texts enough."""
    told = [
        (line, line.figures.judged, line.figures.interval)
        for line in lines
        if line.figures.queue is None
        and line.figures.source is None
        and line.figures.judged is not None
        and line.figures.interval is not None
    ]
    marks = tuple(
        Mark(line.label, f"{alpha:.2f}", place * _STEP + 5, _at(alpha), _at(interval[0]), _at(interval[1]))
        for place, (line, alpha, interval) in enumerate(told)
        if alpha is not None and interval is not None
    )
    return Chart(_WIDTH, len(marks) * _STEP, _LEFT, _at(0), (_at(TENTATIVE), _at(RELIABLE)), marks)


def alpha_csv(lines: Sequence[AlphaLine]) -> str:
    """A header and a row for each, for a spreadsheet."""
    rows = [
        (
            "" if line.figures.source else line.queue,
            line.label,
            *_judged(line.figures),
            *_figures(line.figures),
            line.figures.is_enough,
            line.figures.source or "",
            line.figures.comments,
            line.figures.about.value,
        )
        for line in lines
    ]
    head = (
        "queue",
        "label",
        "agreed",
        "texts",
        "share",
        "low",
        "high",
        "alpha",
        "alpha_low",
        "alpha_high",
        "enough",
        "source",
        "comments",
        "about",
    )
    return csv_of(head, rows)


def people_csv(lines: Sequence[PersonLine]) -> str:
    """The same for moderators."""
    head = [
        "moderator",
        *(f"{kind}_{name}" for kind in ("gold", "peers") for name in ("agreed", "texts", "share", "low", "high")),
        "enough",
        "known_answers_given",
        "of_decided",
        "asked_too_few",
    ]
    rows = [
        (line.name, *_shared(line.figures.gold), *_shared(line.figures.peers), line.figures.is_enough, *_asked(line))
        for line in lines
    ]
    return csv_of(head, rows)


def _asked(line: PersonLine) -> tuple[object, ...]:
    return (line.asked.known, line.asked.decided, line.asked.is_too_few) if line.asked else (None, None, None)


def _at(alpha: float) -> float:
    room = _WIDTH - _LEFT - _RIGHT
    return _LEFT + room * (min(1.0, max(LOWEST, alpha)) - LOWEST) / (1 - LOWEST)


def _shared(share: Share) -> tuple[object, ...]:
    return (share.hits, share.rows, share.share, *(share.interval or (None, None)))


def _judged(alpha: Alpha) -> tuple[object, ...]:
    """How many agreed; the share and its interval as on the page, of texts enough."""
    agreed = alpha.agreed
    return _shared(agreed) if alpha.is_enough else (agreed.hits, agreed.rows, None, None, None)


def _figures(alpha: Alpha) -> tuple[object, ...]:
    interval = alpha.interval if alpha.is_enough else None
    return (alpha.judged, *(interval or (None, None)))
