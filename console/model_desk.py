"""What the models page needs of rooms above and beside: where models lie, who moves the champion, where texts are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.gate_file import GateFile


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of a promotion or rollback: `sentence` is told as it is."""

    done: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Mistake:
    """A row that a model got wrong, by its id; its text where it still is, else why it is not."""

    id: str
    text: str | None
    note: str


@dataclass(frozen=True, slots=True)
class ModelDesk:
    """`promote(version, by, reason)` and `rollback(by, reason, emergency)` are the command line's own.

    `mlflow` is an address, `mlflow_command` opens MLflow's own page where there is none.
    `examples(version, gate)` looks up the rows that a gate's answer names, which takes seconds.
    """

    registry_root: Path
    promote: Callable[[str, str, str], Moved]
    rollback: Callable[[str, str, str], Moved]
    examples: Callable[[str, GateFile], Sequence[Mistake]]
    mlflow: str | None = None
    mlflow_command: str = ""
