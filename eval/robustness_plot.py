"""The picture of a robustness report: what each family takes, and the ghosts that it raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eval.plots import titled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from eval.bootstrap import Difference
    from eval.robustness import FamilyFigures, Robustness

TRAINED, HELD_OUT, AS_SENT = "tab:blue", "tab:orange", "0.8"
AS_SENT_NAME = "without the normaliser"


def draw(report: Robustness) -> dict[str, str]:
    """SVG by title of picture; empty where nothing was measured."""
    lines = [each for each in report.families if each.before.rows]
    if not lines:
        return {}
    falls, ghosts = f"Violations no longer found, strength {report.strength:g}", "Harmless texts newly stopped or held"
    return {
        falls: titled(falls, lambda axes: _falls(axes, lines)),
        ghosts: titled(ghosts, lambda axes: _ghosts(axes, lines)),
    }


def _falls(axes: Axes, lines: list[FamilyFigures]) -> None:
    """Points of recall lost by family, with intervals, over what would be lost without the normaliser."""
    axes.barh([each.name for each in lines], [_lost(each.as_sent) for each in lines], color=AS_SENT, label=AS_SENT_NAME)
    for name, held_out, colour in (("trained on", False, TRAINED), ("held out", True, HELD_OUT)):
        some = [each for each in lines if each.held_out is held_out]
        lost = [_lost(each.change) for each in some]
        axes.barh([each.name for each in some], lost, height=0.4, xerr=_around(some), color=colour, label=name)
    axes.axvline(0, color="0.3", linewidth=0.8)
    axes.set(xlabel="points of recall lost")
    axes.invert_yaxis()
    axes.legend(fontsize=8, loc="lower right")


def _lost(told: Difference | None) -> float:
    return -100 * told.value if told else 0.0


def _around(lines: list[FamilyFigures]) -> tuple[list[float], list[float]]:
    """What to draw left and right of each bar's end; draws may leave the figure at the very end of its interval."""
    told = [each.change for each in lines]
    left = [max(0.0, 100 * (each.high - each.value)) if each else 0.0 for each in told]
    right = [max(0.0, 100 * (each.value - each.low)) if each else 0.0 for each in told]
    return left, right


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
