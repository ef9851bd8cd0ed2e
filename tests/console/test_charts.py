"""Charts drawn on the server: their axes end at plain numbers, whatever is on them."""

from __future__ import annotations

import pytest

from console.charts import _width, columns


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([0.0, 0.0], ["0", "1"]),
        ([], ["0", "1"]),
        ([3.0, 7.0], ["0", "2", "4", "6", "8"]),
        ([0.03], ["0", "0.01", "0.02", "0.03", "0.04"]),
    ],
)
def test_an_axis_has_plain_numbers_from_nothing_to_above_the_highest_bar(values: list[float], marks: list[str]) -> None:
    drawn = columns([str(at) for at in range(len(values))], values)
    assert marks == [line.name for line in drawn.lines]
    assert all(0 <= bar.height <= drawn.bottom for bar in drawn.bars)


def test_names_that_do_not_fit_beside_each_other_are_broken_into_rows() -> None:
    drawn = columns(["warn the author", "restrict the author", "提醒作者就评论", "x" * 90] * 2, [1.0] * 8)
    rows = [each.name for each in drawn.names[:6]]
    assert ["warn the", "author"] == rows[:2]
    assert ["restrict the", "author"] == rows[2:4]
    assert all(_width(each.name) <= 90 for each in drawn.names if "x" not in each.name)
    assert 240 < drawn.height
    short = columns(["a", "b"], [1.0, 2.0])
    assert (240, {0}) == (short.height, {each.row for each in short.names})


def test_a_name_of_many_words_ends_in_three_rows() -> None:
    drawn = columns(["one two three four five six seven eight nine ten"] + [""] * 9, [1.0] * 10)
    assert 3 == len([each for each in drawn.names if each.name])
    assert drawn.names[2].name.endswith("…")
