from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.objective import Targets, loss
from training.teaching import softened

ROWS = 4


def aims() -> Targets:
    """Four rows of two labels: yes and no known, one of two known, a union, nothing known."""
    return Targets(
        yes=np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]),
        known=np.array([[2.0, 2.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]),
        members=np.array([[False, False], [False, False], [True, True], [False, False]]),
        union=np.array([0.0, 0.0, 3.0, 0.0]),
    )


SAID = np.array([[0.5, 0.5], [0.8, 0.9], [0.9, 0.1], [0.7, 0.7]])


def test_labels_are_drawn_towards_the_teacher_and_what_nobody_knows_is_its_to_say() -> None:
    soft = softened(aims(), SAID, 0.5)
    assert soft.yes == pytest.approx(np.array([[0.75, 0.25], [0.9, 0.9], [0.9, 0.1], [0.7, 0.7]]))
    assert soft.known == pytest.approx(np.array([[2.0, 2.0], [1.0, 0.5], [1.5, 1.5], [0.0, 0.0]]))
    assert soft.union == pytest.approx(np.array([0.0, 0.0, 1.5, 0.0]))


@given(st.lists(st.floats(-8, 8), min_size=8, max_size=8))
def test_without_a_share_nothing_changes(logits: list[float]) -> None:
    at = np.array(logits).reshape(4, 2)
    plain, soft = loss(at, aims()), loss(at, softened(aims(), SAID, 0.0))
    assert soft[0] == pytest.approx(plain[0])
    assert soft[1] == pytest.approx(plain[1])


def test_with_the_whole_share_the_loss_is_least_where_the_teacher_is() -> None:
    said = np.log(SAID / (1 - SAID))
    assert loss(said, softened(aims(), SAID, 1.0))[1] == pytest.approx(np.zeros((ROWS, 2)), abs=1e-9)
