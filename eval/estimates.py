"""How often the machine is wrong, from comments that were drawn at random and judged by people.

Each drawn comment stands for as many as its inclusion probability says: it weighs one over it (Horvitz and Thompson
1952, as a ratio: Hajek 1971). The interval is Clopper and Pearson's on the rows that the weights are worth (Kish 1965:
the squared sum over the sum of squares), which for equal weights is the exact one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from moderation.decision import Outcome


@dataclass(frozen=True, slots=True)
class Drawn:
    """A comment of a random slice: the machine's outcome, whether a person calls it harmful, its inclusion chance."""

    outcome: Outcome
    harmful: bool | None
    probability: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its 95 % interval; `hits` of `rows` were seen."""

    hits: int
    rows: int
    share: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimates:
    """What the random slice says; `waiting` of it nobody has judged yet."""

    drawn: int
    waiting: int
    wrong_blocks: Estimate
    """Of blocked comments, those that a person calls harmless."""
    missed_harm: Estimate
    """Of passed comments, those that a person calls harmful."""
    wrongly_blocked: Estimate
    """Of all comments, those that were blocked and are harmless."""


def estimate(drawn: Sequence[Drawn]) -> Estimates:
    """The figures over all that was judged; what waits is left out, as if it were like the rest."""
    judged = [each for each in drawn if each.harmful is not None]
    blocked = [each for each in judged if each.outcome is Outcome.BLOCK]
    passed = [each for each in judged if each.outcome is Outcome.PASS]
    return Estimates(
        drawn=len(drawn),
        waiting=len(drawn) - len(judged),
        wrong_blocks=weighted_share(_weighed(blocked, (not each.harmful for each in blocked))),
        missed_harm=weighted_share(_weighed(passed, (bool(each.harmful) for each in passed))),
        wrongly_blocked=weighted_share(
            _weighed(judged, (each.outcome is Outcome.BLOCK and not each.harmful for each in judged))
        ),
    )


def weighted_share(rows: Sequence[tuple[bool, float]], confidence: float = 0.95) -> Estimate:
    """The share of hits among rows of `(hit, weight)`; no share and (0, 1) where there are none."""
    hit = np.array([each for each, _ in rows], dtype=np.bool_)
    weight = np.array([each for _, each in rows], dtype=np.float64)
    if not rows:
        return Estimate(0, 0, None, 0.0, 1.0)
    share = float(weight[hit].sum() / weight.sum())
    low, high = _interval(share, _worth(weight), confidence)
    return Estimate(int(hit.sum()), len(rows), share, low, high)


def _weighed(drawn: Sequence[Drawn], hits: Iterable[bool]) -> list[tuple[bool, float]]:
    return [(hit, 1 / each.probability) for each, hit in zip(drawn, hits, strict=True)]


def _worth(weight: NDArray[np.float64]) -> float:
    """How many equally weighing rows these are worth."""
    return float(weight.sum() ** 2 / (weight**2).sum())


def _interval(share: float, rows: float, confidence: float) -> tuple[float, float]:
    tail, hits = (1 - confidence) / 2, share * rows
    low = float(beta.ppf(tail, hits, rows - hits + 1)) if share > 0 else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, rows - hits)) if share < 1 else 1.0
    return low, high
