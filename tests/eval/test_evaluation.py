from __future__ import annotations

import json
from html.parser import HTMLParser

import numpy as np
import pytest
from pydantic import ValidationError

from data.rows import Rows
from eval.class_questions import CHINESEHARM
from eval.evaluation import Evaluation, evaluate, score_texts
from eval.joining import joined
from eval.plots import draw
from eval.report import render
from eval.slices import Axis, parts
from tests.fakes import KeywordScorer
from tests.training import tiny
from tests.training.tiny import NAMES, TAXONOMY

ROWS = joined(tiny.columns(280), tiny.columns(60, seed=9))
SCORER = KeywordScorer({word: (label, 0.95) for label, word in tiny.WORDS.items()})


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluate(SCORER, ROWS, about="tiny", data_hash="abc", question=CHINESEHARM)


def test_a_model_that_knows_the_words_is_told_to_be_right(evaluation: Evaluation) -> None:
    assert 1.0 == evaluation.macro_f1
    assert 1.0 == evaluation.harmful_found.share == evaluation.harmful_blocked.share
    assert (0, 170) == (evaluation.everyday_blocked.hits, evaluation.everyday_blocked.rows)


def test_everyday_rows_that_are_stopped_are_counted_with_an_interval() -> None:
    strict = KeywordScorer({"": ("abuse", 0.95)})
    told = evaluate(strict, ROWS, about="tiny")
    assert 1.0 == told.everyday_blocked.share
    assert told.everyday_blocked.low > 0.97


def test_the_report_goes_to_json_and_back(evaluation: Evaluation) -> None:
    assert evaluation == Evaluation.from_json(json.loads(json.dumps(evaluation.to_json())))
    with pytest.raises(ValidationError):
        Evaluation.from_json({"model": "x"})


def test_figures_for_tracking_are_numbers_with_plain_names(evaluation: Evaluation) -> None:
    told = evaluation.figures()
    assert 1.0 == told["f1_gambling"] == told["macro_f1"]
    assert all(isinstance(value, float) and "|" not in name for name, value in told.items())


def test_slices_stand_apart_and_small_ones_are_left_out(evaluation: Evaluation) -> None:
    held = {(each.axis, each.name): each.rows for each in evaluation.slices}
    assert len(ROWS) == held["language", "zh"] == held["source", "tiny"]
    assert 170 == held["kind", "talk"]
    assert {} == parts(ROWS.take([0, 1]), Axis.LANGUAGE)


def test_scores_follow_the_rows_in_any_number_of_batches() -> None:
    scores = score_texts(SCORER, ROWS.texts * 3)
    assert (3 * len(ROWS), len(NAMES)) == scores.shape
    np.testing.assert_array_equal(scores[: len(ROWS)], scores[-len(ROWS) :])
    assert (0, len(NAMES)) == score_texts(SCORER, []).shape


def test_no_rows_are_no_error() -> None:
    none = Rows.of([], len(NAMES))
    told = evaluate(SCORER, none, about="nothing")
    assert told.macro_f1 is None
    assert {} == draw(none, score_texts(SCORER, []), NAMES, told)


class Outside(HTMLParser):
    """Collects what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [
            value or "" for name, value in attrs if name in ("src", "href") and not (value or "").startswith("#")
        ]


def test_the_page_needs_nothing_beside_itself_and_escapes_what_it_shows(evaluation: Evaluation) -> None:
    plots = draw(ROWS, score_texts(SCORER, ROWS.texts), NAMES, evaluation)
    hostile = evaluate(SCORER, ROWS, about="<script>alert(1)</script>")
    page = Outside()
    page.feed(render(hostile, plots, TAXONOMY))
    assert [] == [each for each in page.loads if not each.startswith("data:")]
    assert "script" not in page.tags
    assert 5 == page.tags.count("figure") == len(plots)
    assert "赌博" in render(evaluation, plots, TAXONOMY)


def test_a_share_of_no_rows_is_a_dash_and_not_zero() -> None:
    harmful = ROWS.take(~ROWS.everyday)
    told = evaluate(SCORER, harmful, about="tiny")
    plots = draw(harmful, score_texts(SCORER, harmful.texts), NAMES, told)
    assert "<strong>–</strong>日常误拦" in render(told, plots, TAXONOMY)
    assert not any("everyday comments stopped" in title for title in plots)


def test_pictures_are_the_same_for_the_same_figures(evaluation: Evaluation) -> None:
    scores = score_texts(SCORER, ROWS.texts)
    assert draw(ROWS, scores, NAMES, evaluation) == draw(ROWS, scores, NAMES, evaluation)
