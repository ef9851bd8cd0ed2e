"""Days of a house that are played: cases come by chance at each hour's rate, and people take them by turn."""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterable, Mapping, Sequence

from governance.staffing_measured import ENOUGH, HOURS, Measured
from governance.staffing_values import Kind

_SIMULATED = 12_000
"""Cases that a simulation plays, in as many days as they fill, 56 at the most."""


def play(
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
