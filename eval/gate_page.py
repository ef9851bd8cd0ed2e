"""The gate's answer as one HTML page that needs nothing beside itself. It holds ids of comments and no text of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from eval.charts import inline
from eval.plots import titled
from eval.report import page
from registry.files import write_atomically
from registry.gate_file import GateFile, Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GATE_PAGE: Final = "gate.html"
MOST_LINES: Final = 24
"""Slices in a picture: those whose difference is furthest from zero; the tables have all."""

_ORDER: Final = {each: at for at, each in enumerate((Outcome.NO, Outcome.WARNING, Outcome.YES))}

Line = dict[str, Any]
"""One of the figures' `compared`."""


def write_page(bundle: Path, gate: GateFile, name: str) -> Path:
    """Writes the page beside `gate.json`, whole or not at all."""
    path = bundle / GATE_PAGE
    write_atomically(path, render(gate, name).encode())
    return path


def render(gate: GateFile, name: str) -> str:
    """The page as HTML; every value is escaped but our own pictures."""
    compared: list[Line] = gate.figures.get("compared", [])
    axes = {axis: [each for each in compared if each["axis"] == axis] for axis in dict.fromkeys(_axes(compared))}
    judged = [each for each in gate.checks if each.outcome is not Outcome.NOT_JUDGED]
    shown = [each for each in judged if each.slice == "all" or not each.passed or each.name.startswith("neutral")]
    pictures = {title: inline(svg) for title, svg in _pictures(compared).items()}
    failed = len(gate.of(Outcome.NO))
    return page("gate.html").render(
        gate=gate, name=name, checks=sorted(shown, key=lambda each: _ORDER[each.outcome]), failed=failed, axes=axes,
        pictures=pictures, untold=gate.of(Outcome.NOT_JUDGED),
    )  # fmt: skip


def _axes(compared: list[Line]) -> list[str]:
    return [each["axis"] for each in compared]


def _pictures(compared: list[Line]) -> dict[str, str]:
    """Of the figures that are told of slices the differences with their intervals."""
    titles = {"harmful_found": "Harmful rows not passed, difference to the champion",
              "harmless_stopped": "Harmless rows stopped, difference to the champion"}  # fmt: skip
    told = {title: [each for each in compared if each["figure"] == figure] for figure, title in titles.items()}
    return {title: titled(title, _forest(lines)) for title, lines in told.items() if lines}


def _forest(lines: list[Line]) -> Callable[[Axes], None]:
    furthest = sorted(lines, key=lambda each: (each["axis"] != "all", -abs(each["value"])))[:MOST_LINES]

    def draw(axes: Axes) -> None:
        values = [100 * each["value"] for each in furthest]
        left = [max(0.0, value - 100 * each["low"]) for value, each in zip(values, furthest, strict=True)]
        right = [max(0.0, 100 * each["high"] - value) for value, each in zip(values, furthest, strict=True)]
        axes.errorbar(values, range(len(furthest)), xerr=(left, right), fmt="o", markersize=4, linewidth=1)
        axes.axvline(0, color="0.3", linewidth=0.8)
        axes.set_yticks(range(len(furthest)), [each["part"] for each in furthest], fontsize=7)
        axes.invert_yaxis()
        axes.set(xlabel="points")

    return draw
