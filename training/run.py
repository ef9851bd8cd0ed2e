"""One training, top to bottom: rows, weights, calibration, thresholds, evaluation, bundle, catalogue.

A run is named by what decides its outcome (settings, snapshot, what it is warmed from), so that the same training is
found again: finished, it is not repeated; stopped, it goes on where it was with `resume`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data.rows import Rows
from data.snapshot import require_labels
from eval.class_questions import question_of
from eval.evaluation import Evaluation, answer_texts, both_scores, evaluate
from eval.plots import draw
from eval.report import write_plots, write_report
from eval.thresholds import Chosen, choose, without
from moderation.language import detect
from moderation.normaliser import VERSION as NORMALISER
from moderation.normaliser import normalise
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
    Manifest,
    SnapshotRecord,
    SourceRecord,
    bundle_hash,
    linear_from_bytes,
    open_bundle,
    thresholds_bytes,
    write_bundle,
)
from registry.calibration import Matrix
from registry.encoder import ENCODER_TIER
from registry.files import json_bytes
from registry.names import MODEL_NAME
from registry.reference import reference_bytes
from registry.scorers import FAST, BundleScorer, scorer_of
from training.calibration import Fitted, in_domain
from training.card import card
from training.cascading import Cascade, calibrated, join
from training.disk import full_disk_told
from training.fast_tier import FastTier, make_fast_tier
from training.handing_in import hand_in, read_evaluation, settings_of
from training.mining import suspicion
from training.ngram import TrainingError
from training.order import Learner, Order, Progress, Sides, Warm
from training.run_folder import REPORT, RunFolder
from training.teaching import Teacher
from training.tracking import Tracking

if TYPE_CHECKING:
    from training.encoder_order import Ask

VERSION = "13"
"""Changes when the same rows and settings would give another model."""


@dataclass(frozen=True)
class Trained:
    """What came out. `version` is None where the catalogue did not answer: register it later."""

    bundle: Path
    hash: str
    version: str | None
    evaluation: Evaluation
    reused: bool
    seconds: float


def train(
    order: Order,
    tracking: Tracking,
    *,
    now: Callable[[], datetime],
    progress: Progress = lambda stage, share, note: None,
    warn: Callable[[str], None] = lambda sentence: None,
) -> Trained:
    """Trains, or finds that it is done. `warn` hears what goes on otherwise than was asked.

    Raises `TrainingError`, `EncoderError`, `DiskFullError`, `BundleError` (for `warm`), `ConflictError`.
    `KeyboardInterrupt` passes through after the checkpoint is safe; the same order with `resume` goes on from there.
    """
    began = now()
    require_labels(order.snapshot, order.taxonomy.names)
    _require_positives(order)
    name = run_name(order)
    folder = order.home / "bundles" / name
    run = RunFolder(order.home / "runs" / name)
    with run.locked():
        if (folder / MANIFEST).exists():
            return _already(folder, order, run, tracking)
        if not order.resume:
            run.clear()
        with _told_to_mlflow(order, run, tracking, name):
            learner = Learner(order, run, tracking, progress, warn, _warm(order), _teacher(order))
            evaluation = _make(learner, folder, name, now)
        progress("register", 0.0, order.settings.name)
        version = _handed_in(folder, order, run, tracking)
        progress("register", 1.0, f"version {version}" if version else "not registered")
    return Trained(folder, bundle_hash(folder), version, evaluation, reused=False, seconds=_since(began, now))


def _require_positives(order: Order) -> None:
    """Raises `TrainingError` where a label has not one positive to learn from and the config does not do without it."""
    settings, names = order.settings, order.taxonomy.names
    if unknown := [name for name in settings.without if name not in names]:
        raise TrainingError(f"without names '{unknown[0]}', which is no label; there are: {', '.join(names)}.")
    lacking = [name for name in order.snapshot.manifest.never_said if name not in settings.without]
    if lacking:
        listed = ", ".join(f'"{name}"' for name in lacking)
        raise TrainingError(
            f"No training row of {order.snapshot.path.name} says {' or '.join(lacking)}: a model would learn never to "
            "find it, and nothing it is judged on here would show that. Mend the data set (`chaffinch data build` says "
            f"which source gives nothing), or say in the training config that it does without: without = [{listed}]."
        )


def run_name(order: Order) -> str:
    """`starter-0123456789ab`: the config and a digest of all that decides the outcome."""
    warm = bundle_hash(order.warm) if order.warm else ""
    decides = [VERSION, order.settings.digest, order.snapshot.hash, warm, NORMALISER, order.taxonomy.version]
    decides += [bundle_hash(order.teacher)] if order.teacher else []
    return f"{order.settings.name}-{hashlib.sha256('/'.join(decides).encode()).hexdigest()[:12]}"


def _make(learner: Learner, folder: Path, name: str, now: Callable[[], datetime]) -> Evaluation:
    """The way itself."""
    order, settings, names = learner.order, learner.order.settings, learner.order.taxonomy.names
    if settings.encoder.enabled:
        _look_at_base(learner)
    learner.progress("read", 0.0, order.snapshot.path.name)
    sides = Sides(*(order.snapshot.split(side) for side in ("train", "validation", "test")))
    in_domain(sides.validation, settings)  # before anything is learnt: nobody should wait for the n-grams to hear it
    fast = make_fast_tier(learner, sides)
    learner.progress("calibrate", 0.0, f"{len(fast.rows)} rows held out")
    fitted = calibrated(fast.held, names, settings)
    probabilities, corrected_on = fitted.calibration.prepared().apply(fast.held.raw), fast.rows
    second = _second_tier(learner, sides, fast, probabilities) if settings.encoder.enabled else None
    if second is not None:
        probabilities, corrected_on = second.scores, second.rows
    chosen = choose(
        probabilities, corrected_on.labels, corrected_on.everyday, names, settings.thresholds,
        groups=corrected_on.group_keys,
    )  # fmt: skip
    chosen = without(chosen, settings.without)

    files = {
        NGRAM: fast.linear.to_bytes(),
        CALIBRATION: json_bytes(fitted.calibration.model_dump(mode="json", exclude_none=True)),
        THRESHOLDS: thresholds_bytes(chosen.thresholds),
        **(second.files if second else {}),
    }
    manifest = _manifest(learner, name, fast, second, fitted.prior, now())
    stored = linear_from_bytes(files[NGRAM], idf=manifest.features.idf)
    scorer = scorer_of(
        Bundle(folder, "", manifest, stored, fitted.calibration, chosen.thresholds, second.tier if second else None),
        version=name,
    )
    evaluation = _evaluated(learner, scorer, sides.test)
    files |= {
        METRICS: json_bytes(_metrics(evaluation, fitted, chosen, second)),
        REFERENCE: reference_bytes(probabilities, _languages(corrected_on.texts), names, "held-out rows"),
    }  # fmt: skip
    encoder = second.told["encoder"] if second else None
    files[CARD] = card(manifest, evaluation, chosen, settings.about, files, encoder).encode()
    learner.progress("write", 0.0, str(folder))
    with full_disk_told(str(folder)):
        write_bundle(folder, manifest, files)
    if second is not None:
        _encoder_stands(learner)
    learner.tracking.metrics(evaluation.figures())
    learner.tracking.artifacts(learner.run.path / REPORT, under=REPORT)
    return evaluation


def _languages(texts: Iterable[str]) -> list[str]:
    return [detect(normalise(text).canonical.text) for text in texts]


def _look_at_base(learner: Learner) -> None:
    from training import second_tier  # imports PyTorch; a model of n-grams alone does without

    second_tier.look_at_base(_ask(learner))


def _second_tier(learner: Learner, sides: Sides, fast: FastTier, said: Matrix) -> Cascade:
    """The encoder, and the cascade on rows that neither tier saw.

    They are those of the fast tier's rows that were asked of folds' encoders, or the validation rows with which they
    end. `said` are the fast tier's calibrated probabilities of its rows, `(n, labels)`.
    """
    from training import second_tier  # imports PyTorch; a model of n-grams alone does without

    order, ask = learner.order, _ask(learner)
    rows, training = fast.rows, np.arange(len(sides.training) + len(sides.validation)) < len(sides.training)
    suspected = suspicion(learner, sides.training, fast) if order.settings.encoder.hard_negatives else None
    made = second_tier.make_encoder(ask, sides.training, sides.validation, fast.copies.kept(training), suspected)
    at = np.arange(len(rows) - len(sides.validation), len(rows)) if made.asked is None else made.asked
    learner.progress("cascade", 0.0, f"{len(at)} rows held out")
    return join(made, said[at], rows.take(at), ask.labels, order.settings, learner.warn)


def _ask(learner: Learner) -> Ask:
    from training.encoder_order import Ask

    order, warm = learner.order, learner.warm
    return Ask(
        order.settings, order.taxonomy.names, order.home, learner.run.encoder, order.resume,
        warm=warm.run.encoder if warm else None, warm_base=warm.base if warm else None,
        teacher=learner.teacher, progress=learner.progress, warn=learner.warn,
        curve=lambda values, step: learner.tracking.metrics(values, step=step),
    )  # fmt: skip


def _encoder_stands(learner: Learner) -> None:
    from training import second_tier  # imports PyTorch, which a model with an encoder has by now

    second_tier.finished(learner.run.encoder)


def _evaluated(learner: Learner, scorer: BundleScorer, test: Rows) -> Evaluation:
    """The report on the test side, and its pictures in the run's folder."""
    order = learner.order
    about = f"{len(test)} rows never learnt from"
    answered = answer_texts(scorer, test.texts, lambda share: learner.progress("evaluate", share, about))
    both = both_scores(scorer, test.texts, answered, lambda share: learner.progress("evaluate both tiers", share, ""))
    evaluation = evaluate(scorer, test, about=f"{order.snapshot.path.name}, split test", data_hash=order.snapshot.hash,
                          answered=answered, both=both, question=question_of(test))  # fmt: skip
    plots = draw(test, answered.scores, order.taxonomy.names, evaluation)
    write_report(learner.run.path / REPORT / "report.html", evaluation, plots, order.taxonomy)
    write_plots(learner.run.path / REPORT / "plots", plots)
    return evaluation


def _manifest(
    learner: Learner, name: str, fast: FastTier, second: Cascade | None, prior: dict[str, float], now: datetime
) -> Manifest:
    order, features = learner.order, learner.order.settings.features
    linear = fast.linear
    return Manifest(
        name=MODEL_NAME,
        run=name,
        labels=order.taxonomy.names,
        normaliser=NORMALISER,
        taxonomy=order.taxonomy.version,
        tiers=(FAST, ENCODER_TIER) if second else (FAST,),
        base_encoder=second.tier.encoder.about.base if second else None,
        features=FeatureRecord(orders=features.ngrams.orders, bits=features.bits, seed=features.seed,
                               kept=int(linear.indices.size), idf=linear.idf is not None,
                               views=features.views),
        prior=prior,
        snapshot=order.snapshot.hash,
        snapshot_name=order.snapshot.path.name,
        sources=_sources(learner),
        earlier=_earlier(learner),
        warm_from=bundle_hash(order.warm) if order.warm else None,
        taught_by=learner.teacher.hash if learner.teacher else None,
        settings=order.settings.model_dump(mode="json"),
        release=order.settings.release or any(each.is_released for each in learner.ancestors),
        mlflow_run=learner.tracking.run,
        created_at=now.isoformat(),
        files={},
    )  # fmt: skip


def _sources(learner: Learner) -> tuple[SourceRecord, ...]:
    """The snapshot's sources, and those of the models that this one comes from where the snapshot has them not."""
    own = tuple(
        SourceRecord(name=each.name, licence=each.licence, rows=each.rows, permits_release=each.permits_release,
                     sha256=dict(each.files))
        for each in learner.order.snapshot.manifest.sources
    )  # fmt: skip
    named = {each.name for each in own if each.rows}
    before = {each.name: each for model in learner.ancestors for each in model.sources if each.rows}
    inherited = tuple(each for name, each in before.items() if name not in named)
    gone = {each.name for each in inherited}
    return tuple(each for each in own if each.name not in gone) + inherited


def _earlier(learner: Learner) -> tuple[SnapshotRecord, ...]:
    """The snapshots that the models before this one learnt from, oldest first, this one's own left out."""
    chain = [
        each
        for model in learner.ancestors
        for each in (*model.earlier, SnapshotRecord(name=model.snapshot_name, hash=model.snapshot))
    ]
    return tuple({each.hash: each for each in chain if each.hash != learner.order.snapshot.hash}.values())


def _metrics(evaluation: Evaluation, fitted: Fitted, chosen: Chosen, second: Cascade | None) -> dict[str, Any]:
    calibration = {"ece_before": fitted.ece_before, "ece_after": fitted.ece_after}
    budget = {"proved": chosen.proved, "blocked": chosen.blocked.share, "blocked_high": chosen.blocked.high,
              "reviewed": chosen.reviewed.share, "everyday_rows": chosen.blocked.rows}  # fmt: skip
    told = {"evaluation": evaluation.to_json(), "calibration": calibration, "thresholds": budget}
    return told | (second.told if second else {})


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
    except BaseException as error:
        tracking.fail("stopped" if isinstance(error, KeyboardInterrupt) else "failed")
        raise


def _warm(order: Order) -> Warm | None:
    if order.warm is None:
        return None
    bundle = open_bundle(order.warm, order.taxonomy)
    if bundle.linear.bias.size != len(order.taxonomy.names) + 1:
        raise TrainingError("The model to start from knows other labels; train without --warm.")
    manifest = bundle.manifest
    return Warm(bundle.linear, manifest, RunFolder(order.home / "runs" / manifest.run))


def _teacher(order: Order) -> Teacher | None:
    if order.teacher is None:
        return None
    if not order.settings.encoder.enabled:
        raise TrainingError("A teacher teaches an encoder, and this config has none (encoder.enabled).")
    return Teacher.opened(order.teacher, order.taxonomy)


def _since(began: datetime, now: Callable[[], datetime]) -> float:
    return (now() - began).total_seconds()
