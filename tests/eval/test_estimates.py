from __future__ import annotations

import pytest

from eval.estimates import Drawn, estimate, weighted_share
from eval.metrics import interval
from moderation.decision import Outcome


def test_equal_weights_give_the_exact_interval() -> None:
    found, exact = weighted_share([(at < 3, 7.0) for at in range(40)]), interval(3, 40)

    assert (3, 40, pytest.approx(exact.share)) == (found.hits, found.rows, found.share)
    assert (pytest.approx(exact.low), pytest.approx(exact.high)) == (found.low, found.high)


def test_a_comment_weighs_one_over_its_chance_of_being_drawn() -> None:
    """A hit that stands for 100 comments beside 9 others that stand for 10 each."""
    found = weighted_share([(True, 100.0), *((False, 10.0) for _ in range(9))])

    assert 100 / 190 == pytest.approx(found.share)
    assert found.high - found.low > interval(5, 10).high - interval(5, 10).low


def test_wrong_blocks_and_missed_harm_are_told_apart_and_what_waits_is_left_out() -> None:
    drawn = [
        *(Drawn(Outcome.BLOCK, harmful, 0.1) for harmful in (True, True, True, False)),
        *(Drawn(Outcome.PASS, harmful, 0.1) for harmful in (False, False, True, None)),
        Drawn(Outcome.REVIEW, harmful=True, probability=0.1),
    ]

    found = estimate(drawn)

    assert (9, 1) == (found.drawn, found.waiting)
    assert (0.25, 1 / 3, 1 / 8) == (
        found.wrong_blocks.share,
        pytest.approx(found.missed_harm.share),
        found.wrongly_blocked.share,
    )


def test_nothing_drawn_is_nothing_known() -> None:
    found = estimate([]).missed_harm

    assert (None, 0.0, 1.0) == (found.share, found.low, found.high)
