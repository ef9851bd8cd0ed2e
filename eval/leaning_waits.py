"""How long comments of two groups wait for a person: whose wait is longer within a pair, and by how much.

A comment that nobody has decided has waited for as long as it has, and nobody knows how long it will: its wait is
longer than another where it is so already, and never shorter. So an audit that is made while comments wait blames
nobody for what came last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from eval.leaning_pairs import Observed

WAITED = "waited"


@dataclass(frozen=True, slots=True)
class Wait:
    """In seconds: the medians of both sides, and the median difference within a pair with its 95 % interval.

    What nobody has decided counts for as long as it has waited.
    """

    median: float
    others: float
    difference: float
    low: float
    high: float


def longer(one: Observed, other: Observed, least: float) -> bool:
    """Whether `one` surely waited longer than `other`, by `least` seconds or more."""
    return not other.undecided and (one.waited or 0.0) - (other.waited or 0.0) >= least


def wait_between(pairs: Sequence[tuple[Observed, Observed]]) -> Wait:
    """The interval is that of the sign test (order statistics), which asks for no shape of the waits."""
    from scipy.stats import binom

    apart = sorted((first.waited or 0.0) - (second.waited or 0.0) for first, second in pairs)
    place = max(1, int(binom.ppf(0.025, len(apart), 0.5)))
    one, other = ([each.waited or 0.0 for each in side] for side in zip(*pairs, strict=True))
    return Wait(median(one), median(other), median(apart), apart[place - 1], apart[-place])


def median_of(rows: Sequence[Observed]) -> float | None:
    """The median wait of what was held; None where nothing was."""
    told = [each.waited for each in rows if each.waited is not None]
    return median(told) if told else None
