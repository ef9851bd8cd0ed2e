from __future__ import annotations

import numpy as np
import pytest

from data.rows import Row, Rows
from eval.cells import Cell, alarms, missed, ranked
from eval.cells_plot import draw
from eval.metrics import Scores
from eval.mistakes import find
from eval.slices import Axis
from moderation.ports import Thresholds

NAMES = ("gambling", "abuse")
CUTS = {name: Thresholds(0.5, 0.9) for name in NAMES}


def world(count: int, bad_lang: str, *, grouped: bool = False) -> tuple[Rows, Scores]:
    """Half of each language gambles and is found, but in `bad_lang`, where harmless rows raise the alarm as well."""
    rows = [
        Row(id=f"{lang}{at}", text="x", lang=lang, source="s", group=lang if grouped else f"{lang}{at}", kind="",
            labels=(at % 2, 0), union=(0, 0))
        for lang in ("zh", "en", "th")
        for at in range(6 if lang == "th" else count)
    ]  # fmt: skip
    held = Rows.of(rows, 2)
    wrong = np.array([lang == bad_lang for lang in held.langs])
    scores = np.zeros((len(rows), 2))
    scores[:, 0] = np.where((held.labels[:, 0] == 1) != wrong, 0.8, 0.1)
    return held, scores


def by_place(cells: list[Cell]) -> dict[tuple[str, str], Cell]:
    return {(each.label, each.part): each for each in cells}


def test_the_cell_in_which_everything_is_missed_stands_out() -> None:
    found = by_place(missed(find(*world(80, "en"), CUTS), Axis.LANGUAGE))
    assert {("gambling", "en"): (40, 40, True), ("gambling", "zh"): (0, 40, False)} == {
        place: (each.wrong.hits, each.wrong.rows, each.stands_out) for place, each in found.items()
    }


def test_alarms_are_counted_among_harmless_rows_that_know_the_label() -> None:
    rows, scores = world(80, "en")
    rows.labels[1::2, 1] = -1
    found = by_place(alarms(find(rows, scores, CUTS), Axis.LANGUAGE))
    assert (40, 40, True) == (
        found["gambling", "en"].wrong.hits, found["gambling", "en"].wrong.rows, found["gambling", "en"].stands_out
    )  # fmt: skip
    assert (0, 40) == (found["abuse", "zh"].wrong.hits, found["abuse", "zh"].wrong.rows)


def test_a_cell_of_few_rows_is_told_and_not_judged() -> None:
    found = by_place(missed(find(*world(30, "en"), CUTS), Axis.LANGUAGE))
    assert (15, False, False) == (
        found["gambling", "en"].wrong.rows, found["gambling", "en"].judged, found["gambling", "en"].stands_out
    )  # fmt: skip


def test_one_group_of_rows_does_not_stand_out_since_it_tells_of_itself_alone() -> None:
    found = by_place(missed(find(*world(80, "en", grouped=True), CUTS), Axis.LANGUAGE))
    assert not found["gambling", "en"].stands_out


@pytest.mark.parametrize("seed", range(5))
def test_a_model_that_is_equally_bad_everywhere_has_no_cell_that_stands_out(seed: int) -> None:
    generator = np.random.default_rng(seed)
    rows = Rows.of(
        [Row(id=str(at), text="x", lang=f"l{at % 40}", source="s", group=str(at), kind="", labels=(1, 0), union=(0, 0))
         for at in range(4_000)], 2)  # fmt: skip
    scores = np.where(generator.random((4_000, 2)) < 0.3, 0.1, 0.8)
    assert [] == [each.part for each in missed(find(rows, scores, CUTS), Axis.LANGUAGE) if each.stands_out]


def test_cells_that_stand_out_are_ranked_first_and_small_ones_not_at_all() -> None:
    rows, scores = world(80, "en")
    scores[0, 0] = scores[1, 0] = 0.1  # one miss in Chinese, which is no more than luck
    found = ranked(missed(find(rows, scores, CUTS), Axis.LANGUAGE))
    assert [("en", True), ("zh", False)] == [(each.part, each.stands_out) for each in found]


def test_the_picture_says_each_cell_and_marks_what_stands_out() -> None:
    cells = missed(find(*world(80, "en"), CUTS), Axis.LANGUAGE)
    picture = draw(cells, {"gambling": "赌博 Gambling", "abuse": "谩骂 Abuse"}, title="漏报 missed")
    assert ">40/40 ●<" in picture
    assert ">0/40<" in picture
    assert "谩骂 Abuse" in picture
    assert "漏报 missed" in picture


def test_no_cell_is_a_picture_too() -> None:
    assert draw([], {"gambling": "赌博 Gambling"}, title="").rstrip().endswith("</svg>")
