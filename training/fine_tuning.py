"""How an encoder is fine-tuned, where that is kept, who hears of it, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from training.checkpoint import Point
from training.clock import Progress


@dataclass(frozen=True, slots=True)
class FineTuning:
    """How the encoder learns. `bf16` None means where the processor does it well."""

    epochs: int = 2
    batch_rows: int = 32
    learning_rate: float = 5e-5
    head_learning_rate: float = 5e-4
    probe_rows: int = 2_048
    """Rows from which the head is fitted to the untouched encoder before the first step."""
    settle: bool = True
    """Whether it is; an encoder that was fine-tuned before keeps the head it has."""
    weight_decay: float = 0.01
    warmup: float = 0.06
    """The share of all steps in which the rate rises; after them it falls to 0."""
    clip: float = 1.0
    frozen_embeddings: bool = True
    frozen_layers: int = 0
    bf16: bool | None = None
    evaluations: int = 2
    """Validations an epoch."""
    patience: int = 2
    """Validations in a row that may be no better before training ends."""
    checkpoint_every: int = 200
    """Steps after which a checkpoint is written at the latest; one also follows each validation and half a minute."""
    seed: int = 0
    threads: int | None = None
    processes: int = 1
    """How many shared its batches."""

    """Processes that share each batch (`training.processes`)."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where checkpoints go, whether the last one is gone on from, and where the states of frozen layers are kept.

    Those (`lower`; unset: beside the checkpoints) stay until `frozen_layers.forget`, and are taken from there where
    they stand: several fine-tunings of one encoder may share them.
    """

    folder: Path
    resume: bool = False
    lower: Path | None = None


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears how it goes (`clock`), and of the losses as they come: by name, and after which step."""

    progress: Progress = lambda step: None
    curve: Callable[[Mapping[str, float], int], None] = lambda values, step: None


NOBODY = Listener()
"""Nobody hears."""


@dataclass(frozen=True)
class Report:
    """What came of it: the curve, its best point, whether it ended early, and how fast it went (rows a second)."""

    history: tuple[Point, ...]
    best: Point
    steps: int
    stopped_early: bool
    rows_per_second: float
    seconds: float
    processes: int = 1
    """How many shared its batches."""
