"""The best linear head over what the untouched encoder says, before any of its weights move.

Fine-tuning from a fresh head first spoils the encoder with steps towards a head that knows nothing; starting from a
fitted one keeps what pre-training knew about texts unlike the training rows (Kumar et al. 2022, "Fine-tuning can
distort pretrained features"). It also spares hundreds of steps where time is short.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from training.objective import Matrix, Targets, loss

PENALTY = 0.05
"""On squared weights, beside the mean loss of a row: vectors have hundreds of coordinates, and rows are few."""

ITERATIONS = 100


def linear_head(vectors: Matrix, aims: Targets) -> tuple[Matrix, Matrix]:
    """Weights `(columns, width)` and bias `(columns,)` over standardised `vectors`, `(n, width)`."""
    width, columns = vectors.shape[1], aims.yes.shape[1]
    total = max(aims.total, 1e-12)
    shares = np.clip(shares_of_yes(aims), 0.001, 0.999)

    def value(point: Matrix) -> tuple[float, Matrix]:
        weights, bias = point[:-columns].reshape(columns, width), point[-columns:]
        lost, slopes = loss(vectors @ weights.T + bias, aims)
        in_weights = slopes.T @ vectors / total + 2 * PENALTY * weights
        held = lost / total + PENALTY * float((weights * weights).sum())
        return held, np.concatenate([in_weights.ravel(), slopes.sum(axis=0) / total])

    start = np.concatenate([np.zeros(columns * width), np.log(shares / (1 - shares))])
    with threadpool_limits(1):  # the same sums on every machine, whatever its cores
        point = minimize(value, start, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS}).x
    return point[:-columns].reshape(columns, width), point[-columns:]


def shares_of_yes(targets: Targets) -> NDArray[np.float64]:
    """How often each column says yes where it is known, `(columns,)`; a union's yes is shared among its members."""
    members = targets.members / np.maximum(targets.members.sum(axis=1, keepdims=True), 1)
    in_unions = (members * targets.union[:, None]).sum(axis=0)
    yes = (targets.known * targets.yes).sum(axis=0) + in_unions
    share: NDArray[np.float64] = yes / np.maximum(targets.known.sum(axis=0) + in_unions, 1e-12)
    return share


def taken(targets: Targets, rows: Sequence[int]) -> Targets:
    """The targets of some rows."""
    at = np.asarray(rows, dtype=np.int64)
    return Targets(targets.yes[at], targets.known[at], targets.members[at], targets.union[at])
