"""Wrong blocks, missed harm and review load against each other, and what scores are worth by language, as SVG text."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from eval.plots import titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from eval.budget import Budget
    from eval.calibrated import Calibrated


def draw(found: Budget) -> dict[str, str]:
    """SVG by title of picture."""
    load, wrong = "Missed harm over review load", "Harm blocked over wrong blocks"
    pictures: dict[str, Callable[[Axes], None]] = {
        load: lambda axes: _load(axes, found),
        wrong: lambda axes: _wrong(axes, found),
    }
    for name in dict.fromkeys(each.label for each in found.calibration):
        lines = [each for each in found.calibration if each.label == name]
        pictures[f"Said and true by language: {name}"] = partial(_reliability, lines=lines)
    return {title: titled(title, picture) for title, picture in pictures.items()}


def _load(axes: Axes, found: Budget) -> None:
    points = sorted((100 * each.reviewed.share, 100 * each.missed.share) for each in found.loads)
    axes.plot([x for x, _ in points], [y for _, y in points], marker=".", label="other budgets")
    axes.plot(100 * found.cost.reviewed.share, 100 * found.cost.missed.share, "o", color="tab:red", label="chosen")
    axes.set(xlabel="everyday comments reviewed (%)", ylabel="harmful rows missed (%)", ylim=(0, 102))
    axes.legend(fontsize=8)


def _wrong(axes: Axes, found: Budget) -> None:
    points = sorted((100 * each.blocked.high, 100 * each.harm_blocked.share) for each in found.blocks)
    axes.plot([x for x, _ in points], [y for _, y in points], marker=".", label="other budgets")
    chosen = found.cost
    axes.plot(100 * chosen.blocked.high, 100 * chosen.harm_blocked.share, "o", color="tab:red", label="chosen")
    axes.axvline(100 * chosen.block_budget, color="0.7", linestyle="--", label="block budget")
    axes.set(xlabel="everyday comments blocked, upper end (%)", ylabel="harmful rows blocked (%)", ylim=(0, 102))
    axes.set_xlim(left=0)
    axes.legend(fontsize=8)


def _reliability(axes: Axes, lines: list[Calibrated]) -> None:
    """A point is as large as its bin has rows: a small one that strays proves little."""
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--")
    for each in lines:
        said, true, rows = zip(*each.points, strict=True)
        (line,) = axes.plot(said, true, linewidth=1, label=f"{each.language} ({each.positives} of {each.rows})")
        axes.scatter(said, true, s=[10 * math.log2(1 + count) for count in rows], color=line.get_color())
    axes.set(xlabel="mean score", ylabel="share of yes, in the mix scores speak of", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(fontsize=8)
