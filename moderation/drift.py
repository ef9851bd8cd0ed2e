"""The population stability index: how far what is seen now lies from what a model was made on.

`sum((seen - expected) * ln(seen / expected))` over bins, in shares; the two directed Kullback-Leibler divergences added
(Jeffreys' divergence); by custom below 0.1 is the same population, above 0.25 another. Of two draws from one population
it is about chi-square with the bins less one degrees of freedom, times `1/n + 1/m` (to second order it is Pearson's
statistic). A few rows always drift: `luck` is what only one draw in twenty exceeds; what lies below it says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log, sqrt

LEAST_SHARE = 0.02
"""Bins with less of the expected rows join their neighbours, rare languages each other: an empty bin is all noise."""

OTHER = "other"
_HALF = 0.5
"""Added to every bin, so that an empty one has a logarithm."""


@dataclass(frozen=True, slots=True)
class Drift:
    """An index over `rows` seen, and what luck alone stays below nineteen times in twenty."""

    psi: float
    luck: float
    rows: int


def drift(expected: Sequence[int], seen: Sequence[int]) -> Drift | None:
    """Of histograms over the same ordered bins; None where either is empty."""
    if not sum(expected) or not sum(seen):
        return None
    ends = _ends(expected)
    return _index(_joined(expected, ends), _joined(seen, ends))


def drift_of_names(expected: Mapping[str, int], seen: Mapping[str, int]) -> Drift | None:
    """Of counts by name, as languages; what is rare or new counts as one name."""
    if not sum(expected.values()) or not sum(seen.values()):
        return None
    least = LEAST_SHARE * sum(expected.values())
    names = sorted(name for name, count in expected.items() if count >= least)
    return _index(_by_name(expected, names), _by_name(seen, names))


def _ends(expected: Sequence[int]) -> list[int]:
    """The bins after which a joined one ends; what is left over joins the last."""
    least, ends, held = LEAST_SHARE * sum(expected), list[int](), 0
    for at, count in enumerate(expected, start=1):
        held += count
        if held >= least:
            ends.append(at)
            held = 0
    return [*ends[:-1], len(expected)]


def _joined(counts: Sequence[int], ends: Sequence[int]) -> list[int]:
    below = [0, *accumulate(counts)]
    return [below[end] - below[start] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _by_name(counts: Mapping[str, int], names: Sequence[str]) -> list[int]:
    named = [counts.get(name, 0) for name in names]
    return [*named, sum(counts.values()) - sum(named)]


def _index(expected: Sequence[int], seen: Sequence[int]) -> Drift:
    bins, rows, before = len(expected), sum(seen), sum(expected)
    shares = [
        ((now + _HALF) / (rows + _HALF * bins), (then + _HALF) / (before + _HALF * bins))
        for now, then in zip(seen, expected, strict=True)
    ]
    psi = sum((now - then) * log(now / then) for now, then in shares)
    return Drift(psi, _chi_square(bins - 1) * (1 / rows + 1 / before), rows)


def _chi_square(freedom: int) -> float:
    """The 95th percentile, by the approximation of Wilson and Hilferty."""
    if not freedom:
        return 0.0
    spread = 2 / (9 * freedom)
    return float(freedom * (1 - spread + 1.645 * sqrt(spread)) ** 3)
