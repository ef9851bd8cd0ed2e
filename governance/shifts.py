"""Shifts that cover a day's hours, and how many people to employ for them: exact, by two short arguments.

*How many shifts a day.* All are as long as each other and may begin at any hour; those of the evening go on into the
night, each day like the next. Of so many shifts, let `before[h]` be how many begin in the hours before `h`. That an
hour has enough people at work is then a bound on a difference of two of these numbers, and a system of such bounds has
a solution (in whole numbers) if no circle of them sums to less than nothing, which Bellman and Ford's relaxation finds
out (J. J. Bartholdi, J. B. Orlin, H. D. Ratliff, *Cyclic scheduling via integer programs with circular ones*, 1980).
One shift more never covers less, so the first number that has a solution is the fewest.

*How many people.* Whoever works `days_a_week` days has so many shifts a week, and one a day. Shifts dealt round to
people in the order of days give nobody two on one day as long as there are as many people as shifts on the fullest
day, and nobody more than another by two. So the fewest people are the larger of both bounds.

Nothing is said of the rest between somebody's shifts, of nights in a row or of who may work when: that is a roster's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

HOURS = 24
WEEKDAYS, WEEKEND_DAYS = 5, 2


def cover(need: Sequence[int], length: int) -> tuple[int, ...]:
    """How many shifts begin at each hour so that `need[h]` are at work in each, with the fewest shifts.

    `length`: hours of a shift, 1 to 24.
    """
    fewest = max(*need, math.ceil(sum(need) / length))
    while (found := _beginning(need, length, fewest)) is None:
        fewest += 1
    return found


def at_work(begins: Sequence[int], length: int) -> tuple[int, ...]:
    """How many are at work in each hour."""
    return tuple(sum(begins[(hour - back) % HOURS] for back in range(length)) for hour in range(HOURS))


def _beginning(need: Sequence[int], length: int, shifts: int) -> tuple[int, ...] | None:
    """Such a cover with exactly so many shifts; None where there is none."""
    bounds = _bounds(need, length, shifts)
    before = [0] * (HOURS + 1)
    for _ in range(HOURS + 1):
        is_settled = True
        for earlier, later, least in bounds:
            if before[later] < before[earlier] + least:
                before[later] = before[earlier] + least
                is_settled = False
        if is_settled:
            return tuple(before[hour + 1] - before[hour] for hour in range(HOURS))
    return None


def _bounds(need: Sequence[int], length: int, shifts: int) -> list[tuple[int, int, int]]:
    """`before[later] - before[earlier] >= least`, of every triple."""
    bounds = [(hour, hour + 1, 0) for hour in range(HOURS)]
    bounds += [(0, HOURS, shifts), (HOURS, 0, -shifts)]
    for hour in range(HOURS):
        first = hour + 1 - length
        if first >= 0:
            bounds.append((first, hour + 1, need[hour]))
        else:  # those who began the evening before are there too
            bounds.append((first + HOURS, hour + 1, need[hour] - shifts))
    return bounds


def heads(weekday: int, weekend: int, *, days_a_week: int, away: float) -> int:
    """How many people to employ for so many shifts on a weekday and on a day of the weekend.

    `away`: the share of somebody's days of work on which they are on holiday, ill or at a training.
    """
    a_week = WEEKDAYS * weekday + WEEKEND_DAYS * weekend
    at_once = max(weekday, weekend, math.ceil(a_week / days_a_week))
    return math.ceil(at_once / (1 - away) - 1e-9)
