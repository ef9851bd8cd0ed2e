"""The words that did it: a linear model's own weights, laid back on the characters they came from.

Every n-gram's contribution is shared evenly among its characters, so that each character has a weight of evidence.
Words (`registry.words`) carry the sum of their characters. What is shown are runs of words that carry clear evidence,
never half a word, and never the whole of a longer text unless all of it speaks alike. A single character tells a
reader nothing: it is shown with the neighbour that speaks beside it, and alone only where there is nothing else.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from moderation.normaliser import View
from moderation.spans import Span
from registry.ngrams import Ngrams, Values
from registry.words import Place, is_han, words

MOST_SPANS = 5
CLEAR = 0.3
"""A word belongs to a span where its evidence per character is at least this share of the strongest word's."""

FAINT = 0.2
"""A span is shown where its evidence is at least this share of the best span's."""

LONGEST = 24
"""Code points of the canonical text that one span may cover: longer ones explain nothing."""

_MARK = re.compile(r"\S")
"""What is looked at where a text has no word at all: emoji, marks."""


def evidence(ngrams: Ngrams, weights: Values, text: str) -> npt.NDArray[np.float64]:
    """Each character's weight of evidence, `(len(text),)`; `weights` has one number a feature."""
    indices, values = ngrams.features(text)
    found = ngrams.occurrences(text)
    at = np.searchsorted(indices, found.indices)
    each = (values * weights[indices] / np.bincount(at))[at] / found.lengths
    steps = np.zeros(len(text) + 3)
    np.add.at(steps, found.starts, each)
    np.subtract.at(steps, found.starts + found.lengths, each)
    return np.cumsum(steps)[1 : 1 + len(text)]


def spans(view: View, weight: npt.NDArray[np.float64]) -> tuple[Span, ...]:
    """At most `MOST_SPANS` spans of the source, best first, from each canonical character's evidence."""
    if not (weight > 0).any():
        return ()  # before any dictionary is asked
    places = words(view.text) or [match.span() for match in _MARK.finditer(view.text)]
    sums = np.concatenate([np.zeros(1), np.cumsum(weight)])
    per_character = _per_character(places, sums)
    strongest = per_character.max(initial=0.0)
    if strongest <= 0:
        return ()
    clear = (per_character >= CLEAR * strongest).nonzero()[0].tolist()
    runs = _runs([places[at] for at in _with_neighbours(clear, places, per_character, view.text)], view.text)
    told = [run for run in runs if run[1] - run[0] > 1] or runs
    ranked = sorted(told, key=lambda run: (sums[run[0]] - sums[run[1]], run))
    best = [run for run in ranked if sums[run[1]] - sums[run[0]] >= FAINT * (sums[ranked[0][1]] - sums[ranked[0][0]])]
    return tuple(view.to_source(start, end) for start, end in best[:MOST_SPANS])


def _per_character(places: list[Place], sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    starts, ends = np.array(places, dtype=np.int64).reshape(-1, 2).T
    mean: npt.NDArray[np.float64] = (sums[ends] - sums[starts]) / (ends - starts)
    return mean


def _with_neighbours(
    clear: list[int], places: list[Place], per_character: npt.NDArray[np.float64], text: str
) -> list[int]:
    """The words at `clear`, and beside each single Han character the neighbour that speaks more, if one speaks."""
    shown = set(clear)
    for at in clear:
        start, end = places[at]
        if end - start > 1 or not is_han(text[start]):
            continue
        near = [
            other
            for other in (at - 1, at + 1)
            if 0 <= other < len(places) and (places[other][1] == start or places[other][0] == end)
        ]
        speaking = [other for other in near if per_character[other] > 0]
        if speaking and not shown.intersection(near):
            shown.add(max(speaking, key=lambda other: float(per_character[other])))
    return sorted(shown)


def _runs(places: list[Place], text: str) -> list[Place]:
    """Neighbouring words as one run, one space between them allowed."""
    runs: list[Place] = []
    for start, end in places:
        if runs and text[runs[-1][1] : start] in ("", " ") and end - runs[-1][0] <= LONGEST:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs
