from __future__ import annotations

import tomllib

import numpy as np
import pytest

from chaffinch.commands.budget import require_unlearnt, sentence
from data.rows import Row, Rows
from eval.budget import budget, halves, share
from eval.budget_plot import draw
from eval.metrics import Scores
from eval.thresholds import ThresholdPolicy
from moderation.errors import InvalidInputError
from moderation.policy import LabelThresholds

NAMES = ("gambling", "abuse")


def world(everyday: int, harmful: int = 400) -> tuple[Rows, Scores]:
    generator = np.random.default_rng(0)
    rows = [
        Row(id=str(at), text=f"t{at}", lang="zh", source="s", group=str(at // 2), kind="",
            labels=(0, 0) if at < everyday else (1, 0), union=(0, 0), everyday=at < everyday)
        for at in range(everyday + harmful)
    ]  # fmt: skip
    scores = generator.beta(1, 8, (everyday + harmful, 2))
    scores[everyday:, 0] = generator.beta(6, 2, harmful)
    return Rows.of(rows, 2), scores


@pytest.mark.parametrize(("told", "value"), [("3%", 0.03), ("0.03", 0.03), (" 0.5% ", 0.005)])
def test_a_budget_is_a_percentage_or_a_share(told: str, value: float) -> None:
    assert value == pytest.approx(share(told))


@pytest.mark.parametrize("told", ["0", "0%", "-1%", "100%", "3", "nan", "inf", "many", ""])
def test_nonsense_is_told(told: str) -> None:
    with pytest.raises(InvalidInputError, match="is no review budget"):
        share(told)


@pytest.mark.parametrize("split", ["train", "all"])
def test_rows_that_were_learnt_from_choose_nothing(split: str) -> None:
    with pytest.raises(InvalidInputError, match="--split test"):
        require_unlearnt(split)


def test_a_group_stays_in_one_half() -> None:
    first = halves(world(1_000)[0])
    assert (first[::2] == first[1::2]).all()
    assert 0.4 < first.mean() < 0.6


def test_what_is_told_is_of_the_rows_that_did_not_choose() -> None:
    rows, scores = world(8_000)
    found = budget(rows, scores, NAMES, ThresholdPolicy(reviewed=0.03))
    assert 8_000 == found.cost.blocked.rows + found.chosen_on
    assert 0.03 == pytest.approx(found.cost.reviewed.share, abs=0.012)


def test_more_reviewers_miss_less() -> None:
    missed = [each.missed.share for each in budget(*world(8_000), NAMES, ThresholdPolicy()).loads]
    assert sorted(missed, reverse=True) == missed


def test_few_rows_cannot_prove_the_budget_and_it_is_said() -> None:
    found = budget(*world(200), NAMES, ThresholdPolicy())
    assert not found.cost.proved
    assert "cannot be proved" in sentence(found)
    assert "Add everyday rows" in sentence(found)


def test_many_rows_prove_it() -> None:
    found = budget(*world(20_000), NAMES, ThresholdPolicy(blocked=0.02))
    assert found.cost.proved
    assert "within 2.00%" in sentence(found)


@pytest.mark.parametrize(("everyday", "harmful", "what"), [(0, 50, "everyday comment"), (50, 0, "harmful row")])
def test_rows_without_one_kind_are_refused(everyday: int, harmful: int, what: str) -> None:
    with pytest.raises(InvalidInputError, match=what):
        budget(*world(everyday, harmful), NAMES, ThresholdPolicy())


def test_a_policy_takes_the_thresholds_even_where_a_score_is_one() -> None:
    rows, scores = world(200)
    scores[:10] = 1.0
    table = tomllib.loads(budget(rows, scores, NAMES, ThresholdPolicy()).to_toml())["thresholds"]
    assert list(NAMES) == list(table)
    for each in table.values():
        LabelThresholds.model_validate(each)


def test_calibration_is_told_by_label_and_language() -> None:
    told = budget(*world(200), NAMES, ThresholdPolicy()).calibration
    assert [("gambling", "zh"), ("abuse", "zh")] == [(each.label, each.language) for each in told]
    assert 400 == told[0].positives


def test_both_pictures_are_drawn() -> None:
    assert all("<text" in each for each in draw(budget(*world(200), NAMES, ThresholdPolicy())).values())
