"""The fast tier's part of a run: one fit, and what it, or models of other folds, say of rows they never saw."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from data.rows import Rows
from eval.joining import joined
from moderation.normaliser import normalise
from registry.bundle import Linear
from registry.reading import read
from training.calibration import HeldOut
from training.disguising import Disguised, disguised
from training.ngram import Design, Step, TrainingError, design, fit, raw_logits
from training.objective import Targets, softened, targets, with_any_harm
from training.order import Learner, Sides
from training.run_folder import Checkpoint
from training.settings import Features, Learning, TrainingSettings
from training.weights import doubts, folds, row_weights


@dataclass(frozen=True)
class FastTier:
    """The fast tier's weights, its raw logits of `rows`, which it did not learn from, and the copies that it learnt."""

    linear: Linear
    held: HeldOut
    rows: Rows
    copies: Disguised
    """Of training and then validation rows with `calibration.folds`, else of training rows alone."""


def make_fast_tier(learner: Learner, sides: Sides) -> FastTier:
    """The n-grams, and what they say of rows that they did not learn from."""
    settings = learner.order.settings
    rows = joined(sides.training, sides.validation) if settings.calibration.folds else sides.training
    learner.progress("disguise", 0.0, f"{len(rows)} rows")
    copies = disguised(rows, settings.disguises, settings.seed)
    linear = learn(learner, rows, copies, "final")
    if settings.calibration.folds:
        return FastTier(linear, _cross_fitted(learner, rows, copies), rows, copies)
    return FastTier(linear, _held_out(linear, sides.validation, settings), sides.validation, copies)


def learn(learner: Learner, rows: Rows, copies: Disguised, name: str) -> Linear:
    """One fit, from a checkpoint where there is one."""
    settings, stage = learner.order.settings, "learn" if name == "final" else f"learn {name}"
    before = learner.run.load(name)
    if before is not None and before.done:
        return before.linear
    if not len(rows):
        raise TrainingError("There is no row to learn from; look at the snapshot's card.")
    learner.progress(stage, 0.0, f"reading {len(rows)} rows")
    rows = joined(rows, copies.rows)
    labels, union = with_any_harm(rows.labels, rows.union)
    asked = replace(rows, labels=labels, union=union)
    matrix, aims = material(as_read(rows.texts, settings.features), asked, settings.features, settings.learning)

    curve: list[tuple[int, dict[str, float]]] = []

    def heard(step: Step) -> None:
        learner.progress(stage, step.iteration / settings.learning.max_iterations, f"loss {step.loss:.4f}")
        if name == "final":
            curve.append((step.iteration, {"loss": step.loss, "slope": step.slope}))
        if step.iteration % settings.learning.checkpoint_every == 0:
            tell()

    def tell() -> None:
        learner.tracking.curve(curve)
        curve.clear()

    start = before.linear if before else learner.warm.linear if learner.warm else None
    linear = fit(
        matrix, aims, settings.learning.optimiser,
        start=start, done=before.iteration if before else 0, progress=heard,
        checkpoint=lambda linear, at: learner.run.save(name, Checkpoint(linear, at, done=False)),
    )  # fmt: skip
    tell()
    learner.run.save(name, Checkpoint(linear, settings.learning.max_iterations, done=True))
    learner.progress(stage, 1.0, "")
    return linear


def material(texts: list[str], rows: Rows, features: Features, learning: Learning) -> tuple[Design, Targets]:
    """What n-grams learn from: the matrix of `texts` as they read them, and what their rows know of each label."""
    matrix = design(texts, features.ngrams, min_df=features.min_df, idf_power=features.idf_power)
    weights = row_weights(rows.sources, rows.weights, learning.source_temperature)
    aims = targets(rows.labels, rows.union, weights, positive=learning.positive_weight)
    return matrix, softened(aims, doubts(rows.sources, learning.noise))


def _held_out(linear: Linear, rows: Rows, settings: TrainingSettings) -> HeldOut:
    raw = raw_logits(linear, settings.features.ngrams, as_read(rows.texts, settings.features))
    return HeldOut.of(raw, rows, settings)


def _cross_fitted(learner: Learner, rows: Rows, copies: Disguised) -> HeldOut:
    """Every row's logits by a model that saw no row of its group."""
    settings = learner.order.settings
    fold = folds(rows.group_keys, settings.calibration.folds)
    raw = np.zeros((len(rows), rows.labels.shape[1] + 1))
    for each in range(settings.calibration.folds):
        if not (fold == each).any():
            continue
        others, name = fold != each, f"fold {each + 1} of {settings.calibration.folds}"
        linear = learn(learner, rows.take(others), copies.kept(others), name)
        held = as_read(rows.take(fold == each).texts, settings.features)
        raw[fold == each] = raw_logits(linear, settings.features.ngrams, held)
    return HeldOut.of(raw, rows, settings)


def as_read(texts: list[str], features: Features) -> list[str]:
    """What the n-grams read of raw texts."""
    return [read(normalise(text), views=features.views) for text in texts]
