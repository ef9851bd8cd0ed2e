"""The words that did it: a linear model's own weights, laid back on the characters they came from.

Every n-gram's contribution is shared evenly among its characters, so that each character has a weight of evidence.
Tokens (a Latin or other spaced word, a number; single characters where a script writes without spaces) carry the sum
of their characters. What is shown are runs of tokens that carry clear evidence, never half a word, and never the
whole of a longer text unless all of it speaks alike.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from moderation.normaliser import View
from moderation.spans import Span
from registry.ngrams import Ngrams, Values

MOST_SPANS = 5
CLEAR = 0.3
"""A token belongs to a span where its evidence per character is at least this share of the strongest token's."""

FAINT = 0.2
"""A span is shown where its evidence is at least this share of the best span's."""

LONGEST = 24
"""Code points of the canonical text that one span may cover: longer ones explain nothing."""

# Han, kana, Hangul syllables are read one by one; everything else that is a letter or digit, as a word.
_EACH = "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U000323af"
_WORD = f"[^\\W{_EACH}]+"
_TOKEN = re.compile(f"(?=\\w)[{_EACH}]|{_WORD}(?:[.,'’-]{_WORD})*")
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
    tokens = [match.span() for match in (_TOKEN if _TOKEN.search(view.text) else _MARK).finditer(view.text)]
    sums = np.concatenate([np.zeros(1), np.cumsum(weight)])
    strongest = max((_per_character(token, sums) for token in tokens), default=0.0)
    if strongest <= 0:
        return ()
    runs = _runs([token for token in tokens if _per_character(token, sums) >= CLEAR * strongest], view.text)
    ranked = sorted(runs, key=lambda run: (sums[run[0]] - sums[run[1]], run))
    best = [run for run in ranked if sums[run[1]] - sums[run[0]] >= FAINT * (sums[ranked[0][1]] - sums[ranked[0][0]])]
    return tuple(view.to_source(start, end) for start, end in best[:MOST_SPANS])


def _per_character(token: tuple[int, int], sums: npt.NDArray[np.float64]) -> float:
    start, end = token
    return float(sums[end] - sums[start]) / (end - start)


def _runs(tokens: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Neighbouring tokens as one run, one space between them allowed."""
    runs: list[tuple[int, int]] = []
    for start, end in tokens:
        if runs and text[runs[-1][1] : start] in ("", " ") and end - runs[-1][0] <= LONGEST:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs
