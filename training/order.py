"""What a training is asked for, and what goes along with it from stage to stage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from data.rows import Rows
from data.snapshot import Snapshot
from moderation.taxonomy import Taxonomy
from registry.bundle import Linear, Manifest
from training.run_folder import RunFolder
from training.settings import TrainingSettings
from training.tracking import Tracking

if TYPE_CHECKING:
    from training.teaching import Teacher

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
    teacher: Path | None = None


@dataclass(frozen=True)
class Warm:
    """The model to start from: its weights, what is told of it, and the run in which its encoder was trained."""

    linear: Linear
    manifest: Manifest
    run: RunFolder

    @property
    def base(self) -> str | None:
        """The hash of the encoder it was trained on, if it has one."""
        return self.manifest.base_encoder


@dataclass(frozen=True)
class Learner:
    """Who learns: what was asked for, where it is kept, who hears of it, what it starts from."""

    order: Order
    run: RunFolder
    tracking: Tracking
    progress: Progress
    warn: Callable[[str], None]
    warm: Warm | None
    teacher: Teacher | None = None

    @property
    def ancestors(self) -> tuple[Manifest, ...]:
        """Models whose knowledge goes into this one: what they learnt from, it has learnt from."""
        warm = (self.warm.manifest,) if self.warm else ()
        return (*warm, self.teacher.manifest) if self.teacher else warm


@dataclass(frozen=True)
class Sides:
    """A snapshot's rows."""

    training: Rows
    validation: Rows
    test: Rows
