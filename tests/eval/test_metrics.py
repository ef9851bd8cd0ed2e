from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics import (
    Question,
    average_precision,
    calibration_error,
    clustered,
    figures,
    harmful,
    interval,
    macro_f1,
    precision_recall_f1,
    questions,
    reliability,
)

NAMES = ("advertising", "gambling", "abuse", "hate")


def column(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int8)


def test_f1_counts_by_hand() -> None:
    truth = np.array([True, True, True, False, False])
    said = np.array([True, False, False, True, False])
    assert (0.5, 1 / 3, 0.4) == pytest.approx(precision_recall_f1(truth, said))


def test_rows_that_do_not_know_a_label_do_not_count() -> None:
    told = figures(Question("abuse", column(1, -1, 0, -1), np.array([0.9, 0.9, 0.1, 0.0])))
    assert (2, 1, 1.0) == (told.rows, told.positives, told.f1)


def test_a_label_without_a_yes_has_no_f1() -> None:
    told = figures(Question("abuse", column(0, 0), np.array([0.9, 0.1])))
    assert (None, None, None) == (told.f1, told.recall, told.average_precision)
    assert told.ece is not None


def test_the_score_of_a_union_is_the_larger_of_its_members() -> None:
    labels = np.array([[-1, -1, -1, -1], [0, 0, 0, 0], [-1, -1, 0, 1]], dtype=np.int8)
    union = np.array([[0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]], dtype=np.int8)
    scores = np.array([[0, 0, 0.2, 0.7], [0, 0, 0.3, 0.1], [0, 0, 0.4, 0.6]])
    asked = {each.name: each for each in questions(labels, union, scores, NAMES)}
    assert [1, 0, 1] == asked["abuse|hate"].truth.tolist()
    assert [0.7, 0.3, 0.6] == asked["abuse|hate"].score.tolist()


def test_another_union_says_nothing_of_this_one() -> None:
    labels = np.full((2, 4), -1, dtype=np.int8)
    union = np.array([[0, 0, 1, 1], [1, 1, 0, 0]], dtype=np.int8)
    asked = {each.name: each for each in questions(labels, union, np.zeros((2, 4)), NAMES)}
    assert [1, -1] == asked["abuse|hate"].truth.tolist()
    assert [-1, 1] == asked["advertising|gambling"].truth.tolist()


def test_macro_f1_is_the_plain_mean_of_the_labels_that_have_one() -> None:
    told = [
        figures(Question("abuse", column(1, 0), np.array([0.9, 0.1]))),
        figures(Question("hate", column(1, 0), np.array([0.1, 0.1]))),
        figures(Question("gambling", column(0, 0), np.array([0.1, 0.1]))),
    ]
    assert 0.5 == macro_f1(told, NAMES)
    assert macro_f1([], NAMES) is None


def test_average_precision_is_one_for_a_perfect_ranking_whatever_the_threshold() -> None:
    assert 1.0 == average_precision(np.array([True, False]), np.array([0.2, 0.1]))
    assert 0.5 == average_precision(np.array([False, True]), np.array([0.2, 0.1]))


def test_calibration_error_is_the_distance_between_said_and_true() -> None:
    said = np.full(10, 0.8)
    assert 0.0 == pytest.approx(calibration_error(np.arange(10) < 8, said))
    assert 0.3 == pytest.approx(calibration_error(np.arange(10) < 5, said))
    assert [(0.8, 0.5, 10)] == [pytest.approx(point) for point in reliability(np.arange(10) < 5, said)]


@pytest.mark.parametrize(
    ("hits", "rows", "low", "high"), [(0, 100, 0.0, 0.0362), (5, 100, 0.0164, 0.1128), (100, 100, 0.9638, 1.0)]
)
def test_intervals_are_clopper_and_pearsons(hits: int, rows: int, low: float, high: float) -> None:
    found = interval(hits, rows)
    assert (low, high) == pytest.approx((found.low, found.high), abs=1e-4)


def test_nothing_known_is_everything_possible() -> None:
    assert (0.0, 1.0) == (interval(0, 0).low, interval(0, 0).high)


@given(st.integers(0, 50), st.integers(0, 50))
def test_an_interval_holds_its_share(hits: int, more: int) -> None:
    found = interval(hits, hits + more)
    assert found.low <= found.share <= found.high


def test_a_row_is_harmful_by_a_label_or_a_union() -> None:
    labels = np.array([[1, 0], [-1, -1], [0, 0], [-1, 0]], dtype=np.int8)
    union = np.array([[0, 0], [1, 1], [0, 0], [0, 0]], dtype=np.int8)
    assert [True, True, False, False] == harmful(labels, union).tolist()


def test_rows_that_are_their_own_groups_have_the_exact_interval() -> None:
    hits = np.arange(200) < 7
    assert interval(7, 200) == clustered(hits, [str(at) for at in range(200)])


def test_copies_of_a_row_tell_no_more_than_the_row() -> None:
    hits = np.arange(300) < 12
    once = clustered(hits, [str(at) for at in range(300)])
    copied = clustered(np.repeat(hits, 5), [str(at) for at in range(300) for _ in range(5)])
    assert (60, 1500) == (copied.hits, copied.rows)
    assert once.low == pytest.approx(copied.low, rel=0.02)
    assert once.high == pytest.approx(copied.high, rel=0.02)


def test_one_group_tells_nothing_and_two_hardly_more() -> None:
    none = np.zeros(5_000, dtype=np.bool_)
    assert clustered(none, ["a"] * 5_000).high > 0.99
    assert clustered(none, ["a"] * 2_500 + ["b"] * 2_500).high > 20 * interval(0, 5_000).high
    assert interval(0, 0) == clustered(none[:0], [])


def test_the_interval_holds_the_truth_where_groups_differ_and_the_plain_one_does_not() -> None:
    chance = np.random.default_rng(3)
    groups = [str(group) for group in range(12) for _ in range(400)]
    held = plain = 0
    for _ in range(200):
        rates = chance.beta(1, 99, 12)  # one in a hundred, as unlike as incidents are
        hits = chance.random(len(groups)) < np.repeat(rates, 400)
        held += clustered(hits, groups).high >= 0.01
        plain += interval(int(hits.sum()), len(hits)).high >= 0.01
    assert held >= 190
    assert plain < 180


@pytest.mark.parametrize("groups", [[str(at) for at in range(100)], [str(at // 5) for at in range(100)]])
def test_a_surer_interval_is_wider(groups: list[str]) -> None:
    hits = np.arange(100) % 7 == 0
    usual, surer = clustered(hits, groups), clustered(hits, groups, 0.999)
    assert surer.low < usual.low < usual.share < usual.high < surer.high
