"""Where a model is wrong: each label crossed with languages, lengths, sources or kinds, cell by cell.

Of a hundred cells five look bad by luck. A cell stands out only where its whole interval, at a level that all judged
cells of the table share (Bonferroni), lies above what the label shows over all rows; a cell of fewer than `FEWEST` rows
is not judged at all. Rows of a group count as `eval.metrics.clustered` has them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.metrics import NO, Interval, clustered
from eval.mistakes import Mistakes
from eval.slices import FEWEST, Axis, parts

LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Cell:
    """One label in one part: how many of its rows went wrong, and whether that is more than the label's everywhere."""

    label: str
    axis: Axis
    part: str
    wrong: Interval
    judged: bool
    stands_out: bool


def missed(mistakes: Mistakes, axis: Axis) -> list[Cell]:
    """Of the rows that carry a label those that pass unseen; a row of a union counts for each of its members."""
    return _cells(mistakes, axis, mistakes.there, np.repeat(mistakes.missed[:, None], len(mistakes.names), axis=1))


def alarms(mistakes: Mistakes, axis: Axis) -> list[Cell]:
    """Of harmless rows known not to have a label those that it raised the alarm on."""
    harmless = np.asarray(~mistakes.there.any(axis=1))
    known = harmless[:, None] & (mistakes.rows.labels == NO)
    return _cells(mistakes, axis, known, mistakes.alarm[:, None] == np.arange(len(mistakes.names)))


def ranked(cells: Iterable[Cell]) -> list[Cell]:
    """The judged cells in which something went wrong: those that stand out first, then by their lower ends."""
    judged = [each for each in cells if each.judged and each.wrong.hits]
    return sorted(judged, key=lambda each: (not each.stands_out, -each.wrong.low))


def _cells(mistakes: Mistakes, axis: Axis, among: NDArray[np.bool_], wrong: NDArray[np.bool_]) -> list[Cell]:
    """Every label in every part that has rows of it, label by label; `among` and `wrong` are `(n, labels)`."""
    groups = np.unique(np.array(mistakes.rows.group_keys), return_inverse=True)[1]
    places = parts(mistakes.rows, axis)
    held = [
        (label, name, part, rows)
        for label, name in enumerate(mistakes.names)
        for part, at in places.items()
        if (rows := at[among[at, label]]).size
    ]
    level = 1 - LEVEL / max(1, sum(rows.size >= FEWEST for *_, rows in held))
    shares = (wrong & among).sum(axis=0) / np.maximum(among.sum(axis=0), 1)
    return [
        Cell(
            name,
            axis,
            part,
            clustered(wrong[rows, label], groups[rows]),
            judged=rows.size >= FEWEST,
            stands_out=rows.size >= FEWEST and clustered(wrong[rows, label], groups[rows], level).low > shares[label],
        )
        for label, name, part, rows in held
    ]
