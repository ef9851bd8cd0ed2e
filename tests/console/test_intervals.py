"""Differences drawn about zero: which way, how far, and how surely."""

from __future__ import annotations

from console.intervals import Difference, intervals


def told(value: float, low: float, high: float) -> Difference:
    return Difference("shop west", "moderator mia", "removed", value, low, high)


def test_what_is_less_stands_left_of_zero_and_what_is_more_right_of_it() -> None:
    chart = intervals([told(-0.192, -0.31, -0.07), told(0.218, 0.09, 0.345)])
    less, more = chart.rows
    assert less.low < less.at < less.high < 50 < more.low < more.at < more.high
    assert ("−19.2 (−31.0 – −7.0)", "+21.8 (+9.0 – +34.5)") == (less.figures, more.figures)
    assert ["−40", "−20", "0", "+20", "+40"] == [each.name for each in chart.marks]
    assert [8.0, 50.0, 92.0] == [chart.marks[at].at for at in (0, 2, 4)]


def test_the_widest_interval_fits_and_a_chart_of_nothing_has_an_axis() -> None:
    [row] = intervals([told(0.96, 0.9, 1.0)]).rows
    assert 92.0 == row.high
    assert ((), 5) == (intervals([]).rows, len(intervals([]).marks))
