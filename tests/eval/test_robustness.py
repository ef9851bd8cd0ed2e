from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from data.disguises.families import FAMILIES, family
from data.disguises.words import BearingWords, bearing_words
from data.rows import Rows
from eval.judges import BLOCKED, PASSED, REVIEWED, AsSent, Outcomes, by_rules, by_scorer, outcomes, severest
from eval.metrics import harmful
from eval.robustness import Asked, FamilyFigures, Robustness, robustness, slipped
from eval.robustness_plot import draw
from moderation.decision import Outcome
from moderation.normaliser import Normalised, normalise
from moderation.rules import Rule, RuleSet
from moderation.views.view import ViewName
from tests.fakes import KeywordScorer
from tests.training import tiny
from tests.training.tiny import NAMES

TRAIN, ROWS = tiny.columns(280, seed=9), tiny.columns(280)
BAD = harmful(TRAIN.labels, TRAIN.union)
BEARING = bearing_words(TRAIN.take(BAD).texts, TRAIN.take(~BAD).texts)
KEYWORDS = by_scorer(KeywordScorer({word: (label, 0.95) for label, word in tiny.WORDS.items()}))


def asked(**changes: object) -> Asked:
    told = {"judge": KEYWORDS, "model": "keywords", "about": "tiny", "data_hash": "abc", "bearing": BEARING}
    return Asked(**{**told, "strength": 1.0, **changes})  # type: ignore[arg-type]


def line(report: Robustness, name: str) -> FamilyFigures:
    return next(each for each in (*report.families, *report.together) if each.name == name)


@pytest.fixture(scope="module")
def report() -> Robustness:
    return robustness(ROWS, asked())


def test_a_judge_of_plain_words_loses_what_is_reversed(report: Robustness) -> None:
    told = line(report, "reversed")
    assert 1.0 == told.before.share
    assert told.after.share < 0.2
    assert told.change.high < -0.7


def test_what_the_normaliser_undoes_is_lost_only_without_it(report: Robustness) -> None:
    told = line(report, "traditional")
    assert told.before.rows > 20
    assert 0.0 == told.change.value
    assert told.as_sent.high < -0.5


def test_families_never_trained_on_stand_apart(report: Robustness) -> None:
    assert [each.name for each in FAMILIES] == [each.name for each in report.families]
    assert [("trained on", False), ("held out", True)] == [(each.name, each.held_out) for each in report.together]
    held = [each.before.rows for each in report.families if each.held_out]
    assert sum(held) == line(report, "held out").before.rows


def test_a_family_is_measured_on_the_rows_that_it_can_rewrite(report: Robustness) -> None:
    assert 140 == report.violations == line(report, "filler").before.rows
    assert line(report, "styled").before.rows < 140


def test_a_judge_that_distrusts_disguise_itself_is_found_out() -> None:
    def suspicious(texts: Sequence[Normalised]) -> Outcomes:
        return np.array(
            [BLOCKED if any(mark in text.source for mark in "🌹💕🔥👉✨🍀😊🌟💋🎈🐰❤👍") else PASSED for text in texts]
        )

    told = line(robustness(ROWS, asked(judge=suspicious)), "emoji_between")
    assert told.change.low > 0.9
    assert told.newly_blocked.share > 0.9
    assert 0 == told.newly_reviewed.hits


def test_a_word_judge_sees_no_ghost(report: Robustness) -> None:
    assert (0, 0) == (report.harmless_reviewed.hits, report.harmless_blocked.hits)
    assert all(0 == each.newly_blocked.hits == each.newly_reviewed.hits for each in report.families)


def test_no_strength_is_no_change() -> None:
    told = robustness(ROWS, asked(strength=0.0))
    assert {0.0} == {each.change.value for each in told.families if each.change}


def test_half_the_strength_costs_about_half() -> None:
    told = line(robustness(ROWS, asked(strength=0.5)), "reversed")
    assert -0.9 < told.change.value < -0.3


def test_at_most_so_many_rows_are_judged_and_always_the_same() -> None:
    few, again = (robustness(rows, asked(most=30)) for rows in (ROWS, ROWS.take(np.arange(len(ROWS))[::-1])))
    assert (30, 30) == (few.violations, few.harmless)
    assert line(few, "filler").after == line(again, "filler").after


def test_words_that_are_not_known_leave_the_content_words() -> None:
    told = line(robustness(ROWS, asked(bearing=BearingWords({}))), "reversed")
    assert told.after.share < told.before.share


def test_no_rows_are_no_error() -> None:
    told = robustness(Rows.of([], len(NAMES)), asked())
    assert all(each.change is None for each in told.families)
    assert {} == draw(told)


def test_the_report_goes_to_json(report: Robustness) -> None:
    told = json.loads(json.dumps(report.to_json()))
    assert 16 == len(told["families"])
    assert {"before", "after", "low", "high", "rows"} == set(told["families"][0]["change"])


def test_pictures_name_every_family_that_was_measured(report: Robustness) -> None:
    pictures = draw(report)
    assert 2 == len(pictures)
    for svg in pictures.values():
        assert all(each.name in svg for each in report.families if each.before.rows)


def test_the_severest_of_several_judges_counts() -> None:
    rule = Rule("a.b", "abuse", {}, Outcome.REVIEW, "", terms=("公园",))
    both = severest(KEYWORDS, by_rules(RuleSet([rule], "1")))
    assert [PASSED, REVIEWED, BLOCKED, BLOCKED] == outcomes(
        both, ["看花", "去公园", "蠢货滚开", "蠢货滚开去公园"]
    ).tolist()
    assert [] == outcomes(both, []).tolist()


def test_as_sent_every_view_is_the_text_itself() -> None:
    text = "ＣＡＳＩＮＯ　錢\ud800"
    read = AsSent(text)
    for name in ViewName:
        assert text == read.view(name).text
        assert read.view(name).to_source(0, 2).of(text) == "ＣＡ"
    assert text == read.canonical.text
    assert text != normalise(text).canonical.text
    assert not read.is_empty
    assert AsSent("").is_empty


def test_families_can_be_chosen() -> None:
    told = robustness(ROWS, asked(), families=[family("filler")])
    assert ["filler"] == [each.name for each in told.families]
    assert line(told, "held out").change is None


def test_what_slipped_through_was_found_plainly_and_is_told_as_the_family_writes_it() -> None:
    found = slipped(ROWS, asked(), families=[family("reversed"), family("traditional")])
    assert {"reversed"} == {each.family for each in found}
    assert all(each.held_out for each in found)
    for each in found:
        assert each.text != ROWS.texts[each.at]
        assert [REVIEWED, PASSED] == [min(REVIEWED, *outcomes(KEYWORDS, [ROWS.texts[each.at]])),
                                      *outcomes(KEYWORDS, [each.text])]  # fmt: skip


def test_as_many_slipped_through_as_the_report_says(report: Robustness) -> None:
    told = line(report, "reversed")
    found = slipped(ROWS, asked(), families=[family("reversed")])
    assert told.before.hits - told.after.hits == len(found)
    assert found[:2] == slipped(ROWS, asked(), families=[family("reversed")], most=2)
