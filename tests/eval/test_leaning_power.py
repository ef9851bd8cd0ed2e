"""Which difference a comparison would find: held against trials with the same test."""

from __future__ import annotations

import random

import pytest

from eval.leaning_power import detectable, power
from eval.paired_shares import mcnemar


def found(chance: random.Random, pairs: int, less: float, difference: float, alpha: float, hidden: float) -> bool:
    drawn = [chance.random() for _ in range(pairs)]
    c, b = sum(each < less for each in drawn), sum(less <= each < 2 * less + difference for each in drawn)
    return mcnemar(b, c, hidden) <= alpha


@pytest.mark.parametrize(("pairs", "less"), [(40, 0.0), (60, 0.1), (300, 0.15)])
@pytest.mark.parametrize("hidden", [1.0, 1.1])
def test_the_difference_that_is_told_is_found_four_times_of_five(pairs: int, less: float, hidden: float) -> None:
    told = detectable(pairs, less, 0.001, hidden)
    assert told is not None
    chance = random.Random(3)
    hits = sum(found(chance, pairs, less, told, 0.001, hidden) for _ in range(400)) / 400
    assert pytest.approx(0.8, abs=0.06) == hits
    assert power(pairs, less, told - 0.02, 0.001, hidden) < 0.8 <= power(pairs, less, told, 0.001, hidden)


def test_more_pairs_find_smaller_differences_and_too_few_find_none() -> None:
    few, more, many = (detectable(pairs, 0.1, 0.01) for pairs in (40, 400, 40_000))
    assert few
    assert more
    assert many
    assert few > more > many
    assert detectable(5, 0.0, 0.001) is None
    assert detectable(0, 0.0, 0.01) is None
