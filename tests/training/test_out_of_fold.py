from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.training import tiny
from training.ngram import TrainingError
from training.out_of_fold import out_of_fold
from training.settings import Features, Learning

FEATURES = Features(orders=(1, 2), bits=12)
LEARNING = Learning(max_iterations=25, tolerance=1e-4)


def test_rows_are_told_apart_by_models_that_did_not_see_them() -> None:
    rows = tiny.columns(280)

    said = out_of_fold(rows, FEATURES, LEARNING, count=3)

    assert (280, len(tiny.NAMES)) == said.shape
    assert said[rows.labels == 1].mean() > 0.5
    assert said[rows.labels == 0].mean() < 0.1


def test_a_group_is_never_asked_of_a_model_that_saw_it() -> None:
    rows = tiny.columns(280)
    alone = np.array(rows.labels[:, tiny.NAMES.index("gambling")] == 1)
    together = replace(rows, groups=["one" if bets else group for bets, group in zip(alone, rows.groups, strict=True)])

    said = out_of_fold(together, FEATURES, LEARNING, count=3)[alone, tiny.NAMES.index("gambling")]

    assert said.max() < 0.1  # nobody else ever wrote of betting


def test_rows_of_one_group_cannot_be_asked_about() -> None:
    rows = tiny.columns(10)

    with pytest.raises(TrainingError, match="one group"):
        out_of_fold(replace(rows, groups=["same"] * 10), FEATURES, LEARNING, count=3)


def test_a_label_that_no_row_knows_is_not_learnt() -> None:
    rows = tiny.columns(100)
    rows.labels[:, tiny.NAMES.index("hate")] = -1

    said = out_of_fold(rows, FEATURES, LEARNING, count=2)

    assert not said[:, tiny.NAMES.index("hate")].any()
    assert said[:, tiny.NAMES.index("fraud")].all()
