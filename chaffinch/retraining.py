"""A training that nobody types: verdicts as labels, a data set, a warm training, the gate. Never a promotion.

The kernel's lock lets one go on in a home, and lets go of it where a process dies. What was begun is noted, so that the
next call goes on with the same data set and the same start from the last checkpoint, whatever is due by then. A stop
before that, in export or build, notes nothing: both are done anew, and leave the same files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from chaffinch.commands.data import ask_for
from chaffinch.os_user import os_user
from chaffinch.settings import Settings
from chaffinch.training_run import train_on
from chaffinch.watch_config import Training
from chaffinch.watching import Watched
from chaffinch.wiring import open_database, reading_if_made
from governance.giving import Giver, teller
from moderation.errors import NotFoundError
from records import watched
from registry.bundle import MANIFEST, read_manifest
from registry.names import CHAMPION, MODEL_NAME, Resolved
from registry.pointers import find_pointer
from training.run_folder import RunFolder

if TYPE_CHECKING:
    from data.snapshot import Snapshot
    from training.run import Trained

FOLDER = "retraining"

Progress = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Due:
    """Whether a training is due, and why or why not."""

    due: bool
    why: str


@dataclass(frozen=True, slots=True)
class Retrained:
    """What came of the call. Without a training `version`, `bundle` and `gate` are None."""

    started: bool
    why: str
    version: str | None = None
    bundle: str | None = None
    gate: str | None = None
    sentence: str | None = None


def due(settings: Settings, config: Training, seen: Watched, noted: Mapping[str, str | None], now: datetime) -> Due:
    """Whether enough is new since the last training began: the noted one, else the champion's."""
    champion = find_pointer(settings.registry_root, MODEL_NAME, CHAMPION)
    if champion is None:
        return Due(False, "There is no champion to go on from; train and promote a first model by hand.")
    last = datetime.fromisoformat(noted.get("began") or read_manifest(champion.path).created_at)
    if now - last < timedelta(days=config.rest_days):
        return Due(False, f"The last training began {last:%Y-%m-%d %H:%M} UTC; rest_days is {config.rest_days:g}.")
    with reading_if_made(settings) as look:
        labels = watched.new_labels(look, last) if look else 0
    if labels >= config.labels:
        return Due(True, f"{labels} new labels since {last:%Y-%m-%d} (labels is {config.labels}).")
    if seen.has_drifted and labels >= config.labels_on_drift:
        return Due(True, f"Drift, and {labels} new labels (labels_on_drift is {config.labels_on_drift}).")
    needed = config.labels_on_drift if seen.has_drifted else config.labels
    drifted = "drift, but only " if seen.has_drifted else "no drift beyond its limit, and "
    return Due(False, f"Not yet: {drifted}{labels} of {needed} new labels since {last:%Y-%m-%d}.")


def retrain(
    settings: Settings, config: Training, seen: Watched, *, by: Giver, now: Callable[[], datetime],
    progress: Progress, warn: Callable[[str], None],
) -> Retrained:  # fmt: skip
    """Goes on with a training that was stopped, or begins one where it is due, in the name of who had it set up.

    Raises `ForbiddenError`, and `InvalidInputError` without a name or a reason, also where nothing is due: it learns
    from texts, and whoever set it up is to hear that at once.
    """
    with reading_if_made(settings) as look:
        if look is not None:
            teller(look, by.by, by.why)
    run = RunFolder(settings.home / FOLDER)
    run.path.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(run.path / ".lock", timeout=0):
            return _retrain(settings, config, seen, run, _Told(by, now, progress, warn))
    except Timeout:
        return Retrained(False, f"Another training goes on in {settings.home}; this one was not started.")


@dataclass(frozen=True, slots=True)
class _Told:
    by: Giver
    now: Callable[[], datetime]
    progress: Progress
    warn: Callable[[str], None]


def _retrain(settings: Settings, config: Training, seen: Watched, run: RunFolder, told: _Told) -> Retrained:
    noted = run.state()
    stopped = _stopped(settings, noted)
    if stopped is None:
        wanted = due(settings, config, seen, noted, told.now())
        if not wanted.due:
            return Retrained(False, wanted.why)
        why, stopped = wanted.why, _begin(settings, config, run, wanted.why, told)
    else:
        why = f"Goes on with the training that was stopped: {noted.get('why')}"
    snapshot, warm = stopped
    trained = _train(settings, run.state()["config"], snapshot, warm, told)
    return _gated(settings, trained, run, why, told)


def _stopped(settings: Settings, noted: Mapping[str, str | None]) -> tuple[Snapshot, Path] | None:
    """What an unfinished training learns from and starts from; None where there is none, or its parts are gone."""
    from data.snapshot import find

    snapshot, warm = noted.get("snapshot"), noted.get("warm")
    if not snapshot or not warm or noted.get("ended") or not (Path(warm) / MANIFEST).is_file():
        return None
    try:
        return find(snapshot, settings.home / "snapshots"), Path(warm)
    except NotFoundError:
        return None


def _begin(settings: Settings, config: Training, run: RunFolder, why: str, told: _Told) -> tuple[Snapshot, Path]:
    from data.build import build
    from review.labels_export import Order, export_labels
    from review.verdicts import SETTLED_AFTER
    from training.settings import load_settings as load_training

    champion = find_pointer(settings.registry_root, MODEL_NAME, CHAMPION)
    if champion is None:
        raise NotFoundError("The champion went while a training began; promote one, then call again.")
    began = told.now()
    with closing(open_database(settings)) as database:
        with database.reading() as look:
            by = teller(look, told.by.by, told.by.why)
        order = Order(by.actor, by.why, os_user())
        export_labels(database, settings.home / "labels", order, now=began, settled=SETTLED_AFTER)
    wanted = ask_for(load_training(config.config, settings.configs).data, settings)
    built = build(wanted, now=began, progress=told.progress)
    run.note(began=began.isoformat(), why=why, config=config.config, snapshot=str(built.snapshot.path),
             warm=str(champion.path), ended=None, version=None, gate=None)  # fmt: skip
    return built.snapshot, champion.path


def _train(settings: Settings, config: str, snapshot: Snapshot, warm: Path, told: _Told) -> Trained:
    from training.settings import load_settings as load_training

    chosen = load_training(config, settings.configs)
    return train_on(
        snapshot, chosen, settings, warm=warm, resume=True, now=told.now, progress=told.progress, warn=told.warn
    )


def _gated(settings: Settings, trained: Trained, run: RunFolder, why: str, told: _Told) -> Retrained:
    from chaffinch.promotion import gate

    target = Resolved(trained.bundle, trained.version or trained.bundle.name, trained.hash)
    answer = gate(settings, target, None, told.progress)
    run.note(ended=told.now().isoformat(), version=trained.version, gate=str(answer.verdict))
    return Retrained(True, why, target.version, str(trained.bundle), str(answer.verdict), answer.sentence)
