"""Charts as the templates draw them (`_chart.html`): places are worked out here, so that tests can ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 12, 26
_WIDEST = 64
"""Of a bar: one alone is no wall."""


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
    """A word on an axis."""

    at: float
    name: str


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
) -> Columns:
    """A bar for each value, `of` behind it, and `line` on the same scale. Every so many names are written out."""
    most = max([*values, *of, *(one for one in line if one is not None)], default=0.0)
    top = _round_up(most) if most > 0 else 1.0
    room = WIDTH - _LEFT - _RIGHT
    step = room / max(1, len(values))
    wide = min(step * 0.76, _WIDEST)

    def height(value: float) -> float:
        return (HEIGHT - _TOP - _BOTTOM) * value / top

    base = HEIGHT - _BOTTOM
    behind = of or [0.0] * len(values)
    bars = tuple(
        Column(
            _LEFT + (at + 0.5) * step - wide / 2, wide, base - height(value), height(value),
            base - height(behind[at]), height(behind[at]), titles[at] if titles else f"{names[at]}: {value:g}",
        )
        for at, value in enumerate(values)
    )  # fmt: skip
    every = max(1, -(-len(names) * 44 // room))
    written = tuple(Tick(_LEFT + (at + 0.5) * step, name) for at, name in enumerate(names) if at % every == 0)
    points = [
        f"{'M' if at == 0 or line[at - 1] is None else 'L'}{_LEFT + (at + 0.5) * step:.1f} {base - height(value):.1f}"
        for at, value in enumerate(line)
        if value is not None
    ]
    return Columns(WIDTH, HEIGHT, _LEFT, base, bars, written, _lines(top, base), "".join(points))


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
