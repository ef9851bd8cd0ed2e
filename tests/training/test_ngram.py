from __future__ import annotations

import numpy as np
import pytest

from registry.ngrams import NgramSettings
from tests.training.tiny import NAMES, columns
from training.ngram import Design, Optimiser, Step, TrainingError, design, fit, raw_logits
from training.objective import Targets, targets, with_any_harm

SETTINGS = NgramSettings(orders=(1, 2), bits=12)
QUICK = Optimiser(strength=10.0, max_iterations=30, tolerance=1e-6, checkpoint_every=5)


@pytest.fixture(scope="module")
def problem() -> tuple[Design, Targets, list[str]]:
    rows = columns(280)
    labels, union = with_any_harm(rows.labels, rows.union)
    return design(rows.texts, SETTINGS, min_df=1, idf_power=1.0), targets(labels, union, np.ones(280)), rows.texts


def test_the_words_of_each_label_are_learnt(problem: tuple[Design, Targets, list[str]]) -> None:
    matrix, aims, _ = problem
    test = columns(140, seed=2)
    raw = raw_logits(fit(matrix, aims, QUICK), SETTINGS, test.texts)
    assert ((raw[:, : len(NAMES)] > 0) == (test.labels == 1)).mean() > 0.99


def test_the_same_rows_give_the_same_weights_byte_for_byte(problem: tuple[Design, Targets, list[str]]) -> None:
    matrix, aims, texts = problem
    again = design(texts, SETTINGS, min_df=1, idf_power=1.0)
    assert fit(matrix, aims, QUICK).to_bytes() == fit(again, aims, QUICK).to_bytes()


def test_a_warm_start_needs_fewer_steps(problem: tuple[Design, Targets, list[str]]) -> None:
    matrix, aims, _ = problem
    cold: list[Step] = []
    before = fit(matrix, aims, QUICK, progress=cold.append)
    warm: list[Step] = []
    fit(matrix, aims, QUICK, start=before, progress=warm.append)
    assert warm[0].loss < cold[4].loss
    assert len(warm) <= len(cold)


def test_a_resumed_fit_ends_where_an_uninterrupted_one_does(problem: tuple[Design, Targets, list[str]]) -> None:
    matrix, aims, texts = problem
    patient = Optimiser(strength=1.0, max_iterations=200, tolerance=1e-7, checkpoint_every=7)
    saved = []

    def stop(step: Step) -> None:
        if step.iteration == 16:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(matrix, aims, patient, progress=stop, checkpoint=lambda linear, at: saved.append((linear, at)))
    linear, at = saved[-1]
    assert 14 == at
    resumed = raw_logits(fit(matrix, aims, patient, start=linear, done=at), SETTINGS, texts)
    np.testing.assert_allclose(resumed, raw_logits(fit(matrix, aims, patient), SETTINGS, texts), atol=0.02)


def test_a_loss_that_is_no_number_is_an_error(problem: tuple[Design, Targets, list[str]]) -> None:
    matrix, aims, _ = problem
    broken = Targets(aims.yes, np.where(aims.known > 0, np.nan, 0.0), aims.members, aims.union)
    with pytest.raises(TrainingError, match="no longer a number"):
        fit(matrix, broken, QUICK)


def test_rare_features_get_no_weight_and_none_left_is_an_error() -> None:
    rows = columns(60)
    every, common = (design(rows.texts, SETTINGS, min_df=least, idf_power=0.0) for least in (1, 5))
    assert common.indices.size < every.indices.size
    with pytest.raises(TrainingError, match=r"lower features\.min_df"):
        design(rows.texts, SETTINGS, min_df=1000, idf_power=0.0)


def test_the_most_frequent_features_come_first(problem: tuple[Design, Targets, list[str]]) -> None:
    matrix = problem[0].matrix
    assert matrix.has_sorted_indices
    assert (np.diff(np.bincount(matrix.indices, minlength=matrix.shape[1])) <= 0).all()


def test_the_training_matrix_reads_as_the_stored_model_does(problem: tuple[Design, Targets, list[str]]) -> None:
    matrix, aims, texts = problem
    linear = fit(matrix, aims, QUICK)
    assert (np.diff(linear.indices) > 0).all()
    at = np.searchsorted(linear.indices, matrix.indices)
    direct = matrix.matrix @ linear.weights[at].astype(np.float64) + linear.bias
    np.testing.assert_allclose(direct, raw_logits(linear, SETTINGS, texts), atol=1e-3)
