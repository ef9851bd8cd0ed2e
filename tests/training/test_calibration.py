from __future__ import annotations

import numpy as np
import pytest

from eval.metrics import calibration_error
from registry.calibration import Calibration, LabelCalibration, Steps
from tests.training.tiny import NAMES
from training.calibration import HeldOut, calibrate

K = len(NAMES)


def held_out(n: int = 4_000, *, sharpness: float = 3.0, rate: float = -1.0, seed: int = 0) -> HeldOut:
    """Labels drawn from logistic(z + rate), while the model says sharpness * z: over-sure, and of another base rate."""
    generator = np.random.default_rng(seed)
    true = generator.normal(size=(n, K))
    labels = (generator.random((n, K)) < 1 / (1 + np.exp(-(true + rate)))).astype(np.int8)
    return HeldOut(np.hstack([sharpness * true, np.zeros((n, 1))]), labels, np.zeros_like(labels), np.ones(n))


def test_said_probabilities_become_shares() -> None:
    rows = held_out()
    fitted = calibrate(rows, NAMES)
    fresh = held_out(seed=1)
    scores = fitted.calibration.prepared().apply(fresh.raw)
    for at in range(K):
        assert calibration_error(fresh.labels[:, at] == 1, scores[:, at]) < 0.03
    assert min(fitted.ece_before.values()) > max(fitted.ece_after.values())


def test_a_label_that_hardly_anyone_says_yes_to_keeps_the_common_slope() -> None:
    rows = held_out()
    rows.labels[:, 0] = 0
    rows.labels[0, 0] = 1
    fitted = calibrate(rows, NAMES).calibration.labels
    others = np.mean([fitted[name].slope for name in NAMES[1:]])
    assert not fitted[NAMES[0]].fitted
    assert others == pytest.approx(fitted[NAMES[0]].slope, rel=0.5)
    assert all(fitted[name].fitted for name in NAMES[1:])


def test_a_union_is_calibrated_by_its_largest_member() -> None:
    rows = held_out(2_000, rate=0.0)
    either = rows.labels[:, 5] == 1
    rows.labels[:, 5:7] = np.where(either, -1, 0)[:, None]
    rows.union[either, 5:7] = 1
    rows.raw[:, 6] = rows.raw[:, 5]  # nothing tells the two apart
    scores = calibrate(rows, NAMES).calibration.prepared().apply(rows.raw)
    assert calibration_error(either, scores[:, 5:7].max(axis=1)) < 0.04


def test_isotonic_steps_are_taken_only_where_rows_are_many() -> None:
    rows = held_out(600)
    assert all(each.steps for each in calibrate(rows, NAMES, isotonic_rows=10).calibration.labels.values())
    assert not any(each.steps for each in calibrate(rows, NAMES, isotonic_rows=10_000).calibration.labels.values())


def test_no_rows_give_the_logistic_function() -> None:
    none = HeldOut(np.zeros((0, K + 1)), np.zeros((0, K), np.int8), np.zeros((0, K), np.int8), np.zeros(0))
    assert Calibration.identity(NAMES) == calibrate(none, NAMES).calibration


def test_steps_must_rise() -> None:
    with pytest.raises(ValueError, match="rise"):
        Steps(logits=(0.0, 1.0), probabilities=(0.9, 0.1))


def test_a_weight_on_a_label_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="not there"):
        Calibration(labels={"abuse": LabelCalibration(others={"rudeness": 1.0})})


def unions(n: int = 3_000) -> HeldOut:
    """Abuse or hate, the source does not say which; hate hears nothing, and the model is sure beyond its right."""
    rows = held_out(n, rate=0.0)
    either = rows.labels[:, 5] == 1
    rows.labels[:, 5:7] = np.where(either, -1, 0)[:, None]
    rows.union[either, 5:7] = 1
    rows.raw[:, 6] = -5.0
    return rows


def test_the_loudest_member_of_a_union_gets_isotonic_steps() -> None:
    rows = unions()
    either = (rows.union > 0).any(axis=1)
    calibration = calibrate(rows, NAMES, isotonic_rows=100).calibration
    assert calibration.labels[NAMES[5]].steps is not None
    assert calibration.labels[NAMES[6]].steps is None
    assert calibration_error(either, calibration.prepared().apply(rows.raw)[:, 5:7].max(axis=1)) < 0.02


def test_isotonic_steps_mend_a_line_that_few_far_rows_hold_flat() -> None:
    rows = held_out(2_000, sharpness=6.0, rate=0.0)
    rows.raw[:40, 1] = np.where(rows.labels[:40, 1] == 1, -25.0, 25.0)
    middle = np.abs(rows.raw[:, 1]) < 6

    def error(isotonic_rows: int) -> float:
        scores = calibrate(rows, NAMES, isotonic_rows=isotonic_rows).calibration.prepared().apply(rows.raw)
        return calibration_error(rows.labels[middle, 1] == 1, scores[middle, 1])

    assert error(100) < error(0) / 2


def test_a_prior_exchanges_the_base_rate_and_keeps_the_order() -> None:
    rows = held_out(8_000, rate=-2.5)
    own, even = (calibrate(rows, NAMES, prior=prior).calibration.prepared().apply(rows.raw) for prior in (0, 0.5))
    assert (np.argsort(own, axis=0, kind="stable") == np.argsort(even, axis=0, kind="stable")).all()
    for at in range(K):
        yes = rows.labels[:, at] == 1
        counts = np.where(yes, 0.5 / yes.mean(), 0.5 / (1 - yes.mean()))  # as if every second row said yes
        assert calibration_error(yes, even[:, at], weights=counts) < 0.03
        assert calibration_error(yes, even[:, at]) > 0.1


def of_a_mix(share: float, *, n: int = 8_000, seed: int = 0) -> HeldOut:
    """Rows of which `share` say yes; what a yes and a no look like is the same in every mix."""
    generator = np.random.default_rng(seed)
    labels = (generator.random((n, K)) < share).astype(np.int8)
    seen = generator.normal(size=(n, K)) + np.where(labels == 1, 1.0, -1.0)
    return HeldOut(np.hstack([seen, np.zeros((n, 1))]), labels, np.zeros_like(labels), np.ones(n))


def test_scores_of_two_mixes_agree_at_one_prior() -> None:
    raw = of_a_mix(0.5, n=500, seed=3).raw
    rare, common = (calibrate(of_a_mix(share), NAMES, prior=0.125).calibration.prepared() for share in (0.05, 0.6))
    assert np.abs(rare.apply(raw) - common.apply(raw)).mean() < 0.03
    rare, common = (calibrate(of_a_mix(share), NAMES).calibration.prepared() for share in (0.05, 0.6))
    assert np.abs(rare.apply(raw) - common.apply(raw)).mean() > 0.2


def test_a_prior_moves_isotonic_steps_with_the_line() -> None:
    rows = held_out(8_000, rate=-2.5)
    fitted = calibrate(rows, NAMES, isotonic_rows=10, prior=0.5)
    assert all(each.steps for each in fitted.calibration.labels.values())
    assert max(fitted.ece_after.values()) < 0.03
    assert fitted.prior == dict.fromkeys(NAMES, 0.5)


def test_a_label_without_rows_enough_keeps_its_base_rate() -> None:
    rows = held_out()
    rows.labels[:, 0] = 0
    rows.labels[0, 0] = 1
    fitted = calibrate(rows, NAMES, prior=0.5)
    assert fitted.prior[NAMES[0]] == pytest.approx(1 / 4_000)
    assert fitted.calibration.prepared().apply(rows.raw)[:, 0].mean() < 0.01
