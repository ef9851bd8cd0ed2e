"""The same figures for parts of the rows: a language, a source, a kind, a length, a surface. A whole hides parts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eval.metrics import Interval, Labels, Scores, figures, harmful, interval, macro_f1, questions
from eval.thresholds import flagged

if TYPE_CHECKING:
    from data.rows import Rows

FEWEST = 20
"""Rows below which a part is not reported: its figures would be noise."""


class Axis(StrEnum):
    """How rows are taken apart."""

    LANGUAGE = "language"
    SOURCE = "source"
    KIND = "kind"
    LENGTH = "length"
    SURFACE = "surface"


LENGTHS = ((10, "1 to 10"), (30, "11 to 30"), (100, "31 to 100"))
"""Bands of code points by their upper ends: a word or two, a live comment, a post; what is longer is read in part."""

LONGER = "over 100"


@dataclass(frozen=True, slots=True)
class SliceFigures:
    """One part: macro-F1 over the labels it knows, harmful rows not passed, harmless rows stopped."""

    axis: str
    name: str
    rows: int
    macro_f1: float | None
    f1: dict[str, float]
    found: Interval
    wrongly_stopped: Interval


def parts(rows: Rows, axis: Axis, fewest: int = FEWEST) -> dict[str, NDArray[np.int64]]:
    """Positions of the rows of each part, the largest part first; parts of fewer than `fewest` rows are left out."""
    column = {
        Axis.LANGUAGE: rows.langs,
        Axis.SOURCE: rows.sources,
        Axis.KIND: rows.kinds,
        Axis.SURFACE: rows.surfaces,
        Axis.LENGTH: [length_band(text) for text in rows.texts],
    }[axis]
    named = [name for name, count in Counter(column).most_common() if count >= fewest and name]
    values = np.array(column)
    return {name: np.flatnonzero(values == name) for name in named}


def length_band(text: str) -> str:
    """The band of a text's length in code points."""
    return next((name for end, name in LENGTHS if len(text) <= end), LONGER)


def slices(rows: Rows, scores: Scores, names: tuple[str, ...], review: Scores, block: Scores) -> list[SliceFigures]:
    """Every part of every axis that has rows enough."""
    return [
        slice_figures(axis, name, rows.labels[at], rows.union[at], scores[at], names, (review, block))
        for axis in Axis
        for name, at in parts(rows, axis).items()
    ]


def slice_figures(
    axis: str,
    name: str,
    labels: Labels,
    union: Labels,
    scores: Scores,
    names: tuple[str, ...],
    thresholds: tuple[Scores, Scores],
) -> SliceFigures:
    """One part's figures; `thresholds` are review and block, in the order of `names`."""
    review, block = thresholds
    told = [figures(question) for question in questions(labels, union, scores, names)]
    bad = harmful(labels, union)
    looked, stopped = flagged(scores, review), flagged(scores, block)
    return SliceFigures(
        axis=str(axis),
        name=name,
        rows=len(labels),
        macro_f1=macro_f1(told, tuple(each.name for each in told)),
        f1={each.name: each.f1 for each in told if each.f1 is not None},
        found=interval(int((looked | stopped)[bad].sum()), int(bad.sum())),
        wrongly_stopped=interval(int(stopped[~bad].sum()), int((~bad).sum())),
    )
