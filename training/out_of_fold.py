"""What n-grams say of rows that they did not learn from: to look at labels by, not to serve.

Unlike a run's cross-fitting it keeps nothing on disk and calibrates nothing: who looks for wrong labels compares what
is said within one set and label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.special import expit

from data.rows import UNKNOWN, Rows
from moderation.toml import StrictModel
from registry.bundle import Linear
from training.fast_tier import as_read, material
from training.ngram import TrainingError, fit, raw_logits
from training.objective import Matrix
from training.settings import Features, Learning
from training.weights import folds

Progress = Callable[[str, float], None]
"""Hears the stage and how much of it is done, 0 to 1."""

READ_AT_ONCE = 5_000


class SuspectSettings(StrictModel):
    """`configs/suspects.toml`: how labels are doubted, and how many doubts people are asked about."""

    folds: int = Field(default=4, ge=2, le=20)
    cases: int = Field(default=100, ge=0, le=10_000)
    """How many of the first suspects become cases at a time."""
    features: Features = Features()
    learning: Learning = Learning()


def out_of_fold(
    rows: Rows, features: Features, learning: Learning, *, count: int, progress: Progress = lambda _stage, _share: None
) -> Matrix:
    """Probabilities `(n, labels)` of every row, by n-grams that saw no row of its group; not calibrated.

    Labels that no row knows stay at 0. One fold's matrix is held at a time. Raises `TrainingError` where the rows do
    not fill two folds.
    """
    fold = folds(rows.group_keys, count)
    if np.unique(fold).size < 2:
        raise TrainingError("All rows belong to one group: no model could be asked that did not see it.")
    known = np.flatnonzero((rows.labels != UNKNOWN).any(axis=0) | rows.union.any(axis=0))
    asked = replace(rows, labels=rows.labels[:, known], union=rows.union[:, known])
    texts = _texts(rows, features, progress)
    said = np.zeros(rows.labels.shape)
    for each in np.unique(fold):
        own = np.flatnonzero(fold == each)
        linear = _learnt(asked, texts, np.flatnonzero(fold != each), features, learning, f"fold {each + 1}", progress)
        said[np.ix_(own, known)] = expit(raw_logits(linear, features.ngrams, [texts[at] for at in own]))
    return said


def _texts(rows: Rows, features: Features, progress: Progress) -> list[str]:
    texts: list[str] = []
    for first in range(0, len(rows), READ_AT_ONCE):
        progress("read", first / len(rows))
        texts += as_read(rows.texts[first : first + READ_AT_ONCE], features)
    return texts


def _learnt(
    rows: Rows,
    texts: list[str],
    at: NDArray[np.int64],
    features: Features,
    learning: Learning,
    stage: str,
    progress: Progress,
) -> Linear:
    progress(stage, 0.0)
    matrix, aims = material([texts[each] for each in at], rows.take(at), features, learning)
    return fit(
        matrix, aims, learning.optimiser,
        progress=lambda step: progress(stage, step.iteration / learning.max_iterations),
    )  # fmt: skip
