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

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from governance import erlang, shifts
from governance.staffing_measured import ENOUGH, HOURS, WEEKDAY, WEEKEND, Measured, by_hour, part_of, promise_of
from governance.staffing_played import play
from governance.staffing_values import Change, Hour, Kind, Part, Plan, Shifts, SkillLoad, Wish, paid
from moderation.decision import Outcome, Source
from moderation.policy import label_outcome
from records.flow import Arrival, Made, Scored
from records.house_queues import HouseQueues
from records.waiting import UNKNOWN
from review.skills import Skills, needs_of

MOVED = (-0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.15)


def plan(found: Measured, wish: Wish, *, seed: int = 1) -> Plan:
    """How many people, hour by hour. The same question gives the same answer."""
    times = [one for each in found.seconds.values() for one in each]
    is_enough = len(times) >= ENOUGH
    pooled = times if is_enough else [found.taken]
    kinds = tuple(_kind(found, queue, pooled) for queue in found.by_hour)
    hours = _hours(found.by_hour, kinds, wish)
    played = play(found, kinds, [hour.people for hour in hours], pooled, seed)
    told = tuple(_with_played(hour, *played[hour.hour]) for hour in hours)
    changes = tuple(_change(found, kinds, hours, wish, shift) for shift in MOVED) if found.scored else ()
    parts = tuple(
        _part(replace(found, by_hour=coming), name, pooled, wish, seed) for name, coming in found.parts.items()
    )
    of_parts = [(part.name, part.hours) for part in parts] or [("day", told)]
    covered = tuple(_shifts(name, of, wish) for name, of in of_parts)
    return Plan(
        found.days,
        len(times),
        None if is_enough else found.taken,
        wish,
        kinds,
        told,
        changes,
        tuple(_skill_loads(found, kinds, wish)),
        parts,
        _made(found),
        found.queues.zone,
        found.spread,
        covered,
        _heads(covered, wish),
        labels_of(found),
    )


def labels_of(found: Measured) -> tuple[str, ...]:
    """Every label that the latest decisions have a score for."""
    return tuple(sorted({label.name for each in found.scored for label in each.decision.labels}))


def _shifts(name: str, hours: Sequence[Hour], wish: Wish) -> Shifts:
    """Whoever rests is at work: an hour needs as many people as are paid for in it, as a whole number."""
    need = tuple(math.ceil(hour.paid - 1e-9) for hour in hours)
    begins = shifts.cover(need, wish.shift)
    return Shifts(name, begins, shifts.at_work(begins, wish.shift), need)


def _heads(covered: Sequence[Shifts], wish: Wish) -> int:
    numbers = {each.name: each.number for each in covered}
    any_day = numbers.get("day", 0)
    return shifts.heads(
        numbers.get(WEEKDAY, any_day), numbers.get(WEEKEND, any_day), days_a_week=wish.days_a_week, away=wish.away
    )


def _part(found: Measured, name: str, pooled: Sequence[float], wish: Wish, seed: int) -> Part:
    kinds = tuple(_kind(found, queue, pooled) for queue in found.by_hour)
    hours = _hours(found.by_hour, kinds, wish)
    played = play(found, kinds, [hour.people for hour in hours], pooled, seed)
    return Part(name, tuple(_with_played(hour, *played[hour.hour]) for hour in hours), paid(hours, wish))


def _made(found: Measured) -> tuple[tuple[Made, float], ...]:
    counts = Counter(each.made for each in found.arrivals)
    return tuple((made, counts[made] / found.days) for made in Made if counts[made])


def hours_of(found: Measured, wish: Wish, moment: datetime) -> list[Hour]:
    """The hours of the day of `moment` by the formula alone: quick, for pages that only sum it up."""
    times = [one for each in found.seconds.values() for one in each]
    pooled = times if len(times) >= ENOUGH else [found.taken]
    coming = found.parts.get(part_of(moment), found.by_hour)
    kinds = tuple(_kind(found, queue, pooled) for queue in coming)
    return _hours(coming, kinds, wish)


def _kind(found: Measured, queue: str, pooled: Sequence[float]) -> Kind:
    own = found.seconds.get(queue, ())
    times = sorted(own if len(own) >= ENOUGH else pooled)
    return Kind(
        queue,
        sum(found.by_hour.get(queue, ())),
        promise_of(found.queues, queue).total_seconds(),
        sum(times) / len(times),
        times[len(times) // 2],
        times[min(len(times) - 1, int(len(times) * 0.9))],
        len(own),
        sum(each.made is not None for each in found.arrivals if each.queue == queue) / found.days,
    )


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
    coming = by_hour(arrivals, found.days)
    asked = [kind for kind in kinds if kind.queue in coming]
    return max(hour.people for hour in _hours(coming, asked, wish))


def _hours(coming: Mapping[str, Sequence[float]], kinds: Sequence[Kind], wish: Wish, factor: float = 1.0) -> list[Hour]:
    return [_hour(hour, [(kind, coming[kind.queue][hour] * factor) for kind in kinds], wish) for hour in range(HOURS)]


def _hour(hour: int, coming: Sequence[tuple[Kind, float]], wish: Wish) -> Hour:
    arrivals = sum(number for _, number in coming)
    if arrivals == 0:
        return Hour(hour, 0.0, 0.0, 0, 0.0, 1.0, None, 0.0, None, 0.0)
    handling = sum(kind.mean * number for kind, number in coming) / arrivals
    load = arrivals * handling / 3600
    wait = min(kind.promise for kind, number in coming if number)
    people = erlang.needed(load, wait=wait, handling=handling, share=wish.share, occupancy=wish.occupancy)
    expected = erlang.within(people, load, wait=wait, handling=handling)
    hours = people / (1 - wish.breaks)
    return Hour(
        hour, arrivals, load, people, hours, expected, None, erlang.mean_wait(people, load, handling=handling), None,
        wait,
    )  # fmt: skip


def _with_played(hour: Hour, kept: float | None, waited: float | None) -> Hour:
    return replace(hour, simulated=kept, simulated_wait=waited)


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
    then = sum(_is_reviewed(each, shift, wish.label) for each in found.scored)
    factor = then / now if now else 1.0
    hours = _hours(found.by_hour, kinds, wish, factor)
    kept, wait = _worked_off(hours, people)
    unseen = [each for each in found.scored if _is_reviewed(each, 0.0) and not _is_reviewed(each, shift, wish.label)]
    judged = [each for each in unseen if each.final is not None]
    return Change(
        shift,
        sum(hour.arrivals for hour in hours),
        max(hour.people for hour in hours),
        float(paid(hours, wish)),
        kept,
        wait,
        len(judged),
        sum(each.final is Outcome.BLOCK for each in judged),
    )


def _is_reviewed(each: Scored, shift: float, only: str | None = None) -> bool:
    """Whether a person has to look where review thresholds are moved by `shift`; blocks stay where they are.

    `only`: of this label alone.
    """
    decision = each.decision
    by_others = {reason.outcome for reason in decision.reasons if reason.source is not Source.MODEL}
    blocked = any(label_outcome(label) is Outcome.BLOCK for label in decision.labels)
    if Outcome.BLOCK in by_others or blocked:
        return False
    if Outcome.REVIEW in by_others:
        return True
    return any(
        label.score >= max(0.0, label.review_threshold + (shift if only in (None, label.name) else 0.0))
        for label in decision.labels
    )
