"""Differences with their intervals, each a point and a line about zero: one drawing for pages and for HTML reports.

Places are shares of the width, so that words beside it keep their size on any screen; `_intervals.html` draws them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TEMPLATES = Path(__file__).with_name("templates")
"""Where `_intervals.html` is, for who draws it outside of the console."""

_MIDDLE, _REACH = 50.0, 42.0
_TOPS = (0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of shares, from -1 to 1: what differs (`name`), by whom and in what."""

    name: str
    by: str
    outcome: str
    value: float
    low: float
    high: float
    stands_out: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """A difference and its places, in percent of the width."""

    told: Difference
    at: float
    low: float
    high: float

    @property
    def figures(self) -> str:
        """In points, with signs."""
        return f"{_points(self.told.value)} ({_points(self.told.low)} – {_points(self.told.high)})"


@dataclass(frozen=True, slots=True)
class Mark:
    """A number on the axis."""

    at: float
    name: str


@dataclass(frozen=True, slots=True)
class Intervals:
    """All of them on one scale, zero in the middle."""

    rows: tuple[Drawn, ...]
    marks: tuple[Mark, ...]


def intervals(told: Sequence[Difference]) -> Intervals:
    """In the order in which they are given."""
    furthest = max((abs(end) for each in told for end in (each.value, each.low, each.high)), default=0.0)
    top = next(each for each in _TOPS if each >= furthest or each == _TOPS[-1])

    def place(value: float) -> float:
        return round(_MIDDLE + _REACH * max(-1.0, min(1.0, value / top)), 2)

    rows = tuple(Drawn(each, place(each.value), place(each.low), place(each.high)) for each in told)
    marks = tuple(Mark(place(top * part), _mark(top * part)) for part in (-1.0, -0.5, 0.0, 0.5, 1.0))
    return Intervals(rows, marks)


def _points(share: float) -> str:
    return f"{share * 100:+.1f}".replace("-", "−")


def _mark(share: float) -> str:
    return f"{share * 100:+.3g}".replace("-", "−") if share else "0"
