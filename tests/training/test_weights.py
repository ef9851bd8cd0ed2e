from __future__ import annotations

import numpy as np
import pytest

from data.rows import Rows
from registry.pieces import Reader
from tests import tiny_encoder
from training.batches import drawn
from training.encoder_rows import side_of
from training.fast_tier import material
from training.settings import Features, TrainingSettings
from training.weights import doubts, folds, row_weights, standing_for_all

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


def test_drawn_rows_speak_as_all_rows_would() -> None:
    weights = row_weights(SOURCES, np.where(np.arange(100) < 90, 1, 300).astype(np.float32), 1.0)
    at = drawn(weights, 40, seed=0)
    assert {90, 91, 92, 93, 94, 95, 96, 97, 98, 99} <= set(at.tolist()), "the small source is drawn whole"
    told = standing_for_all(SOURCES, weights, at)[at]
    small = at >= 90
    assert weights[90:].sum() / weights.sum() == pytest.approx(told[small].sum() / told.sum())
    assert small.mean() < 0.3
    assert told[small].sum() / told.sum() > 0.9
    assert np.array_equal(weights, standing_for_all(SOURCES, weights, None))


def test_a_group_is_in_one_fold_and_stays_there_when_rows_join() -> None:
    groups = [f"s/g{n // 3}" for n in range(60)]
    found = folds(groups, 4)
    assert all(len(set(found[n : n + 3])) == 1 for n in range(0, 60, 3))
    assert {0, 1, 2, 3} == set(found.tolist())
    assert found[:30].tolist() == folds(groups[:30], 4).tolist()


def test_doubt_goes_by_source() -> None:
    assert [0.2, 0.0, 0.2] == doubts(["told", "plain", "told"], {"told": 0.2}).tolist()


def test_both_tiers_learn_a_noisy_source_as_so_much_less_than_a_yes() -> None:
    rows = Rows(
        ids=["a", "b"], texts=["casino bonus", "casino tea"], langs=["en"] * 2, sources=["told", "plain"],
        groups=["a", "b"], kinds=["", ""], surfaces=["", ""], labels=np.array([[1], [1]], dtype=np.int8),
        union=np.zeros((2, 1), dtype=np.int8), everyday=np.zeros(2, dtype=np.bool_), weights=np.ones(2, np.float32),
    )  # fmt: skip
    how = TrainingSettings.model_validate({"name": "tiny", "data": "tiny", "learning": {"noise": {"told": 0.25}}})
    _, fast = material(rows.texts, rows, Features(bits=10), how.learning)
    reader = Reader(tiny_encoder.tokenizer(), length=tiny_encoder.LENGTH)
    encoder = side_of(reader, rows, rows.texts, how, None).examples.targets
    assert [[0.75], [1.0]] == fast.yes.tolist()
    assert [0.75, 1.0] == encoder.yes[:, 0].tolist()
