"""How many people it takes so that few wait long: A. K. Erlang's formula C (1917), for calls then, for cases here.

Cases come at random (Poisson) and people take times that are spread like chance (exponential). The second is never
quite so, which is why `governance/staffing.py` holds a simulation with the measured times beside it. Written out, and
held against pyworkforce in the tests: the package brings ortools and pandas (160 MB, 100 MB of memory), and asks for
one person too many at times (decision 74).
"""

from __future__ import annotations

import math

MOST = 2000
"""People; a load that needs more is no plan of one team."""


def waiting_share(people: int, load: float) -> float:
    """The share of cases that find nobody free. `load`: cases that come in the time that one takes (Erlangs).

    By the recursion of Erlang's B, which loses nothing where factorials overflow.
    """
    if people <= load:
        return 1.0
    blocked = 1.0
    for number in range(1, people + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked / (1 - load / people * (1 - blocked))


def within(people: int, load: float, *, wait: float, handling: float) -> float:
    """The share of cases that a person has begun with within `wait` seconds, each taking `handling` seconds."""
    if load == 0:
        return 1.0
    if people <= load:
        return 0.0
    return 1 - waiting_share(people, load) * math.exp(-(people - load) * wait / handling)


def mean_wait(people: int, load: float, *, handling: float) -> float:
    """Seconds that a case waits; without end where people cannot keep up."""
    if people <= load:
        return math.inf
    return waiting_share(people, load) * handling / (people - load)


def needed(load: float, *, wait: float, handling: float, share: float, occupancy: float) -> int:
    """The fewest people with whom `share` of cases are begun within `wait` seconds, and nobody is busier than that.

    Beyond `MOST` it is told as `MOST`.
    """
    if load <= 0:
        return 0
    people = max(1, math.ceil(load / occupancy))
    while people < MOST and within(people, load, wait=wait, handling=handling) < share:
        people += 1
    return min(people, MOST)
