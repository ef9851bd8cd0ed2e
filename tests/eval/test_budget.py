from __future__ import annotations

import numpy as np
import pytest

from chaffinch.commands.budget import sentence
from data.rows import Row, Rows
from eval.budget import Budget, budget, halves, policy_of, rows_to_prove, share
from eval.budget_plot import draw
from eval.calibrated import OTHERS, calibration, language_groups
from eval.metrics import Scores, interval
from eval.thresholds import ThresholdPolicy
from moderation.errors import BundleError, InvalidInputError
from moderation.policy import LabelThresholds
from registry.bundle import FeatureRecord, Manifest

NAMES = ("gambling", "abuse")
PRIOR = dict.fromkeys(NAMES, 0.125)


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


def chosen(rows: Rows, scores: Scores, policy: ThresholdPolicy | None = None) -> Budget:
    return budget(rows, scores, NAMES, policy or ThresholdPolicy(), prior=PRIOR)


@pytest.mark.parametrize(("told", "value"), [("3%", 0.03), ("0.03", 0.03), (" 0.5% ", 0.005)])
def test_a_budget_is_a_percentage_or_a_share(told: str, value: float) -> None:
    assert value == pytest.approx(share(told))


@pytest.mark.parametrize("told", ["0", "0%", "-1%", "100%", "3", "nan", "inf", "many", ""])
def test_nonsense_is_told(told: str) -> None:
    with pytest.raises(InvalidInputError, match="is no review budget"):
        share(told)


def manifest(**settings: object) -> Manifest:
    return Manifest(
        name="chaffinch", run="tiny", labels=NAMES, normaliser="1", taxonomy="1", prior=PRIOR, files={}, created_at="",
        features=FeatureRecord(orders=(1,), bits=8, seed=0), snapshot="", sources=(), settings=dict(settings),
    )  # fmt: skip


def test_floors_are_those_the_model_was_trained_with() -> None:
    stated = {"blocked": 0.01, "reviewed": 0.5, "block_floor": 0.8, "precision": 0.95}
    found = policy_of(manifest(thresholds=stated), 0.03)
    assert (0.01, 0.03, 0.8, 0.95) == (found.blocked, found.reviewed, found.block_floor, found.precision)


def test_a_bundle_made_elsewhere_that_states_none_has_the_defaults() -> None:
    assert ThresholdPolicy(reviewed=0.03) == policy_of(manifest(), 0.03)


@pytest.mark.parametrize("stated", ["many", {"block_floor": 3}, {"unheard": 1}])
def test_settings_that_cannot_be_used_are_told(stated: object) -> None:
    with pytest.raises(BundleError, match="nothing usable of thresholds"):
        policy_of(manifest(thresholds=stated), 0.03)


def test_a_group_stays_in_one_half() -> None:
    first = halves(world(1_000)[0])
    assert (first[::2] == first[1::2]).all()
    assert 0.4 < first.mean() < 0.6


def test_what_is_told_is_of_the_rows_that_did_not_choose() -> None:
    rows, scores = world(8_000)
    found = chosen(rows, scores, ThresholdPolicy(reviewed=0.03))
    assert 8_000 == found.cost.blocked.rows + found.chosen_on
    assert 0.03 == pytest.approx(found.cost.reviewed.share, abs=0.012)


def test_more_reviewers_miss_less() -> None:
    missed = [each.missed.share for each in chosen(*world(8_000)).loads]
    assert sorted(missed, reverse=True) == missed


def test_few_rows_cannot_prove_the_budget_and_it_is_said() -> None:
    found = chosen(*world(200))
    assert not found.cost.proved
    assert "cannot be proved" in sentence(found)
    assert "Add everyday rows" in sentence(found)


def test_many_rows_prove_it() -> None:
    found = chosen(*world(20_000), ThresholdPolicy(blocked=0.02))
    assert found.cost.proved
    assert "within 2.00%" in sentence(found)


@pytest.mark.parametrize(("everyday", "harmful", "what"), [(0, 50, "everyday comment"), (50, 0, "harmful row")])
def test_rows_without_one_kind_are_refused(everyday: int, harmful: int, what: str) -> None:
    with pytest.raises(InvalidInputError, match=what):
        chosen(*world(everyday, harmful))


def test_a_policy_takes_the_thresholds_where_a_score_is_one_and_who_is_stopped_by_it_is_told() -> None:
    rows, scores = world(8_000)
    scores[:200, 1] = 1.0
    found = chosen(rows, scores)
    for each in found.thresholds.values():
        LabelThresholds(review=each.review, block=each.block)
    assert found.cost.blocked.hits >= int((scores[rows.everyday & ~halves(rows)] == 1.0).any(axis=1).sum())
    assert sentence(found).endswith("Some have the score 1 for abuse, which no policy lets pass.")


def test_calibration_is_told_of_labels_that_have_rows_of_both_answers() -> None:
    told = chosen(*world(200)).calibration
    assert [("gambling", "zh", 400)] == [(each.label, each.language, each.positives) for each in told]


def spoken(shift: float = 0.0) -> tuple[Rows, Scores]:
    """Rows of three languages, calibrated in a mix of one in eight; `shift` moves the log-odds of Thai."""
    generator = np.random.default_rng(3)
    langs = ["zh"] * 4_000 + ["th"] * 2_000 + ["ar"] * 50 + ["ru"] * 100
    score = generator.beta(1, 7, len(langs))
    yes = generator.random(len(langs)) < score
    rows = [
        Row(id=str(at), text="t", lang=lang, source="s", group=str(at), kind="", labels=(int(yes[at]), 0), union=(0, 0))
        for at, lang in enumerate(langs)
    ]
    odds = np.log(score / (1 - score)) + shift * (np.array(langs) == "th")
    return Rows.of(rows, 2), np.stack([1 / (1 + np.exp(-odds)), np.zeros(len(langs))], axis=1)


def test_languages_of_few_rows_are_told_together() -> None:
    assert {"zh": 4_000, "th": 2_000, OTHERS: 150} == {n: len(at) for n, at in language_groups(spoken()[0]).items()}


def test_a_language_whose_scores_are_too_high_is_found_and_the_others_are_not_blamed() -> None:
    plain, moved = ({each.language: each for each in calibration(*spoken(shift), NAMES, PRIOR)} for shift in (0.0, 1.0))
    assert plain["th"].error < 0.03
    assert moved["th"].error > 0.08
    assert moved["th"].said > 0.125 + 0.08
    assert plain["zh"] == moved["zh"]


def test_another_share_of_yes_alone_is_no_fault_of_the_scores() -> None:
    rows, scores = spoken()
    kept = (rows.labels[:, 0] == 1) | (np.arange(len(rows)) % 5 == 0)
    told = calibration(rows.take(kept), scores[kept], NAMES, PRIOR)
    assert 0.35 < told[0].positives / told[0].rows
    assert told[0].error < 0.03


def test_every_picture_is_drawn_one_of_each_label_by_language() -> None:
    pictures = draw(chosen(*world(200)))
    assert "Said and true by language: gambling" in pictures
    assert 3 == len(pictures)
    assert all("<text" in each for each in pictures.values())


@pytest.mark.parametrize(("mistakes", "rows"), [(0, 736), (1, 1_113)])
def test_the_rows_that_prove_a_budget_are_the_fewest_that_do(mistakes: int, rows: int) -> None:
    found = rows_to_prove(0.005, mistakes=mistakes)
    assert rows == found
    assert interval(mistakes, found).high <= 0.005 < interval(mistakes, found - 1).high
