"""Where the fast tier's answer may stand, chosen on validation rows.

**The policy.** As few comments as possible go to the encoder, as long as nothing that counts gets worse: macro-F1 at
one half is within `worse` of always asking both tiers (no better either: a model that answers otherwise than the one
that was judged is another one), and of the harmful rows that both together find (at one half),
at most the share `lost` is lost by not asking. The second condition is there because macro-F1 alone would let a rare
label go: a harmful comment that the fast tier calls clean is the one the encoder was built for.

Beside the two thresholds stands a line: of the comments in which the fast tier finds nothing, a logistic regression
on its log-odds says in which both tiers would, and the least doubtful ones stay. With a line `worse` is two thirds of
itself, for what is fitted and chosen on the same rows is the likelier to be luck.

Validation rows should be such that the fast tier has not learnt them, else it looks surer than it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from eval.metrics import HALF, Labels, Scores, figures, harmful, macro_f1, questions
from registry.cascade import NO_EXITS, Doubt, Exits, log_odds

CLEAN = (0.3, 0.25, 0.2, 0.15, 0.12, 0.1, 0.07, 0.05, 0.03, 0.02, 0.015, 0.01, 0.007, 0.005, 0.003, 0.002, 0.001, 0.0)
SURE = (0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1.0)
"""What is tried. 0 and 1 are never passed by a calibrated score: with both, every comment goes to the encoder.

Above 0.1 the answers of noisy tiers soon differ from both tiers' by more than half a point, mostly for the better:
asking less also means fewer false alarms (`tests/training/test_exits.py`). That is why `worse` counts both ways.
"""

BESIDE_A_LINE = (0.15, 0.1, 0.05, 0.02, 0.0)
"""Of the same, what is tried with a line, which says most of what they say."""

STAY = (0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1)
"""Shares of what the fast tier finds nothing in that are tried to stay, the largest first."""

STRICTER = 2 / 3
"""Of `worse`, where a line is drawn as well."""

LEAST_MISSED = 20
"""So many comments in which both tiers find what the fast one does not are the fewest that a line is drawn by."""


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
    bars = [_Bar(part, worse, lost) for part in (rows, *also)]
    for asked, exits in _tried(rows):
        if all(bar.holds(exits) for bar in bars):
            return bars[0].told(exits, asked)
    return bars[0].told(NO_EXITS, 1.0)


def _tried(rows: Judged) -> list[tuple[float, Exits]]:
    """Exits to try with the share that they ask, the smallest first, and of those the ones without a line first."""
    if not len(rows.fast):
        return []
    exits = [
        Exits(clean=clean, sure=sure, doubt=line)
        for line in (None, *_lines(rows))
        for clean in (BESIDE_A_LINE if line else CLEAN)
        for sure in SURE
    ]
    tried = [(float((~each.stand(rows.fast)).mean()), each) for each in exits]
    return sorted(tried, key=lambda one: (one[0], one[1].doubt is not None, one[1].sure, one[1].clean))


def _lines(rows: Judged) -> list[Doubt]:
    """One line, with how much of it a comment may have for each share that is to stay; none where too little is known.

    It tells of comments in which the fast tier finds nothing whether both tiers would.
    """
    nothing_found = (rows.fast < HALF).all(axis=1)
    missed = (rows.both[nothing_found] >= HALF).any(axis=1)
    if min(missed.sum(), (~missed).sum()) < LEAST_MISSED:
        return []
    line = LogisticRegression(C=1.0, max_iter=1_000).fit(log_odds(rows.fast[nothing_found]), missed)
    drawn = Doubt(weights=tuple(line.coef_[0].tolist()), bias=float(line.intercept_[0]), most=0.0)
    most = np.quantile(drawn.of(rows.fast[nothing_found]), STAY)
    return [drawn.model_copy(update={"most": each}) for each in most.tolist()]


class _Bar:
    """What both tiers together reach on some rows, and whether exits stay near it."""

    def __init__(self, rows: Judged, worse: float, lost: float) -> None:
        self._rows, self._worse = rows, worse
        self._reference = _macro_f1(rows, rows.both)
        self._found = _found(rows, rows.both)
        self._may_be_lost = lost * self._found.sum()

    def holds(self, exits: Exits) -> bool:
        """Whether they lose no more than they may, and move macro-F1 no further; the first is the quicker to see."""
        scores = cascaded(self._rows, exits)
        if self._lost(scores) > self._may_be_lost:
            return False
        share = STRICTER if exits.doubt else 1.0
        figure = _macro_f1(self._rows, scores)
        return self._reference is None or abs((figure or 0.0) - self._reference) <= share * self._worse

    def told(self, exits: Exits, asked: float) -> ChosenExits:
        """What they give on these rows."""
        scores = cascaded(self._rows, exits)
        return ChosenExits(exits, asked, _macro_f1(self._rows, scores), self._reference, self._lost(scores))

    def _lost(self, scores: Scores) -> int:
        """How many harmful rows are missed that both tiers find."""
        return int((self._found & ~_found(self._rows, scores)).sum())


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
