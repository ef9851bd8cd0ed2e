"""What is minimised: the masked multi-label log-loss, with unions (LABELS.md, "What a source knows").

* A label that a row's source knows is an ordinary logistic loss; one that it does not know is no loss at all.
* A positive union row ("abuse or hate, I do not know which") asks that at least one member be true:
  `-log(1 - prod(1 - p))`. A negative union row is simply a no for each member.

With logits z, `-log(1 - p) = softplus(z)`, so that a union's loss is `-log(1 - exp(-q))` with q the sum of its
members' softplus, and its gradient is `-sigmoid(z) exp(-q) / (1 - exp(-q))`: both stay exact for any z.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

Matrix = NDArray[np.float64]
YES, UNKNOWN = 1, -1
_TINY = 1e-12
_POWERS = (-3.0, 2.0)
"""Of e: how much less or more sure the best number makes logits, at most."""


@dataclass(frozen=True)
class Targets:
    """What rows know. `known` and `union` are weights: 0 where a row says nothing, else the row's weight."""

    yes: Matrix
    """(n, labels): 1 where known to be true, else 0."""
    known: Matrix
    """(n, labels): how much the label's own loss counts."""
    members: NDArray[np.bool_]
    """(n, labels): open members of a positive union."""
    union: Matrix
    """(n,): how much the union's loss counts."""

    @property
    def total(self) -> float:
        """The weight of all rows that say anything; losses are divided by it."""
        says = np.maximum(self.known.max(axis=1, initial=0.0), self.union)
        return float(says.sum())


def targets(labels: NDArray[np.int8], union: NDArray[np.int8], weights: Matrix, *, positive: float = 1.0) -> Targets:
    """Targets from labels (1, 0, -1), union members and row weights `(n,)`; a yes counts `positive` times as much.

    A union one of whose members is known to be true asks nothing more; a member known to be false is out of it.
    """
    yes = (labels == YES).astype(np.float64)
    known = (labels != UNKNOWN) * weights[:, None] * np.where(yes > 0, positive, 1.0)
    settled = ((union > 0) & (labels == YES)).any(axis=1)
    members = (union > 0) & (labels == UNKNOWN) & ~settled[:, None]
    return Targets(yes, known, members, np.where(members.any(axis=1), weights * positive, 0.0))


def softened(aims: Targets, doubt: Matrix) -> Targets:
    """Targets whose yes is one less the row's `doubt` `(n,)`: the share of its source's yes that are taken to be wrong.

    Where a model says no to such a row its pull ends once the model believes what the source is worth, so that wrong
    rows are not learnt by heart (label smoothing: Szegedy et al. 2016; against wrong labels: Lukasik et al. 2020).
    """
    return replace(aims, yes=aims.yes * (1.0 - doubt[:, None]))


def with_any_harm(labels: NDArray[np.int8], union: NDArray[np.int8]) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Labels and unions with a last column for the question "any harm at all?", `(n, labels + 1)`.

    Yes where any label or union says yes, no where every label is known to be absent, else unknown. A source that
    knows one label only says nothing here about its harmless rows.
    """
    harm = np.where(
        (labels == YES).any(axis=1) | union.any(axis=1), YES, np.where((labels == 0).all(axis=1), 0, UNKNOWN)
    )
    column = harm.astype(np.int8)[:, None]
    return np.hstack([labels, column]), np.hstack([union, np.zeros_like(column)])


def loss(logits: Matrix, aims: Targets, *, loudest: bool = False) -> tuple[float, Matrix]:
    """The summed loss and its gradient in the logits, `(n, labels)`.

    With `loudest` a union is judged by its largest member, as a union's *score* is (LABELS.md): calibration asks
    that, since of two members that nothing tells apart each would else be believed half.
    """
    softplus = np.logaddexp(0.0, logits)
    chance = np.exp(logits - softplus)
    value = float(np.sum(aims.known * (softplus - aims.yes * logits)))
    gradient = aims.known * (chance - aims.yes)
    rows = np.flatnonzero(aims.union)
    if rows.size and loudest:
        value += _loudest_union(logits, aims, rows, gradient)
    elif rows.size:
        weight, members = aims.union[rows], aims.members[rows]
        none_true = np.maximum(np.where(members, softplus[rows], 0.0).sum(axis=1), _TINY)
        some_true = -np.expm1(-none_true)
        value -= float(np.sum(weight * np.log(some_true)))
        gradient[rows] -= members * chance[rows] * (weight * np.exp(-none_true) / some_true)[:, None]
    return value, gradient


def tempered_loss(logits: Matrix, aims: Targets) -> float:
    """The summed loss with all logits times one number, the best one: what calibration will leave of it.

    Fine-tuned encoders grow surer of everything long after they stopped growing better, and the plain loss then blames
    them for what one division mends (Guo et al. 2017).
    """
    found = minimize_scalar(lambda power: loss(np.exp(power) * logits, aims)[0], bounds=_POWERS, method="bounded")
    return float(found.fun)


def mean_tempered_loss(logits: Matrix, aims: Targets) -> float:
    """The same of a row that says anything, on average: what fine-tunings are told apart by."""
    return tempered_loss(logits, aims) / max(aims.total, _TINY)


def _loudest_union(logits: Matrix, aims: Targets, rows: NDArray[np.int64], gradient: Matrix) -> float:
    """Adds `-log(max p)` of the union rows to the gradient, in place, and returns it."""
    inside = np.where(aims.members[rows], logits[rows], -np.inf)
    loudest = inside.argmax(axis=1)
    chosen = inside[np.arange(rows.size), loudest]
    doubt = np.logaddexp(0.0, -chosen)
    gradient[rows, loudest] -= aims.union[rows] * -np.expm1(-doubt)
    return float(np.sum(aims.union[rows] * doubt))
