"""The picture of a comparison: each difference with its interval, gains and falls that are more than luck in colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from eval.charts import svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from eval.compare import Compared

BETTER, WORSE, LUCK = "tab:blue", "tab:red", "0.55"
TITLES: Final = {BETTER: "更好 better", WORSE: "更差 worse", LUCK: "可能是运气 may be luck"}


def differences(compared: Sequence[Compared], *, title: str = "") -> str:
    """After minus before, figure by figure, in points of a hundred, as SVG."""

    def draw(axes: Axes) -> None:
        for place, each in enumerate(compared):
            told, colour = each.difference, _colour(each)
            axes.plot((100 * told.low, 100 * told.high), (place, place), color=colour, linewidth=1.5)
            axes.plot(100 * told.value, place, "o", color=colour, markersize=5)
        for colour, name in TITLES.items():
            if any(_colour(each) == colour for each in compared):
                axes.plot([], [], "o", color=colour, label=name)
        axes.axvline(0, color="0.3", linewidth=0.8)
        axes.set_yticks(range(len(compared)), [f"{each.figure} · {each.part}" for each in compared])
        axes.set(ylim=(max(len(compared), 1) - 0.5, -0.5), xlabel="百分点 points of a hundred", title=title)
        axes.grid(axis="x", alpha=0.3)
        if compared:
            axes.figure.legend(loc="outside lower center", ncols=len(TITLES), fontsize=8)

    return svg(draw, size=(7.2, 1.6 + 0.26 * len(compared)))


def _colour(each: Compared) -> str:
    if not each.is_clear:
        return LUCK
    return WORSE if each.worse.value > 0 else BETTER
