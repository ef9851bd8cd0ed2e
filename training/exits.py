"""Where the fast tier's answer may stand, chosen on validation rows.

**The policy.** As few comments as possible go to the encoder, as long as nothing that counts gets worse: macro-F1 at
one half is within `worse` of always asking both tiers (no better either: a model that answers otherwise than the one
that was judged is another one), and of the harmful rows that both together find (at one half),
at most the share `lost` is lost by not asking. The second condition is there because macro-F1 alone would let a rare
label go: a harmful comment that the fast tier calls clean is the one the encoder was built for.

Validation rows should be such that the fast tier has not learnt them, else it looks surer than it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.metrics import HALF, Labels, Scores, figures, harmful, macro_f1, questions
from registry.cascade import Exits

CLEAN = (0.3, 0.25, 0.2, 0.15, 0.12, 0.1, 0.07, 0.05, 0.03, 0.02, 0.015, 0.01, 0.007, 0.005, 0.003, 0.002, 0.001, 0.0)
SURE = (0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1.0)
"""What is tried. 0 and 1 are never passed by a calibrated score: with both, every comment goes to the encoder.

Above 0.1 the answers of noisy tiers soon differ from both tiers' by more than half a point, mostly for the better:
asking less also means fewer false alarms (`tests/training/test_exits.py`). That is why `worse` counts both ways.
"""


@dataclass(frozen=True)
class ChosenExits:
    """The exits, the share of rows that go to the encoder, and macro-F1 with the cascade and with both tiers always."""

    exits: Exits
    asked: float
    macro_f1: float | None
    macro_f1_of_both: float | None
    lost: int
    """Harmful rows found by both and not by the cascade."""


@dataclass(frozen=True)
class Judged:
    """Validation rows with the fast tier's scores and those of both tiers, each `(n, labels)`, all calibrated."""

    labels: Labels
    union: Labels
    fast: Scores
    both: Scores
    names: tuple[str, ...]

    def take(self, at: NDArray[np.bool_]) -> Judged:
        """Some of the rows."""
        return Judged(self.labels[at], self.union[at], self.fast[at], self.both[at], self.names)


def choose_exits(rows: Judged, *also: Judged, worse: float = 0.003, lost: float = 0.005) -> ChosenExits:
    """The exits that ask the encoder least within the policy, on `rows` and on each part of them in `also`.

    With no rows, everything is asked. What is told is of `rows`.
    """
    nothing = Exits(clean=0.0, sure=1.0)
    whole, parts = _Bar(rows, worse, lost), [_Bar(part, worse, lost) for part in also]
    tried = sorted(
        (float((~exits.stand(rows.fast)).mean()), -exits.sure, exits.clean)
        for exits in (Exits(clean=clean, sure=sure) for clean in CLEAN for sure in SURE)
    ) if len(rows.fast) else []  # fmt: skip
    for asked, sure, clean in tried:
        exits = Exits(clean=clean, sure=-sure)
        figure, missing = whole.under(exits)
        if whole.holds(figure, missing) and all(part.holds(*part.under(exits)) for part in parts):
            return ChosenExits(exits, asked, figure, whole.reference, missing)
    return ChosenExits(nothing, 1.0, whole.reference, whole.reference, 0)


class _Bar:
    """What both tiers together reach on some rows, and whether exits stay near it."""

    def __init__(self, rows: Judged, worse: float, lost: float) -> None:
        self._rows, self._worse, self._lost = rows, worse, lost
        self.reference = _macro_f1(rows, rows.both)
        self._found = _found(rows, rows.both)

    def under(self, exits: Exits) -> tuple[float | None, int]:
        """Macro-F1, and how many harmful rows are missed that both tiers find."""
        scores = cascaded(self._rows, exits)
        return _macro_f1(self._rows, scores), int((self._found & ~_found(self._rows, scores)).sum())

    def holds(self, figure: float | None, missing: int) -> bool:
        near = self.reference is None or abs((figure or 0.0) - self.reference) <= self._worse
        return near and missing <= self._lost * self._found.sum()


def cascaded(rows: Judged, exits: Exits) -> Scores:
    """The cascade's scores, `(n, labels)`."""
    return np.where(exits.stand(rows.fast)[:, None], rows.fast, rows.both)


def _found(rows: Judged, scores: Scores) -> NDArray[np.bool_]:
    """Harmful rows for which some label that is there, or may be of a union, scores one half."""
    there = (rows.labels == 1) | (rows.union > 0)
    found: NDArray[np.bool_] = harmful(rows.labels, rows.union) & ((scores >= HALF) & there).any(axis=1)
    return found


def _macro_f1(rows: Judged, scores: Scores) -> float | None:
    asked = [figures(question) for question in questions(rows.labels, rows.union, scores, rows.names)]
    return macro_f1(asked, rows.names)
