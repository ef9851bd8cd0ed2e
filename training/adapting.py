"""Continued masked-language training: before it is fine-tuned, the encoder learns to fill in hidden pieces of comments.

No label is looked at (Gururangan et al. 2020, "Don't stop pretraining"). 15 of a hundred pieces are asked for; of those
four fifths stand behind the mask piece, a tenth behind any other, and a tenth stay (Devlin et al. 2019). All layers
learn, also those that fine-tuning leaves as they are, so that what they learnt is kept beside its checkpoints: a warm
start builds on it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear

from registry.pieces import Ids, micro_batches, padded
from training import checkpoint
from training.batches import bucketed, cost, flattened, rate_factor
from training.checkpoint import Point, Standing
from training.clock import Clock, Progress
from training.disk import replacing
from training.encoder import KEEP_SECONDS
from training.encoder_model import EncoderClassifier, width_of, word_embeddings
from training.fine_tuning import FineTuning, Keeping
from training.ngram import TrainingError
from training.packaged_encoder import EncoderError
from training.precision import in_bf16

FOLDER = "adapted"
MASKS = ("<mask>", "[MASK]")
ASKED, HIDDEN, OTHER = 0.15, 0.8, 0.1
"""How many pieces are asked for, and of those, how many are hidden and how many are another piece."""
HELD_OUT = 512
"""Rows of the validation side on which the loss is told before and after."""
_NOT_ASKED = -100
"""The piece that PyTorch's loss passes over."""
_RIDGE = 0.1
"""How hard the head that is begun with is held at zero, of the mean square of the states."""
_SCALES = (1, 3, 10, 30, 100, 300, 1_000)
"""By how much that head may be surer than least squares are; the best is taken."""
_TRIED = 1_024
"""Pieces asked for by which that is chosen."""
_TOKENS = 4_096


@dataclass(frozen=True)
class Masking:
    """The piece that hides others, and those that are never asked for."""

    mask: int
    pieces: int
    special: NDArray[np.int64]

    @staticmethod
    def of(tokenizer: bytes) -> Masking:
        """As a `tokenizer.json` has it. Raises `EncoderError` where it has no piece that hides."""
        read = Tokenizer.from_str(tokenizer.decode("utf-8"))
        mask = next((number for name in MASKS if (number := read.token_to_id(name)) is not None), None)
        if mask is None:
            raise EncoderError(
                f"The encoder's tokenizer has no piece that hides others ({' or '.join(MASKS)}): set adapt_rows = 0."
            )
        return Masking(mask, read.get_vocab_size(), np.array([mask, *read.get_added_tokens_decoder()]))

    def hide(self, rows: Sequence[Sequence[int]], pad: int, chance: np.random.Generator) -> tuple[Ids, Ids, Ids]:
        """`(ids, mask, wanted)`, each `(rows, longest)`: what is read, where pieces stand, and which were hidden."""
        ids, stands = padded(rows, pad)
        may = (stands > 0) & ~np.isin(ids, self.special)
        asked = may & (chance.random(ids.shape) < ASKED)
        if not asked.any() and may.any():  # short comments: one piece is better than none
            asked[tuple(chance.choice(np.argwhere(may)))] = True
        wanted = np.where(asked, ids, _NOT_ASKED)
        how, others = chance.random(ids.shape), chance.integers(0, self.pieces, ids.shape)
        read = np.where(asked & (how < HIDDEN), self.mask, ids)
        return np.where(asked & (how >= 1 - OTHER), others, read), stands, wanted


@dataclass(frozen=True)
class Comments:
    """Those to learn from and those that are only asked, as piece ids; `pad` fills a batch up."""

    rows: Sequence[Sequence[int]]
    held: Sequence[Sequence[int]]
    pad: int


@dataclass(frozen=True)
class Adapted:
    """From how many rows the encoder learnt, and the mean loss of a hidden piece of held-out rows before and after."""

    rows: int
    before: float
    after: float
    seconds: float


class _Filler(nn.Module):
    """The encoder under one linear layer and its own table of pieces."""

    def __init__(self, encoder: nn.Module, pieces: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.transform = nn.Linear(width_of(encoder), width_of(encoder))
        self.bias = nn.Parameter(torch.zeros(pieces))

    @property
    def table(self) -> Tensor:
        """What stands for each piece, `(pieces, hidden)`."""
        weight: Tensor = self.encoder.get_input_embeddings().weight  # type: ignore[operator]
        return weight

    def states(self, ids: Tensor, mask: Tensor, wanted: Tensor) -> Tensor:
        """What the encoder says where a piece is asked for, `(asked, hidden)`."""
        hidden: Tensor = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return hidden[wanted != _NOT_ASKED]

    def said(self, states: Tensor) -> Tensor:
        """Logits of each piece, `(asked, pieces)`."""
        return linear(self.transform(states), self.table, self.bias)

    def forward(self, ids: Tensor, mask: Tensor, wanted: Tensor) -> Tensor:
        """The mean loss of a piece that is asked for."""
        return cross_entropy(self.said(self.states(ids, mask, wanted)).float(), wanted[wanted != _NOT_ASKED])


def adapt(
    model: EncoderClassifier, comments: Comments, masking: Masking, how: FineTuning, keeping: Keeping,
    progress: Progress = lambda step: None,
) -> Adapted:  # fmt: skip
    """Teaches `model`'s encoder in place to fill in the comments, once.

    Checkpoints lie in `keeping`'s folder, and what was learnt stays there. Raises `TrainingError`, `DiskFullError`.
    """
    keeping.folder.mkdir(parents=True, exist_ok=True)
    if how.threads:
        torch.set_num_threads(how.threads)
    if not keeping.resume:
        checkpoint.forget(keeping.folder)
    word_embeddings(model).weight.requires_grad_(not how.frozen_embeddings)
    return _Adaptation(model, comments, masking, how, keeping.folder, progress).go()


class _Adaptation:
    """One pass over the rows."""

    def __init__(
        self, model: EncoderClassifier, comments: Comments, masking: Masking, how: FineTuning, folder: Path,
        progress: Progress,
    ) -> None:  # fmt: skip
        # Imports much of the training stack; only where something is trained.
        from accelerate import Accelerator

        self.rows, self.held, self.pad = comments.rows, comments.held, comments.pad
        self.masking, self.how, self.folder = masking, how, folder
        self.accelerator = Accelerator()
        filler = _Filler(model.encoder, word_embeddings(model).num_embeddings)
        optimiser = torch.optim.AdamW(_groups(filler, how))
        self.model, self.optimiser = self.accelerator.prepare(filler, optimiser)
        self.bare, self.bf16 = filler, in_bf16(how, model)
        self.batches = bucketed(self.rows, how.batch_rows, seed=how.seed, epoch=0)
        self.standing = Standing(_fingerprint(comments, how))
        self.clock = Clock(progress, steps=len(self.batches), rows=how.batch_rows)

    def go(self) -> Adapted:
        found = checkpoint.load(self.folder, self.standing.fingerprint, self.bare, self.optimiser)
        self.standing = found or self.standing
        if not self.standing.step:
            self._settle()
            self.standing.history = [Point(0, 0.0, self._held_loss())]
        self._train()
        if not self.standing.done:
            mean = float(np.mean(self.standing.losses))
            self.standing.history.append(Point(self.standing.step, mean, self._held_loss()))
            checkpoint.save_best(self.folder, self.bare)
            self._keep(done=True)
        before, after = self.standing.history[0], self.standing.history[-1]
        return Adapted(len(self.rows), before.validation, after.validation, self.clock.seconds)

    def _settle(self) -> None:
        """The head that tells hidden pieces best from the untouched encoder, by least squares, and how often each is.

        Steps towards a head that knows nothing would first spoil what pre-training knew.
        """
        table = self.bare.table.detach().float()
        some = self.batches[: -(-self.how.probe_rows // self.how.batch_rows)]
        parts = [self._asked(batch, (self.how.seed, 1, at)) for at, batch in enumerate(some)]
        states, wanted = torch.cat([each for each, _ in parts]), torch.cat([each for _, each in parts])
        counts = np.bincount(flattened(self.rows)[0], minlength=len(table)) + 1.0
        centre = states.mean(dim=0)
        own, aims = states - centre, table[wanted] - table[wanted].mean(dim=0)
        squares = own.T @ own
        held = _RIDGE * squares.diagonal().mean() * torch.eye(len(squares), device=squares.device)
        weight = torch.linalg.solve(squares + held, own.T @ aims).T
        with torch.no_grad():
            self.bare.bias.copy_(torch.as_tensor(np.log(counts / counts.sum())))
            said, aims = own[:_TRIED] @ weight.T @ table.T, wanted[:_TRIED]
            scale = min(_SCALES, key=lambda each: float(cross_entropy(each * said + self.bare.bias, aims)))
            self.bare.transform.weight.copy_(scale * weight)
            self.bare.transform.bias.copy_(-scale * (weight @ centre))

    def _asked(self, batch: Sequence[int], chance: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        """States of the untouched encoder where pieces are asked for, and those pieces."""
        self.bare.eval()
        with torch.inference_mode(), self._precise():
            ids, mask, wanted = self._hidden([self.rows[at] for at in batch], chance)
            return self.bare.states(ids, mask, wanted).float(), wanted[wanted != _NOT_ASKED]

    def _train(self) -> None:
        kept = monotonic()
        for batch in self.batches[self.standing.step :]:
            self._step(batch)
            if monotonic() - kept >= KEEP_SECONDS:
                self._keep()
                kept = monotonic()

    def _step(self, batch: list[int]) -> None:
        self.model.train()
        # One seed a step: a run that was stopped and goes on makes the same steps.
        torch.manual_seed((self.how.seed << 32) + self.standing.step)
        for group in self.optimiser.param_groups:
            group["lr"] = group["base"] * rate_factor(self.standing.step, len(self.batches), self.how.warmup)
        with self.clock.step(self.standing.step + 1, cost(self.rows, batch)) as told:
            with self._precise():
                hidden = self._hidden([self.rows[at] for at in batch], (self.how.seed, 2, self.standing.step))
                loss = self.model(*hidden)
            if not torch.isfinite(loss):
                raise TrainingError(f"Filling in pieces went wrong in step {self.standing.step + 1}: the loss is no "
                                    "number. Lower the learning rate, or set adapt_rows = 0.")  # fmt: skip
            self.optimiser.zero_grad()
            self.accelerator.backward(loss)
            self.accelerator.clip_grad_norm_(self.model.parameters(), self.how.clip)
            self.optimiser.step()
            self.standing.step += 1
            self.standing.losses.append(float(loss.detach()))
            told(self.standing.losses[-1])

    def _held_loss(self) -> float:
        """Of a piece that is asked for in held-out rows, the same ones each time."""
        self.model.eval()
        lost, asked = 0.0, 0
        with torch.inference_mode(), self._precise():
            batches = micro_batches([len(row) for row in self.held], tokens=_TOKENS, rows=64)
            for number, batch in enumerate(batches):
                hidden = self._hidden([self.held[at] for at in batch], (0, 3, number))
                count = int((hidden[2] != _NOT_ASKED).sum())
                lost, asked = lost + float(self.bare(*hidden)) * count, asked + count
        return lost / max(asked, 1)

    def _hidden(self, rows: Sequence[Sequence[int]], chance: tuple[int, ...]) -> tuple[Tensor, ...]:
        parts = self.masking.hide(rows, self.pad, np.random.default_rng(chance))
        return tuple(torch.as_tensor(part, device=self.accelerator.device) for part in parts)

    def _precise(self) -> torch.autocast:
        return torch.autocast(self.accelerator.device.type, torch.bfloat16, enabled=self.bf16)

    def _keep(self, *, done: bool = False) -> None:
        self.standing.done = done
        checkpoint.save(self.folder, self.standing, self.bare, self.optimiser)


def take_up(model: EncoderClassifier, earlier: Path, folder: Path) -> None:
    """Gives `model` what an earlier run learnt by filling in, if it did, and keeps that in `folder` for later ones.

    Raises `TrainingError` where it cannot be read.
    """
    if give(model, earlier):
        own = folder / FOLDER
        own.mkdir(parents=True, exist_ok=True)
        with replacing(own / checkpoint.BEST) as file, (earlier / FOLDER / checkpoint.BEST).open("rb") as source:
            shutil.copyfileobj(source, file)


def give(model: EncoderClassifier, earlier: Path) -> bool:
    """Gives `model` what a run learnt by filling in; whether it did. Raises `TrainingError` where it cannot be read."""
    kept = earlier / FOLDER / checkpoint.BEST
    if kept.is_file():
        checkpoint.begin_from(kept, model, only="encoder.")
    return kept.is_file()


def _groups(filler: _Filler, how: FineTuning) -> list[dict[str, Any]]:
    """As `learning_parameters.parameter_groups`, which knows another head."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in filler.named_parameters():
        if parameter.requires_grad:
            rate = how.learning_rate if name.startswith("encoder.") else how.head_learning_rate
            groups.setdefault((rate, how.weight_decay if parameter.ndim > 1 else 0.0), []).append(parameter)
    return [{"params": own, "lr": rate, "base": rate, "weight_decay": decay} for (rate, decay), own in groups.items()]


def _fingerprint(comments: Comments, how: FineTuning) -> str:
    """What a checkpoint belongs to."""
    told = [how.seed, how.batch_rows, how.learning_rate, how.head_learning_rate, how.weight_decay, how.warmup, how.clip,
            how.frozen_embeddings, how.probe_rows, how.bf16]  # fmt: skip
    digest = hashlib.sha256(json.dumps(told).encode())
    for each in (*flattened(comments.rows), *flattened(comments.held)):
        digest.update(each.tobytes())
    return digest.hexdigest()
