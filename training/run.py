"""One training, top to bottom: rows, weights, calibration, thresholds, evaluation, bundle, catalogue.

A run is named by what decides its outcome (settings, snapshot, what it is warmed from), so that the same training is
found again: finished, it is not repeated; stopped, it goes on where it was with `resume`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from data.rows import Rows
from data.snapshot import Snapshot, require_labels
from eval.evaluation import Evaluation, evaluate, score_texts
from eval.joining import joined
from eval.plots import draw
from eval.report import write_report
from eval.thresholds import Chosen, choose
from moderation.errors import ChaffinchError
from moderation.language import detect
from moderation.normaliser import VERSION as NORMALISER
from moderation.normaliser import normalise
from moderation.taxonomy import Taxonomy
from registry.bundle import (
    CALIBRATION,
    CARD,
    MANIFEST,
    METRICS,
    NGRAM,
    REFERENCE,
    THRESHOLDS,
    Bundle,
    FeatureRecord,
    Linear,
    Manifest,
    SourceRecord,
    bundle_hash,
    linear_from_bytes,
    open_bundle,
    thresholds_bytes,
    write_bundle,
)
from registry.files import json_bytes
from registry.names import MODEL_NAME
from registry.reference import reference_bytes
from registry.scorers import NgramScorer
from training.calibration import Fitted, HeldOut, calibrate
from training.card import card
from training.handing_in import hand_in, read_evaluation, settings_of
from training.ngram import Step, TrainingError, design, fit, raw_logits
from training.objective import YES, targets, with_any_harm
from training.run_folder import Checkpoint, RunFolder
from training.settings import TrainingSettings
from training.tracking import Tracking
from training.weights import folds, row_weights

VERSION = "2"
"""Changes when the same rows and settings would give another model."""

Progress = Callable[[str, float, str], None]
"""Hears the stage, how much of it is done (0 to 1), and a few words."""


@dataclass(frozen=True)
class Order:
    """What is asked for."""

    settings: TrainingSettings
    snapshot: Snapshot
    taxonomy: Taxonomy
    home: Path
    warm: Path | None = None
    resume: bool = False


@dataclass(frozen=True)
class Trained:
    """What came out. `version` is None where the catalogue did not answer: register it later."""

    bundle: Path
    hash: str
    version: str | None
    evaluation: Evaluation
    reused: bool
    seconds: float


@dataclass(frozen=True)
class Learner:
    """The rows a model learns from, and those that its scores are corrected on."""

    order: Order
    run: RunFolder
    tracking: Tracking
    progress: Progress
    start: Linear | None


def _silent(_stage: str, _share: float, _note: str) -> None:
    return None


def train(
    order: Order,
    tracking: Tracking,
    *,
    now: Callable[[], datetime],
    progress: Progress = lambda stage, share, note: None,
) -> Trained:
    """Trains, or finds that it is done. Raises `TrainingError`, `BundleError` (for `warm`), `ConflictError`.

    `KeyboardInterrupt` passes through after the checkpoint is safe; the same order with `resume` goes on from there.
    """
    began = now()
    require_labels(order.snapshot, order.taxonomy.names)
    name = run_name(order)
    folder = order.home / "bundles" / name
    run = RunFolder(order.home / "runs" / name)
    with run.locked():
        if (folder / MANIFEST).exists():
            return _already(folder, order, run, tracking)
        if not order.resume:
            run.clear()
        with _told_to_mlflow(order, run, tracking, name):
            warm = open_bundle(order.warm, order.taxonomy).linear if order.warm else None
            learner = Learner(order, run, tracking, progress, _same_columns(warm, order))
            evaluation = _make(learner, folder, name, now)
        progress("register", 0.0, order.settings.name)
        version = _handed_in(folder, order, run, tracking)
        progress("register", 1.0, f"version {version}" if version else "not registered")
    return Trained(folder, bundle_hash(folder), version, evaluation, reused=False, seconds=_since(began, now))


def run_name(order: Order) -> str:
    """`starter-0123456789ab`: the config and a digest of all that decides the outcome."""
    warm = bundle_hash(order.warm) if order.warm else ""
    decides = [VERSION, order.settings.digest, order.snapshot.hash, warm, NORMALISER, order.taxonomy.version]
    return f"{order.settings.name}-{hashlib.sha256('/'.join(decides).encode()).hexdigest()[:12]}"


def _make(learner: Learner, folder: Path, name: str, now: Callable[[], datetime]) -> Evaluation:
    """The way itself."""
    order, settings = learner.order, learner.order.settings
    learner.progress("read", 0.0, order.snapshot.path.name)
    training, validation, test = (order.snapshot.split(side) for side in ("train", "validation", "test"))
    if settings.calibration.folds:
        training = joined(training, validation)
        linear, held = _learn(learner, training, "final"), _cross_fitted(learner, training)
        corrected_on = training
    else:
        linear = _learn(learner, training, "final")
        held, corrected_on = _held_out(linear, validation, settings), validation

    learner.progress("calibrate", 0.0, f"{len(corrected_on)} rows held out")
    fitted = calibrate(held, order.taxonomy.names, slope_prior=settings.calibration.slope_prior,
                       cross_prior=settings.calibration.cross_prior,
                       isotonic_rows=settings.calibration.isotonic_rows)  # fmt: skip
    probabilities = fitted.calibration.prepared().apply(held.raw)
    chosen = choose(probabilities, held.labels, corrected_on.everyday, order.taxonomy.names, settings.thresholds)

    files = {
        NGRAM: linear.to_bytes(),
        CALIBRATION: json_bytes(fitted.calibration.model_dump(mode="json", exclude_none=True)),
        THRESHOLDS: thresholds_bytes(chosen.thresholds),
    }
    manifest = _manifest(learner, name, linear, held, now())
    stored = linear_from_bytes(files[NGRAM], idf=manifest.features.idf)
    scorer = NgramScorer(Bundle(folder, "", manifest, stored, fitted.calibration, chosen.thresholds), version=name)

    learner.progress("evaluate", 0.0, f"{len(test)} rows never learnt from")
    scores = score_texts(scorer, test.texts)
    about = f"{order.snapshot.path.name}, split test"
    evaluation = evaluate(scorer, test, about=about, data_hash=order.snapshot.hash, scores=scores,
                          as_chineseharm=_is_chineseharm(test))  # fmt: skip
    files |= {
        METRICS: json_bytes(_metrics(evaluation, fitted, chosen)),
        REFERENCE: reference_bytes(probabilities, [detect(text) for text in _canonical(corrected_on.texts)],
                                   order.taxonomy.names, "held-out rows"),
        CARD: card(manifest, evaluation, chosen, settings.about).encode(),
    }  # fmt: skip
    plots = draw(test, scores, order.taxonomy.names, evaluation)
    write_report(learner.run.path / "report" / "report.html", evaluation, plots, order.taxonomy)
    learner.progress("write", 0.0, str(folder))
    write_bundle(folder, manifest, files)
    learner.tracking.metrics(evaluation.figures())
    learner.tracking.artifacts(learner.run.path / "report", under="report")
    return evaluation


def _learn(learner: Learner, rows: Rows, name: str) -> Linear:
    """One fit, from a checkpoint where there is one."""
    settings, stage = learner.order.settings, "learn" if name == "final" else f"learn {name}"
    before = learner.run.load(name)
    if before is not None and before.done:
        return before.linear
    if not len(rows):
        raise TrainingError("There is no row to learn from; look at the snapshot's card.")
    learner.progress(stage, 0.0, f"reading {len(rows)} rows")
    features = settings.features
    matrix = design(_canonical(rows.texts), features.ngrams, min_df=features.min_df, idf_power=features.idf_power)
    weights = row_weights(rows.sources, rows.weights, settings.learning.source_temperature)
    labels, union = with_any_harm(rows.labels, rows.union)
    aims = targets(labels, union, weights, positive=settings.learning.positive_weight)

    def heard(step: Step) -> None:
        learner.progress(stage, step.iteration / settings.learning.max_iterations, f"loss {step.loss:.4f}")
        if name == "final" and step.iteration % settings.learning.checkpoint_every == 0:
            learner.tracking.metrics({"loss": step.loss, "slope": step.slope}, step=step.iteration)

    linear = fit(
        matrix, aims, settings.learning.optimiser,
        start=before.linear if before else learner.start, done=before.iteration if before else 0, progress=heard,
        checkpoint=lambda linear, at: learner.run.save(name, Checkpoint(linear, at, done=False)),
    )  # fmt: skip
    learner.run.save(name, Checkpoint(linear, settings.learning.max_iterations, done=True))
    learner.progress(stage, 1.0, "")
    return linear


def _held_out(linear: Linear, rows: Rows, settings: TrainingSettings) -> HeldOut:
    raw = raw_logits(linear, settings.features.ngrams, _canonical(rows.texts))
    return HeldOut(raw, rows.labels, rows.union, rows.weights.astype(np.float64))


def _cross_fitted(learner: Learner, rows: Rows) -> HeldOut:
    """Every row's logits by a model that saw no row of its group."""
    settings = learner.order.settings
    fold = folds(rows.sources, rows.groups, rows.ids, settings.calibration.folds)
    raw = np.zeros((len(rows), rows.labels.shape[1] + 1))
    for each in range(settings.calibration.folds):
        if not (fold == each).any():
            continue
        linear = _learn(learner, rows.take(fold != each), f"fold {each + 1} of {settings.calibration.folds}")
        raw[fold == each] = raw_logits(linear, settings.features.ngrams, _canonical(rows.take(fold == each).texts))
    return HeldOut(raw, rows.labels, rows.union, rows.weights.astype(np.float64))


def _manifest(learner: Learner, name: str, linear: Linear, held: HeldOut, now: datetime) -> Manifest:
    order, features = learner.order, learner.order.settings.features
    told = order.snapshot.manifest
    known, yes = (held.labels >= 0).sum(axis=0), (held.labels == YES).sum(axis=0)
    return Manifest(
        name=MODEL_NAME,
        run=name,
        labels=order.taxonomy.names,
        normaliser=NORMALISER,
        taxonomy=order.taxonomy.version,
        features=FeatureRecord(orders=features.ngrams.orders, bits=features.bits, seed=features.seed,
                               kept=int(linear.indices.size), idf=linear.idf is not None),
        prior={label: float(yes[at] / max(known[at], 1)) for at, label in enumerate(order.taxonomy.names)},
        snapshot=order.snapshot.hash,
        snapshot_name=order.snapshot.path.name,
        sources=tuple(
            SourceRecord(name=each.name, licence=each.licence, rows=each.rows, permits_release=each.permits_release,
                         sha256=dict(each.files))
            for each in told.sources
        ),
        warm_from=bundle_hash(order.warm) if order.warm else None,
        settings=order.settings.model_dump(mode="json"),
        mlflow_run=learner.tracking.run,
        created_at=now.isoformat(),
        files={},
    )  # fmt: skip


def _metrics(evaluation: Evaluation, fitted: Fitted, chosen: Chosen) -> dict[str, Any]:
    calibration = {"ece_before": fitted.ece_before, "ece_after": fitted.ece_after}
    budget = {"proved": chosen.proved, "blocked": chosen.blocked.share, "blocked_high": chosen.blocked.high,
              "reviewed": chosen.reviewed.share, "everyday_rows": chosen.blocked.rows}  # fmt: skip
    return {"evaluation": evaluation.to_json(), "calibration": calibration, "thresholds": budget}


def _already(folder: Path, order: Order, run: RunFolder, tracking: Tracking) -> Trained:
    """A finished bundle: checked, and handed in if it never was."""
    bundle = open_bundle(folder, order.taxonomy)
    version = run.state().get("version") or _handed_in(folder, order, run, tracking)
    return Trained(folder, bundle.hash, version, read_evaluation(folder), reused=True, seconds=0.0)


def _handed_in(folder: Path, order: Order, run: RunFolder, tracking: Tracking) -> str | None:
    version = hand_in(folder, order.settings.name, order.home, tracking)
    if version:
        run.note(version=version)
    return version


@contextmanager
def _told_to_mlflow(order: Order, run: RunFolder, tracking: Tracking, name: str) -> Iterator[None]:
    """The run in MLflow, opened before and closed if the training does not come to its end."""
    tags = {"snapshot": order.snapshot.path.name, "data_hash": order.snapshot.hash, "config": order.settings.name}
    tracking.start(name, settings_of(order.settings.model_dump(mode="json")), tags, again=run.state().get("mlflow_run"))
    run.note(mlflow_run=tracking.run)
    try:
        yield
    except (ChaffinchError, KeyboardInterrupt) as error:
        tracking.fail("stopped" if isinstance(error, KeyboardInterrupt) else "failed")
        raise


def _same_columns(linear: Linear | None, order: Order) -> Linear | None:
    if linear is not None and linear.bias.size != len(order.taxonomy.names) + 1:
        raise TrainingError("The model to start from knows other labels; train without --warm.")
    return linear


def _canonical(texts: list[str]) -> list[str]:
    return [normalise(text).canonical.text for text in texts]


def _is_chineseharm(rows: Rows) -> bool:
    return bool(len(rows)) and set(rows.sources) == {"chineseharm"}


def _since(began: datetime, now: Callable[[], datetime]) -> float:
    return (now() - began).total_seconds()
