"""What a run has done so far, so that Ctrl-C costs minutes and not hours.

<home>/runs/<run>/state.json      which settings, snapshot and MLflow run this is
<home>/runs/<run>/fit-*.npz       weights and step of a fit under way; `done` once it has ended
<home>/runs/<run>/encoder/        the encoder's fine-tuning (`training.second_tier`)
<home>/runs/<run>/report/         the page and the plots of its evaluation
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from moderation.errors import ConflictError
from registry.bundle import Linear
from registry.files import json_bytes, write_atomically

REPORT = "report"


@dataclass(frozen=True)
class Checkpoint:
    """Weights after `iteration` steps of one fit."""

    linear: Linear
    iteration: int
    done: bool


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run under way."""

    path: Path

    @property
    def encoder(self) -> Path:
        """Where the encoder's fine-tuning keeps its checkpoints, and what a warm start needs of it."""
        return self.path / "encoder"

    def clear(self) -> None:
        """Forgets what was done, for a run that starts anew."""
        for each in self.path.glob("*"):
            if each.name != ".lock":
                shutil.rmtree(each) if each.is_dir() else each.unlink()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One training a run. Raises `ConflictError` where the same one goes on already.

        Its owner alone opens the folder: while it trains, what the encoder reads of the texts lies there.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)
        descriptor = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise ConflictError(f"This very training ({self.path.name}) is under way already.") from error
        try:
            yield
        finally:
            os.close(descriptor)

    def state(self) -> dict[str, Any]:
        """What was noted; empty for a new run or a torn file."""
        try:
            held = json.loads((self.path / "state.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return held if isinstance(held, dict) else {}

    def note(self, **values: str | None) -> None:
        """Adds to the state."""
        write_atomically(self.path / "state.json", json_bytes({**self.state(), **values}))

    def save(self, fit: str, checkpoint: Checkpoint) -> None:
        """Replaces the fit's checkpoint, whole or not at all. Weights are kept exactly."""
        linear = checkpoint.linear
        arrays: dict[str, Any] = {"indices": linear.indices, "weights": linear.weights, "bias": linear.bias,
                                  "at": np.array([checkpoint.iteration, checkpoint.done])}  # fmt: skip
        if linear.idf is not None:
            arrays["idf"] = linear.idf
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)
        write_atomically(self.path / f"fit-{fit}.npz", buffer.getvalue())

    def load(self, fit: str) -> Checkpoint | None:
        """The fit's checkpoint; None where there is none that can be read."""
        try:
            with np.load(self.path / f"fit-{fit}.npz", allow_pickle=False) as held:
                linear = Linear(held["indices"], held["weights"], held["bias"], held.get("idf"))
                iteration, done = held["at"].tolist()
        except (OSError, ValueError, KeyError, BadZipFile):
            return None
        return Checkpoint(linear, int(iteration), bool(done))
