"""Fine-tuning of the encoder: read it from `fit` down.

Short comments are batched with short ones. Frozen lower layers run once (`frozen_layers`). Every step's chance comes
from the seed and the step's number alone, so that a run that was stopped and goes on makes the same steps.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from registry.pieces import micro_batches, padded
from training import checkpoint
from training.checkpoint import Point, Standing
from training.clock import Clock, Progress, Stage
from training.encoder_model import Aims, EncoderClassifier, masked_loss, word_embeddings
from training.frozen_layers import LowerLayers, frozen_parameters
from training.ngram import TrainingError
from training.objective import Targets

TRAINING, VALIDATION = "training", "validation"
BUCKETS = 50
"""Batches whose rows are sorted by length together: mixed enough to be fair, sorted enough to hold little padding."""

_TOKENS = 4_096


@dataclass(frozen=True, slots=True)
class FineTuning:
    """How the encoder learns. `bf16` None means where the processor does it well."""

    epochs: int = 2
    batch_rows: int = 32
    learning_rate: float = 5e-5
    head_learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup: float = 0.06
    """The share of all steps in which the rate rises; after them it falls to 0."""
    clip: float = 1.0
    frozen_embeddings: bool = True
    frozen_layers: int = 0
    bf16: bool | None = None
    evaluations: int = 2
    """Validations an epoch."""
    patience: int = 3
    """Validations in a row that may be no better before training ends."""
    checkpoint_every: int = 200
    """Steps."""
    seed: int = 0
    threads: int | None = None


@dataclass(frozen=True)
class Examples:
    """Comments as the encoder reads them, `rows` of piece ids, and what is known of them."""

    rows: Sequence[Sequence[int]]
    targets: Targets

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Report:
    """What came of it: the curve, the best point of it, whether it ended early, and how fast it went (rows a second)."""

    history: tuple[Point, ...]
    best: Point
    steps: int
    stopped_early: bool
    rows_per_second: float
    seconds: float


def fit(
    model: EncoderClassifier,
    train: Examples,
    validation: Examples,
    how: FineTuning,
    *,
    pad: int,
    folder: Path,
    resume: bool = False,
    progress: Progress = lambda step: None,
) -> Report:
    """Fine-tunes `model` in place and leaves it with the weights of its best validation.

    Checkpoints go to `folder`; with `resume` the last one is gone on from. Raises `TrainingError` where the loss is no
    number, `DiskFullError` where a checkpoint finds no room. `KeyboardInterrupt` passes through: the checkpoint stands.
    """
    _check(train, validation)
    folder.mkdir(parents=True, exist_ok=True)
    if how.threads:
        torch.set_num_threads(how.threads)
    _freeze(model, how)
    if not resume:
        checkpoint.forget(folder)
    run = _Run(model, train, validation, how, pad, folder, progress)
    try:
        return run.go()
    finally:
        run.lower.forget()


class _Run:
    """One fine-tuning; `standing` is all of it that a checkpoint has to keep besides the weights."""

    def __init__(
        self, model: EncoderClassifier, train: Examples, validation: Examples, how: FineTuning, pad: int,
        folder: Path, progress: Progress,
    ) -> None:  # fmt: skip
        from accelerate import Accelerator  # imports much of the training stack; only where something is trained

        self.train, self.validation, self.how, self.pad, self.folder = train, validation, how, pad, folder
        self.accelerator = Accelerator()
        optimiser = torch.optim.AdamW(_groups(model, how))
        self.bare = model
        self.model, self.optimiser = self.accelerator.prepare(model, optimiser)
        self.device = self.accelerator.device
        self.bf16 = _bf16(self.device) if how.bf16 is None else how.bf16
        self.lower = LowerLayers(model.encoder, how.frozen_layers, folder, bf16=self.bf16)
        self.standing = Standing(fingerprint(model, train, validation, how))
        self.per_epoch = len(self._batches(0))
        self.steps = self.per_epoch * how.epochs
        self.validates_at = _validations(self.per_epoch, how)
        self.progress = progress
        self.clock = self._clock(progress)

    def go(self) -> Report:
        found = checkpoint.load(self.folder, self.standing.fingerprint, self.bare, self.optimiser)
        self.standing = found or self.standing
        self.clock = self._clock(self.progress)
        if not self.standing.done:
            self._read_lower()
            with self.lower.replaced():
                self._train()
            self._keep(done=True)
        checkpoint.load_best(self.folder, self.bare)
        self.bare.eval()
        best = self.standing.best
        assert best is not None  # noqa: S101 - the last step always validates
        return Report(
            tuple(self.standing.history), best, self.standing.step, self.standing.step < self.steps,
            self.clock.rows_per_second, self.clock.seconds,
        )  # fmt: skip

    def _clock(self, progress: Progress) -> Clock:
        return Clock(
            progress, steps=self.steps, rows=self.how.batch_rows * self.accelerator.num_processes,
            validations=len(self.validates_at) * self.how.epochs - len(self.standing.history),
            validation_cost=sum(len(row) for row in self.validation.rows),
        )  # fmt: skip

    def _read_lower(self) -> None:
        for side, examples in ((TRAINING, self.train), (VALIDATION, self.validation)):
            with self.clock.reading(len(examples)) as told:
                self.lower.remember(side, examples.rows, self.pad, told)

    def _train(self) -> None:
        for epoch in range(self.standing.step // self.per_epoch, self.how.epochs):
            batches = self._batches(epoch)
            for batch in batches[self.standing.step - epoch * self.per_epoch :]:
                self._step(batch)
                if self.standing.step - epoch * self.per_epoch in self.validates_at and self._validate():
                    return
                if self.standing.step % self.how.checkpoint_every == 0:
                    self._keep()

    def _batches(self, epoch: int) -> list[list[int]]:
        """This process's batches of an epoch; every process has as many."""
        every = bucketed(self.train.rows, self.how.batch_rows, seed=self.how.seed, epoch=epoch)
        processes = self.accelerator.num_processes
        return every[self.accelerator.process_index :: processes][: max(1, len(every) // processes)]

    def _step(self, batch: list[int]) -> None:
        self.model.train()
        # One seed a step: chance does not depend on what was run before, and a resumed run is the same run.
        torch.manual_seed((self.how.seed << 32) + self.standing.step)
        self._set_rates()
        with self.clock.step(self.standing.step + 1, _cost(self.train.rows, batch)) as told:
            loss = self._loss(TRAINING, self.train, batch) / max(1, len(batch))
            self._refuse_no_number(loss)
            self.optimiser.zero_grad()
            self.accelerator.backward(loss)
            self._refuse_no_number(self.accelerator.clip_grad_norm_(self.model.parameters(), self.how.clip))
            self.optimiser.step()
            self.standing.step += 1
            self.standing.losses.append(float(loss.detach()))
            told(self.standing.losses[-1])

    def _loss(self, side: str, examples: Examples, batch: list[int]) -> Tensor:
        ids, mask = padded([examples.rows[at] for at in batch], self.pad)
        self.lower.show(side, batch, ids.shape[1])
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            logits = self.model(torch.as_tensor(ids, device=self.device), torch.as_tensor(mask, device=self.device))
        return masked_loss(logits, Aims.of(examples.targets, batch, self.device))

    def _set_rates(self) -> None:
        factor = rate_factor(self.standing.step, self.steps, self.how.warmup)
        for group in self.optimiser.param_groups:
            group["lr"] = group["base"] * factor

    def _validate(self) -> bool:
        """Measures, keeps the best weights; whether training should end here."""
        self.model.eval()
        with self.clock.validating(self.standing.step):
            loss = self._validation_loss()
        best = self.standing.best
        better = best is None or loss < best.validation
        point = Point(self.standing.step, float(np.mean(self.standing.losses)), loss)
        self.standing.history.append(point)
        self.standing.losses.clear()
        self.standing.bad = 0 if better else self.standing.bad + 1
        if better and self.accelerator.is_main_process:
            checkpoint.save_best(self.folder, self.bare)
        return self.standing.bad >= self.how.patience

    def _validation_loss(self) -> float:
        total = 0.0
        with torch.inference_mode():
            for batch in micro_batches([len(row) for row in self.validation.rows], tokens=_TOKENS, rows=64):
                total += float(self._loss(VALIDATION, self.validation, batch))
        mean = total / max(self.validation.targets.total, 1e-12)
        self._refuse_no_number(torch.tensor(mean))
        return mean

    def _refuse_no_number(self, value: Any) -> None:
        if value is not None and not bool(torch.isfinite(torch.as_tensor(value)).all()):
            raise TrainingError(
                f"The loss or its gradient is no longer a number in step {self.standing.step + 1}; lower the learning "
                "rate, or look for row weights that are too large. The last checkpoint stands."
            )

    def _keep(self, *, done: bool = False) -> None:
        self.standing.done = done
        if self.accelerator.is_main_process:
            checkpoint.save(self.folder, self.standing, self.bare, self.optimiser)
        self.accelerator.wait_for_everyone()


def bucketed(rows: Sequence[Sequence[int]], size: int, *, seed: int, epoch: int) -> list[list[int]]:
    """Every row once, in batches of `size` rows of like length, in a random order that seed and epoch decide."""
    chance = np.random.default_rng((seed, epoch))
    order = chance.permutation(len(rows))
    lengths = np.array([len(row) for row in rows])
    batches: list[list[int]] = []
    for start in range(0, len(order), size * BUCKETS):
        part = order[start : start + size * BUCKETS]
        part = part[np.argsort(lengths[part], kind="stable")]
        batches += [part[at : at + size].tolist() for at in range(0, len(part), size)]
    return [batches[at] for at in chance.permutation(len(batches))]


def rate_factor(step: int, steps: int, warmup: float) -> float:
    """What the learning rate is multiplied by: a rise over the first `warmup` of all steps, then a line down to 0."""
    rising = max(1, math.ceil(steps * warmup))
    if step < rising:
        return (step + 1) / rising
    return max(0.0, (steps - step) / max(1, steps - rising))


def fingerprint(model: EncoderClassifier, train: Examples, validation: Examples, how: FineTuning) -> str:
    """What a checkpoint belongs to: rows, targets, settings (but for threads), the kind and size of the model."""
    told = {key: value for key, value in asdict(how).items() if key not in ("threads", "checkpoint_every")}
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode())
    for examples in (train, validation):
        flat: NDArray[np.int64] = np.concatenate([np.asarray([*row, -1], dtype=np.int64) for row in examples.rows])
        for part in (flat, examples.targets.yes, examples.targets.known, examples.targets.union):
            digest.update(np.ascontiguousarray(part).tobytes())
    shapes = [(name, tuple(each.shape)) for name, each in model.named_parameters()]
    digest.update(repr(shapes).encode())
    digest.update(word_embeddings(model).weight.detach()[:64].cpu().numpy().tobytes())
    return digest.hexdigest()


def _check(train: Examples, validation: Examples) -> None:
    for name, examples in ((TRAINING, train), (VALIDATION, validation)):
        if not len(examples) or examples.targets.total <= 0:
            raise TrainingError(f"No row for {name} knows a label; the encoder cannot be trained on this snapshot.")


def _freeze(model: EncoderClassifier, how: FineTuning) -> None:
    if how.frozen_layers and not how.frozen_embeddings:
        raise TrainingError("encoder.frozen_layers needs encoder.frozen_embeddings: what lies below cannot move alone.")
    word_embeddings(model).weight.requires_grad_(not how.frozen_embeddings)
    if how.frozen_layers:
        for parameter in frozen_parameters(model.encoder, how.frozen_layers):
            parameter.requires_grad_(False)


def _groups(model: EncoderClassifier, how: FineTuning) -> list[dict[str, Any]]:
    """Weights decay, biases and norms do not; the fresh head learns faster. `base` is the rate before its schedule."""
    groups: dict[tuple[float, float], list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            rate = how.head_learning_rate if name.startswith("head.") else how.learning_rate
            decay = how.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((rate, decay), []).append(parameter)
    return [
        {"params": parameters, "lr": rate, "base": rate, "weight_decay": decay}
        for (rate, decay), parameters in groups.items()
    ]


def _bf16(device: torch.device) -> bool:
    """Whether bfloat16 is fast here; elsewhere it is emulated, and slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    capabilities: Callable[[], dict[str, Any]] = getattr(torch.cpu, "get_capabilities", dict)
    held = capabilities()
    return device.type == "cpu" and bool(held.get("avx512_bf16") or held.get("amx_bf16"))


def _validations(per_epoch: int, how: FineTuning) -> frozenset[int]:
    """After which steps of an epoch validation rows are looked at; the last one always."""
    times = max(1, min(how.evaluations, per_epoch))
    return frozenset(round(per_epoch * (number + 1) / times) for number in range(times))


def _cost(rows: Sequence[Sequence[int]], batch: list[int]) -> int:
    """Pieces after padding: what a step's time goes with."""
    return len(batch) * max(len(rows[at]) for at in batch)


def known_rows(targets: Targets) -> Iterator[int]:
    """Rows that say anything: the others teach nothing and only cost time."""
    says = np.maximum(targets.known.max(axis=1, initial=0.0), targets.union)
    return iter(np.flatnonzero(says > 0).tolist())


__all__ = ["Examples", "FineTuning", "Progress", "Report", "Stage", "bucketed", "fingerprint", "fit", "known_rows"]
