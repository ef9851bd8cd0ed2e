"""Rows asked of an encoder that never saw their groups: the better use of few rows.

Asked are rows that the final encoder's fine-tuning read: what the frozen layers say of them is kept. Each fold's
encoder is made as the final one is: it learns from the training rows of the other folds, and its best weights are
chosen by the validation rows of the other folds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from registry.calibration import Matrix
from training.batches import Examples
from training.clock import Progress
from training.encoder import answers
from training.encoder_model import EncoderClassifier
from training.fine_tuning import FineTuning, Keeping, Listener
from training.linear_head import taken
from training.ngram import TrainingError
from training.processes import fit


@dataclass(frozen=True)
class Folding:
    """The fold of each row `(n,)`, where the rows to ask, learn from and look at stand, and the pieces of the first."""

    fold: NDArray[np.int64]
    asked_at: NDArray[np.int64]
    asked: Sequence[Sequence[int]]
    learnt_at: NDArray[np.int64]
    looked_at: NDArray[np.int64]
    learnt: Examples
    looked: Examples


@dataclass(frozen=True)
class Fold:
    """One fold's encoder before its training, and how it is trained."""

    model: EncoderClassifier
    how: FineTuning
    keeping: Keeping
    progress: Progress


def cross_fitted(sides: Folding, count: int, begin: Callable[[int], Fold]) -> Matrix:
    """Raw logits of the rows asked, `(asked, columns)`, by encoders that saw no row of their fold. Raises as `fit`."""
    raw: Matrix | None = None
    for number in range(count):
        own = np.flatnonzero(sides.fold[sides.asked_at] == number).tolist()
        if not own:
            continue
        fold = begin(number)
        learnt = _some(sides.learnt, sides.fold[sides.learnt_at] != number)
        looked = _some(sides.looked, sides.fold[sides.looked_at] != number)
        fit(fold.model, learnt, looked, fold.how, fold.keeping, listener=Listener(fold.progress))
        said = answers(fold.model, [sides.asked[at] for at in own], fold.how, fold.keeping, pad=sides.learnt.pad)
        raw = np.zeros((len(sides.asked_at), said.shape[1])) if raw is None else raw
        raw[own] = said
    return np.zeros((0, 0)) if raw is None else raw


def refuse_empty(sides: Folding, count: int) -> None:
    """Raises `TrainingError` where a fold that is asked leaves nothing to learn from, or nothing to look at."""
    for number in np.unique(sides.fold[sides.asked_at]):
        for at, named in ((sides.learnt_at, "training"), (sides.looked_at, "validation")):
            if not (sides.fold[at] != number).any():
                raise TrainingError(
                    f"Fold {number + 1} of {count} holds every {named} row that the encoder reads: the data set has "
                    "too few source groups for encoder.folds. Leave it out; calibration then asks the validation rows."
                )


def fold_folder(folder: Path, number: int) -> Path:
    """Where the fold's checkpoints lie in a run's folder."""
    return folder / f"fold-{number + 1}"


def folders_of_folds(folder: Path) -> list[Path]:
    """Those of all its folds."""
    return sorted(folder.glob("fold-*"))


def _some(examples: Examples, kept: NDArray[np.bool_]) -> Examples:
    at = np.flatnonzero(kept).tolist()
    return Examples([examples.rows[each] for each in at], taken(examples.targets, at), examples.pad)
