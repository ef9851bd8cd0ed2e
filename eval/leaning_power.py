"""Which difference a comparison of pairs finds: of a smaller one a quiet audit says nothing."""

from __future__ import annotations

import numpy as np

CHANCE = 0.8
"""How surely the told difference would be found."""

_STEPS = 10
_RARE = 1e-7


def detectable(pairs: int, less: float, alpha: float, hidden: float = 1.0) -> float | None:
    """The smallest difference of shares that McNemar's exact test finds four times of five; None where there is none.

    `less` is the share of pairs that are unlike in the rarer way; `alpha` the chance at which it is found; `hidden` as
    of `paired_shares.mcnemar`.
    """
    most = 1.0 - 2 * less
    if pairs < 1 or most <= 0 or power(pairs, less, most, alpha, hidden) < CHANCE:
        return None
    low, high = 0.0, most
    for _ in range(_STEPS):
        middle = (low + high) / 2
        enough = power(pairs, less, middle, alpha, hidden) >= CHANCE
        low, high = (low, middle) if enough else (middle, high)
    return high


def power(pairs: int, less: float, difference: float, alpha: float, hidden: float = 1.0) -> float:
    """The chance that so large a difference is found, over all numbers of unlike pairs that may come."""
    from scipy.stats import binom

    unlike = min(1.0, 2 * less + difference)
    if unlike <= 0:
        return 0.0
    first, last = binom.ppf(_RARE, pairs, unlike), binom.isf(_RARE, pairs, unlike)
    numbers = np.arange(first, last + 1)
    needed = binom.isf(
        alpha / 2, numbers, hidden / (1 + hidden)
    )  # found from one more on: then so many have at most half of `alpha`
    share = min(1.0, (less + difference) / unlike)
    return float((binom.pmf(numbers, pairs, unlike) * binom.sf(needed, numbers, share)).sum())
