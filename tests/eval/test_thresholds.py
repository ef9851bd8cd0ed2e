from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.thresholds import Chosen, ThresholdPolicy, as_arrays, flagged, trade_off
from eval.thresholds import choose as choose_by_groups

NAMES = ("gambling", "abuse")
POLICY = ThresholdPolicy()


def choose(
    scores: np.ndarray, labels: np.ndarray, everyday: np.ndarray, names: tuple[str, ...], policy: ThresholdPolicy
) -> Chosen:
    """Every row its own group."""
    return choose_by_groups(scores, labels, everyday, names, policy, groups=list(map(str, range(len(scores)))))


def world(everyday: int, harmful: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Everyday rows that score low, harmful ones (of the first label) that score high."""
    generator = np.random.default_rng(seed)
    scores = np.concatenate([generator.beta(1, 8, (everyday, 2)), generator.beta(6, 2, (harmful, 2))])
    labels = np.zeros((everyday + harmful, 2), dtype=np.int8)
    labels[everyday:] = 1
    return scores, labels, np.arange(everyday + harmful) < everyday


@given(st.integers(0, 50))
@settings(max_examples=15, deadline=None)
def test_the_upper_end_of_wrong_blocks_is_within_the_budget(seed: int) -> None:
    scores, labels, everyday = world(5_000, 500, seed)
    chosen = choose(scores, labels, everyday, NAMES, POLICY)
    assert chosen.proved
    assert chosen.blocked.high <= POLICY.blocked
    assert chosen.reviewed.share <= POLICY.reviewed + 0.001


def test_the_budget_is_spent_not_saved() -> None:
    scores, labels, everyday = world(5_000, 500)
    generous = ThresholdPolicy(block_floor=0.0, precision=0.0)
    assert choose(scores, labels, everyday, NAMES, generous).blocked.high > 0.8 * POLICY.blocked


def test_about_three_in_a_hundred_more_are_reviewed() -> None:
    scores, labels, everyday = world(5_000, 500)
    chosen = choose(scores, labels, everyday, NAMES, ThresholdPolicy(review_floor=0.0))
    assert POLICY.reviewed == pytest.approx(chosen.reviewed.share, abs=0.003)


def test_few_rows_prove_nothing_and_prudence_stands_in() -> None:
    scores, labels, everyday = world(100, 50)
    chosen = choose(scores, labels, everyday, NAMES, POLICY)
    _, block = as_arrays(chosen.thresholds, NAMES)
    assert not chosen.proved
    assert (block >= POLICY.few_rows_floor).all()
    assert 0 == chosen.blocked.hits


@pytest.mark.parametrize("everyday", [0, 1, 100, 5_000])
def test_no_label_ever_stops_what_is_more_likely_harmless(everyday: int) -> None:
    chosen = choose(*world(everyday, 20), NAMES, POLICY)
    for each in chosen.thresholds.values():
        assert each.block >= POLICY.block_floor
        assert POLICY.review_floor <= each.review <= each.block


def test_hard_negatives_raise_the_block_threshold() -> None:
    scores, labels, everyday = world(5_000, 500)
    hard = np.full((200, 2), [0.85, 0.0])
    more = np.concatenate([scores, hard])
    known = np.concatenate([labels, np.zeros((200, 2), dtype=np.int8)])
    before = choose(scores, labels, everyday, NAMES, POLICY)
    after = choose(more, known, np.concatenate([everyday, np.zeros(200, dtype=np.bool_)]), NAMES, POLICY)
    assert after.thresholds["gambling"].block > 0.85 > before.thresholds["gambling"].block


def test_rows_that_do_not_know_a_label_have_no_say_in_its_precision() -> None:
    scores, labels, everyday = world(5_000, 500)
    unknown = np.where(np.arange(len(labels))[:, None] < 0, labels, -1).astype(np.int8)
    assert choose(scores, unknown, everyday, NAMES, POLICY).thresholds["gambling"].block >= POLICY.few_rows_floor


def test_one_label_that_reaches_its_threshold_is_enough() -> None:
    assert [True, False] == flagged(np.array([[0.1, 0.9], [0.1, 0.1]]), np.array([0.5, 0.5])).tolist()


def test_the_trade_off_rises_and_is_empty_without_rows() -> None:
    scores, labels, everyday = world(500, 100)
    points = trade_off(scores, ~everyday, everyday)
    assert points == sorted(points)
    assert [] == trade_off(scores, ~everyday, np.zeros_like(everyday))
    assert labels.any()
