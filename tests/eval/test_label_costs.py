from __future__ import annotations

import numpy as np

from data.rows import Row, Rows
from eval.label_costs import label_costs
from eval.metrics import interval
from moderation.ports import Thresholds

NAMES = ("gambling", "abuse")
CUTS = {"gambling": Thresholds(0.3, 0.8), "abuse": Thresholds(0.5, 0.9)}


def row(at: int, labels: tuple[int, int], union: tuple[int, int] = (0, 0), *, everyday: bool = False) -> Row:
    return Row(id=str(at), text="x", lang="zh", source="s", group=str(at), kind="", labels=labels, union=union,
               everyday=everyday)  # fmt: skip


ROWS = Rows.of(
    [
        row(0, (0, 0), everyday=True), row(1, (0, 0), everyday=True), row(2, (0, 0), everyday=True),
        row(3, (1, 0)), row(4, (1, 0)), row(5, (-1, -1), (1, 1)), row(6, (0, 0)),
    ], 2)  # fmt: skip
SCORES = np.array([[0.85, 0.0], [0.4, 0.6], [0.1, 0.1], [0.9, 0.0], [0.2, 0.99], [0.5, 0.1], [0.99, 0.99]])


def test_everyday_comments_are_charged_to_the_label_that_costs_them() -> None:
    gambling, abuse = label_costs(ROWS, SCORES, CUTS)
    assert (1, 1) == (gambling.everyday_blocked.hits, gambling.everyday_reviewed.hits)
    assert (0, 1) == (abuse.everyday_blocked.hits, abuse.everyday_reviewed.hits)
    assert 3 == gambling.everyday_blocked.rows


def test_harm_counts_for_the_label_that_finds_it() -> None:
    gambling, abuse = label_costs(ROWS, SCORES, CUTS)
    assert (2, 1, 3) == (gambling.found.hits, gambling.blocked.hits, gambling.found.rows)
    assert (0, 1) == (abuse.found.hits, abuse.found.rows)


def test_intervals_are_those_of_the_rows_groups() -> None:
    assert interval(1, 3) == label_costs(ROWS, SCORES, CUTS)[0].everyday_blocked


def test_a_label_that_no_row_carries_says_nothing() -> None:
    (told,) = label_costs(ROWS.take([0, 1]), SCORES[:2], {**CUTS})[1:]
    assert (0, 0.0, 1.0) == (told.found.rows, told.found.low, told.found.high)
