from __future__ import annotations

import numpy as np
import pytest

from eval.bootstrap import Difference, paired
from eval.compare import Answers, Compared, compare
from eval.compare_plot import differences
from tests.training.tiny import NAMES, columns

GROUPS = [f"g{n // 4}" for n in range(400)]


def means(before: np.ndarray, after: np.ndarray):  # noqa: ANN201
    return lambda at: (float(before[at].mean()), float(after[at].mean()))


def test_a_clear_gain_has_its_interval_above_zero() -> None:
    generator = np.random.default_rng(0)
    before = generator.random(400)
    found = paired(means(before, before + 0.1), GROUPS, seed=1, rounds=200)
    assert found is not None
    assert 0.1 == pytest.approx(found.value)
    assert found.low > 0


def test_luck_has_zero_inside() -> None:
    generator = np.random.default_rng(0)
    found = paired(means(generator.random(400), generator.random(400)), GROUPS, seed=1, rounds=400)
    assert found is not None
    assert found.low < 0 < found.high


def test_groups_that_stand_together_widen_the_interval() -> None:
    generator = np.random.default_rng(0)
    shift = np.repeat(generator.normal(size=20), 20)
    by_group = paired(means(np.zeros(400), shift), [f"g{n // 20}" for n in range(400)], seed=1, rounds=400)
    by_row = paired(means(np.zeros(400), shift), [""] * 400, seed=1, rounds=400)
    assert by_group is not None
    assert by_row is not None
    assert by_group.high - by_group.low > 2 * (by_row.high - by_row.low)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(0).random((2, 400))
    one, two = (paired(means(*values), GROUPS, seed=3, rounds=100) for _ in range(2))
    assert one == two


def test_no_figure_is_no_difference() -> None:
    assert paired(lambda at: (None, None), GROUPS, seed=0, rounds=100) is None
    assert paired(means(np.zeros(1), np.zeros(1)), [], seed=0, rounds=100) is None


@pytest.mark.filterwarnings("error")
def test_a_model_that_forgot_one_label_falls_there_and_not_elsewhere() -> None:
    rows = columns(560)
    good = np.where(rows.labels == 1, 0.9, 0.1).astype(np.float64)
    worse = good.copy()
    worse[:, NAMES.index("abuse")] = 0.1
    before, after = (Answers(each, (each > 0.5).any(axis=1), (each > 0.8).any(axis=1)) for each in (good, worse))
    found = {
        (each.figure, each.part): each.difference for each in compare(rows, before, after, NAMES, seed=0, rounds=200)
    }
    assert -1.0 == found["f1 abuse", "all"].value
    assert 0.0 == found["f1 gambling", "all"].value
    assert found["macro_f1", "all"].high < 0
    assert found["harmful_found", "language zh"].high < 0
    assert 0.0 == found["everyday_blocked", "all"].value


def compared(name: str, value: float, low: float, high: float) -> Compared:
    return Compared(name, "all", "all", Difference(0.5, 0.5 + value, low, high, 100))


def test_a_difference_is_clear_where_its_interval_leaves_zero_out() -> None:
    assert compared("macro_f1", 0.1, 0.02, 0.2).is_clear
    assert compared("macro_f1", -0.1, -0.2, -0.02).is_clear
    assert not compared("macro_f1", 0.1, -0.02, 0.2).is_clear


def test_the_picture_names_every_figure_and_what_is_luck() -> None:
    picture = differences([compared("macro_f1", 0.1, 0.02, 0.2), compared("f1 abuse", 0.1, -0.02, 0.2)])
    assert "macro_f1 · all" in picture
    assert "f1 abuse · all" in picture
    assert "更好 better" in picture
    assert "可能是运气 may be luck" in picture
    assert "更差 worse" not in picture


def test_more_everyday_comments_stopped_is_worse() -> None:
    assert "更差 worse" in differences([compared("everyday_blocked", 0.1, 0.02, 0.2)])


def test_nothing_compared_is_a_picture_too() -> None:
    assert differences([]).rstrip().endswith("</svg>")
