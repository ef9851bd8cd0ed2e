from __future__ import annotations

import random
from collections import Counter

import pytest

from moderation.drift import drift, drift_of_names


def drawn(rows: int, seed: int) -> list[int]:
    found = Counter(random.Random(seed).choices(range(10), range(1, 11), k=rows))
    return [found[at] for at in range(10)]


def test_the_same_spread_is_no_drift() -> None:
    found = drift([500, 300, 200], [5000, 3000, 2000])
    assert found is not None
    assert pytest.approx(0, abs=1e-4) == found.psi


def test_the_index_is_the_textbooks() -> None:
    found = drift([50_000, 50_000], [80_000, 20_000])
    assert found is not None
    assert pytest.approx(0.41589, abs=1e-3) == found.psi  # 0.3 ln(0.8/0.5) - 0.3 ln(0.2/0.5)


def test_luck_is_exceeded_about_once_in_twenty() -> None:
    found = [drift(drawn(2000, seed), drawn(500, seed + 1000)) for seed in range(400)]
    assert 0.02 < sum(each is not None and each.psi > each.luck for each in found) / 400 < 0.09


def test_an_empty_bin_joins_its_neighbour() -> None:
    found = drift([1000, 0, 0, 1000], [1000, 1, 0, 1000])
    assert found is not None
    assert found.psi < 1e-3


@pytest.mark.parametrize(("expected", "seen"), [([], []), ([0, 0], [1, 1]), ([1, 1], [0, 0]), ([1, 1], [])])
def test_nothing_is_no_drift_that_could_be_told(expected: list[int], seen: list[int]) -> None:
    assert drift(expected, seen) is None


def test_a_new_language_is_drift() -> None:
    found, none = drift_of_names({"zh": 900, "en": 100}, {"zh": 500, "th": 500}), drift_of_names({}, {"zh": 1})
    assert found is not None
    assert found.psi > 0.25
    assert none is None
