from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from training.objective import loss, softened, targets, tempered_loss, with_any_harm

N, K = 6, 4
LABELS = arrays(np.int8, (N, K), elements=st.sampled_from([-1, 0, 1]))
UNIONS = arrays(np.int8, (N, K), elements=st.sampled_from([0, 1]))
LOGITS = arrays(np.float64, (N, K), elements=st.floats(-6, 6))
ONES = np.ones(N)


@pytest.mark.parametrize("loudest", [False, True])
@given(labels=LABELS, union=UNIONS, logits=LOGITS)
def test_the_gradient_is_the_slope_of_the_loss(
    loudest: bool, labels: np.ndarray, union: np.ndarray, logits: np.ndarray
) -> None:
    # The loudest member is a maximum: no slope where two are equal. Shift each column a little apart.
    logits = logits + np.arange(K) * 1e-3
    aims = targets(labels, union, np.linspace(0.5, 2.0, N))
    _, gradient = loss(logits, aims, loudest=loudest)
    step = 1e-6
    for at in np.ndindex(N, K):
        up, down = logits.copy(), logits.copy()
        up[at] += step
        down[at] -= step
        slope = (loss(up, aims, loudest=loudest)[0] - loss(down, aims, loudest=loudest)[0]) / (2 * step)
        assert slope == pytest.approx(gradient[at], abs=1e-4)


def test_an_unknown_label_is_no_loss_and_no_slope() -> None:
    labels = np.array([[1, -1, 0]], dtype=np.int8)
    aims = targets(labels, np.zeros_like(labels), np.ones(1))
    quiet, loud = (loss(np.array([[2.0, unknown, -1.0]]), aims) for unknown in (-9.0, 9.0))
    assert quiet[0] == loud[0]
    assert 0.0 == loud[1][0, 1]


def test_a_positive_union_asks_that_one_member_be_true() -> None:
    labels, union = np.array([[-1, -1]], dtype=np.int8), np.array([[1, 1]], dtype=np.int8)
    aims = targets(labels, union, np.ones(1))
    p = 1 / (1 + np.exp(-np.array([0.3, -1.2])))
    assert -np.log(1 - np.prod(1 - p)) == pytest.approx(loss(np.array([[0.3, -1.2]]), aims)[0])
    neither, one = (loss(np.array([[first, -8.0]]), aims)[0] for first in (-8.0, 8.0))
    assert neither > 7
    assert one < 0.01


def test_a_union_with_a_known_true_member_asks_nothing_more() -> None:
    labels, union = np.array([[1, -1]], dtype=np.int8), np.array([[1, 1]], dtype=np.int8)
    assert not targets(labels, union, np.ones(1)).members.any()


def test_a_member_known_to_be_false_is_out_of_the_union() -> None:
    labels, union = np.array([[0, -1]], dtype=np.int8), np.array([[1, 1]], dtype=np.int8)
    assert [[False, True]] == targets(labels, union, np.ones(1)).members.tolist()


def test_extreme_logits_stay_finite() -> None:
    labels, union = np.full((2, 2), -1, dtype=np.int8), np.ones((2, 2), dtype=np.int8)
    value, gradient = loss(np.array([[-800.0, -900.0], [800.0, 900.0]]), targets(labels, union, np.ones(2)))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()


def test_weights_scale_the_loss_and_positives_count_more() -> None:
    labels = np.array([[1], [0]], dtype=np.int8)
    logits = np.array([[0.5], [0.5]])
    none = np.zeros_like(labels)
    single, double = (loss(logits, targets(labels, none, np.full(2, weight)))[0] for weight in (1.0, 2.0))
    assert 2 * single == pytest.approx(double)
    assert loss(logits, targets(labels, none, np.ones(2), positive=3.0))[0] > single


@pytest.mark.parametrize(
    ("labels", "union", "harm"),
    [([1, 0], [0, 0], 1), ([0, 0], [0, 0], 0), ([0, -1], [0, 0], -1), ([-1, -1], [1, 1], 1)],
)
def test_any_harm_is_yes_no_or_unknown(labels: list[int], union: list[int], harm: int) -> None:
    found, unions = with_any_harm(np.array([labels], dtype=np.int8), np.array([union], dtype=np.int8))
    assert harm == found[0, -1]
    assert 0 == unions[0, -1]


def test_how_sure_logits_are_does_not_move_the_tempered_loss() -> None:
    chance = np.random.default_rng(0)
    logits = chance.normal(size=(200, K)) * 2
    labels = (chance.random((200, K)) < 1 / (1 + np.exp(-logits))).astype(np.int8)
    aims = targets(labels, np.zeros_like(labels), np.ones(200))
    left = tempered_loss(logits, aims)
    assert left <= loss(logits, aims)[0]
    for surer in (0.25, 4.0):
        assert left == pytest.approx(tempered_loss(surer * logits, aims), rel=1e-4)
        assert loss(surer * logits, aims)[0] > 1.05 * left


def test_a_worse_order_is_a_larger_tempered_loss() -> None:
    labels = np.array([[1], [0], [1], [0]], dtype=np.int8)
    aims = targets(labels, np.zeros_like(labels), np.ones(4))
    right, mixed = np.array([[2.0], [-2.0], [1.0], [-1.0]]), np.array([[2.0], [-2.0], [-1.0], [1.0]])
    assert tempered_loss(right, aims) < 0.3 < tempered_loss(mixed, aims)


def test_a_yes_of_a_noisy_source_pulls_no_further_than_it_is_worth() -> None:
    aims = targets(np.array([[1], [1], [0]], dtype=np.int8), np.zeros((3, 1), dtype=np.int8), np.ones(3))
    soft = softened(aims, np.array([0.2, 0.0, 0.2]))
    assert [[0.8], [1.0], [0.0]] == soft.yes.tolist()
    at_four_fifths = np.full((3, 1), np.log(4.0))
    _, slope = loss(at_four_fifths, soft)
    assert slope[:, 0] == pytest.approx([0.0, -0.2, 0.8])
