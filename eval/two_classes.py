"""A set's own question with two answers: some of these labels are true, or none is.

COLD and BEEP ask for abuse or hate and do not say which, sets of spam for advertising or fraud (LABELS.md, unions), a
set about gambling for one label. The score of several labels is the largest of theirs, and half decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.metrics import HALF, NO, UNKNOWN, YES, Labels, Scores, union_question


@dataclass(frozen=True)
class TwoClasses:
    """`members` are the labels; `no` and `yes` name the classes.

    `open_is_no` for a set whose harmless rows leave some member open and that calls them harmless all the same.
    """

    members: tuple[str, ...]
    no: str
    yes: str
    open_is_no: bool = False

    @property
    def classes(self) -> tuple[str, str]:
        """Both, the harmless one first."""
        return self.no, self.yes

    def predicted(self, scores: Scores, names: tuple[str, ...]) -> NDArray[np.str_]:
        """The class of each row, `(n,)`."""
        return np.where(scores[:, self._at(names)].max(axis=1) >= HALF, self.yes, self.no)

    def actual(self, labels: Labels, union: Labels, names: tuple[str, ...]) -> NDArray[np.str_]:
        """The class of each row as its source gave it, `(n,)`; empty where the source does not know."""
        at = self._at(names)
        truth = union_question(labels, union, np.zeros(labels.shape), names, at).truth
        if self.open_is_no:
            harmless = (truth == UNKNOWN) & ~union.any(axis=1) & (labels[:, list(at)] == NO).any(axis=1)
            truth = np.where(harmless, NO, truth)
        return np.where(truth == UNKNOWN, "", np.where(truth == YES, self.yes, self.no))

    def _at(self, names: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(names.index(member) for member in self.members)
