"""Figures about scores, for rows that know only some labels.

Every figure of a label is over the rows that know it. A union ("abuse or hate") is judged as one question of its own:
its score is the larger of its members', its rows are those that know the answer to the union.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta
from scipy.stats import t as student
from sklearn.metrics import average_precision_score

YES, NO, UNKNOWN = 1, 0, -1
BINS = 10
_LEAST_FREEDOM = 0.05
"""Degrees of freedom of one group: its quantile is so large that the interval is all of (0, 1)."""

HALF = 0.5

Scores = NDArray[np.float64]
Labels = NDArray[np.int8]
Groups = Sequence[str] | NDArray[np.int64]
"""Which rows are alike, `(n,)`: names or numbers."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A share `hits / rows` with its 95 % interval (`interval`, `clustered`)."""

    hits: int
    rows: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to be judged: a label or a union. `truth` is 1, 0 or -1 (unknown), `score` the model's answer."""

    name: str
    truth: Labels
    score: Scores

    @property
    def known(self) -> NDArray[np.bool_]:
        """The rows that know the answer, `(n,)`."""
        return np.asarray(self.truth != UNKNOWN)


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """Figures of one question. None where the rows do not allow one (no yes, or nothing known)."""

    name: str
    rows: int
    positives: int
    precision: float | None
    recall: float | None
    f1: float | None
    average_precision: float | None
    ece: float | None
    brier: float | None


def questions(labels: Labels, union: Labels, scores: Scores, names: tuple[str, ...]) -> list[Question]:
    """Every label that some row knows, then every union that stands in the rows, `abuse|hate`."""
    singles = [Question(name, labels[:, at], scores[:, at]) for at, name in enumerate(names)]
    unions = [union_question(labels, union, scores, names, members) for members in unions_in(union)]
    return [question for question in (*singles, *unions) if question.known.any()]


def unions_in(union: Labels) -> list[tuple[int, ...]]:
    """The distinct unions of the rows, as positions of their members."""
    present = union[union.any(axis=1)]
    return [tuple(int(at) for at in np.flatnonzero(row)) for row in np.unique(present, axis=0)]


def union_question(
    labels: Labels, union: Labels, scores: Scores, names: tuple[str, ...], members: tuple[int, ...]
) -> Question:
    """Whether at least one of `members` is true: yes by a member or the union, no where all are absent."""
    at = list(members)
    inside = union.any(axis=1) & (np.delete(union, at, axis=1) == 0).all(axis=1)
    yes = (labels[:, at] == YES).any(axis=1) | inside
    no = (labels[:, at] == NO).all(axis=1)
    truth = np.where(yes, YES, np.where(no, NO, UNKNOWN)).astype(np.int8)
    return Question("|".join(names[each] for each in members), truth, scores[:, at].max(axis=1))


def figures(question: Question, threshold: float = HALF) -> LabelFigures:
    """All figures of one question at one threshold."""
    truth, score = question.truth[question.known] == YES, question.score[question.known]
    positives = int(truth.sum())
    precision, recall, f1 = precision_recall_f1(truth, score >= threshold)
    return LabelFigures(
        name=question.name,
        rows=int(truth.size),
        positives=positives,
        precision=precision if positives else None,
        recall=recall if positives else None,
        f1=f1 if positives else None,
        average_precision=average_precision(truth, score),
        ece=calibration_error(truth, score) if truth.size else None,
        brier=float(np.mean((score - truth) ** 2)) if truth.size else None,
    )


def precision_recall_f1(truth: NDArray[np.bool_], said: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Precision, recall and F1 of yes; 0 where nothing was said or nothing was there."""
    hits, claims, there = int((truth & said).sum()), int(said.sum()), int(truth.sum())
    return (hits / claims if claims else 0.0, hits / there if there else 0.0, 2 * hits / max(claims + there, 1))


def macro_f1(found: list[LabelFigures], names: tuple[str, ...]) -> float | None:
    """The plain mean of F1 over the labels that have one: every label counts alike, however rare it is."""
    f1 = [each.f1 for each in found if each.name in names and each.f1 is not None]
    return float(np.mean(f1)) if f1 else None


def average_precision(truth: NDArray[np.bool_], score: Scores) -> float | None:
    """The area under precision over recall: how well yes ranks above no at any threshold. None for no yes."""
    return float(average_precision_score(truth, score)) if truth.any() else None


def calibration_error(
    truth: NDArray[np.bool_], score: Scores, bins: int = BINS, *, weights: Scores | None = None
) -> float:
    """Expected calibration error over equal-width bins (Naeini et al. 2015): how far a said 0.8 is from 8 in 10.

    With `weights` `(n,)` a row counts so much instead of one.
    """
    counts = np.ones(truth.size) if weights is None else weights
    at = np.minimum((score * bins).astype(int), bins - 1)
    gaps = np.bincount(at, weights=counts * (score - truth), minlength=bins)
    return float(np.abs(gaps).sum() / max(counts.sum(), 1e-12))


def reliability(
    truth: NDArray[np.bool_], score: Scores, bins: int = BINS, *, weights: Scores | None = None
) -> list[tuple[float, float, int]]:
    """Mean score, share of yes and rows of each bin that has rows: what `calibration_error` sums, to be drawn."""
    counts = np.ones(truth.size) if weights is None else weights
    at = np.minimum((score * bins).astype(int), bins - 1)
    return [
        (
            float(np.average(score[at == each], weights=counts[at == each])),
            float(np.average(truth[at == each], weights=counts[at == each])),
            int((at == each).sum()),
        )
        for each in np.unique(at)
    ]


def interval(hits: int, rows: int, confidence: float = 0.95) -> Interval:
    """The exact two-sided binomial interval (Clopper and Pearson 1934); (0, 1) where there are no rows."""
    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, hits, rows - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, rows - hits)) if hits < rows else 1.0
    return Interval(hits, rows, hits / rows if rows else 0.0, low, high)


def clustered(hits: NDArray[np.bool_], groups: Groups, confidence: float = 0.95) -> Interval:
    """The same where rows of a group are alike (comments on one incident); `hits` and `groups` are `(n,)`.

    Korn and Graubard 1998: the exact interval of as many independent rows as tell as much. What rows of a group share
    makes them fewer (the design effect), and so does that few groups tell little of how much that is (Student's t),
    where groups of unlike size count as so many of one size. One group alone tells nothing: (0, 1).
    """
    rows, found = len(hits), int(hits.sum())
    sizes, at = _sizes(groups)
    alike = rows**2 / float((sizes**2).sum()) if rows else 0.0
    if rows < 2 or alike == rows:
        return interval(found, rows, confidence)
    share, tail = found / rows, (1 - confidence) / 2
    worth = rows / _design_effect(hits, at, sizes) * _certain(rows, alike, tail)
    low = float(beta.ppf(tail, share * worth, (1 - share) * worth + 1)) if found else 0.0
    high = float(beta.ppf(1 - tail, share * worth + 1, (1 - share) * worth)) if found < rows else 1.0
    return Interval(found, rows, share, low, high)


def _sizes(groups: Groups) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """How many rows each group has, and which group each row is of."""
    _, at, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
    return sizes.astype(np.float64), at


def _design_effect(hits: NDArray[np.bool_], at: NDArray[np.int64], sizes: NDArray[np.float64]) -> float:
    """How many times the variance of independent rows the share has; 1 where nothing varies."""
    share, groups, rows = float(hits.mean()), len(sizes), len(hits)
    alone = share * (1 - share) / rows
    if groups < 2 or not alone:
        return 1.0
    apart = np.bincount(at, hits, minlength=groups) - share * sizes
    return max(1.0, groups / (groups - 1) * float((apart**2).sum()) / rows**2 / alone)


def _certain(rows: int, alike: float, tail: float) -> float:
    """What is left of rows for so few groups as `alike`; next to nothing for one."""
    few = max(alike - 1, _LEAST_FREEDOM)
    return float((student.ppf(1 - tail, rows - 1) / student.ppf(1 - tail, few)) ** 2)


def harmful(labels: Labels, union: Labels) -> NDArray[np.bool_]:
    """Rows that carry a label or a positive union, `(n,)`."""
    return np.asarray((labels == YES).any(axis=1) | union.any(axis=1))
