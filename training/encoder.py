"""Fine-tuning of the encoder: read it from `fit` down.

Short comments are batched with short ones. Frozen lower layers run once (`frozen_layers`). Every step's chance comes
from the seed and the step's number alone, so that a run that was stopped and goes on makes the same steps.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from functools import partial
from time import monotonic

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training import checkpoint
from training.batches import Examples, bucketed, cost, rate_factor
from training.checkpoint import Point, Standing
from training.clock import Clock
from training.encoder_model import EncoderClassifier, logits_of
from training.fine_tuning import NOBODY, FineTuning, Keeping, Listener, Report
from training.fingerprint import fingerprint
from training.forward import Forward
from training.frozen_layers import LowerLayers, distinct
from training.learning_parameters import freeze, parameter_groups
from training.linear_head import linear_head, taken
from training.ngram import TrainingError
from training.objective import mean_tempered_loss
from training.precision import in_bf16

_POINTS = 100
"""Of the training loss's curve."""

KEEP_SECONDS = 30.0
"""Training that a stop may cost, at most: an epoch may have fewer steps than `checkpoint_every`."""


def fit(
    model: EncoderClassifier,
    train: Examples,
    validation: Examples,
    how: FineTuning,
    keeping: Keeping,
    *,
    also: Sequence[Sequence[int]] = (),
    listener: Listener = NOBODY,
) -> Report:
    """Fine-tunes `model` in place and leaves it with the weights of its best validation.

    Frozen layers read `also` too, rows that will be asked (`answers`).

    Raises `TrainingError` where the loss is no number, `DiskFullError` where a checkpoint finds no room.
    `KeyboardInterrupt` passes through: the checkpoint stands.
    """
    _check(train, validation)
    keeping.folder.mkdir(parents=True, exist_ok=True)
    if how.threads:
        torch.set_num_threads(how.threads)
    freeze(model, how)
    if not keeping.resume:
        checkpoint.forget(keeping.folder)
    return _Run(model, train, validation, how, keeping, also, listener).go()


def settle(
    model: EncoderClassifier, train: Examples, validation: Examples, how: FineTuning, keeping: Keeping,
    listener: Listener = NOBODY,
) -> None:  # fmt: skip
    """Gives the model the head that `fit` would begin with, so that several fine-tunings can begin with the same.

    Frozen layers read the rows of both sides. Raises as `fit`.
    """
    _check(train, validation)
    keeping.folder.mkdir(parents=True, exist_ok=True)
    freeze(model, how)
    _Run(model, train, validation, how, keeping, (), listener).settle()


def answers(
    model: EncoderClassifier, rows: Sequence[Sequence[int]], how: FineTuning, keeping: Keeping, *, pad: int
) -> NDArray[np.float64]:
    """Raw logits `(n, columns)` of rows that a fine-tuning beside this one read; frozen layers are not run again."""
    lower = LowerLayers(how.frozen_layers, keeping.lower or keeping.folder, bf16=in_bf16(how, model))
    lower.remember(model.encoder, rows, pad)
    with lower.replaced(model.encoder):
        return logits_of(model, rows, pad=pad, show=partial(lower.show, model.encoder))


class _Run:
    """One fine-tuning; `standing` is all of it that a checkpoint has to keep besides the weights."""

    def __init__(
        self, model: EncoderClassifier, train: Examples, validation: Examples, how: FineTuning,
        keeping: Keeping, also: Sequence[Sequence[int]], listener: Listener,
    ) -> None:  # fmt: skip
        # Imports much of the training stack; only where something is trained.
        from accelerate import Accelerator
        from accelerate.utils import DistributedDataParallelKwargs

        self.train, self.validation, self.how, self.folder = train, validation, how, keeping.folder
        self.also = also
        # Some encoders have weights that their states do not depend on; they would be waited for.
        unused = DistributedDataParallelKwargs(find_unused_parameters=True)
        # Without being told, accelerate makes of processes without a GPU so many that know nothing of each other.
        several = torch.distributed.is_torchelastic_launched()
        self.accelerator = Accelerator(cpu=several and not torch.cuda.is_available(), kwargs_handlers=[unused])
        if several:
            _check_processes(self.accelerator.num_processes)
        optimiser = torch.optim.AdamW(parameter_groups(model, how))
        self.bare = model
        self.model, self.optimiser = self.accelerator.prepare(model, optimiser)
        bf16 = in_bf16(how, model)
        self.lower = LowerLayers(how.frozen_layers, keeping.lower or keeping.folder, bf16=bf16)
        self.forward = Forward(self.model, model, self.lower, self.accelerator.device, bf16)
        self.standing = Standing(fingerprint(model, train, validation, how))
        self.per_epoch = len(self._batches(0))
        self.steps = self.per_epoch * how.epochs
        self.validates_at = _validations(self.per_epoch, how)
        self.listener = listener
        self.clock = self._clock()
        self.kept_at = monotonic()

    def go(self) -> Report:
        found = checkpoint.load(self.folder, self.standing.fingerprint, self.bare, self.optimiser)
        self.standing = found or self.standing
        self.clock = self._clock()
        if not self.standing.done:
            self._read_lower()
            with self.lower.replaced(self.bare.encoder):
                if self.how.settle and not self.standing.step:
                    self._settle()
                self._train()
            self._keep(done=True)
            self.accelerator.wait_for_everyone()
        checkpoint.load_best(self.folder, self.bare)
        self.bare.eval()
        best = self.standing.best
        assert best is not None  # noqa: S101 - the last step always validates
        return Report(
            tuple(self.standing.history), best, self.standing.step, self.standing.step < self.steps,
            self.clock.rows_per_second, self.clock.seconds, self.accelerator.num_processes,
        )  # fmt: skip

    def settle(self) -> None:
        """The head alone, before any step."""
        self._read_lower()
        with self.lower.replaced(self.bare.encoder):
            self._settle()

    def _clock(self) -> Clock:
        return Clock(
            self.listener.progress, steps=self.steps, rows=self.how.batch_rows,
            validations=len(self.validates_at) * self.how.epochs - len(self.standing.history),
            validation_cost=sum(len(row) for row in self.validation.rows),
        )  # fmt: skip

    def _read_lower(self) -> None:
        rows = distinct([*self.train.rows, *self.validation.rows, *self.also])
        # One process reads, the others find what it kept.
        with self.accelerator.main_process_first(), self.clock.reading(len(rows), sum(map(len, rows))) as told:
            self.lower.remember(self.bare.encoder, rows, self.train.pad, told)

    def _settle(self) -> None:
        """A head that answers as well as the untouched encoder lets it, from some rows; steps go on from there."""
        self.model.eval()
        batches = bucketed(self.train.rows, self.how.batch_rows, seed=self.how.seed, epoch=self.how.epochs)
        batches = batches[: -(-self.how.probe_rows // self.how.batch_rows)]
        with torch.inference_mode():
            pooled = torch.cat([self.forward.pooled(self.train, batch) for batch in batches])
        self._refuse_no_number(pooled.sum())
        self.bare.standardise(pooled)
        standard = ((pooled - self.bare.centre) / self.bare.spread).double().cpu().numpy()
        self.bare.begin_with(
            *linear_head(standard, taken(self.train.targets, [at for batch in batches for at in batch]))
        )
        self._agree_on_the_head()

    def _agree_on_the_head(self) -> None:
        """Every process begins with the first one's to the last bit: steps keep them alike, and cannot make them so."""
        from accelerate.utils import broadcast

        with torch.no_grad():
            for each in (self.bare.head.weight, self.bare.head.bias, self.bare.centre, self.bare.spread):
                each.copy_(broadcast(each.detach().clone()))

    def _train(self) -> None:
        self.kept_at = monotonic()
        for epoch in range(self.standing.step // self.per_epoch, self.how.epochs):
            batches = self._batches(epoch)
            for batch in batches[self.standing.step - epoch * self.per_epoch :]:
                self._step(batch)
                self._draw()
                validates = self.standing.step - epoch * self.per_epoch in self.validates_at
                if validates and (self._validate() or self.standing.step == self.steps):
                    return
                if validates or self._is_due():
                    self._keep()

    def _draw(self) -> None:
        every = max(1, self.steps // _POINTS)
        if self.standing.step % every == 0:
            self.listener.curve({"encoder_loss": float(np.mean(self.standing.losses[-every:]))}, self.standing.step)

    def _is_due(self) -> bool:
        long_ago = monotonic() - self.kept_at >= KEEP_SECONDS
        return long_ago or self.standing.step % self.how.checkpoint_every == 0

    def _batches(self, epoch: int) -> list[list[int]]:
        """The batches of an epoch; of each every process takes its part."""
        return bucketed(self.train.rows, self.how.batch_rows, seed=self.how.seed, epoch=epoch)

    def _loss(self, batch: list[int]) -> Tensor:
        """This process's part of the batch's mean loss, so that the mean over processes is the whole one's.

        A process with no row of a small batch goes through one all the same: the others wait for its gradient.
        """
        processes = self.accelerator.num_processes
        own = batch[self.accelerator.process_index :: processes]
        if not own:
            own, share = batch[:1], 0.0
        else:
            share = processes / len(batch)
        loss: Tensor = self.forward.loss(self.train, own) * share
        return loss

    def _step(self, batch: list[int]) -> None:
        self.model.train()
        # One seed a step: chance does not depend on what was run before, and a resumed run is the same run.
        torch.manual_seed((self.how.seed << 32) + self.standing.step + (self.accelerator.process_index << 24))
        self._set_rates()
        with self.clock.step(self.standing.step + 1, cost(self.train.rows, batch)) as told:
            loss = self._loss(batch)
            whole = self._agreed(loss.detach())
            self._refuse_no_number(whole)
            self.optimiser.zero_grad()
            self.accelerator.backward(loss)
            self._refuse_no_number(self.accelerator.clip_grad_norm_(self.model.parameters(), self.how.clip))
            self.optimiser.step()
            self.standing.step += 1
            self.standing.losses.append(whole)
            told(self.standing.losses[-1])

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
        self.listener.curve({"encoder_validation_loss": loss}, self.standing.step)
        self.standing.losses.clear()
        self.standing.bad = 0 if better else self.standing.bad + 1
        if better and self.accelerator.is_main_process:
            checkpoint.save_best(self.folder, self.bare)
        return self.standing.bad >= self.how.patience

    def _validation_loss(self) -> float:
        """The mean loss of the validation rows as calibration will leave it."""
        logits = self.forward.logits(self.validation)
        self._refuse_no_number(float(logits.sum()))
        return self._agreed(torch.tensor(mean_tempered_loss(logits, self.validation.targets)))

    def _agreed(self, value: Tensor) -> float:
        """The mean over all processes: what is decided by it is decided alike."""
        return float(self.accelerator.reduce(value.to(self.accelerator.device), "mean"))

    def _refuse_no_number(self, value: Tensor | float | None) -> None:
        if value is not None and not math.isfinite(float(value)):
            raise TrainingError(_no_number(self.standing.step))

    def _keep(self, *, done: bool = False) -> None:
        self.standing.done = done
        if self.accelerator.is_main_process:
            checkpoint.save(self.folder, self.standing, self.bare, self.optimiser)
        self.kept_at = monotonic()  # each process has its own: none may wait here for the others


def _check(train: Examples, validation: Examples) -> None:
    for name, examples in (("training", train), ("validation", validation)):
        if not len(examples) or examples.targets.total <= 0:
            raise TrainingError(f"No row for {name} knows a label; the encoder cannot be trained on this snapshot.")


def _check_processes(together: int) -> None:
    """Those that were started know of each other; else each would do all the work and write over the others' files."""
    started = int(os.environ["WORLD_SIZE"])
    if together != started:
        raise TrainingError(
            f"{started} processes were started for this fine-tuning and {together} found each other: "
            "train with --processes 1, and report it."
        )


def _validations(per_epoch: int, how: FineTuning) -> frozenset[int]:
    """After which steps of an epoch validation rows are looked at; the last one always."""
    times = max(1, min(how.evaluations, per_epoch))
    return frozenset(round(per_epoch * (number + 1) / times) for number in range(times))


def _no_number(steps: int) -> str:
    """What to try, after so many steps that went well."""
    told = f"The loss or its gradient is no longer a number in step {steps + 1}; lower the learning rate, or look for "
    if steps:
        return f"{told}row weights that are too large. The last checkpoint stands."
    return f"{told}row weights that are too large, or weights of the base that are no numbers. Nothing was learnt yet."
