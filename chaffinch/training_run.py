"""A training as everybody starts it who has a config and a data set; the run is told to MLflow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from chaffinch.settings import Settings
from chaffinch.wiring import taxonomy_of

if TYPE_CHECKING:
    from data.snapshot import Snapshot
    from training.run import Trained
    from training.settings import TrainingSettings


def train_on(  # noqa: PLR0913 - what a training hangs on, each by name
    snapshot: Snapshot,
    chosen: TrainingSettings,
    settings: Settings,
    *,
    warm: Path | None,
    teacher: Path | None = None,
    resume: bool,
    now: Callable[[], datetime],
    progress: Callable[..., None],
    warn: Callable[[str], None],
) -> Trained:
    """Trains by `chosen`, from the bundle at `warm`, taught by the one at `teacher`. Raises as `training.run.train`."""
    # Loads scikit-learn and MLflow, which a server's process does without.
    from chaffinch.promotion import catalogue_of
    from training.order import Order
    from training.run import train
    from training.tracking import Tracking

    order = Order(chosen, snapshot, taxonomy_of(settings), settings.home, warm, resume, teacher)
    return train(order, Tracking(catalogue_of(settings), warn), now=now, progress=progress, warn=warn)
