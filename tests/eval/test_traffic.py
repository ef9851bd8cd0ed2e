from __future__ import annotations

import numpy as np
import pytest

from eval.traffic import break_even, estimated_share, in_traffic, precision


def test_in_the_mix_that_it_speaks_of_a_score_is_what_it_says() -> None:
    assert [0.0, 0.2, 0.9, 1.0] == pytest.approx(in_traffic([0.0, 0.2, 0.9, 1.0], prior=0.125, share=0.125).tolist())


def test_evidence_stays_and_the_base_rate_is_exchanged() -> None:
    """Bayes by hand: one row in eight says yes, nine of ten such and one of ten others have the sign."""
    said = (0.9 / 8) / (0.9 / 8 + 0.1 * 7 / 8)
    rare = (0.9 * 0.01) / (0.9 * 0.01 + 0.1 * 0.99)
    assert rare == pytest.approx(float(in_traffic(said, prior=0.125, share=0.01)))


def test_turned_round_it_is_the_score_that_has_that_chance() -> None:
    score = in_traffic(0.8, prior=0.01, share=0.125)
    assert 0.8 == pytest.approx(float(in_traffic(score, prior=0.125, share=0.01)))


def test_the_rarer_the_label_the_fewer_of_what_is_stopped_are_right() -> None:
    assert 0.5 == precision(0.5, 0.5, share=0.5)
    assert [0.91, 0.5] == pytest.approx([precision(1.0, 0.1, share=0.5), precision(1.0, 0.01, share=0.01)], abs=0.01)
    assert 0.0 == precision(0.0, 0.0, share=0.1)


def test_acting_pays_from_where_both_mistakes_cost_the_same() -> None:
    chance = break_even(wrong=20, missed=5)
    assert 0.8 == chance
    assert chance * 5 == pytest.approx((1 - chance) * 20)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.4])
def test_the_share_of_a_label_is_found_from_calibrated_scores_alone(share: float) -> None:
    generator = np.random.default_rng(0)
    yes = generator.random(40_000) < share
    evidence = generator.normal(np.where(yes, 2.0, -2.0), 2.0)  # log-likelihood ratio of normals 4 apart, spread 2
    scores = 1 / (1 + np.exp(-(evidence + np.log(0.125 / 0.875))))
    assert share == pytest.approx(estimated_share(scores, prior=0.125), abs=0.005 + 0.05 * share)


def test_scores_that_all_say_no_are_no_traffic_with_the_label() -> None:
    assert estimated_share(np.full(100, 1e-9), prior=0.125) < 1e-5
