from __future__ import annotations

import numpy as np
import pytest

from training.weights import folds, row_weights

SOURCES = ["big"] * 90 + ["small"] * 10


def share_of_small(temperature: float) -> float:
    weights = row_weights(SOURCES, np.ones(100, dtype=np.float32), temperature)
    assert 1.0 == pytest.approx(weights.mean())
    return float(weights[90:].sum() / weights.sum())


def test_temperature_goes_from_rows_as_they_come_to_all_sources_alike() -> None:
    assert 0.1 == pytest.approx(share_of_small(1.0))
    assert 0.5 == pytest.approx(share_of_small(0.0))
    assert 0.1 < share_of_small(0.5) < 0.5


def test_no_rows_have_no_weights() -> None:
    assert 0 == row_weights([], np.zeros(0, dtype=np.float32), 0.5).size


def test_a_group_is_in_one_fold_and_stays_there_when_rows_join() -> None:
    groups = [f"g{n // 3}" for n in range(60)]
    ids = [str(n) for n in range(60)]
    found = folds(["s"] * 60, groups, ids, 4)
    assert all(len(set(found[n : n + 3])) == 1 for n in range(0, 60, 3))
    assert {0, 1, 2, 3} == set(found.tolist())
    assert found[:30].tolist() == folds(["s"] * 30, groups[:30], ids[:30], 4).tolist()
