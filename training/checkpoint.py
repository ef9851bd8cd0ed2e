"""Where a fine-tuning stands, on disk: written whole or not at all, and read only by the run that wrote it."""

from __future__ import annotations

import pickle
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from training.disk import replacing
from training.ngram import TrainingError

LAST, BEST = "encoder.last.pt", "encoder.best.pt"
State = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Point:
    """One validation, after `step` steps: the mean training loss since the last one, and the validation rows' loss.

    That one as calibration will leave it (`objective.tempered_loss`).
    """

    step: int
    training: float
    validation: float


@dataclass
class Standing:
    """How far a run is. `bad` counts validations in a row that were no better than the best."""

    fingerprint: str
    step: int = 0
    bad: int = 0
    done: bool = False
    losses: list[float] = field(default_factory=list)
    """Training losses since the last validation."""
    history: list[Point] = field(default_factory=list)

    @property
    def best(self) -> Point | None:
        """The validation with the smallest loss, the earliest of equals."""
        return min(self.history, key=lambda point: (point.validation, point.step), default=None)


def trained_state(model: nn.Module) -> State:
    """The weights that training moves and the head's buffers; frozen ones come from the base encoder again."""
    return {name: each.detach().cpu().clone() for name, each in _moved(model).items()}


def _moved(model: nn.Module) -> State:
    moved: State = {name: each for name, each in model.named_parameters() if each.requires_grad}
    return moved | {name: each for name, each in model.named_buffers() if "." not in name}


def save(folder: Path, standing: Standing, model: nn.Module, optimiser: Optimizer) -> None:
    """Replaces the last checkpoint. Raises `DiskFullError`; the one before then stands."""
    told = {"standing": asdict(standing), "model": trained_state(model), "optimiser": optimiser.state_dict()}
    with replacing(folder / LAST) as file:
        _save(told, file)


def load(folder: Path, fingerprint: str, model: nn.Module, optimiser: Optimizer) -> Standing | None:
    """Puts model and optimiser where the last checkpoint left them; None where there is none.

    Raises `TrainingError` where it cannot be read or belongs to other rows or settings.
    """
    path = folder / LAST
    if not path.is_file():
        return None
    told = _read(path)
    history = [Point(**point) for point in told["standing"].pop("history")]
    standing = Standing(**told["standing"], history=history)
    if standing.fingerprint != fingerprint:
        raise TrainingError(
            f"{path} was written with other rows, settings or another encoder: "
            "train without --resume, or undo the change."
        )
    give(model, told["model"])
    optimiser.load_state_dict(told["optimiser"])
    return standing


def save_best(folder: Path, model: nn.Module) -> None:
    """Keeps the weights of the best validation so far."""
    with replacing(folder / BEST) as file:
        _save(trained_state(model), file)


def load_best(folder: Path, model: nn.Module) -> None:
    """Gives the model its best weights back. Raises `TrainingError` where they cannot be read."""
    give(model, _read(folder / BEST))


def begin_from(path: Path, model: nn.Module) -> None:
    """Gives the model the best weights of another run, whatever this one will move of them.

    Of a head that also told kinds, the labels' part (`training.kinds`). Raises `TrainingError` where they cannot be
    read or are of another kind of model.
    """
    state = _read(path)
    held = dict(model.named_parameters()) | dict(model.named_buffers())
    for name in ("head.weight", "head.bias"):
        if name in state and name in held:
            state[name] = state[name][: len(held[name])]
    if any(name not in held or held[name].shape != each.shape for name, each in state.items()):
        raise TrainingError(f"The weights in {path} are of another kind of model; train without --warm.")
    model.load_state_dict(state, strict=False)


def forget(folder: Path, *, keep_best: bool = False) -> None:
    """Removes both files, when what they led to is kept elsewhere; the best weights may stay for a warm start."""
    for name in (LAST,) if keep_best else (LAST, BEST):
        (folder / name).unlink(missing_ok=True)


def give(model: nn.Module, state: State) -> None:
    """Gives the model exactly the weights that training moves; a name too many or too few is no silence.

    Raises `TrainingError` where `state` is of another model.
    """
    if _moved(model).keys() != state.keys():
        raise TrainingError("The checkpoint is of another model; delete it or train without --resume.")
    model.load_state_dict(state, strict=False)


def _save(value: object, file: BinaryIO) -> None:
    try:
        torch.save(value, file)  # to an open file: with a path PyTorch's own writer hides what the system said
    except RuntimeError as error:
        if isinstance(error.__context__, OSError):  # while closing it complains of what a full disk cut short
            raise error.__context__ from error
        raise


def _read(path: Path) -> dict[str, Any]:
    try:
        held: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        raise TrainingError(f"The checkpoint {path} cannot be read; delete it or train without --resume.") from error
    return held
