"""The few pictures that notebooks and reports are made of, as SVG text.

Text stays text, so that the reader's own fonts show it; where this machine has a font with Chinese in it, it is used
to measure the text as well.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LATIN = "DejaVu Sans"
CHINESE = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "Microsoft YaHei", "PingFang SC", "SimHei")
"""Fonts with Chinese, the usual ones first; which of them is here depends on the machine."""


def svg(draw: Callable[[Axes], None], *, size: tuple[float, float] = (7.2, 3.6)) -> str:
    """What `draw` put on the axes; `size` in inches. The same bytes for the same figure."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings = {"svg.fonttype": "none", "svg.hashsalt": "chaffinch", "font.family": [LATIN, *_chinese(), "sans-serif"]}
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        # The reader's browser has the glyph that this machine lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        # The best place for a legend is looked for, however slow the machine is.
        warnings.filterwarnings("ignore", message="Creating legend with loc")
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.add_subplot())
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def heatmap(
    axes: Axes,
    values: ArrayLike,
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    told: Callable[[int, int], str],
) -> None:
    """Values `(rows, columns)` from 0 to their largest as colours, NaN as none; a cell says `told(row, column)`."""
    held: NDArray[np.float64] = np.asarray(values, dtype=np.float64)
    most = max(float(np.nanmax(held, initial=0.0)), 1e-9)
    axes.imshow(held, cmap="Blues", vmin=0, vmax=most, aspect="auto")
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    for (row, column), value in np.ndenumerate(held):
        colour = "white" if value > 0.6 * most else "0.2"
        axes.text(column, row, told(row, column), ha="center", va="center", color=colour, fontsize=8)


def boxes(axes: Axes, parts: Mapping[str, NDArray[np.int64]], *, unit: str) -> None:
    """Each part's middle half as a box, its 5th to 95th percentile as whiskers, on a logarithmic axis."""
    from matplotlib.ticker import LogLocator, NullLocator

    filled = {name: values for name, values in parts.items() if values.size}
    axes.boxplot(
        list(filled.values()),
        orientation="horizontal",
        tick_labels=list(filled),
        whis=(5, 95),
        showfliers=False,
        patch_artist=True,
        boxprops={"facecolor": "#9ecae1", "edgecolor": "0.3"},
        medianprops={"color": "0.1"},
    )
    axes.invert_yaxis()
    axes.set(xscale="log", xlabel=unit)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="x", alpha=0.3)


def lines(axes: Axes, parts: Mapping[str, Sequence[tuple[float, float]]], *, x: str, y: str) -> None:
    """Each part's points, joined, under its name; steps that are whole numbers stay so."""
    from matplotlib.ticker import MaxNLocator

    for name, points in parts.items():
        axes.plot([at for at, _ in points], [value for _, value in points], marker=".", label=name)
    axes.set(xlabel=x, ylabel=y)
    axes.grid(alpha=0.3)
    if all(isinstance(at, int) for points in parts.values() for at, _ in points):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if parts:
        axes.legend(fontsize=8)


def _chinese() -> list[str]:
    from matplotlib.font_manager import fontManager

    here = {font.name for font in fontManager.ttflist}
    return [name for name in CHINESE if name in here][:1]


def inline(picture: str) -> Markup:
    """A picture of `svg` as it stands inside a page; it needs no escaping, since matplotlib escapes its texts."""
    return Markup(picture[picture.index("<svg") :])  # noqa: S704 (only pictures of our own are given)
