"""What `chaffinch watch` saw, as one HTML page that needs nothing beside itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from chaffinch.pages import page
from chaffinch.watching import Watched
from eval.charts import inline, svg
from registry.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def write_page(path: Path, seen: Watched) -> None:
    """Writes the page, whole or not at all."""
    days = [each.day[5:] for each in seen.days]
    pictures = {name: _picture(days, values) for name, values in seen.charts().items()}
    write_atomically(path, page("watch.html", seen=seen, pictures=pictures).encode())


def _picture(days: Sequence[str], values: Sequence[float | None]) -> Markup:
    """Days without a value are gaps, and no zeros."""
    heights = [float("nan") if value is None else value for value in values]

    def draw(axes: Axes) -> None:
        axes.plot(range(len(days)), heights, marker="o", markersize=3)
        every = max(1, len(days) // 7)
        axes.set_xticks(range(0, len(days), every), days[::every])
        axes.set_ylim(bottom=0)

    return inline(svg(draw, size=(7.2, 2.2)))
