"""Charts drawn on the server: their axes end at plain numbers, whatever is on them."""

from __future__ import annotations

import itertools

import pytest

from console.charts import Columns, columns


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


def widths(drawn: Columns, down: int) -> list[tuple[float, float]]:
    """From where to where each name of a row reaches, by what a character takes."""
    named = [tick for tick in drawn.names if tick.down == down]
    halves = [sum(12 if ord(each) > 0x2E7F else 6.6 for each in tick.name) / 2 for tick in named]
    return [(tick.at - half, tick.at + half) for tick, half in zip(named, halves, strict=True)]


@pytest.mark.parametrize(
    ("names", "written"),
    [
        (["广告", "赌博"], 2),
        (
            [
                "提醒作者",
                "限制部分功能",
                "暂停发布评论",
                "关闭账号",
                "就评论提醒作者",
                "拒绝发布",
                "删除评论",
                "限制评论",
                "暂停评论",
                "关闭评论",
            ],
            10,
        ),
        (["an exceedingly long name of a category"] * 12, 4),
    ],
)
def test_names_of_categories_do_not_overlap_and_all_that_fit_are_written(names: list[str], written: int) -> None:
    drawn = columns(names, [1.0] * len(names), in_order=False)
    assert written == len(drawn.names)
    for down in {tick.down for tick in drawn.names}:
        row = widths(drawn, down)
        assert all(left[1] < right[0] for left, right in itertools.pairwise(row))
        assert drawn.bottom + 18 + down <= drawn.height


def test_names_in_order_stand_in_one_row() -> None:
    drawn = columns([f"2026-{month:02}" for month in range(1, 25)], [1.0] * 24)
    assert {0} == {tick.down for tick in drawn.names}
    assert len(drawn.names) < 24
    row = widths(drawn, 0)
    assert all(left[1] < right[0] for left, right in itertools.pairwise(row))
