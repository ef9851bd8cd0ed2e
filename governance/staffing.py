"""How many moderators a service needs, hour by hour, and what other thresholds would do to people and waiting.

The duty (2017 art. 5(7)) is a team that fits the service. From what was measured (when cases come, how long people take
over them, by queue) and what is promised (`configs/queues.toml`), Erlang's formula says how many people keep the
strictest promise of an hour. A simulation then plays days with that many people: cases in the order in which the queue
gives them, times drawn from those measured. Where the two differ, the times are not spread like chance, and the
simulation is nearer to the truth.

Cases are taken as one stream, since everybody takes from every queue. What the house asks of itself is work like any
other and counted with it: second opinions, known answers, cases that one person left to the next, what is looked at to
learn from. Hours are those of the house's time zone; weekdays and weekends are told apart where both have enough cases.

*Paid* has one meaning: hours that people are paid for, which are those in which they decide divided by the share of
their time that is no break. Whoever rests in an hour is not replaced by a whole person in it, so an hour's are no whole
number, and the day's are their sum.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from governance import erlang
from governance.accounts import DECIDING
from moderation.decision import Outcome, Source
from moderation.policy import label_outcome
from records import flow, users
from records.flow import Arrival, Made, Scored
from records.house_queues import AS_USUAL, HouseQueues
from records.unit_of_work import Reading
from records.waiting import UNKNOWN
from review.queue import LEASE
from review.skills import Skills, needs_of, skills_of

HOURS = 24
WEEKDAY, WEEKEND = "weekday", "weekend"
SATURDAY = 5
WEEKENDS_SEEN = 3.9
"""Days of weekends from which they are told apart: two weekends, less what a look back cuts off."""

LEARNING = "learning"
"""What is asked for what it teaches, in whatever queue it waits."""

USUAL_HANDLING = 45.0
"""Seconds that are taken for granted where too few cases were decided to measure."""

ENOUGH = 30
"""Handling times from which a queue's own are used, and arrivals from which hours are told apart."""

SHIFTS = (-0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15)
SAMPLED = 5000
_SIMULATED = 12_000
"""Cases that a simulation plays, in as many days as they fill, 56 at the most."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted: `share` of cases within their promise, people busy at most `occupancy`, `breaks` of paid time."""

    share: float = 0.9
    occupancy: float = 0.85
    breaks: float = 0.25


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
class Change:
    """What review thresholds moved by `shift` do: cases a day, people at the busiest hour, hours of people a day.

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

    @property
    def person_hours(self) -> int:
        """Paid hours a day, breaks included: the sum of the hours' own, rounded up."""
        return _paid(self.hours, self.wish)

    @property
    def busiest(self) -> int:
        """People at once in the busiest hour of any day."""
        return max((hour.people for hours in (self.hours, *(p.hours for p in self.parts)) for hour in hours), default=0)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found: arrivals a day by queue and hour, seconds by queue, scores of decisions."""

    days: float
    by_hour: Mapping[str, Sequence[float]]
    seconds: Mapping[str, Sequence[float]]
    scored: Sequence[Scored]
    taken: float = USUAL_HANDLING
    """Seconds a case for want of measured ones."""
    queues: HouseQueues = AS_USUAL
    arrivals: Sequence[Arrival] = ()
    people: Sequence[Skills] = ()
    """Those who decide live cases."""
    parts: Mapping[str, Mapping[str, Sequence[float]]] = field(default_factory=dict)
    """`by_hour` of weekdays and of weekends; empty where they cannot be told apart."""


def measure(look: Reading, *, now: datetime, days: int, is_scored: bool = True) -> Measured:
    """Looks back over `days`, or since the first case where that is less; not at scores unless `is_scored`."""
    first = flow.first_case(look)
    since = max(now - timedelta(days=days), first or now)
    span = max((now - since).total_seconds() / 86_400, 1.0)
    zone = ZoneInfo(look.queues.zone)
    arrivals = [_here(arrival, zone) for arrival in flow.arrivals(look, since)]
    seconds: dict[str, list[float]] = defaultdict(list)
    for handling in flow.handlings(look, since, pause=LEASE):
        seconds[handling.queue].append(handling.seconds)
    parts = _parts(arrivals, since.astimezone(zone), now.astimezone(zone))
    people = [skills_of(user) for user in users.active(look, DECIDING) if not user.trainee]
    scored = list(flow.scored(look, since, limit=SAMPLED)) if is_scored else []
    return Measured(
        span,
        _by_hour(arrivals, span),
        dict(seconds),
        scored,
        queues=look.queues,
        arrivals=arrivals,
        people=people,
        parts=parts,
    )


def _here(arrival: Arrival, zone: ZoneInfo) -> Arrival:
    """By the house's clock. What is asked for what it teaches waits for weeks: no queue's promise is meant."""
    queue = LEARNING if arrival.made is Made.LEARNING else arrival.queue
    return replace(arrival, at=arrival.at.astimezone(zone), queue=queue)


def _by_hour(arrivals: Iterable[Arrival], days: float) -> dict[str, list[float]]:
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for arrival in arrivals:
        counts[arrival.queue][arrival.at.hour] += 1
    return {queue: _spread(found, days) for queue, found in sorted(counts.items())}


def _parts(arrivals: Sequence[Arrival], since: datetime, now: datetime) -> dict[str, dict[str, list[float]]]:
    """Weekdays and weekends apart, where there were two of each weekend day and cases enough on both."""
    days = {WEEKDAY: 0.0, WEEKEND: 0.0}
    at = since
    while at < now:
        midnight = datetime.combine(at.date() + timedelta(days=1), time(), at.tzinfo)
        days[_part_of(at)] += (min(midnight, now) - at).total_seconds() / 86_400
        at = midnight
    of = {part: [each for each in arrivals if _part_of(each.at) == part] for part in days}
    if days[WEEKEND] < WEEKENDS_SEEN or min(map(len, of.values())) < ENOUGH:
        return {}
    return {part: _by_hour(found, days[part]) for part, found in of.items()}


def _part_of(moment: datetime) -> str:
    return WEEKEND if moment.weekday() >= SATURDAY else WEEKDAY


def assumed(*, a_day: float, handling: float, queue: str = "forum") -> Measured:
    """What is taken for granted where nothing was measured yet: as many cases in every hour, all alike."""
    return Measured(1.0, {queue: [a_day / HOURS] * HOURS}, {}, (), taken=handling)


def plan(found: Measured, wish: Wish, *, seed: int = 1) -> Plan:
    """How many people, hour by hour. The same question gives the same answer."""
    times = [one for each in found.seconds.values() for one in each]
    is_enough = len(times) >= ENOUGH
    pooled = times if is_enough else [found.taken]
    kinds = tuple(_kind(found, queue, pooled) for queue in found.by_hour)
    hours = _hours(found.by_hour, kinds, wish)
    played = _play(found, kinds, [hour.people for hour in hours], pooled, seed)
    told = tuple(_with_played(hour, *played[hour.hour]) for hour in hours)
    changes = tuple(_change(found, kinds, hours, wish, shift) for shift in SHIFTS) if found.scored else ()
    return Plan(
        found.days,
        len(times),
        None if is_enough else found.taken,
        wish,
        kinds,
        told,
        changes,
        tuple(_skill_loads(found, kinds, wish)),
        tuple(
            _part(replace(found, by_hour=by_hour), name, pooled, wish, seed) for name, by_hour in found.parts.items()
        ),
        _made(found),
        found.queues.zone,
    )


def _part(found: Measured, name: str, pooled: Sequence[float], wish: Wish, seed: int) -> Part:
    kinds = tuple(_kind(found, queue, pooled) for queue in found.by_hour)
    hours = _hours(found.by_hour, kinds, wish)
    played = _play(found, kinds, [hour.people for hour in hours], pooled, seed)
    return Part(name, tuple(_with_played(hour, *played[hour.hour]) for hour in hours), _paid(hours, wish))


def _made(found: Measured) -> tuple[tuple[Made, float], ...]:
    counts = Counter(each.made for each in found.arrivals)
    return tuple((made, counts[made] / found.days) for made in Made if counts[made])


def hours_of(found: Measured, wish: Wish, moment: datetime) -> list[Hour]:
    """The hours of the day of `moment` by the formula alone: quick, for pages that only sum it up."""
    times = [one for each in found.seconds.values() for one in each]
    pooled = times if len(times) >= ENOUGH else [found.taken]
    by_hour = found.parts.get(_part_of(moment), found.by_hour)
    kinds = tuple(_kind(found, queue, pooled) for queue in by_hour)
    return _hours(by_hour, kinds, wish)


def _spread(found: Counter[int], span: float) -> list[float]:
    """Cases a day in each hour; a few cases say nothing of hours and are spread over the day."""
    if found.total() < ENOUGH:
        return [found.total() / span / HOURS] * HOURS
    return [found[hour] / span for hour in range(HOURS)]


def _kind(found: Measured, queue: str, pooled: Sequence[float]) -> Kind:
    own = found.seconds.get(queue, ())
    times = sorted(own if len(own) >= ENOUGH else pooled)
    return Kind(
        queue,
        sum(found.by_hour.get(queue, ())),
        _promise(found.queues, queue).total_seconds(),
        sum(times) / len(times),
        times[len(times) // 2],
        times[min(len(times) - 1, int(len(times) * 0.9))],
        len(own),
        sum(each.made is not None for each in found.arrivals if each.queue == queue) / found.days,
    )


def _promise(queues: HouseQueues, queue: str) -> timedelta:
    return queues.promises.for_learning if queue == LEARNING else queues.promises.of(queue)


def _skill_loads(found: Measured, kinds: Sequence[Kind], wish: Wish) -> Iterator[SkillLoad]:
    """Each skill by itself, as if its cases were all that its people do: fewer than that can never keep the promise."""
    needing: dict[tuple[str, str], list[Arrival]] = defaultdict(list)
    for arrival in found.arrivals:
        for skill in _asked_by(found.queues, arrival):
            needing[skill].append(arrival)
    for (kind, name), arrivals in sorted(needing.items()):
        have = sum(_has(each, kind, name) for each in found.people)
        if have < len(found.people) or kind == "skill":
            yield SkillLoad(kind, name, len(arrivals) / found.days, _busiest(found, kinds, arrivals, wish), have)


def _asked_by(queues: HouseQueues, arrival: Arrival) -> set[tuple[str, str]]:
    """Which skills such a case asks for, by kind and name."""
    needs = needs_of(queues, arrival.queue, arrival.lang, arrival.label)
    languages = {*needs.languages, arrival.lang} - {UNKNOWN}
    labels = {*needs.labels, *((arrival.label,) if arrival.label else ())}
    named = (("language", languages), ("label", labels), ("skill", needs.skills))
    return {(kind, name) for kind, names in named for name in names}


def _has(person: Skills, kind: str, name: str) -> bool:
    if kind == "skill":
        return name in person.trainings
    known = person.languages if kind == "language" else person.labels
    return known is None or name in known


def _busiest(found: Measured, kinds: Sequence[Kind], arrivals: Sequence[Arrival], wish: Wish) -> int:
    by_hour = _by_hour(arrivals, found.days)
    asked = [kind for kind in kinds if kind.queue in by_hour]
    return max(hour.people for hour in _hours(by_hour, asked, wish))


def _hours(
    by_hour: Mapping[str, Sequence[float]], kinds: Sequence[Kind], wish: Wish, factor: float = 1.0
) -> list[Hour]:
    return [_hour(hour, [(kind, by_hour[kind.queue][hour] * factor) for kind in kinds], wish) for hour in range(HOURS)]


def _hour(hour: int, coming: Sequence[tuple[Kind, float]], wish: Wish) -> Hour:
    arrivals = sum(number for _, number in coming)
    if arrivals == 0:
        return Hour(hour, 0.0, 0.0, 0, 0.0, 1.0, None, 0.0, None, 0.0)
    handling = sum(kind.mean * number for kind, number in coming) / arrivals
    load = arrivals * handling / 3600
    wait = min(kind.promise for kind, number in coming if number)
    people = erlang.needed(load, wait=wait, handling=handling, share=wish.share, occupancy=wish.occupancy)
    expected = erlang.within(people, load, wait=wait, handling=handling)
    paid = people / (1 - wish.breaks)
    return Hour(
        hour, arrivals, load, people, paid, expected, None, erlang.mean_wait(people, load, handling=handling), None,
        wait,
    )  # fmt: skip


def _with_played(hour: Hour, kept: float | None, waited: float | None) -> Hour:
    return replace(hour, simulated=kept, simulated_wait=waited)


def _play(
    found: Measured, kinds: Sequence[Kind], people: Sequence[int], pooled: Sequence[float], seed: int
) -> list[tuple[float | None, float | None]]:  # fmt: skip
    """Days with so many people at each hour: of each hour's cases the share within their promise and the mean wait.

    Whoever is at work when an hour with fewer people begins finishes the case in hand.
    """
    chance = random.Random(seed)  # noqa: S311 - a simulation, no secret
    coming = _coming(found, kinds, chance)
    times = {kind.queue: found.seconds[kind.queue] if kind.measured >= ENOUGH else pooled for kind in kinds}
    promise = {kind.queue: kind.promise for kind in kinds}
    waits: list[list[tuple[float, float]]] = [[] for _ in range(HOURS)]
    for queue, came, began in _served(coming, people, times, promise, chance):
        waits[int(came // 3600) % HOURS].append((began - came, promise[queue]))
    return [_share_and_mean(each) for each in waits]


def _coming(found: Measured, kinds: Sequence[Kind], chance: random.Random) -> list[tuple[float, str]]:
    """Moments in seconds from the first midnight, by chance at each hour's rate."""
    a_day = sum(kind.a_day for kind in kinds)
    days = max(1, min(56, int(_SIMULATED / a_day))) if a_day else 0
    out = []
    for kind in kinds:
        for hour in range(days * HOURS):
            rate = found.by_hour[kind.queue][hour % HOURS] / 3600
            at, end = hour * 3600.0, (hour + 1) * 3600.0
            while rate and (at := at + chance.expovariate(rate)) < end:
                out.append((at, kind.queue))
    return sorted(out)


def _served(
    coming: Sequence[tuple[float, str]], people: Sequence[int], times: Mapping[str, Sequence[float]],
    promise: Mapping[str, float], chance: random.Random,
) -> Iterable[tuple[str, float, float]]:  # fmt: skip
    """Queue, arrival and beginning of every case, in the order of turns."""
    waiting: list[tuple[float, float, str]] = []
    busy: list[float] = []
    events = _events(coming)
    at = 0
    while events:
        now = heapq.heappop(events)
        while busy and busy[0] <= now:
            heapq.heappop(busy)
        while at < len(coming) and coming[at][0] <= now:
            came, queue = coming[at]
            heapq.heappush(waiting, (came + promise[queue], came, queue))
            at += 1
        while waiting and len(busy) < people[int(now // 3600) % HOURS]:
            _, came, queue = heapq.heappop(waiting)
            done = now + chance.choice(times[queue])
            heapq.heappush(busy, done)
            heapq.heappush(events, done)
            yield queue, came, now


def _events(coming: Sequence[tuple[float, str]]) -> list[float]:
    """When something may change: a case comes, an hour begins (also of the two days in which what is left is done)."""
    last = int(coming[-1][0] // 3600) + 2 * HOURS if coming else 0
    return sorted([at for at, _ in coming] + [hour * 3600.0 for hour in range(last)])


def _share_and_mean(waits: Sequence[tuple[float, float]]) -> tuple[float | None, float | None]:
    if not waits:
        return None, None
    kept = sum(waited <= promise for waited, promise in waits)
    return kept / len(waits), sum(waited for waited, _ in waits) / len(waits)


def _paid(hours: Iterable[Hour], wish: Wish) -> int:
    return math.ceil(sum(hour.people for hour in hours) / (1 - wish.breaks) - 1e-9)


def _worked_off(then: Sequence[Hour], now: Sequence[Hour]) -> tuple[float, float | None]:
    """The share of a day's cases of `then` begun in time, and their mean wait, with the people of `now`."""
    coming = [
        (one, each.people, one.load * 3600 / one.arrivals) for one, each in zip(then, now, strict=True) if one.load
    ]
    cases = sum(one.arrivals for one, _, _ in coming)
    if not cases:
        return 1.0, 0.0
    kept = sum(
        one.arrivals * erlang.within(people, one.load, wait=one.promise, handling=handling)
        for one, people, handling in coming
    )
    waited = sum(
        one.arrivals * erlang.mean_wait(people, one.load, handling=handling) for one, people, handling in coming
    )
    return kept / cases, None if math.isinf(waited) else waited / cases


def _change(found: Measured, kinds: Sequence[Kind], people: Sequence[Hour], wish: Wish, shift: float) -> Change:
    """Arrivals grow or shrink as the share of sampled decisions does that a person has to look at."""
    now = sum(_is_reviewed(each, 0.0) for each in found.scored)
    then = sum(_is_reviewed(each, shift) for each in found.scored)
    factor = then / now if now else 1.0
    hours = _hours(found.by_hour, kinds, wish, factor)
    kept, wait = _worked_off(hours, people)
    unseen = [each for each in found.scored if _is_reviewed(each, 0.0) and not _is_reviewed(each, shift)]
    judged = [each for each in unseen if each.final is not None]
    return Change(
        shift,
        sum(hour.arrivals for hour in hours),
        max(hour.people for hour in hours),
        float(_paid(hours, wish)),
        kept,
        wait,
        len(judged),
        sum(each.final is Outcome.BLOCK for each in judged),
    )


def _is_reviewed(each: Scored, shift: float) -> bool:
    """Whether a person has to look where every review threshold is moved by `shift`; blocks stay where they are."""
    decision = each.decision
    by_others = {reason.outcome for reason in decision.reasons if reason.source is not Source.MODEL}
    blocked = any(label_outcome(label) is Outcome.BLOCK for label in decision.labels)
    if Outcome.BLOCK in by_others or blocked:
        return False
    if Outcome.REVIEW in by_others:
        return True
    return any(label.score >= max(0.0, label.review_threshold + shift) for label in decision.labels)
