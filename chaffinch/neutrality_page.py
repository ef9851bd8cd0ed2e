"""The neutrality audit as one HTML page that needs nothing beside itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from chaffinch.neutrality_words import VERDICTS, VERDICTS_ZH, not_judged, not_judged_zh
from chaffinch.pages import page
from eval.charts import inline, svg
from registry.files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from chaffinch.neutrality_audit import Report
    from eval.leaning import Comparison

MOST_DRAWN = 40
MOST_LEFT = 200
"""Comparisons that could not be made, as the page lists them; the JSON file beside it has all."""


def write_page(path: Path, report: Report) -> None:
    """Writes the page, whole or not at all."""
    told = sorted(report.audit.comparisons, key=lambda each: each.p)
    picture = _picture(told[:MOST_DRAWN]) if told else None
    left = report.audit.unjudged
    html = page(
        "neutrality.html", report=report, comparisons=told, picture=picture, findings=report.findings,
        verdict=VERDICTS[report.verdict], verdict_zh=VERDICTS_ZH[report.verdict],
        apart=[(not_judged(each), not_judged_zh(each)) for each in report.audit.apart], left=left[:MOST_LEFT],
        more=max(0, len(left) - MOST_LEFT),
    )  # fmt: skip
    write_atomically(path, html.encode())


def _picture(compared: list[Comparison]) -> Markup:
    """Each difference with its interval, the least likely on top; findings in red."""

    def draw(axes: Axes) -> None:
        for at, each in enumerate(reversed(compared)):
            colour = "#a8341f" if each.leans else "#285d8a"
            axes.plot([each.low, each.high], [at, at], color=colour)
            axes.plot([each.difference], [at], "o", color=colour, markersize=4)
        names = [f"{each.group} · {each.by} {each.name}" for each in reversed(compared)]
        axes.set_yticks(range(len(compared)), names)
        axes.axvline(0, color="0.5", linewidth=0.8)

    return inline(svg(draw, size=(8.0, 0.6 + 0.24 * len(compared))))
