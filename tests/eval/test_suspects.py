from __future__ import annotations

from dataclasses import replace

import numpy as np

from data.rows import Rows
from eval.suspects import find_suspects
from tests.training import tiny

NAMES = tiny.NAMES
ABUSE, HATE = NAMES.index("abuse"), NAMES.index("hate")


def asked_of(count: int) -> tuple[Rows, np.ndarray]:
    """Rows that know abuse alone, every third yes, and a model that is right and rather sure."""
    labels = np.full((count, len(NAMES)), -1, dtype=np.int8)
    labels[:, ABUSE] = np.arange(count) % 3 == 0
    said = np.where(labels == 1, 0.9, 0.1).astype(np.float64)
    return replace(tiny.columns(count), labels=labels), said


def test_a_label_that_the_model_contradicts_comes_first() -> None:
    rows, said = asked_of(120)
    said[4, ABUSE], said[6, ABUSE] = 0.99, 0.04

    found = find_suspects(rows, said, NAMES)

    assert [(4, False), (6, True)] == [(each.row, each.given) for each in found.suspects]
    assert [("abuse", 120, 40, 1, 1)] == [
        (each.question, each.rows, each.yes, each.suspect_yes, each.suspect_no) for each in found.asked
    ]


def test_a_row_that_does_not_know_a_label_is_not_doubted_about_it() -> None:
    rows, said = asked_of(120)
    rows.labels[4, ABUSE] = -1
    said[4, ABUSE] = 0.99

    assert () == find_suspects(rows, said, NAMES).suspects


def test_a_union_is_one_question() -> None:
    rows, said = asked_of(120)
    yes = rows.labels[:, ABUSE] == 1
    rows.union[yes, ABUSE] = rows.union[yes, HATE] = 1
    rows.labels[yes, ABUSE] = -1
    rows.labels[~yes, HATE] = 0
    said[:, HATE] = 0.01
    said[4, HATE] = 0.97

    found = find_suspects(rows, said, NAMES)

    assert ["abuse|hate"] == [each.question for each in found.asked]
    assert [(4, False, 0.97)] == [(each.row, each.given, each.probability) for each in found.suspects]


def test_a_source_with_few_answers_is_not_asked() -> None:
    rows, said = asked_of(60)
    said[4, ABUSE] = 0.99

    assert find_suspects(rows, said, NAMES).asked == ()


def test_sources_are_judged_apart() -> None:
    rows, said = asked_of(240)
    half = ["one"] * 120 + ["other"] * 120

    found = find_suspects(replace(rows, sources=half), said, NAMES)

    assert [("one", 120), ("other", 120)] == [(each.source, each.rows) for each in found.asked]


def test_the_doubt_about_a_row_is_found_by_the_label_or_a_member_of_its_union() -> None:
    rows, said = asked_of(120)
    said[4, ABUSE] = 0.99
    found = find_suspects(rows, said, NAMES)
    assert found.suspects[0] == found.doubt(4, "abuse", given=False)
    assert found.doubt(4, "abuse", given=True) is None
    assert found.doubt(5, "abuse", given=False) is None
