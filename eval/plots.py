"""The pictures of an evaluation, as SVG text: what the figures alone do not show."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from eval.charts import svg
from eval.class_questions import ClassFigures
from eval.evaluation import Evaluation
from eval.metrics import YES, Question, Scores, harmful, questions, reliability
from eval.thresholds import trade_off

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from data.rows import Rows

SIZE = (6.4, 4.2)
MOST_POINTS = 400


def draw(rows: Rows, scores: Scores, names: tuple[str, ...], evaluation: Evaluation) -> dict[str, str]:
    """SVG by title of picture; empty where there are no rows."""
    if not len(rows):
        return {}
    asked = [each for each in questions(rows.labels, rows.union, scores, names) if (each.truth == YES).any()]
    pictures: dict[str, Callable[[Axes], None]] = {
        "Precision over recall": lambda axes: _precision_recall(axes, asked),
        "Said and true (reliability)": lambda axes: _reliability(axes, asked),
        "Scores of harmful and everyday rows": lambda axes: _histogram(axes, rows, scores),
    }
    if rows.everyday.any():
        pictures["Harm found over everyday comments stopped"] = lambda axes: _trade_off(axes, rows, scores)
    if found := evaluation.classes:
        title = f"{found.title[0].upper()}{found.title[1:]}: true (row), said (column)"
        pictures[title] = lambda axes: _confusion(axes, found)
    return {title: titled(title, picture) for title, picture in pictures.items()}


def _precision_recall(axes: Axes, asked: list[Question]) -> None:
    from sklearn.metrics import precision_recall_curve

    for each in asked:
        precision, recall, _ = precision_recall_curve(each.truth[each.known] == YES, each.score[each.known])
        step = max(1, len(recall) // MOST_POINTS)
        axes.plot(recall[::step], precision[::step], label=each.name)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    _legend(axes)


def _reliability(axes: Axes, asked: list[Question]) -> None:
    axes.plot([0, 1], [0, 1], color="0.7", linestyle="--")
    for each in asked:
        points = reliability(each.truth[each.known] == YES, each.score[each.known])
        axes.plot([said for said, _, _ in points], [true for _, true, _ in points], marker=".", label=each.name)
    axes.set(xlabel="mean score", ylabel="share of yes", xlim=(0, 1), ylim=(0, 1.02))
    _legend(axes)


def _trade_off(axes: Axes, rows: Rows, scores: Scores) -> None:
    points = trade_off(scores, harmful(rows.labels, rows.union), rows.everyday)
    axes.plot([100 * wrong for wrong, _ in points], [100 * found for _, found in points], marker=".")
    axes.set(xlabel="everyday comments stopped (%)", ylabel="harmful rows found (%)", xscale="symlog", ylim=(0, 102))


def _histogram(axes: Axes, rows: Rows, scores: Scores) -> None:
    most = scores.max(axis=1)
    parts = {"harmful": most[harmful(rows.labels, rows.union)], "everyday": most[rows.everyday]}
    for name, values in parts.items():
        if values.size:
            axes.hist(values, bins=np.linspace(0, 1, 41).tolist(), alpha=0.6, label=name, density=True)
    axes.set(xlabel="largest score", ylabel="density", yscale="log")
    _legend(axes)


def _confusion(axes: Axes, found: ClassFigures) -> None:
    counts, names = np.array(found.confusion), found.classes
    axes.imshow(counts, cmap="Blues")
    axes.set_xticks(range(len(names)), names, rotation=30)
    axes.set_yticks(range(len(names)), names)
    for row, values in enumerate(counts):
        for column, count in enumerate(values):
            axes.text(
                column, row, str(count), ha="center", va="center", color="white" if count > counts.max() / 2 else "0.2"
            )


def _legend(axes: Axes) -> None:
    if axes.get_legend_handles_labels()[1]:
        axes.legend(fontsize=8)


def titled(title: str, picture: Callable[[Axes], None]) -> str:
    """What `picture` puts on the axes under a title, as SVG text."""

    def draw(axes: Axes) -> None:
        picture(axes)
        axes.set_title(title)

    return svg(draw, size=SIZE)
