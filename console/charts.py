"""Charts as the templates draw them (`_chart.html`): places are worked out here, so that tests can ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

WIDTH, HEIGHT = 720, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 12, 26
_WIDEST = 64
"""Of a bar: one alone is no wall."""

_ROW = 15
"""How much lower a second row of names stands."""

_HAN, _LATIN, _GAP = 12.5, 7.0, 8.0
"""About how wide a character on an axis is, and what has to be free between two names."""


@dataclass(frozen=True, slots=True)
class Column:
    """A bar from the bottom; `of` is drawn lighter behind it. `title` is what a pointer is told."""

    x: float
    width: float
    y: float
    height: float
    of_y: float
    of_height: float
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A word on an axis; `down` is how much lower than others it stands."""

    at: float
    name: str
    down: int = 0


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
    titles: Sequence[str] = (),
    line: Sequence[float | None] = (),
    in_order: bool = True,
) -> Columns:
    """A bar for each value, `of` behind it, and `line` on the same scale. Every so many names are written out.

    `in_order`: one name tells what its neighbours are, as with days. Others are all written, in two rows where one is
    too narrow, as far as two have room for them.
    """
    most = max([*values, *of, *(one for one in line if one is not None)], default=0.0)
    top = _round_up(most) if most > 0 else 1.0
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(values))
    wide = min(step * 0.76, _WIDEST)
    every = max(1, ceil(max(map(_width, names), default=0.0) / step))
    in_two_rows = not in_order and every > 1
    base = HEIGHT - _BOTTOM - _ROW * in_two_rows

    def height(value: float) -> float:
        return (base - _TOP) * value / top

    behind = of or [0.0] * len(values)
    bars = tuple(
        Column(
            _LEFT + (at + 0.5) * step - wide / 2, wide, base - height(value), height(value),
            base - height(behind[at]), height(behind[at]), titles[at] if titles else f"{names[at]}: {value:g}",
        )
        for at, value in enumerate(values)
    )  # fmt: skip
    written = _in_two_rows(names, step, every) if in_two_rows else _in_a_row(names, step, every)
    points = [
        f"{'M' if at == 0 or line[at - 1] is None else 'L'}{_LEFT + (at + 0.5) * step:.1f} {base - height(value):.1f}"
        for at, value in enumerate(line)
        if value is not None
    ]
    return Columns(WIDTH, HEIGHT, _LEFT, base, bars, written, _lines(top, base), "".join(points))


def _in_a_row(names: Sequence[str], step: float, every: int) -> tuple[Tick, ...]:
    return tuple(Tick(_LEFT + (at + 0.5) * step, name) for at, name in enumerate(names) if at % every == 0)


def _in_two_rows(names: Sequence[str], step: float, every: int) -> tuple[Tick, ...]:
    """One up, one down: each row has room for half as many."""
    apart = ceil(every / 2)
    shown = ((at, name) for at, name in enumerate(names) if at % apart == 0)
    return tuple(Tick(_LEFT + (at + 0.5) * step, name, _ROW * (at // apart % 2)) for at, name in shown)


def _width(name: str) -> float:
    """About, with what has to be free beside it."""
    return sum(_HAN if ord(character) > 0x2E7F else _LATIN for character in name) + _GAP


def _lines(top: float, base: float) -> tuple[Tick, ...]:
    whole = [number for number in (4, 5, 2, 1) if (top / number) % 1 == 0]
    count = whole[0] if whole else 4
    scale = (base - _TOP) / top
    return tuple(Tick(base - top * at / count * scale, f"{top * at / count:g}") for at in range(count + 1))


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 5, 8, 10 times a power of ten: an axis that ends at a plain number."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    while power > value:
        power /= 10
    return next(power * factor for factor in (1, 2, 4, 5, 8, 10) if power * factor >= value * 0.999999)
