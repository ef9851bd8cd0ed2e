"""The two classes of COLD: offensive, which is abuse or hate and does not say which (LABELS.md), and not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eval.metrics import HALF, UNKNOWN, YES, Labels, Scores, union_question

CLASSES = ("not offensive", "offensive")
MEMBERS = ("abuse", "hate")


def predicted(scores: Scores, names: tuple[str, ...]) -> NDArray[np.str_]:
    """The class of each row, `(n,)`: the score of a union is the larger of its members', and half decides."""
    most = scores[:, _members(names)].max(axis=1)
    return np.where(most >= HALF, "offensive", "not offensive")


def actual(labels: Labels, union: Labels, names: tuple[str, ...]) -> NDArray[np.str_]:
    """The class of each row as its source gave it, `(n,)`; empty where the source does not know."""
    truth = union_question(labels, union, np.zeros(labels.shape), names, _members(names)).truth
    return np.where(truth == UNKNOWN, "", np.where(truth == YES, "offensive", "not offensive"))


def _members(names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(names.index(member) for member in MEMBERS)
