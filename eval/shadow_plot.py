"""Two models' outcomes beside each other: how they agree, and both models' precision, slice by slice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from eval.charts import heatmap, svg
from moderation.decision import Outcome
from moderation.rules.backtest import Share

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BOTH = (("冠军 champion", "#5b6770", -0.15), ("挑战者 challenger", "#b3541e", 0.15))


def agreement(
    counts: ArrayLike, *, before: str = "冠军 champion", after: str = "挑战者 challenger", title: str = ""
) -> str:
    """Comments `(3, 3)` by one's outcome (rows) and the other's (columns), pass to block, as SVG.

    Colours show each row's shares, since nearly all comments pass.
    """
    held = np.asarray(counts, dtype=np.float64)
    shares = held / np.maximum(held.sum(axis=1, keepdims=True), 1)
    names = [outcome.value for outcome in Outcome]

    def draw(axes: Axes) -> None:
        heatmap(axes, shares, rows=names, columns=names,
                told=lambda row, column: f"{held[row, column]:,.0f}\n{shares[row, column]:.1%}")  # fmt: skip
        axes.set(xlabel=after, ylabel=before, title=title)

    return svg(draw, size=(5.2, 3.6))


def precisions(names: Sequence[str], shares: Sequence[tuple[Share, Share]]) -> str:
    """Each slice's precision, champion and challenger, as a dot with its 95 % interval, as SVG."""

    def draw(axes: Axes) -> None:
        for side, (title, colour, shift) in enumerate(BOTH):
            for place, pair in enumerate(shares):
                share, interval = pair[side].share, pair[side].interval
                if share is not None and interval is not None:
                    axes.plot(interval, (place + shift, place + shift), color=colour, linewidth=1.5)
                    axes.plot(share, place + shift, "os"[side], color=colour, markersize=5)
            axes.plot([], [], marker="os"[side], color=colour, label=title)
        axes.set_yticks(range(len(names)), names)
        axes.set(xlim=(0, 1), ylim=(len(names) - 0.5, -0.5), xlabel="精确率 precision")
        axes.grid(axis="x", alpha=0.3)
        axes.legend(loc="lower left", fontsize=8)

    return svg(draw, size=(7.2, 1.4 + 0.4 * len(names)))
