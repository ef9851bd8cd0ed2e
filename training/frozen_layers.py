"""Lower layers that stay as they are are run once: what they say of each row is kept, and training starts above them.

This works for any encoder whose blocks stand in one `ModuleList` and hand nothing on but their states: while training,
the frozen blocks are replaced by stand-ins that answer what was kept, in the blocks' own form. `try_out` finds out
whether an encoder is such a one. The kept states are float16 in one file; the file beside it, written last, says
of which rows. A run that was stopped, and another fold of it, do not run those layers again.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from registry.files import write_atomically
from registry.pieces import micro_batches, padded
from training.batches import flattened, unflattened
from training.disk import full_disk_told
from training.encoder_model import width_of
from training.packaged_encoder import EncoderError

Rows = Sequence[Sequence[int]]
Told = Callable[[int, int], None]
"""Hears of more rows, and of how many pieces were read for them: none where they were read before."""
FILE, MARKER = "lower.f16", "lower.npz"
_TOKENS = 4_096
_BYTES = np.dtype(np.float16).itemsize
_NEAR = 0.02
"""How far an answer from kept states may be, of the largest number in it: they are float16."""


class Kept:
    """States of distinct rows after the frozen layers, on disk; found again by the row's own pieces.

    The file is read and written, never mapped: whatever a disk does to a mapped file kills the process without a word.
    """

    def __init__(self, path: Path, rows: Rows, width: int, *, fresh: bool) -> None:
        self._path, self._width = path, width
        self._starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
        self._places = {_key(row): at for at, row in enumerate(rows)}
        with full_disk_told(str(path)):
            self._file = os.open(path, os.O_RDWR | (os.O_CREAT | os.O_TRUNC if fresh else 0), 0o644)
            weakref.finalize(self, os.close, self._file)
            if fresh:  # room is taken at once: nobody should hear of a full disk after an hour
                os.posix_fallocate(self._file, 0, max(1, int(self._starts[-1]) * width * _BYTES))

    def put(self, at: int, states: Tensor) -> None:
        """Keeps the states `(length, width)` of the row at this place. Raises `DiskFullError`."""
        with full_disk_told(str(self._path)):
            left, offset = memoryview(states.to(torch.float16).cpu().numpy().tobytes()), self._offset(at)
            while left:
                written = os.pwrite(self._file, left, offset)
                left, offset = left[written:], offset + written

    def flush(self) -> None:
        """Waits until all is on disk. Raises `DiskFullError`."""
        with full_disk_told(str(self._path)):
            os.fsync(self._file)

    def holds(self, rows: Rows) -> bool:
        """Whether every one of the rows was read."""
        return all(_key(row) in self._places for row in rows)

    def batch(self, rows: Rows, longest: int) -> Tensor:
        """Padded states, `(len(rows), longest, width)`, float32."""
        out = np.zeros((len(rows), longest, self._width), dtype=np.float32)
        for at, row in enumerate(rows):
            out[at, : len(row)] = self._read(self._places[_key(row)], len(row))
        return torch.from_numpy(out)

    def _read(self, place: int, length: int) -> NDArray[np.float16]:
        states = np.empty((length, self._width), dtype=np.float16)
        if os.preadv(self._file, [states.data], self._offset(place)) != states.nbytes:
            raise EncoderError(f"{self._path} was cut short while it was in use: train again, without --resume.")
        return states

    def _offset(self, place: int) -> int:
        return int(self._starts[place]) * self._width * _BYTES


class LowerLayers:
    """The frozen part of encoders that share it. With none frozen, everything here does nothing."""

    def __init__(self, count: int, folder: Path, *, bf16: bool) -> None:
        self._count, self._folder, self._bf16 = count, folder, bf16
        self._shown = _Shown()
        self._kept: Kept | None = None

    def remember(self, encoder: nn.Module, rows: Rows, pad: int, told: Told = lambda rows, pieces: None) -> None:
        """Runs the frozen layers over `rows` once, or finds that they were. `told` hears of more rows and their pieces.

        Raises `DiskFullError`, `EncoderError` where this encoder cannot be frozen so far.
        """
        if not self._count or (self._kept and self._kept.holds(rows)):
            return
        once = distinct(rows)
        digest = self._digest(encoder)
        self._kept = self._standing(digest, width_of(encoder))
        if self._kept and self._kept.holds(rows):
            told(len(rows), 0)
            return
        (self._folder / MARKER).unlink(missing_ok=True)
        kept = Kept(self._folder / FILE, once, width_of(encoder), fresh=True)
        self._run(encoder, once, pad, kept, told)
        kept.flush()
        write_atomically(self._folder / MARKER, _marker(digest, once))
        told(len(rows) - len(once), 0)
        self._kept = kept

    def _run(self, encoder: nn.Module, rows: Rows, pad: int, kept: Kept, told: Told) -> None:
        with _only_lower(encoder, self._count, bf16=self._bf16) as run:
            for at in micro_batches([len(row) for row in rows], tokens=_TOKENS, rows=64):
                states = run(*_tensors([rows[each] for each in at], pad, _device(encoder)))
                for each, state in zip(at, states, strict=True):
                    kept.put(each, state[: len(rows[each])])
                told(len(at), sum(len(rows[each]) for each in at))

    def show(self, encoder: nn.Module, rows: Rows, longest: int) -> None:
        """Sets what the encoder's upper layers see in its next run."""
        if self._kept:
            self._shown.states = self._kept.batch(rows, longest).to(_device(encoder))

    @contextmanager
    def replaced(self, encoder: nn.Module) -> Iterator[None]:
        """While this holds, the encoder runs its upper layers alone, on what `show` set."""
        if not self._count:
            yield
            return
        name, blocks = _blocks(encoder)
        self._shown.others = self._others(encoder)
        # One stand-in for each frozen block, so that the others keep their places, and weights their names.
        stand_ins = [_StandIn(self._shown, block) for block in blocks[: self._count]]
        _set(encoder, name, nn.ModuleList([*stand_ins, *blocks[self._count :]]))
        try:
            yield
        finally:
            _set(encoder, name, blocks)

    def _others(self, encoder: nn.Module) -> int | None:
        with _only_lower(encoder, self._count, bf16=self._bf16) as run:
            run(*_tensors([[0, 0]], 0, _device(encoder)))
            return run.others

    def _digest(self, encoder: nn.Module) -> bytes:
        """Of everything but the rows that decides the states: the frozen weights, and how they are run."""
        digest = hashlib.sha256(f"{self._count} {self._bf16}".encode())
        for parameter in frozen_parameters(encoder, self._count):
            digest.update(parameter.detach().cpu().numpy().tobytes())
        return digest.digest()

    def _standing(self, digest: bytes, width: int) -> Kept | None:
        """What an earlier reading by the same layers kept; None where there is none, or it is damaged."""
        try:
            with np.load(io.BytesIO((self._folder / MARKER).read_bytes()), allow_pickle=False) as held:
                same, ids, lengths = held["digest"].tobytes() == digest, held["ids"], held["lengths"]
            size = (self._folder / FILE).stat().st_size
        except (OSError, ValueError, KeyError, BadZipFile):
            return None
        if not same or size != max(1, ids.size * width * _BYTES):
            return None
        return Kept(self._folder / FILE, unflattened(ids, lengths), width, fresh=False)


def _marker(digest: bytes, rows: Rows) -> bytes:
    buffer = io.BytesIO()
    ids, lengths = flattened(rows)
    np.savez(buffer, digest=np.frombuffer(digest, dtype=np.uint8), ids=ids, lengths=lengths)
    return buffer.getvalue()


def forget(folder: Path) -> None:
    """Removes what was kept in a folder."""
    for name in (MARKER, FILE):
        (folder / name).unlink(missing_ok=True)


def distinct(rows: Rows) -> list[Sequence[int]]:
    """The rows in their order, none twice."""
    return list({_key(row): row for row in rows}.values())


def _key(row: Sequence[int]) -> bytes:
    return np.asarray(row, dtype=np.int32).tobytes()


def _device(encoder: nn.Module) -> torch.device:
    return next(encoder.parameters()).device


def _tensors(rows: Rows, pad: int, device: torch.device) -> tuple[Tensor, Tensor]:
    ids, mask = padded(rows, pad)
    return torch.as_tensor(ids, device=device), torch.as_tensor(mask, device=device)


class _Shown:
    """What all stand-ins answer: states, and with them so many empty places as the blocks' tuples have."""

    def __init__(self) -> None:
        self.states: Tensor | None = None
        self.others: int | None = None
        """None where blocks answer their states alone, in no tuple."""


class _StandIn(nn.Module):
    """Answers what was kept, whatever it is asked. Of itself it says what its block says (ModernBERT asks it)."""

    def __init__(self, shown: _Shown, block: nn.Module) -> None:
        super().__init__()
        self._shown = shown
        self._block = (block,)  # in a tuple, so that its weights are nobody's here

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever the block has)
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(self.__dict__["_block"][0], name)

    def forward(self, *_: object, **__: object) -> object:
        others = self._shown.others
        return self._shown.states if others is None else (self._shown.states, *[None] * others)


class _Lower:
    """Runs the encoder's first blocks: `(ids, mask) -> (n, longest, width)`."""

    def __init__(self, encoder: nn.Module, *, bf16: bool) -> None:
        self.encoder, self.bf16 = encoder, bf16
        self.answer = torch.empty(0)
        self.others: int | None = None

    def hear(self, module: nn.Module, _inputs: object, answer: object) -> None:
        parts = answer if isinstance(answer, tuple) else (answer,)
        if not isinstance(parts[0], Tensor) or any(each is not None for each in parts[1:]):
            raise EncoderError(
                f"{type(module).__name__} hands more on than its states, and what was kept of it would not be all; "
                "set frozen_layers = 0 and name no layers."
            )
        self.answer, self.others = parts[0], len(parts) - 1 if isinstance(answer, tuple) else None

    def __call__(self, ids: Tensor, mask: Tensor) -> Tensor:
        with torch.inference_mode(), torch.autocast(ids.device.type, torch.bfloat16, enabled=self.bf16):
            self.encoder(input_ids=ids, attention_mask=mask)
        return self.answer


@contextmanager
def _only_lower(encoder: nn.Module, count: int, *, bf16: bool) -> Iterator[_Lower]:
    name, blocks = blocks_above(encoder, count)
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


def try_out(encoder: nn.Module, count: int) -> None:
    """Finds out whether the upper layers answer from what is kept as the whole encoder does.

    Raises `EncoderError` where they do not: layers that are one and the same, or that hand on more than their states.
    """
    blocks_above(encoder, count)
    rows, was_training = [[0, 1, 0, 1], [0, 1]], encoder.training
    encoder.eval()
    try:
        with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
            ids, mask = _tensors(rows, 0, _device(encoder))
            expected = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            lower = LowerLayers(count, Path(folder), bf16=False)
            lower.remember(encoder, rows, 0)
            with lower.replaced(encoder):
                lower.show(encoder, rows, ids.shape[1])
                found = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        moved = ((found - expected).abs() * mask.unsqueeze(-1)).max() / expected.abs().max()
    except (EncoderError, MemoryError, OSError):
        raise
    except Exception as error:  # whatever the encoder's own code raises where it meets a stand-in
        raise EncoderError(
            f"The upper layers of {type(encoder).__name__} do not run by themselves ({type(error).__name__}: {error}); "
            "set frozen_layers = 0."
        ) from error
    finally:
        encoder.train(was_training)
    if moved > _NEAR:
        raise EncoderError(
            f"The upper layers of {type(encoder).__name__} do not answer by themselves as the whole encoder does; "
            "set frozen_layers = 0."
        )


def frozen_parameters(encoder: nn.Module, count: int) -> Iterator[nn.Parameter]:
    """All but the upper blocks: a table of relative positions, or its norm, speaks to lower and upper ones alike."""
    prefix = f"{_blocks(encoder)[0]}."
    for name, parameter in encoder.named_parameters():
        block = name.removeprefix(prefix).split(".")[0] if name.startswith(prefix) else ""
        if not block or int(block) < count:
            yield parameter


def blocks_above(encoder: nn.Module, count: int) -> tuple[str, nn.ModuleList]:
    """The list of the encoder's blocks and its dotted name; raises `EncoderError` where none is left to train."""
    name, blocks = _blocks(encoder)
    if not 0 < count < len(blocks):
        raise EncoderError(f"frozen_layers = {count} leaves nothing to train; this encoder has {len(blocks)} layers.")
    return name, blocks


def keep_blocks(encoder: nn.Module, layers: Sequence[int]) -> None:
    """Leaves the encoder these of its blocks, counted from 0. Raises `EncoderError` where it has no such ones."""
    name, blocks = _blocks(encoder)
    if max(layers) >= len(blocks):
        raise EncoderError(f"layers names layer {max(layers)}; this encoder has {len(blocks)}, counted from 0.")
    _set(encoder, name, nn.ModuleList([blocks[at] for at in layers]))
    config: Any = encoder.config
    config.num_hidden_layers = len(layers)


def _blocks(encoder: nn.Module) -> tuple[str, nn.ModuleList]:
    """The list of the encoder's blocks and its dotted name."""
    config: Any = encoder.config
    for name, module in encoder.named_modules():
        if isinstance(module, nn.ModuleList) and len(module) == config.num_hidden_layers:
            return name, module
    raise EncoderError(
        f"{type(encoder).__name__} keeps its layers in no list (ALBERT's are one layer, run over and over); "
        "set frozen_layers = 0."
    )


def _set(encoder: nn.Module, name: str, blocks: nn.ModuleList) -> None:
    parent, _, last = name.rpartition(".")
    setattr(encoder.get_submodule(parent), last, blocks)
