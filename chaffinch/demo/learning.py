"""Build, train, gate, promote: what a data scientist would type, told in a few lines each."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from chaffinch.commands.data import ask_for
from chaffinch.demo.assessing import assess
from chaffinch.demo.script import Limits, Script
from chaffinch.gates import demo_gate
from chaffinch.progress import stages
from chaffinch.promotion import Proposed, is_champion, promote_through_gate
from chaffinch.settings import Settings
from chaffinch.training_run import train_on
from chaffinch.wiring import open_database, taxonomy_of
from moderation.errors import ChaffinchError, GateRefusedError
from registry.bundle import read_manifest
from registry.names import CHAMPION, MODEL_NAME, Resolved
from registry.pointers import find_pointer

if TYPE_CHECKING:
    from data.config import BuildConfig
    from data.manifest import Manifest
    from data.snapshot import Snapshot
    from training.run import Trained
    from training.settings import TrainingSettings

CONFIG, FROZEN = "starter", "demo"


@dataclass(frozen=True, slots=True)
class Model:
    """The champion after a step."""

    path: Path
    version: str


def build_snapshot(settings: Settings, limits: Limits, told: Console) -> Snapshot:
    """The starter corpus, or as much of it as is wanted, and what moderators have decided since, as a data set."""
    from data.build import build

    ask = ask_for(CONFIG, settings)
    ask = replace(ask, config=limited_data(ask.config, limits))
    with stages(told) as bar:
        built = build(ask, now=datetime.now(UTC), progress=bar.told)
    _tell_snapshot(built.snapshot.manifest, told, reused=built.reused)
    return built.snapshot


def _tell_snapshot(manifest: Manifest, told: Console, *, reused: bool) -> None:
    counts, again = manifest.counts, " (built before)" if reused else ""
    labels = ", ".join(f"{name} {said.yes}" for name, said in counts.label.items())
    languages = ", ".join(f"{name} {rows}" for name, rows in list(counts.lang.items())[:9])
    splits = ", ".join(f"{rows} {side}" for side, rows in counts.split.items())
    for warning in manifest.warnings:
        told.print(f"[yellow]{escape(warning)}[/]")
    merged = manifest.duplicates.exact + manifest.duplicates.near
    told.print(f"{counts.rows} comments{again}: {counts.ok} harmless, {labels}.")
    told.print(
        f"Languages: {languages}. Sources: {', '.join(f'{each.name} {each.rows}' for each in manifest.sources)}."
    )
    told.print(f"{merged} near-duplicates merged; grouped split: {splits}; content hash {manifest.hash[:12]}.")


BY = "chaffinch demo"
"""Who moved the champion, in its history and the ledger, and why."""


def train_and_promote(settings: Settings, script: Script, snapshot: Snapshot, told: Console) -> Model:
    """A model of this data set, and champion if the gate agrees; the champion that there is otherwise.

    Where there is a champion the model starts from it, so that a demo that is run again finds what it trained before.
    """
    if (champion := _champion_of(settings, snapshot)) is not None:
        told.print(
            f"Version {champion.version} is champion and learnt from this very data: there is nothing new to learn."
        )
        return champion
    trained = _train(settings, script.limits, snapshot, told, _start_of(settings))
    if trained.version is None:
        raise ChaffinchError(f"MLflow did not take the model; when it answers: chaffinch register {trained.bundle}")
    target = Resolved(trained.bundle, trained.version, trained.hash)
    if is_champion(settings, trained.hash):
        told.print(f"Version {trained.version} is champion already: there was nothing new to learn.")
        return Model(trained.bundle, trained.version)
    try:
        assess(settings, trained, told)
    except ChaffinchError as refusal:
        told.print(f"[yellow]Not assessed.[/] {escape(str(refusal))}")
    try:
        with stages(told) as bar:
            done = promote_through_gate(
                settings, target, by=BY, reason=BY, progress=bar.told, asked=demo_gate(settings, script.gate)
            )
    except GateRefusedError as refusal:
        told.print(f"[yellow]Not promoted.[/] {escape(str(refusal))}")
        return _champion(settings, refusal)
    if isinstance(done, Proposed):
        told.print(f"[yellow]Not promoted yet.[/] {escape(done.sentence)}")
        return _champion(settings, GateRefusedError(done.sentence))
    told.print(f"[green]Promoted.[/] {escape(done.sentence)}")
    return Model(trained.bundle, trained.version)


def _train(settings: Settings, limits: Limits, snapshot: Snapshot, told: Console, warm: Model | None) -> Trained:
    from training.settings import load_settings as load_training

    chosen = limited_training(load_training(CONFIG, settings.configs), limits)

    def warn(sentence: str) -> None:
        told.print(f"[yellow]{escape(sentence)}[/]")

    with stages(told) as bar:
        trained = train_on(
            snapshot, chosen, settings, warm=warm.path if warm else None, resume=True, now=lambda: datetime.now(UTC),
            progress=bar.told, warn=warn,
        )  # fmt: skip
    _tell_model(trained, told, warm)
    return trained


def limited_data(config: BuildConfig, limits: Limits) -> BuildConfig:
    """The data config with no more of the starter corpus than the demo has time for; other sources as they are.

    What the demo judges on it freezes under its own name: a set of a part of the corpus would else be the test side of
    every later build of the whole.
    """
    sources = tuple(
        each.model_copy(update={"max_rows": _least(each.max_rows, limits.rows)}) if each.name == CONFIG else each
        for each in config.sources
    )
    return config.model_copy(update={"sources": sources, "frozen": FROZEN})


def limited_training(config: TrainingSettings, limits: Limits) -> TrainingSettings:
    """The training config with no more rows and folds for the encoder than the demo has time for."""
    encoder = config.encoder
    less: dict[str, int | None] = {"max_rows": _least(encoder.max_rows, limits.encoder_rows)}
    if encoder.folds:
        less["folds"] = _least(encoder.folds, limits.encoder_folds)
        if limits.encoder_asked:
            less["asked_rows"] = _least(encoder.asked_rows or encoder.max_rows, limits.encoder_asked)
    return config.model_copy(update={"encoder": encoder.model_copy(update=less)})


def _least(*limits: int | None) -> int | None:
    return min((each for each in limits if each is not None), default=None)


def _tell_model(trained: Trained, told: Console, warm: Model | None) -> None:
    evaluation = trained.evaluation
    how = "trained before" if trained.reused else f"trained in {trained.seconds:.0f} s"
    start = f", warm from version {warm.version}" if warm else ""
    found, blocked, reviewed = evaluation.harmful_found, evaluation.everyday_blocked, evaluation.everyday_reviewed
    everyday = f"{blocked.share:.2%} of everyday ones wrongly blocked, {reviewed.share:.1%} reviewed"
    told.print(f"Version {trained.version} {how}{start}; the run, its plots and the bundle stand in MLflow.")
    if evaluation.encoder_asked is not None:
        told.print(
            f"{evaluation.encoder_asked.share:.0%} of comments are unclear to its n-grams and go to its encoder."
        )
    told.print(
        f"On {evaluation.rows} held-out comments: {found.share:.0%} of harmful ones not passed, {everyday}; "
        f"macro-F1 {evaluation.macro_f1:.2f}."
    )


def _champion(settings: Settings, refusal: GateRefusedError) -> Model:
    """The champion that goes on where a challenger was refused."""
    pointer = find_pointer(settings.registry_root, MODEL_NAME, CHAMPION)
    if pointer is None:
        raise refusal
    return Model(pointer.path, pointer.version)


def _start_of(settings: Settings) -> Model | None:
    """The champion, if a model with today's labels can start from it."""
    pointer = find_pointer(settings.registry_root, MODEL_NAME, CHAMPION)
    if pointer is None or read_manifest(pointer.path).labels != taxonomy_of(settings).names:
        return None
    return Model(pointer.path, pointer.version)


def _champion_of(settings: Settings, snapshot: Snapshot) -> Model | None:
    """The champion, if it learnt from this snapshot by the demo's own config."""
    pointer = find_pointer(settings.registry_root, MODEL_NAME, CHAMPION)
    if pointer is None:
        return None
    manifest = read_manifest(pointer.path)
    is_same = manifest.snapshot == snapshot.hash and manifest.settings.get("name") == CONFIG
    return Model(pointer.path, pointer.version) if is_same else None


def export_verdicts(settings: Settings, told: Console) -> None:
    """Moderators' verdicts as label records, once none can be taken back any more."""
    from chaffinch.os_user import os_user
    from records.ledger import MACHINE
    from review.labels_export import Order, export_labels
    from review.verdicts import SETTLED_AFTER

    time.sleep(SETTLED_AFTER.total_seconds())
    database = open_database(settings)
    try:
        order = Order(MACHINE, BY, os_user())
        exported = export_labels(
            database, settings.home / "labels", order, now=datetime.now(UTC), settled=SETTLED_AFTER
        )
    finally:
        database.close()
    told.print(f"{exported.records} verdicts became label records.")
