"""Charts drawn on the server: their axes end at plain numbers, whatever is on them."""

from __future__ import annotations

import pytest

from console.charts import columns


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
