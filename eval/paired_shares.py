"""Two shares of the same pairs: whether they differ by more than luck, by how much, among how many comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt


def mcnemar(b: int, c: int, hidden: float = 1.0) -> float:
    """The exact two-sided chance of so unlike numbers of unlike pairs.

    With `hidden` the largest that it can be where the odds within a pair are unlike by as much: Rosenbaum (2002),
    Observational Studies, 4.3.2, twice the one-sided bound.
    """
    from scipy.stats import binom

    return min(1.0, 2 * float(binom.sf(max(b, c) - 1, b + c, hidden / (1 + hidden)))) if b + c else 1.0


def paired_interval(b: int, c: int, pairs: int, z: float = 1.96) -> tuple[float, float]:
    """Bonett and Price's 95 % interval of a difference of paired shares."""
    first, second = (b + 1) / (pairs + 2), (c + 1) / (pairs + 2)
    middle = first - second
    wide = z * sqrt((first + second - middle**2) / (pairs + 2))
    return max(-1.0, middle - wide), min(1.0, middle + wide)


def holm(chances: Sequence[float]) -> list[float]:
    """Chances corrected for how many they are."""
    from statsmodels.stats.multitest import multipletests

    return [float(each) for each in multipletests(chances, method="holm")[1]] if chances else []
