"""What staffing tells: kinds of work, hours, changes, and the plan of them all."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from moderation.rules.backtest import Share
from records.flow import Made


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted: `share` of cases within their promise, people busy at most `occupancy`, `breaks` of paid time.

    A shift has so many hours, breaks included; somebody works `days_a_week` of them and is `away` for that share of
    their days of work. `label`: the one whose review threshold is moved; None: all of them.
    """

    share: float = 0.9
    occupancy: float = 0.85
    breaks: float = 0.25
    shift: int = 8
    days_a_week: int = 5
    away: float = 0.1
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A queue: cases a day, the promise in seconds, and the seconds that a case takes: mean, median, 90th percentile.

    `measured` is how many times that is from; below `ENOUGH` the times of all queues together stand in.
    """

    queue: str
    a_day: float
    promise: float
    mean: float
    median: float
    slow: float
    measured: int
    made: float = 0.0
    """Of the cases a day those that the house asks of itself."""


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of the day. `people` decide at once; so that they are there, `paid` hours have to be paid.

    `expected` is Erlang's share within the promise, `simulated` what the days that were played gave (None: nothing
    came). Waits are in seconds, as is the strictest `promise` of what comes.
    """

    hour: int
    arrivals: float
    load: float
    people: int
    paid: float
    expected: float
    simulated: float | None
    mean_wait: float
    simulated_wait: float | None
    promise: float

    @property
    def difference(self) -> float | None:
        """By how much the days that were played keep more (or less) than the formula says; a share, or None."""
        return None if self.simulated is None else self.simulated - self.expected


@dataclass(frozen=True, slots=True)
class Part:
    """The hours of a part of the week, `weekday` or `weekend`, and what is paid for on one such day."""

    name: str
    hours: tuple[Hour, ...]
    person_hours: int


@dataclass(frozen=True, slots=True)
class Shifts:
    """The shifts of a day of a part of the week: how many begin at each hour, are at work in it, and are needed."""

    name: str
    begins: tuple[int, ...]
    at_work: tuple[int, ...]
    need: tuple[int, ...]

    @property
    def number(self) -> int:
        """How many a day."""
        return sum(self.begins)


@dataclass(frozen=True, slots=True)
class Change:
    """What review thresholds (one label's, or all) moved by `shift` do.

    Cases a day, people at the busiest hour, hours of people a day.

    With the people of now instead, `kept` of cases would be begun within their promise, after `wait` seconds in the
    mean (None: they cannot keep up). Of `judged` decisions that people looked at and that would then pass unseen,
    `missed` broke a rule.
    """

    shift: float
    a_day: float
    busiest: int
    hours: float
    kept: float
    wait: float | None
    judged: int
    missed: int

    @property
    def unseen(self) -> Share:
        """Those that broke a rule, of those that were judged, with the interval."""
        return Share(self.missed, self.judged)


@dataclass(frozen=True, slots=True)
class SkillLoad:
    """A skill that not everybody has: cases a day that need it, and how many with it their busiest hour takes.

    `kind` is language, label or skill; `people` of the house have it.
    """

    kind: str
    name: str
    a_day: float
    busiest: int
    people: int

    @property
    def is_short(self) -> bool:
        """Whether the house has too few even if all of them are there."""
        return self.people < self.busiest


@dataclass(frozen=True, slots=True)
class Plan:
    """The answer. `days` were looked back on; `measured` handling times were found.

    `taken` seconds a case are taken for granted, for want of `ENOUGH` of them; None where they were measured.
    """

    days: float
    measured: int
    taken: float | None
    wish: Wish
    kinds: tuple[Kind, ...]
    hours: tuple[Hour, ...]
    changes: tuple[Change, ...]
    skills: tuple[SkillLoad, ...] = ()
    parts: tuple[Part, ...] = ()
    """Weekdays and weekends apart, where they could be told apart; `hours` are of a day of all of them."""
    made: tuple[tuple[Made, float], ...] = ()
    """What the house asks of itself, cases a day by reason."""
    zone: str = "UTC"
    spread: tuple[tuple[str, int], ...] = ()
    """Queues whose hours are invented: fewer than `ENOUGH` cases came (how many), which stand evenly over the day."""
    shifts: tuple[Shifts, ...] = ()
    """Of weekdays and weekends, or of any day."""
    heads: int = 0
    """People to employ for these shifts."""
    labels: tuple[str, ...] = ()
    """Those whose review thresholds can be moved by themselves: the latest decisions have scores for them."""

    @property
    def person_hours(self) -> int:
        """Paid hours a day, breaks included: the sum of the hours' own, rounded up."""
        return paid(self.hours, self.wish)

    @property
    def busiest(self) -> int:
        """People at once in the busiest hour of any day."""
        return max((hour.people for hours in (self.hours, *(p.hours for p in self.parts)) for hour in hours), default=0)


def paid(hours: Iterable[Hour], wish: Wish) -> int:
    """Hours a day that people are paid for, breaks included, rounded up."""
    return math.ceil(sum(hour.people for hour in hours) / (1 - wish.breaks) - 1e-9)
