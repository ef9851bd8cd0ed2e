"""A logistic regression on one question, with a penalty on squared weights: convex, and the same on every machine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit
from threadpoolctl import threadpool_limits

from training.objective import Matrix

ITERATIONS = 200


@dataclass(frozen=True)
class Logistic:
    """Weights `(columns,)` and a bias."""

    weights: Matrix
    bias: float

    def log_odds(self, rows: Matrix | csr_matrix) -> Matrix:
        """Of each row, `(n,)`."""
        return np.asarray(rows @ self.weights + self.bias)


def logistic(rows: Matrix | csr_matrix, yes: NDArray[np.bool_], penalty: float) -> Logistic:
    """The least mean loss of a row plus `penalty` times the squared weights; `rows` is `(n, columns)`, `yes` `(n,)`."""
    truth, count = yes.astype(np.float64), max(len(yes), 1)

    def value(point: Matrix) -> tuple[float, Matrix]:
        weights, logits = point[:-1], rows @ point[:-1] + point[-1]
        slopes = (expit(logits) - truth) / count
        lost = float(np.logaddexp(0.0, logits).sum() - truth @ logits) / count
        gradient = np.append(rows.T @ slopes + 2 * penalty * weights, slopes.sum())
        return lost + penalty * float(weights @ weights), gradient

    with threadpool_limits(1):  # the same sums on every machine, whatever its cores
        found = minimize(value, np.zeros(rows.shape[1] + 1), jac=True, method="L-BFGS-B",
                         options={"maxiter": ITERATIONS}).x  # fmt: skip
    return Logistic(found[:-1], float(found[-1]))


def mean_loss(log_odds: Matrix, yes: NDArray[np.bool_]) -> float:
    """The mean logarithmic loss of rows whose truth is `yes`."""
    return float(np.mean(np.logaddexp(0.0, log_odds) - yes * log_odds))
