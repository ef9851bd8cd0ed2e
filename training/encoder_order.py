"""What is asked of the encoder's part of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from training.order import Progress
from training.settings import TrainingSettings

if TYPE_CHECKING:
    from training.teaching import Teacher


@dataclass(frozen=True)
class Ask:
    """What is asked for. `warm` is the folder of the fine-tuning to start from, `warm_base` its base's hash."""

    settings: TrainingSettings
    labels: tuple[str, ...]
    home: Path
    folder: Path
    resume: bool = False
    warm: Path | None = None
    warm_base: str | None = None
    teacher: Teacher | None = None
    progress: Progress = lambda stage, share, note: None
    warn: Callable[[str], None] = lambda sentence: None
    curve: Callable[[Mapping[str, float], int], None] = lambda values, step: None
