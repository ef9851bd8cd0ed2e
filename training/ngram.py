"""The fast tier's trainer: one joint masked multi-label logistic regression over hashed n-grams, by L-BFGS.

The problem is convex, so that where it starts (zeros, an earlier bundle's weights, a checkpoint) decides how long it
takes and not what comes out. Everything is summed in one order on one thread: same rows, settings and seed give the
same weights byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from moderation.errors import ChaffinchError
from registry.bundle import Linear
from registry.ngrams import BATCH, Ngrams, NgramSettings
from training.objective import Matrix, Targets, loss

Progress = Callable[["Step"], None]
MEMORY = 8
"""L-BFGS's pairs: more converge in fewer steps, each costs two copies of the weights."""

LEAST_CURVATURE = 0.01
"""A label that hardly anyone says yes to would else look flat, and be thrown far off by the first step."""


class TrainingError(ChaffinchError):
    """Training cannot go on, and says why."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the optimiser: how many are done, the loss per row, the largest slope left."""

    iteration: int
    loss: float
    slope: float


@dataclass(frozen=True)
class Design:
    """Rows as the optimiser sees them: `matrix` has a column for each kept feature, `indices` says which it is.

    The most frequent features come first: most of a product's work then falls on weights that the cache holds.
    """

    matrix: csr_matrix
    indices: NDArray[np.int64]
    idf: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Optimiser:
    """How the weights are found. `strength` is the inverse of the penalty, as scikit-learn's C, in rows of weight 1."""

    strength: float = 10.0
    max_iterations: int = 200
    tolerance: float = 1e-5
    checkpoint_every: int = 25


def design(texts: list[str], settings: NgramSettings, *, min_df: int, idf_power: float) -> Design:
    """The training matrix of canonical texts.

    Features seen in fewer than `min_df` texts get no column, yet count in a text's length, exactly as they will when
    the model is asked.
    """
    rows = Ngrams(settings).batch(texts)
    frequency = np.bincount(rows.indices, minlength=settings.size)
    rarity = _rarity(frequency, len(texts), min_df, idf_power) if idf_power else None
    if rarity is not None:
        rows = Ngrams(settings, rarity).batch(texts)
    kept = np.flatnonzero(frequency >= min_df)
    kept = kept[np.argsort(-frequency[kept], kind="stable")]
    if not kept.size:
        raise TrainingError(f"No n-gram stands in {min_df} rows; train on more rows or lower features.min_df.")
    column = np.full(settings.size, -1, dtype=np.int32)
    column[kept] = np.arange(kept.size, dtype=np.int32)
    inside = column[rows.indices] >= 0
    counted = np.concatenate([np.zeros(1, np.int64), np.cumsum(inside)])[rows.indptr]
    parts = (rows.values[inside].astype(np.float64), column[rows.indices[inside]], counted.astype(np.int32))
    matrix = csr_matrix(parts, shape=(len(texts), kept.size))
    matrix.sort_indices()
    return Design(matrix, kept, None if rarity is None else rarity[kept])


def _rarity(frequency: NDArray[np.int64], texts: int, min_df: int, power: float) -> NDArray[np.float32]:
    """Idf to a power, `(features,)`; what gets no weight counts as the rarest that does, as the scorer will have it."""
    idf = ((np.log((1 + texts) / (1 + frequency)) + 1) ** power).astype(np.float32)
    idf[frequency < min_df] = idf[frequency >= min_df].max(initial=np.float32(1))
    return idf


def raw_logits(linear: Linear, settings: NgramSettings, texts: list[str]) -> Matrix:
    """What the model says of canonical texts before calibration, `(n, labels + 1)`, a batch at a time."""
    ngrams = Ngrams(settings, linear.dense_idf(settings.size))
    weights = linear.dense(settings.size, np.float32)
    out = np.empty((len(texts), linear.bias.size))
    for first in range(0, len(texts), BATCH):
        rows = ngrams.batch(texts[first : first + BATCH])
        shape = (rows.indptr.size - 1, settings.size)
        out[first : first + BATCH] = csr_matrix((rows.values, rows.indices, rows.indptr), shape=shape) @ weights
    return out + linear.bias


def fit(
    rows: Design,
    aims: Targets,
    optimiser: Optimiser,
    *,
    start: Linear | None = None,
    done: int = 0,
    progress: Progress = lambda step: None,
    checkpoint: Callable[[Linear, int], None] = lambda linear, iteration: None,
) -> Linear:
    """The weights that minimise loss plus penalty. `start` warms it; `done` steps count as made already.

    Raises `TrainingError` where the loss is no number. `KeyboardInterrupt` passes through: the last checkpoint stands.
    """
    labels = aims.yes.shape[1]
    problem = _Problem(rows, aims, 1.0 / (2 * optimiser.strength * max(aims.total, 1.0)))
    scale = problem.scale()
    iteration = done

    def after(point: NDArray[np.float64]) -> None:
        nonlocal iteration
        iteration += 1
        progress(Step(iteration, problem.last_loss, problem.last_slope))
        if iteration % optimiser.checkpoint_every == 0:
            checkpoint(problem.linear(point * scale), iteration)

    with threadpool_limits(1):  # BLAS sums in another order on another number of threads
        if optimiser.max_iterations > done:
            result = minimize(
                problem.scaled(scale), _start(rows, labels, start) / scale, jac=True, method="L-BFGS-B", callback=after,
                options={"maxiter": optimiser.max_iterations - done, "maxcor": MEMORY, "ftol": 0.0,
                         "gtol": optimiser.tolerance, "maxfun": 3 * optimiser.max_iterations},
            )  # fmt: skip
            return problem.linear(result.x * scale)
        return problem.linear(_start(rows, labels, start))


class _Problem:
    """Loss and gradient in the flat vector of weights and bias; keeps what the last call found, for progress."""

    def __init__(self, rows: Design, aims: Targets, penalty: float) -> None:
        self.rows, self.aims, self.penalty = rows, aims, penalty
        self.transposed = rows.matrix.T.tocsr()  # one pass over memory in order, twice as fast as the transposed view
        self.last_loss = self.last_slope = float("nan")

    def __call__(self, point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights, bias = self._parts(point)
        with np.errstate(invalid="ignore", over="ignore"):  # told below, in words
            value, in_logits = loss(self.rows.matrix @ weights + bias, self.aims)
        total = max(self.aims.total, 1.0)
        value = value / total + self.penalty * float(np.dot(weights.ravel(), weights.ravel()))
        if not np.isfinite(value):
            raise TrainingError("The loss is no longer a number; look for row weights or settings that are too large.")
        in_weights = self.transposed @ in_logits / total + 2 * self.penalty * weights
        gradient = np.concatenate([in_weights.ravel(), in_logits.sum(axis=0) / total])
        self.last_loss, self.last_slope = value, float(np.abs(gradient).max())
        return value, gradient

    def scale(self) -> NDArray[np.float64]:
        """One over the root of each weight's curvature, about (Jacobi preconditioning).

        Rare features are flat and frequent ones steep; in these units the optimiser needs a third of the steps.
        """
        total = max(self.aims.total, 1.0)
        share = (self.aims.known * self.aims.yes).sum(axis=0) / np.maximum(self.aims.known.sum(axis=0), 1e-12)
        sureness = self.aims.known * np.maximum(share * (1 - share), LEAST_CURVATURE) / total
        squared = self.transposed.multiply(self.transposed).tocsr()
        weights = squared @ sureness + 2 * self.penalty
        return np.asarray(1 / np.sqrt(np.concatenate([weights.ravel(), sureness.sum(axis=0) + 1e-9])))

    def scaled(self, scale: NDArray[np.float64]) -> Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]]:
        """The same problem in units of `scale`."""

        def value(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            found, gradient = self(point * scale)
            return found, gradient * scale

        return value

    def linear(self, point: NDArray[np.float64]) -> Linear:
        """A point as bundles have it, features ascending."""
        (weights, bias), ascending = self._parts(point), np.argsort(self.rows.indices)
        idf = None if self.rows.idf is None else self.rows.idf[ascending]
        return Linear(self.rows.indices[ascending], weights[ascending].astype(np.float32), bias.astype(np.float32), idf)

    def _parts(self, point: NDArray[np.float64]) -> tuple[Matrix, Matrix]:
        labels = self.aims.yes.shape[1]
        return point[:-labels].reshape(-1, labels), point[-labels:]


def _start(rows: Design, labels: int, start: Linear | None) -> NDArray[np.float64]:
    """Zeros, or the weights of an earlier model for the features that both have."""
    weights = np.zeros((rows.indices.size, labels))
    if start is None:
        return np.concatenate([weights.ravel(), np.zeros(labels)])
    _, here, there = np.intersect1d(rows.indices, start.indices, assume_unique=True, return_indices=True)
    weights[here] = start.weights[there]
    return np.concatenate([weights.ravel(), start.bias.astype(np.float64)])
