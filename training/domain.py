"""Kinds of evidence weighed for one set's question, and each part of the set held out of all of it.

A model may have a domain (decision 31); this is the same for a set of a thousand rows, where a validation side would be
luck. Whatever is chosen for a part that is held out (how hard weights are held, how much each kind weighs, the offset)
is chosen by what the *other* parts' rows were answered by models that saw neither them nor the part that is held out.
So a figure over all parts owes nothing to the rows that it is of, at the cost of a model for each pair of parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evidence import Evidence, Some
from training.logistic import logistic, mean_loss
from training.ngram import TrainingError
from training.objective import Matrix

HELD = 0.01
"""Penalty on the weights of kinds, in rows: a handful of numbers, which hundreds of rows pay for."""


@dataclass(frozen=True)
class Parted:
    """A set's rows: which answer yes, `(n,)`, the part of each, `(n,)`, and which read like a row of another part.

    `near`, `(n, parts)`: where that part is held out, they are not learnt from.
    """

    yes: NDArray[np.bool_]
    part: NDArray[np.int64]
    near: NDArray[np.bool_]

    def without(self, *held: int) -> Some:
        """The rows to learn from where these parts are held out, `(n,)`."""
        return np.asarray(~np.isin(self.part, held) & ~self.near[:, list(held)].any(axis=1))

    @property
    def parts(self) -> list[int]:
        """Those that have rows."""
        return [int(each) for each in np.unique(self.part)]


def require_parts(rows: Parted) -> None:
    """Raises `TrainingError` where two parts held out leave nothing to tell yes from no by."""
    if len(rows.parts) < 3:
        raise TrainingError(
            f"A domain of {len(rows.parts)} parts: one is held out, one tells what answers mean, and one is learnt "
            "from. Ask for three or more (--folds)."
        )
    for one in rows.parts:
        for other in rows.parts:
            if np.unique(rows.yes[rows.without(one, other)]).size < 2:
                raise TrainingError("With two parts held out the rest is all of one answer; ask for more parts.")


def held_out(kinds: Sequence[Evidence], rows: Parted) -> Matrix:
    """The log-odds of each row, `(n,)`, by what saw nothing of its part, calibrated by the other parts alone.

    `require_parts` tells whether there are enough.
    """
    asked, out = _Asked(rows), np.empty(len(rows.yes))
    for part in rows.parts:
        own, others = rows.part == part, rows.without(part)
        chosen = [(kind, _penalty(kind, asked, part)) for kind in kinds]
        before = np.stack([asked.others(kind, penalty, part) for kind, penalty in chosen], axis=1)
        weighing = logistic(before[others], rows.yes[others], HELD / others.sum())
        said = np.stack([asked.told(kind, penalty, part) for kind, penalty in chosen], axis=1)
        out[own] = weighing.log_odds(said[own])
    return out


def _penalty(kind: Evidence, asked: _Asked, part: int) -> float:
    """The one by which the other parts, each held out too, are answered best once that is calibrated."""

    def loss(penalty: float) -> float:
        others = asked.rows.without(part)
        said, yes = asked.others(kind, penalty, part)[others, None], asked.rows.yes[others]
        return mean_loss(logistic(said, yes, HELD / others.sum()).log_odds(said), yes)

    return min(kind.penalties, key=loss)


class _Asked:
    """What kinds said, kept: a model without parts one and two is that without two and one."""

    def __init__(self, rows: Parted) -> None:
        self.rows = rows
        self._said: dict[tuple[int, float, frozenset[int]], Matrix] = {}

    def told(self, kind: Evidence, penalty: float, *held: int) -> Matrix:
        key = (id(kind), penalty, frozenset(held))
        if key not in self._said:
            self._said[key] = kind.told(self.rows.without(*held), self.rows.yes, penalty)
        return self._said[key]

    def others(self, kind: Evidence, penalty: float, part: int) -> Matrix:
        """Of each row that is not of `part`, by what saw neither its own part nor that; that part's rows are 0."""
        out = np.zeros(len(self.rows.yes))
        for other in self.rows.parts:
            if other != part:
                own = self.rows.part == other
                out[own] = self.told(kind, penalty, part, other)[own]
        return out
