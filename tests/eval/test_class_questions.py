from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.rows import Row, Rows
from eval.class_questions import GAMBLING, OFFENSIVE, SCAM, SPAM, class_figures, class_question, question_of
from moderation.errors import NotFoundError
from moderation.taxonomy import load_taxonomy

NAMES = load_taxonomy().names


def vector(rest: int = 0, **given: int) -> tuple[int, ...]:
    return tuple(given.get(name, rest) for name in NAMES)


def row(labels: tuple[int, ...], union: tuple[int, ...] = vector(), *, group: str = "", number: int = 0) -> Row:
    return Row(f"r-{number}", "", "zh", "cold", group, "", labels, union)


EITHER = row(vector(-1, abuse=-1, hate=-1), vector(abuse=1, hate=1))
NEITHER = row(vector(-1, abuse=0, hate=0))


def rows(*kept: Row) -> Rows:
    return Rows.of(kept, len(NAMES))


def scores(*most: tuple[float, float]) -> np.ndarray:
    """Scores of abuse and hate; all else is certain, and must not count."""
    table = np.ones((len(most), len(NAMES)))
    table[:, NAMES.index("abuse")], table[:, NAMES.index("hate")] = np.array(most).T
    return table


@pytest.mark.parametrize(
    ("given", "expected"),
    [((0.49, 0.49), "not offensive"), ((0.5, 0.0), "offensive"), ((0.0, 0.5), "offensive")],
)
def test_the_larger_of_abuse_and_hate_answers_at_one_half(given: tuple[float, float], expected: str) -> None:
    assert [expected] == OFFENSIVE.predicted(scores(given), NAMES).tolist()


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (EITHER, "offensive"),
        (row(vector(-1, hate=1)), "offensive"),
        (NEITHER, "not offensive"),
        (row(vector(-1, abuse=0)), ""),
        (row(vector(-1), vector(advertising=1, fraud=1)), ""),
    ],
)
def test_a_row_is_offensive_by_a_member_or_the_union_and_is_not_where_both_are_absent(held: Row, expected: str) -> None:
    one = rows(held)
    assert [expected] == OFFENSIVE.actual(one.labels, one.union, NAMES).tolist()


def test_macro_f1_is_the_mean_of_both_classes() -> None:
    told = class_figures(
        OFFENSIVE, rows(EITHER, EITHER, NEITHER, NEITHER), scores((0.9, 0), (0, 0), (0, 0), (0, 0)), NAMES
    )
    assert {"offensive": pytest.approx(2 / 3), "not offensive": pytest.approx(4 / 5)} == told.f1
    assert (2 / 3 + 4 / 5) / 2 == pytest.approx(told.macro_f1)
    assert ((2, 0), (1, 1)) == told.confusion
    assert told.low <= told.macro_f1 <= told.high


def test_rows_that_do_not_know_are_left_out() -> None:
    told = class_figures(OFFENSIVE, rows(EITHER, row(vector(-1))), scores((0.9, 0), (0.9, 0)), NAMES)
    assert (1, 1.0) == (told.rows, told.macro_f1)


def test_one_group_is_drawn_whole_so_that_it_leaves_nothing_to_chance() -> None:
    kept = [EITHER if at % 2 else NEITHER for at in range(40)]
    said = scores(*((0.9, 0.0) if at % 3 else (0.0, 0.0) for at in range(40)))
    alone = class_figures(OFFENSIVE, rows(*kept), said, NAMES)
    together = class_figures(OFFENSIVE, rows(*(row(each.labels, each.union, group="g") for each in kept)), said, NAMES)
    assert together.low == together.high == together.macro_f1 == alone.macro_f1
    assert alone.low < alone.macro_f1 < alone.high


def test_no_rows_give_no_figure_and_no_error() -> None:
    told = class_figures(OFFENSIVE, rows(), np.empty((0, len(NAMES))), NAMES)
    assert (0, 0.0, 0.0, 1.0, {}) == (told.rows, told.macro_f1, told.low, told.high, told.f1)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (row(vector(-1, fraud=-1, gambling=-1), vector(gambling=1, fraud=1)), "scam or spam"),
        (row(vector(-1, gambling=-1), vector(advertising=1, fraud=1)), "scam or spam"),
        (row(vector(-1, gambling=0, fraud=0)), "notice"),
        (row(vector(-1, advertising=0, gambling=0, fraud=0)), "notice"),
        (row(vector(-1)), ""),
    ],
)
def test_a_notice_that_may_sell_is_a_notice_all_the_same(held: Row, expected: str) -> None:
    one = rows(held)
    assert [expected] == SCAM.actual(one.labels, one.union, NAMES).tolist()


def test_a_set_is_asked_of_its_own_labels_alone() -> None:
    said = np.zeros((1, len(NAMES)))
    said[0, NAMES.index("abuse")] = 1.0
    assert ["not spam", "no gambling", "notice"] == [
        str(asked.predicted(said, NAMES)[0]) for asked in (SPAM, GAMBLING, SCAM)
    ]
    said[0, NAMES.index("fraud")] = 0.5
    assert ["spam", "no gambling", "scam or spam"] == [
        str(asked.predicted(said, NAMES)[0]) for asked in (SPAM, GAMBLING, SCAM)
    ]


@pytest.mark.parametrize(
    ("source", "asked"),
    [("beep_ko", "offensive"), ("youtube_spam", "spam"), ("judol_id", "gambling"), ("thai_sms", "scam")],
)
def test_sources_that_ask_the_same_share_a_question(source: str, asked: str) -> None:
    found = question_of(rows(replace(NEITHER, source=source)))
    assert found is class_question(asked)


def test_rows_of_one_source_are_asked_its_question_and_mixed_ones_none() -> None:
    assert OFFENSIVE is question_of(rows(EITHER, NEITHER))
    assert question_of(rows(EITHER, replace(NEITHER, source="starter"))) is None
    assert question_of(rows()) is None


def test_an_unknown_question_is_answered_with_the_known_ones() -> None:
    assert OFFENSIVE is class_question("offensive")
    with pytest.raises(NotFoundError, match="chineseharm, offensive"):
        class_question("moon")
