from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from moderation.errors import BundleError, PartUnavailableError
from moderation.normaliser import Normalised, normalise
from moderation.ports import Scored, Scorer, Thresholds
from registry.calibration import Calibration, LabelCalibration
from registry.cascade import CascadeRecord, CascadeScorer, Exits, averaged, parse_cascade
from tests.fakes import LABELS, BrokenScorer, KeywordScorer

RECORD = CascadeRecord(exits=Exits(clean=0.02, sure=0.95), calibration=Calibration.identity(LABELS))
THRESHOLDS = {label: Thresholds(0.3, 0.8) for label in LABELS}


class Counting(KeywordScorer):
    """A second tier that remembers what it was asked."""

    def __init__(self, scores: dict[str, tuple[str, float]]) -> None:
        super().__init__(scores)
        self.asked: list[str] = []

    def score(self, texts: Sequence[Normalised]) -> list[Scored]:
        self.asked += [text.source for text in texts]
        return super().score(texts)


def _cascade(second: Scorer, record: CascadeRecord = RECORD) -> CascadeScorer:
    fast = KeywordScorer({"casino": ("gambling", 0.99), "bonus": ("gambling", 0.4)})
    return CascadeScorer(fast, second, record, THRESHOLDS, name="chaffinch", version="5")


def test_only_what_the_fast_tier_is_unsure_of_goes_to_the_encoder() -> None:
    second = Counting({"bonus": ("gambling", 0.9)})
    scored = _cascade(second).score([normalise(text) for text in ("hello", "a bonus", "casino", "bonus!", "")])
    assert ["a bonus", "bonus!"] == second.asked
    assert ["fast", "encoder", "fast", "encoder", "fast"] == [each.tier for each in scored]
    assert 0.99 == scored[2].scores[LABELS.index("gambling")]


def test_at_once_there_is_an_answer_only_where_the_fast_tier_stands_for_all() -> None:
    second = Counting({"bonus": ("gambling", 0.9)})
    cascade = _cascade(second)
    clear, doubtful = [normalise(text) for text in ("hello", "casino")], [normalise("hello"), normalise("a bonus")]
    assert cascade.score(clear) == cascade.at_once(clear)
    assert (None, None) == (cascade.at_once(doubtful), cascade.at_once([]))
    assert cascade.always_both().at_once(clear) is None
    assert [] == second.asked


def test_both_answers_are_averaged_as_log_odds() -> None:
    (scored,) = _cascade(Counting({"bonus": ("gambling", 0.9)})).score([normalise("bonus")])
    odds = (np.log(0.4 / 0.6) + np.log(0.9 / 0.1)) / 2
    assert 1 / (1 + np.exp(-odds)) == pytest.approx(scored.scores[LABELS.index("gambling")])
    assert 0.01 == pytest.approx(scored.scores[LABELS.index("abuse")])


def test_the_encoders_share_weighs_the_average() -> None:
    alone = RECORD.model_copy(update={"encoder_share": 1.0})
    (scored,) = _cascade(Counting({"bonus": ("gambling", 0.9)}), alone).score([normalise("bonus")])
    assert 0.9 == pytest.approx(scored.scores[LABELS.index("gambling")])


def test_the_average_is_calibrated_once_more() -> None:
    bolder = Calibration(labels={label: LabelCalibration(slope=2.0) for label in LABELS})
    record = RECORD.model_copy(update={"calibration": bolder})
    (scored,) = _cascade(Counting({"bonus": ("gambling", 0.9)}), record).score([normalise("bonus")])
    odds = np.log(0.4 / 0.6) + np.log(0.9 / 0.1)
    assert 1 / (1 + np.exp(-odds)) == pytest.approx(scored.scores[LABELS.index("gambling")])


def test_certainty_of_one_tier_is_no_infinity() -> None:
    extremes = averaged(np.array([[0.0, 1.0]]), np.array([[1.0, 1.0]]))
    assert np.isfinite(extremes).all()
    assert (0.0, 0.0) == pytest.approx((extremes[0, 0], extremes[0, 2]), abs=1e-6)


def test_nothing_asked_gives_nothing() -> None:
    second = Counting({})
    assert [] == _cascade(second).score([])
    assert [] == second.asked


def test_an_encoder_that_fails_is_told_as_unavailable_and_clear_comments_still_pass() -> None:
    cascade = _cascade(BrokenScorer())
    assert "fast" == cascade.score([normalise("hello")])[0].tier
    with pytest.raises(PartUnavailableError):
        cascade.score([normalise("hello"), normalise("bonus")])


def test_words_come_from_the_fast_tier_and_else_from_the_encoder() -> None:
    cascade = _cascade(Counting({"wager": ("gambling", 0.9)}))
    bonus, wager = normalise("my bonus wager"), normalise("a wager")
    assert ["bonus"] == [bonus.source[span.start : span.end] for span in cascade.explain(bonus, "gambling")]
    assert ["wager"] == [wager.source[span.start : span.end] for span in cascade.explain(wager, "gambling")]


def test_one_doubtful_label_sends_a_comment_on() -> None:
    rows = np.array([[0.01, 0.99, 0.0], [0.01, 0.99, 0.5], [0.02, 0.95, 1.0], [0.03, 0.99, 0.0]])
    assert [True, False, True, False] == RECORD.exits.stand(rows).tolist()
    assert [True, False, True, False] == [RECORD.exits.stands(row) for row in rows.tolist()]


def test_the_record_comes_back_from_its_file() -> None:
    raw = json.dumps(RECORD.model_dump(mode="json", exclude_none=True)).encode()
    assert RECORD == parse_cascade(raw, LABELS)


@pytest.mark.parametrize("broken", [
    b"", b"{}", b'{"exits": {"clean": 0.9, "sure": 0.1}, "calibration": {"labels": {}}}', b'{"exits": 3}',
])  # fmt: skip
def test_a_damaged_record_is_refused(broken: bytes) -> None:
    with pytest.raises(BundleError, match="train the bundle again"):
        parse_cascade(broken, LABELS)


def test_a_record_about_other_labels_is_refused() -> None:
    raw = json.dumps(RECORD.model_dump(mode="json", exclude_none=True)).encode()
    with pytest.raises(BundleError, match="other labels"):
        parse_cascade(raw, (*LABELS, "spam"))
