"""Wrong blocks, missed harm and review load against each other, as SVG text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eval.plots import titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from eval.budget import Budget


def draw(found: Budget) -> dict[str, str]:
    """SVG by title of picture."""
    load, wrong = "Missed harm over review load", "Harm blocked over wrong blocks"
    return {load: titled(load, lambda axes: _load(axes, found)), wrong: titled(wrong, lambda axes: _wrong(axes, found))}


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
    axes.set(xlabel="everyday comments blocked, upper end (%)", ylabel="harmful rows blocked (%)", ylim=(0, 102))
    axes.legend(fontsize=8)
