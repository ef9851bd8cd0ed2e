"""Fits `registry.calibration` on held-out rows: rows that the model did not learn from.

All labels are fitted together, with the trainer's own masked loss, unions judged by their largest member. Everything is
held towards a prior: first one slope and one offset for all labels are found, then each label may depart from that
slope, and give weight to other labels' evidence, as far as its rows pay for it. A label that hardly any row says yes
to so keeps the common slope instead of a wild one of its own. Isotonic steps come last, where they were asked for: the
logistic line is held flat by few rows far out, and then says 0.4 where half of the rows say yes.

A `prior` moves every label to one base rate (decision 12): the same score then says the same of each label and of each
model, whatever mix its rows happened to be. The evidence stays, only the log-odds of the base rate are exchanged
(King and Zeng 2001, section 4.1, prior correction).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression

from data.rows import Rows
from eval.metrics import calibration_error
from registry.calibration import CLIP, Calibration, Calibrator, LabelCalibration, Matrix, Steps, softplus
from training.ngram import TrainingError
from training.objective import UNKNOWN, YES, Targets, loss, targets
from training.settings import TrainingSettings
from training.weights import row_weights

FEW = 10
"""Fewer rows saying yes than this, unions included, and a label counts as not fitted on its own."""

LEAST_SLOPE = 0.05
OFFSET_PRIOR = 0.01
HELD = 1e5
"""A prior that no number of rows pays for."""
KNOTS = 200


@dataclass(frozen=True)
class Fitted:
    """The calibration, how far said probabilities are from shares, by label, before and after, and the mix's rates."""

    calibration: Calibration
    ece_before: dict[str, float]
    ece_after: dict[str, float]
    prior: dict[str, float]
    """Each label's base rate in the mix that the probabilities speak of."""


@dataclass(frozen=True)
class HeldOut:
    """Rows the model did not learn from: raw logits `(n, labels + 1)`, labels, unions `(n, labels)`, weights `(n,)`."""

    raw: Matrix
    labels: NDArray[np.int8]
    union: NDArray[np.int8]
    weights: Matrix
    spoken: NDArray[np.bool_] | None = None
    """Which rows are of the config's domain, `(n,)`: they alone calibrate; None: all."""

    @classmethod
    def of(cls, raw: Matrix, rows: Rows, settings: TrainingSettings) -> HeldOut:
        """Logits of these rows. Sources count as in training: a probability must not hang on which set is largest."""
        weights = row_weights(rows.sources, rows.weights, settings.learning.source_temperature)
        return cls(raw, rows.labels, rows.union, weights, in_domain(rows, settings))

    def speaking(self) -> HeldOut:
        """The rows that calibrate."""
        if self.spoken is None:
            return self
        at = self.spoken
        return HeldOut(self.raw[at], self.labels[at], self.union[at], self.weights[at])


def in_domain(rows: Rows, settings: TrainingSettings) -> NDArray[np.bool_] | None:
    """Which of these held-out rows are of the domain, `(n,)`; None where the config names none.

    Raises `TrainingError` where none of them is: nothing would be calibrated.
    """
    if not settings.domain:
        return None
    spoken = np.isin(np.asarray(rows.sources), settings.domain)
    if not spoken.any():
        known = ", ".join(sorted(set(rows.sources))) or "none"
        raise TrainingError(
            f"No held-out row is of the domain ({', '.join(settings.domain)}); the snapshot holds out: {known}. "
            "Name one of these, or leave domain out."
        )
    return spoken


def calibrate(
    rows: HeldOut,
    names: tuple[str, ...],
    *,
    slope_prior: float = 1.0,
    cross_prior: float = 0.1,
    isotonic_rows: int = 0,
    prior: float = 0.0,
) -> Fitted:
    """The calibration of `rows`; the logistic function alone where there are none.

    `prior` is the base rate of each label in the mix that scores speak of; 0, the rows' own.
    """
    if not len(rows.labels):
        return Fitted(Calibration.identity(names), {}, {}, {})
    aims = targets(rows.labels, rows.union, rows.weights)
    problem = _Problem(rows.raw, aims, slope_prior, cross_prior)
    calibrator = problem.solve(centre=_common_slope(rows.raw, aims))
    calibration = _told(calibrator, rows, names, isotonic_rows)
    rates = base_rates(rows, calibrator.weighed(rows.raw))
    calibration = _at_prior(calibration, rates, prior) if prior else calibration
    weights = _mix(rows, rates, calibration, prior)
    before = Calibration.identity(names).prepared().apply(rows.raw)
    after = calibration.prepared().apply(rows.raw)
    told = {name: prior if prior and _moves(calibration.labels[name], rate) else float(rate)
            for name, rate in zip(names, rates, strict=True)}  # fmt: skip
    return Fitted(calibration, _ece(before, rows, names, weights), _ece(after, rows, names, weights), told)


def base_rates(rows: HeldOut, scores: Matrix) -> Matrix:
    """The weighed share of yes among the rows that know a label, `(labels,)`; a union's yes is its loudest's.

    `scores`, `(n, labels)`, tell which member is the loudest. 0 where no row knows the label.
    """
    truth, weights = _by_loudest(rows, scores), rows.weights[:, None]
    known = np.asarray(((truth != UNKNOWN) * weights).sum(axis=0))
    return np.asarray(((truth == YES) * weights).sum(axis=0) / np.maximum(known, 1e-12))


def _at_prior(calibration: Calibration, rates: Matrix, prior: float) -> Calibration:
    """The same evidence beside another base rate. A label that was not fitted on its own stays as it is."""
    moved = {}
    for (name, each), rate in zip(calibration.labels.items(), rates, strict=True):
        shift = float(logit(prior) - logit(rate)) if _moves(each, rate) else 0.0
        steps = _moved(each.steps, shift) if each.steps else None
        moved[name] = each.model_copy(update={"offset": each.offset + shift, "steps": steps})
    return Calibration(labels=moved)


def _moves(label: LabelCalibration, rate: float) -> bool:
    return label.fitted and 0 < rate < 1


def _moved(steps: Steps, shift: float) -> Steps:
    """Steps of logits and of log-odds that both moved by `shift`."""
    chances = expit(logit(np.array(steps.probabilities)) + shift)
    return Steps(logits=tuple(each + shift for each in steps.logits), probabilities=tuple(chances.tolist()))


def _mix(rows: HeldOut, rates: Matrix, calibration: Calibration, prior: float) -> Matrix:
    """What each row counts for each label, `(n, labels)`, in the mix that scores speak of."""
    weights = np.repeat(rows.weights[:, None], len(rates), axis=1)
    if not prior:
        return weights
    for at, (rate, each) in enumerate(zip(rates, calibration.labels.values(), strict=True)):
        if _moves(each, rate):
            weights[:, at] *= np.where(rows.labels[:, at] == YES, prior / rate, (1 - prior) / (1 - rate))
    return weights


def _common_slope(raw: Matrix, aims: Targets) -> float:
    """One slope for all labels, each with its own offset."""
    own = np.clip(raw[:, :-1], -CLIP, CLIP)
    labels = own.shape[1]

    def value(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        lost, slopes = loss(point[0] * own + point[1:], aims, loudest=True)
        held = lost + (point[0] - 1) ** 2 + OFFSET_PRIOR * float(point[1:] @ point[1:])
        first = float((slopes * own).sum()) + 2 * (point[0] - 1)
        return held, np.concatenate([[first], slopes.sum(axis=0) + 2 * OFFSET_PRIOR * point[1:]])

    start = np.concatenate([[1.0], np.zeros(labels)])
    bounds = [(LEAST_SLOPE, None)] + [(None, None)] * labels
    return float(minimize(value, start, jac=True, method="L-BFGS-B", bounds=bounds).x[0])


class _Problem:
    """The weighing step as one flat vector: slopes, offsets, weight of any harm, weights across labels."""

    def __init__(self, raw: Matrix, aims: Targets, slope_prior: float, cross_prior: float) -> None:
        self.own, self.harm = np.clip(raw[:, :-1], -CLIP, CLIP), np.clip(raw[:, -1:], -CLIP, CLIP)
        self.others = softplus(self.own)
        few = ((aims.yes * (aims.known > 0)).sum(axis=0) + aims.members.sum(axis=0)) < FEW
        self.aims = aims
        self.slope_prior = np.where(few, HELD, slope_prior)
        self.cross_prior = np.where(few, HELD, cross_prior)
        self.labels = self.own.shape[1]
        self.off_diagonal = 1.0 - np.eye(self.labels)

    def solve(self, *, centre: float) -> Calibrator:
        k = self.labels
        start = np.concatenate([np.full(k, centre), np.zeros(2 * k + k * k)])
        bounds = [(LEAST_SLOPE, None)] * k + [(None, None)] * (2 * k + k * k)
        found = minimize(self, start, args=(centre,), jac=True, method="L-BFGS-B", bounds=bounds,
                         options={"maxiter": 200})  # fmt: skip
        slope, offset, harm, cross = self._parts(found.x)
        return Calibrator(slope=slope, offset=offset, any_harm=harm, cross=cross)

    def __call__(self, point: NDArray[np.float64], centre: float) -> tuple[float, NDArray[np.float64]]:
        slope, offset, harm, cross = self._parts(point)
        logits = self.own * slope + self.others @ cross + self.harm * harm + offset
        lost, slopes = loss(logits, self.aims, loudest=True)
        held = (
            float(self.slope_prior @ (slope - centre) ** 2)
            + OFFSET_PRIOR * float(offset @ offset)
            + float(self.cross_prior @ (harm**2 + (cross**2).sum(axis=0)))
        )
        gradient = [
            (slopes * self.own).sum(axis=0) + 2 * self.slope_prior * (slope - centre),
            slopes.sum(axis=0) + 2 * OFFSET_PRIOR * offset,
            (slopes * self.harm).sum(axis=0) + 2 * self.cross_prior * harm,
            ((self.others.T @ slopes + 2 * self.cross_prior * cross) * self.off_diagonal).ravel(),
        ]
        return lost + held, np.concatenate(gradient)

    def _parts(self, point: NDArray[np.float64]) -> tuple[Matrix, Matrix, Matrix, Matrix]:
        k = self.labels
        return point[:k], point[k : 2 * k], point[2 * k : 3 * k], point[3 * k :].reshape(k, k) * self.off_diagonal


def _told(calibrator: Calibrator, rows: HeldOut, names: tuple[str, ...], isotonic_rows: int) -> Calibration:
    """As `calibration.json` says it, with isotonic steps where they were asked for and rows are enough."""
    weighed = calibrator.weighed(rows.raw)
    positives = ((rows.labels == YES) | (rows.union > 0)).sum(axis=0)
    truth = _by_loudest(rows, weighed)
    many = (truth == YES).sum(axis=0) >= isotonic_rows
    steps = [_steps(weighed[:, at], truth[:, at]) if isotonic_rows and many[at] else None for at in range(len(names))]
    return Calibration(
        labels={
            name: LabelCalibration(
                slope=float(calibrator.slope[at]),
                offset=float(calibrator.offset[at]),
                any_harm=float(calibrator.any_harm[at]),
                others={other: float(calibrator.cross[i, at]) for i, other in enumerate(names) if i != at},
                steps=steps[at],
                rows=int((rows.labels[:, at] != UNKNOWN).sum()),
                positives=int(positives[at]),
                fitted=bool(positives[at] >= FEW),
            )
            for at, name in enumerate(names)
        }
    )


def _by_loudest(rows: HeldOut, weighed: Matrix) -> NDArray[np.int8]:
    """The labels, `(n, labels)`: an open positive union is a yes of its loudest member, whose score is its own."""
    aims = targets(rows.labels, rows.union, np.ones(len(rows.labels)))
    at = np.flatnonzero(aims.union)
    truth = rows.labels.copy()
    truth[at, np.where(aims.members[at], weighed[at], -np.inf).argmax(axis=1)] = YES
    return truth


def _steps(logits: Matrix, truth: NDArray[np.int8]) -> Steps | None:
    """At most `KNOTS` rising steps; None where the rows allow no two. Ends are drawn in by Laplace's rule."""
    known = truth != UNKNOWN
    yes = (truth[known] == YES).astype(np.float64)
    if not 0 < yes.sum() < yes.size:
        return None
    fitted = IsotonicRegression(y_min=1 / (yes.size + 2), y_max=1 - 1 / (yes.size + 2)).fit(logits[known], yes)
    at = np.unique(np.linspace(0, len(fitted.X_thresholds_) - 1, KNOTS).astype(int))
    knots, shares = fitted.X_thresholds_[at], fitted.y_thresholds_[at]
    return Steps(logits=tuple(knots.tolist()), probabilities=tuple(shares.tolist())) if at.size > 1 else None


def _ece(scores: Matrix, rows: HeldOut, names: tuple[str, ...], weights: Matrix) -> dict[str, float]:
    known = rows.labels != UNKNOWN
    return {
        name: calibration_error(
            rows.labels[known[:, at], at] == YES, scores[known[:, at], at], weights=weights[known[:, at], at]
        )
        for at, name in enumerate(names)
        if known[:, at].any()
    }
