"""Credit: what an account did, each thing with a weight that halves in a stated time, and the level that it comes to.

* Nothing is kept as a score: it is counted from events whenever it is asked for. Taking an event back (a verdict
  overturned on appeal) leaves exactly the credit of an account to which it never happened.
* Good days lift only so far, so that an account with a long past cannot spend it on a day of spam.
* A clock that was set back makes an event of the future: it counts as one of this moment.
* **Nobody falls by one mistake**: rules in which a new account's worst single event leads to a level that closes
  something are refused when they are read.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import Field, model_validator

from moderation.standing import Closed, CreditEvent, CreditKind, Function
from moderation.taxonomy import Words
from moderation.toml import StrictModel

LONGEST = 366
"""Days that are looked ahead for when a level is reached again."""

COUNTED_HALVES = 8
"""Half-lives after which an event has lost all but a 256th of its weight, and is not counted."""


class CreditLevel(StrictModel):
    """A level and what it closes."""

    name: str = Field(pattern=r"^[a-z_]{2,40}$")
    title: Words
    at_least: float = Field(ge=0, le=1)
    closes: tuple[Function, ...] = ()
    per_hour: int | None = Field(default=None, ge=1)

    @property
    def closed(self) -> Closed:
        """As the policy carries it out."""
        return Closed(frozenset(self.closes), self.per_hour)


class CreditRules(StrictModel):
    """How a policy counts credit, from 0 to 1."""

    start: float = Field(ge=0, le=1)
    half_life_days: float = Field(gt=0, le=3650)
    most_good: float = Field(ge=0, le=1)
    weights: dict[CreditKind, float]
    levels: tuple[CreditLevel, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _holds_together(self) -> CreditRules:
        if set(self.weights) != set(CreditKind):
            msg = f"'weights' needs each of: {', '.join(CreditKind)}"
            raise ValueError(msg)
        if self.weights[CreditKind.GOOD_DAY] < 0 or max(self.weights[kind] for kind in _OFFENCES) > 0:
            msg = "a good day weighs 0 or more, an offence 0 or less"
            raise ValueError(msg)
        floors = [level.at_least for level in self.levels]
        if floors != sorted(set(floors), reverse=True) or floors[-1] != 0:
            msg = "'levels' go from the best to the worst by 'at_least', which ends with 0"
            raise ValueError(msg)
        fallen = self.level_of(self.start + min(self.weights.values()))
        if fallen.closed != Closed() and fallen != self.level_of(self.start):
            msg = f"one mistake leads a new account to '{fallen.name}', which closes something: nobody falls by one"
            raise ValueError(msg)
        return self

    def level_of(self, score: float) -> CreditLevel:
        """The level of a score; what is below 0 is 0."""
        return next((level for level in self.levels if score >= level.at_least), self.levels[-1])


_OFFENCES = (CreditKind.BLOCKED, CreditKind.REJECTED)


@dataclass(frozen=True, slots=True)
class Counted:
    """One event with what it still weighs."""

    event: CreditEvent
    weight: float


@dataclass(frozen=True, slots=True)
class Explained:
    """A score with what counted, the newest first, and what would help.

    `next_level` is the first level that closes less than this one (None: nothing is closed that another would open);
    `days_to_it` are days without an offence, with a comment on each, until it is reached (None: over a year).
    """

    score: float
    level: CreditLevel
    counted: tuple[Counted, ...]
    next_level: CreditLevel | None
    days_to_it: int | None


def score_of(events: Iterable[CreditEvent], rules: CreditRules, *, now: datetime) -> float:
    """The credit, 0 to 1, in millionths."""
    sums = dict.fromkeys((True, False), 0.0)
    for event in events:
        weight = weight_of(event, rules, now=now)
        sums[weight > 0] += weight
    return round(min(1.0, max(0.0, rules.start + min(rules.most_good, sums[True]) + sums[False])), 6)


def weight_of(event: CreditEvent, rules: CreditRules, *, now: datetime) -> float:
    """What an event still weighs; nothing after eight half-lives."""
    halves = max(timedelta(0), now - event.at) / timedelta(days=rules.half_life_days)
    return rules.weights[event.kind] * 0.5**halves if halves < COUNTED_HALVES else 0.0


def explained(events: Sequence[CreditEvent], rules: CreditRules, *, now: datetime) -> Explained:
    """The score with its reasons, for the person whose it is."""
    score = score_of(events, rules, now=now)
    level = rules.level_of(score)
    weighed = [Counted(event, weight_of(event, rules, now=now)) for event in events]
    better = _better(rules, level)
    return Explained(
        score,
        level,
        tuple(sorted((one for one in weighed if one.weight), key=lambda one: one.event.at, reverse=True)),
        better,
        None if better is None else _days_to(better, events, rules, now),
    )


def by_kind(counted: Iterable[Counted]) -> dict[CreditKind, tuple[int, float]]:
    """How many events of each kind count, and what they weigh together."""
    sums: dict[CreditKind, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    for one in counted:
        count, weight = sums[one.event.kind]
        sums[one.event.kind] = count + 1, weight + one.weight
    return dict(sums)


def _better(rules: CreditRules, level: CreditLevel) -> CreditLevel | None:
    if level.closed == Closed():
        return None
    above = [each for each in rules.levels if each.at_least > level.at_least and each.closed != level.closed]
    return above[-1] if above else None


def _days_to(level: CreditLevel, events: Sequence[CreditEvent], rules: CreditRules, now: datetime) -> int | None:
    """Each day without an offence brings the score nearer, so the first that reaches it is found by halves."""
    ahead = [CreditEvent(CreditKind.GOOD_DAY, now + timedelta(days=day)) for day in range(1, LONGEST + 1)]

    def is_reached(day: int) -> bool:
        return score_of([*events, *ahead[:day]], rules, now=now + timedelta(days=day)) >= level.at_least

    day = bisect_left(range(1, LONGEST + 1), True, key=is_reached) + 1
    return day if day <= LONGEST else None
