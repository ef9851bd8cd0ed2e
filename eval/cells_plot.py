"""The picture of cells: labels by parts, coloured where they are judged, marked where they stand out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from eval.cells import Cell
from eval.charts import heatmap, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARK = " ●"


def draw(cells: Sequence[Cell], titles: Mapping[str, str], *, title: str) -> str:
    """How many went wrong of how many, as SVG; `titles` are the labels' in their order."""
    parts = list(dict.fromkeys(each.part for each in cells)) or [""]
    places = {(label, part): (row, column) for row, label in enumerate(titles) for column, part in enumerate(parts)}
    shares, told = np.full((len(titles), len(parts)), np.nan), dict[tuple[int, int], str]()
    for each in cells:
        place = places[each.label, each.part]
        told[place] = f"{each.wrong.hits}/{each.wrong.rows}{MARK if each.stands_out else ''}"
        if each.judged:
            shares[place] = each.wrong.share

    def picture(axes: Axes) -> None:
        heatmap(
            axes,
            shares,
            rows=list(titles.values()),
            columns=parts,
            told=lambda row, column: told.get((row, column), ""),
        )
        axes.set_title(title)

    return svg(picture, size=(max(6.4, 2.6 + 0.95 * len(parts)), 3.6))
