from __future__ import annotations

import numpy as np

from data.rows import Row, Rows
from eval.evaluation import answer_texts
from eval.tiers import second_opinions
from moderation.ports import Thresholds
from registry.calibration import Calibration
from registry.cascade import CascadeRecord, CascadeScorer, Exits
from tests.fakes import LABELS, KeywordScorer

RECORD = CascadeRecord(exits=Exits(clean=0.02, sure=0.95), encoder_share=1.0, calibration=Calibration.identity(LABELS))
FAST = KeywordScorer({"bonus": ("gambling", 0.5), "maybe": ("abuse", 0.1), "casino": ("gambling", 0.99)})
SECOND = KeywordScorer({"bonus now": ("gambling", 0.93), "maybe trash": ("abuse", 0.7)})
CUTS = {label: Thresholds(0.4, 0.9) for label in LABELS}
SCORER = CascadeScorer(FAST, SECOND, RECORD, CUTS, name="chaffinch", version="5")


def row(text: str, label: str | None) -> Row:
    labels = tuple(int(name == label) for name in LABELS)
    return Row(id=text, text=text, lang="en", source="s", group=text, kind="", labels=labels, union=(0,) * len(LABELS))


ROWS = Rows.of(
    [
        row("hello", None),  # sure: not asked
        row("casino", "gambling"),  # sure: not asked
        row("bonus now", "gambling"),  # reviewed, now blocked
        row("maybe trash", "abuse"),  # passed, now reviewed
        row("bonus week at work", None),  # reviewed, now passes
        row("bonus lure", "gambling"),  # reviewed, now passes: lost
    ],
    len(LABELS),
)
FOUND = second_opinions(ROWS, SCORER, answer_texts(SCORER, ROWS.texts))


def test_only_what_the_fast_tier_is_unsure_of_is_looked_at() -> None:
    assert [2, 3, 4, 5] == FOUND.at.tolist()
    assert (4, 6) == (FOUND.asked.hits, FOUND.asked.rows)


def test_outcomes_before_and_after_are_told_for_harmful_and_harmless_rows() -> None:
    assert [[0, 1, 0], [1, 0, 1], [0, 0, 0]] == FOUND.counts(harmful_rows=True).tolist()
    assert [[0, 0, 0], [1, 0, 0], [0, 0, 0]] == FOUND.counts(harmful_rows=False).tolist()


def test_rows_that_it_found_lost_and_cleared_are_told_by_position() -> None:
    assert [3] == FOUND.moved(harmful_rows=True, passes=False).tolist()
    assert [5] == FOUND.moved(harmful_rows=True, passes=True).tolist()
    assert [4] == FOUND.moved(harmful_rows=False, passes=True).tolist()
    assert [] == FOUND.moved(harmful_rows=False, passes=False).tolist()


def test_a_cascade_that_was_sure_of_everything_changed_nothing() -> None:
    rows = ROWS.take([0, 1])
    found = second_opinions(rows, SCORER, answer_texts(SCORER, rows.texts))
    assert 0 == found.asked.hits
    assert 0 == np.sum(found.counts(harmful_rows=True))
