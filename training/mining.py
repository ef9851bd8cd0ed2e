"""Hard negatives: of real harmless comments, those that the n-grams take for harm are learnt from more often.

A large set of everyday comments is drawn from where time allows some rows only (`encoder.max_rows`), and most of its
rows teach nothing that the next one does not. Which ones do is asked of n-grams that saw no row of the same group, so
that none was learnt by heart. How many everyday rows of a source are drawn stays as it was: the mix that calibration
speaks of does not move.

Sources: Sung and Poggio 1998 (bootstrapping negatives); Shrivastava, Gupta and Girshick 2016 (hard example mining).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.rows import Rows
from training.fast_tier import FastTier, as_read, learn
from training.ngram import raw_logits
from training.order import Learner
from training.weights import folds

FOLDS = 2
HARDEST = 0.1
"""The share of a source's everyday rows that count as hard: the most suspected, however sure n-grams are of them."""


@dataclass(frozen=True)
class Mined:
    """Everyday rows that there were and that were drawn, and how suspect each lot is in the mean."""

    rows: int
    suspected: float
    drawn: int
    suspected_of_drawn: float


def suspicion(learner: Learner, rows: Rows, fast: FastTier) -> NDArray[np.float64]:
    """How sure n-grams are that each everyday training row is harm, `(n,)` from 0 to 1; 0 for all others.

    Before calibration: what counts is the order. Those of the fast tier's own folds, where there are any.
    """
    settings, found = learner.order.settings, np.zeros(len(rows))
    if settings.calibration.folds:
        found[rows.everyday] = _chance(fast.held.raw[: len(rows)][rows.everyday])
        return found
    fold = folds(rows.group_keys, FOLDS)
    for each in range(FOLDS):
        asked = np.flatnonzero(rows.everyday & (fold == each))
        if not asked.size or (fold == each).all():
            continue
        name = f"mining {each + 1} of {FOLDS}"
        linear = learn(learner, rows.take(fold != each), fast.copies.kept(fold != each), name)
        texts = as_read(rows.take(asked).texts, settings.features)
        found[asked] = _chance(raw_logits(linear, settings.features.ngrams, texts))
    return found


def mined(
    weights: NDArray[np.float64], rows: Rows, suspected: NDArray[np.float64], times: float
) -> NDArray[np.float64]:
    """Weights by which rows are drawn, `(n,)`: the most suspected of each source's everyday rows weigh `times` more.

    What those of a source weigh together stays.
    """
    out = weights.copy()
    sources = np.unique(np.asarray(rows.sources), return_inverse=True)[1]
    for source in np.unique(sources[rows.everyday]):
        own = rows.everyday & (sources == source)
        out[own & (suspected >= np.quantile(suspected[own], 1 - HARDEST))] *= 1.0 + times
        if (total := out[own].sum()) > 0:
            out[own] *= weights[own].sum() / total
    return out


def mined_of(rows: Rows, suspected: NDArray[np.float64], at: NDArray[np.int64] | None) -> Mined:
    """What came of it, for the run's report; `at` are the rows drawn, None for all."""
    every = np.flatnonzero(rows.everyday)
    some = every if at is None else at[rows.everyday[at]]
    return Mined(every.size, _mean(suspected[every]), some.size, _mean(suspected[some]))


def _mean(values: NDArray[np.float64]) -> float:
    return round(float(values.mean()), 4) if values.size else 0.0


def _chance(raw: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of any harm at all: the last column."""
    return np.asarray(1.0 / (1.0 + np.exp(-raw[:, -1])))
