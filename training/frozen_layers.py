"""Lower layers that stay as they are are run once: what they say of each row is kept, and training starts above them.

This works for any encoder whose blocks stand in one `ModuleList`: while training, the frozen blocks are replaced by
stand-ins that answer what was kept. The kept states are float16 in one file, which is removed in the end.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from registry.pieces import micro_batches, padded
from training.disk import full_disk_told
from training.encoder_model import width_of
from training.packaged_encoder import EncoderError

Rows = Sequence[Sequence[int]]
FILE = "activations.f16"
_TOKENS = 4_096


class Kept:
    """States of some rows after the frozen layers, on disk."""

    def __init__(self, path: Path, rows: Rows, width: int) -> None:
        self._starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
        shape = (int(self._starts[-1]), width)
        with full_disk_told(str(path)), path.open("wb") as file:
            # Room is taken at once: a mapped file that meets a full disk later would kill the process.
            os.posix_fallocate(file.fileno(), 0, max(1, shape[0] * width * 2))
        self._states = np.memmap(path, dtype=np.float16, mode="r+", shape=shape)

    def put(self, row: int, states: Tensor) -> None:
        """Keeps a row's states, `(length, width)`."""
        self._states[self._starts[row] : self._starts[row + 1]] = states.to(torch.float16).cpu().numpy()

    def batch(self, rows: Sequence[int], longest: int) -> Tensor:
        """Padded states, `(len(rows), longest, width)`, float32."""
        out = np.zeros((len(rows), longest, self._states.shape[1]), dtype=np.float32)
        for at, row in enumerate(rows):
            states = self._states[self._starts[row] : self._starts[row + 1]]
            out[at, : len(states)] = states
        return torch.from_numpy(out)


class LowerLayers:
    """The encoder's frozen part. With none frozen, everything here does nothing."""

    def __init__(self, encoder: nn.Module, count: int, folder: Path, *, bf16: bool) -> None:
        self._encoder, self._count, self._folder, self._bf16 = encoder, count, folder, bf16
        self._stand_in = _StandIn()
        self._sides: dict[str, Kept] = {}

    def remember(self, side: str, rows: Rows, pad: int, told: Callable[[int], None] = lambda rows: None) -> None:
        """Runs the frozen layers over `rows` once. `told` hears how many rows were read since it last heard."""
        if not self._count:
            return
        kept = Kept(self._folder / f"{side}.{FILE}", rows, width_of(self._encoder))
        with _only_lower(self._encoder, self._count, bf16=self._bf16) as run:
            for at in micro_batches([len(row) for row in rows], tokens=_TOKENS, rows=64):
                states = run(*self._tensors([rows[each] for each in at], pad))
                for each, row in zip(at, states, strict=True):
                    kept.put(each, row[: len(rows[each])])
                told(len(at))
        self._sides[side] = kept

    def show(self, side: str, rows: Sequence[int], longest: int) -> None:
        """Sets what the encoder's upper layers see in its next run."""
        if self._count:
            self._stand_in.states = self._sides[side].batch(rows, longest).to(next(self._encoder.parameters()).device)

    @contextmanager
    def replaced(self) -> Iterator[None]:
        """While this holds, the encoder runs its upper layers alone, on what `show` set."""
        if not self._count:
            yield
            return
        name, blocks = _blocks(self._encoder)
        self._stand_in.as_tuple = self._answers_tuples()
        # One stand-in for each frozen block, so that the others keep their places, and weights their names.
        _set(self._encoder, name, nn.ModuleList([*[self._stand_in] * self._count, *blocks[self._count :]]))
        try:
            yield
        finally:
            _set(self._encoder, name, blocks)

    def forget(self) -> None:
        """Removes the files."""
        for side in list(self._sides):
            del self._sides[side]
            (self._folder / f"{side}.{FILE}").unlink(missing_ok=True)

    def _answers_tuples(self) -> bool:
        with _only_lower(self._encoder, self._count, bf16=self._bf16) as run:
            run(*self._tensors([[0, 0]], 0))
            return bool(run.as_tuple)

    def _tensors(self, rows: Rows, pad: int) -> tuple[Tensor, Tensor]:
        device = next(self._encoder.parameters()).device
        ids, mask = padded(rows, pad)
        return torch.as_tensor(ids, device=device), torch.as_tensor(mask, device=device)


class _StandIn(nn.Module):
    """Answers what was kept, whatever it is asked; in a tuple where the encoder's blocks do so."""

    def __init__(self) -> None:
        super().__init__()
        self.states: Tensor | None = None
        self.as_tuple = False

    def forward(self, *_: object, **__: object) -> object:
        return (self.states,) if self.as_tuple else self.states


class _Lower:
    """Runs the encoder's first blocks: `(ids, mask) -> (n, longest, width)`."""

    def __init__(self, encoder: nn.Module, *, bf16: bool) -> None:
        self.encoder, self.bf16 = encoder, bf16
        self.answer = torch.empty(0)
        self.as_tuple = False

    def hear(self, _module: nn.Module, _inputs: object, answer: Tensor | tuple[Tensor, ...]) -> None:
        self.as_tuple = isinstance(answer, tuple)
        self.answer = answer[0] if isinstance(answer, tuple) else answer

    def __call__(self, ids: Tensor, mask: Tensor) -> Tensor:
        with torch.inference_mode(), torch.autocast(ids.device.type, torch.bfloat16, enabled=self.bf16):
            self.encoder(input_ids=ids, attention_mask=mask)
        return self.answer


@contextmanager
def _only_lower(encoder: nn.Module, count: int, *, bf16: bool) -> Iterator[_Lower]:
    name, blocks = _blocks(encoder)
    if not 0 < count < len(blocks):
        raise EncoderError(f"frozen_layers = {count} leaves nothing to train; this encoder has {len(blocks)} layers.")
    lower, was_training = _Lower(encoder, bf16=bf16), encoder.training
    handle = blocks[count - 1].register_forward_hook(lower.hear)
    _set(encoder, name, nn.ModuleList(list(blocks)[:count]))
    encoder.eval()  # no dropout: what is kept is what serving will compute
    try:
        yield lower
    finally:
        handle.remove()
        _set(encoder, name, blocks)
        encoder.train(was_training)


def frozen_parameters(encoder: nn.Module, count: int) -> Iterator[nn.Parameter]:
    """The embeddings and the first `count` blocks. Nothing else below the blocks gets a gradient anyway."""
    prefix = f"{_blocks(encoder)[0]}."
    for name, parameter in encoder.named_parameters():
        block = name.removeprefix(prefix).split(".")[0] if name.startswith(prefix) else ""
        if int(block) < count if block else "embed" in name:
            yield parameter


def _blocks(encoder: nn.Module) -> tuple[str, nn.ModuleList]:
    """The list of the encoder's blocks and its dotted name."""
    config: Any = encoder.config
    for name, module in encoder.named_modules():
        if isinstance(module, nn.ModuleList) and len(module) == config.num_hidden_layers:
            return name, module
    raise EncoderError("This encoder keeps its layers in no list; set frozen_layers = 0.")


def _set(encoder: nn.Module, name: str, blocks: nn.ModuleList) -> None:
    parent, _, last = name.rpartition(".")
    setattr(encoder.get_submodule(parent), last, blocks)
