"""Charts as the templates draw them (`_chart.html`): places are worked out here, so that tests can ask for them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 12, 26
_WIDEST = 64
"""Of a bar: one alone is no wall."""

ROW, MOST_ROWS = 14, 3
"""How far rows of a name lie apart, and how many there are."""

_NARROW, _WIDE = 6.6, 12.0
"""Of a letter and of a Chinese character."""

_PIECES = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]|[^\s\u2e80-\u9fff\uf900-\ufaff]+\s*|\s+")


@dataclass(frozen=True, slots=True)
class Column:
    """A bar from the bottom; `of` is drawn lighter behind it, `inner` before it. `title` is what a pointer is told."""

    x: float
    width: float
    y: float
    height: float
    of_y: float
    of_height: float
    title: str
    inner_height: float = 0.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A word on an axis; a long one goes on in the rows below it."""

    at: float
    name: str
    row: int = 0


@dataclass(frozen=True, slots=True)
class Columns:
    """Bars over a baseline, and a line of points where there is one."""

    width: int
    height: int
    left: int
    bottom: int
    bars: tuple[Column, ...]
    names: tuple[Tick, ...]
    lines: tuple[Tick, ...]
    path: str


def columns(
    names: Sequence[str],
    values: Sequence[float],
    *,
    of: Sequence[float] = (),
    inner: Sequence[float] = (),
    titles: Sequence[str] = (),
    line: Sequence[float | None] = (),
) -> Columns:
    """A bar for each value, `of` behind it, `inner` (a part of it) before it, and `line` on the same scale.

    Every so many names are written out, long ones in rows below each other.
    """
    most = max([*values, *of, *(one for one in line if one is not None)], default=0.0)
    top = _round_up(most) if most > 0 else 1.0
    room = WIDTH - _LEFT - _RIGHT
    step = room / max(1, len(values))
    wide = min(step * 0.76, _WIDEST)

    def height(value: float) -> float:
        return (HEIGHT - _TOP - _BOTTOM) * value / top

    every = max(1, -(-len(names) * 44 // room))
    written = [
        Tick(_LEFT + (at + 0.5) * step, part, row)
        for at, name in enumerate(names)
        if at % every == 0
        for row, part in enumerate(_broken(name, step * every))
    ]
    base = HEIGHT - _BOTTOM
    behind = of or [0.0] * len(values)
    bars = tuple(
        Column(
            _LEFT + (at + 0.5) * step - wide / 2, wide, base - height(value), height(value),
            base - height(behind[at]), height(behind[at]), titles[at] if titles else f"{names[at]}: {value:g}",
            height(inner[at]) if inner else 0.0,
        )
        for at, value in enumerate(values)
    )  # fmt: skip
    points = [
        f"{'M' if at == 0 or line[at - 1] is None else 'L'}{_LEFT + (at + 0.5) * step:.1f} {base - height(value):.1f}"
        for at, value in enumerate(line)
        if value is not None
    ]
    below = ROW * max((each.row for each in written), default=0)
    return Columns(WIDTH, HEIGHT + below, _LEFT, base, bars, tuple(written), _lines(top, base), "".join(points))


def _broken(name: str, room: float) -> list[str]:
    """The name in rows that fit into `room`, between words, or anywhere in what has none; what is left over is cut."""
    rows = [""]
    for piece in _PIECES.findall(name):
        if rows[-1] and _width(rows[-1] + piece.rstrip()) > room:
            rows.append("")
        rows[-1] += piece if rows[-1] else piece.lstrip()
    kept = [row.strip() for row in rows[:MOST_ROWS]]
    return [*kept[:-1], f"{kept[-1]}…"] if len(rows) > MOST_ROWS else kept


def _width(text: str) -> float:
    """About how wide it is written."""
    return sum(_WIDE if unicodedata.east_asian_width(char) in "WF" else _NARROW for char in text)


def _lines(top: float, base: float) -> tuple[Tick, ...]:
    whole = [number for number in (4, 5, 2, 1) if (top / number) % 1 == 0]
    count = whole[0] if whole else 4
    scale = (HEIGHT - _TOP - _BOTTOM) / top
    return tuple(Tick(base - top * at / count * scale, f"{top * at / count:g}") for at in range(count + 1))


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 5, 8, 10 times a power of ten: an axis that ends at a plain number."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    while power > value:
        power /= 10
    return next(power * factor for factor in (1, 2, 4, 5, 8, 10) if power * factor >= value * 0.999999)
