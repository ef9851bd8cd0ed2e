"""The picture of `eval/realism.py`: which files are most easily told from real comments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eval.charts import svg
from eval.realism import Cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST = 40


def draw(cells: Sequence[Cell]) -> str:
    """A bar for each of the forty files that give themselves away most, as SVG text."""
    found = [(each.auc, f"{each.file} ({cell.label}, {each.rows})") for cell in cells for each in cell.files]
    worst = sorted(found, reverse=True)[:MOST][::-1]

    def bars(axes: Axes) -> None:
        axes.barh([name for _, name in worst], [auc for auc, _ in worst], color="#9ecae1")
        axes.axvline(0.5, color="0.5", linestyle="--")
        axes.set(xlim=(0, 1), xlabel="area under the curve: 0.5 cannot be told from real comments")
        axes.tick_params(axis="y", labelsize=6)

    return svg(bars, size=(7.2, 1.2 + 0.17 * len(worst)))
