"""The picture of a robustness report: what each family takes, and the ghosts that it raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eval.plots import _svg as svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from eval.bootstrap import Difference
    from eval.robustness import FamilyFigures, Robustness

TRAINED, HELD_OUT, AS_SENT = "tab:blue", "tab:orange", "0.75"


def draw(report: Robustness) -> dict[str, str]:
    """SVG by title of picture; empty where nothing was measured."""
    lines = [each for each in report.families if each.before.rows]
    if not lines:
        return {}
    falls, ghosts = f"Violations no longer found, strength {report.strength:g}", "Harmless texts newly stopped or held"
    return {
        falls: svg(falls, lambda axes: _falls(axes, lines)),
        ghosts: svg(ghosts, lambda axes: _ghosts(axes, lines)),
    }


def _falls(axes: Axes, lines: list[FamilyFigures]) -> None:
    """Points of recall lost by family, with intervals; grey is the same without the normaliser."""
    _fall_bars(axes, lines, [each.as_sent for each in lines], [AS_SENT] * len(lines), height=0.8)
    _fall_bars(axes, lines, [each.change for each in lines], _colours(lines), height=0.4)
    axes.axvline(0, color="0.3", linewidth=0.8)
    axes.set(xlabel="points of recall lost (blue: trained on, orange: held out, grey: without the normaliser)")
    axes.invert_yaxis()


def _fall_bars(
    axes: Axes, lines: list[FamilyFigures], told: list[Difference | None], colours: list[str], *, height: float
) -> None:
    for line, each, colour in zip(lines, told, colours, strict=True):
        if each is not None:
            # An interval from draws may leave the figure outside at its very end: no length is below nought.
            around = [[max(0.0, 100 * (each.high - each.value))], [max(0.0, 100 * (each.value - each.low))]]
            axes.barh(line.name, -100 * each.value, height=height, color=colour, xerr=around)


def _ghosts(axes: Axes, lines: list[FamilyFigures]) -> None:
    names = [each.name for each in lines]
    reviewed = [100 * each.newly_reviewed.share for each in lines]
    axes.barh(names, reviewed, color="tab:blue", label="reviewed")
    axes.barh(
        names, [100 * each.newly_blocked.share for each in lines], left=reviewed, color="tab:red", label="blocked"
    )
    axes.set(xlabel="harmless texts (%)")
    axes.invert_yaxis()
    axes.legend(fontsize=8)


def _colours(lines: list[FamilyFigures]) -> list[str]:
    return [HELD_OUT if each.held_out else TRAINED for each in lines]
