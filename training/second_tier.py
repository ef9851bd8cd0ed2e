"""The encoder's part of a run: base, vocabulary, fine-tuning, export, and what it says of rows it never saw.

A warm run takes up what an earlier one left (`training.earlier_encoder`): with `encoder.replay` all that is new is
learnt, and of the rest only so much that it is not forgotten.

Rows it never saw are the validation rows, or with `encoder.folds` all rows that it read, each asked of an encoder that
learnt the other folds (`training.cross_fitting`): where rows are few, a handful of harmless ones proves no budget.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.rows import Rows
from eval.batching import in_batches
from eval.joining import joined
from registry.calibration import Matrix
from registry.encoder import Encoder
from registry.pieces import Reader
from training import checkpoint, encoder_model, frozen_layers, onnx_export
from training.batches import Examples, drawn
from training.calibration import Fitted, HeldOut
from training.cascading import calibrated
from training.clock import Progressed, Stage
from training.cross_fitting import Fold, Folding, cross_fitted, fold_folder, folders_of_folds
from training.disguising import Disguised
from training.earlier_encoder import Earlier, earlier, keep_vocabulary, note_known
from training.encoder import FineTuning, Keeping, Listener, fit, freeze
from training.encoder_model import EncoderClassifier, load_classifier, logits_of, most_pieces
from training.fast_tier import canonical
from training.objective import targets, with_any_harm
from training.onnx_export import ALLOWED, Exported, Origin, export, least_megabytes
from training.order import Progress
from training.packaged_encoder import TOKENIZER, Base, EncoderError, resolve
from training.settings import EncoderSettings, TrainingSettings
from training.soup import Soup, fit_soup, folders_of_members
from training.vocabulary import Vocabulary, trim, trimmed
from training.weights import folds, row_weights, standing_for_all

HELD_OUT = 500
"""Comments on which the exported model is held against PyTorch's, where there are as many validation rows."""

ROWS_AT_ONCE = 512
_STAGES = {Stage.READING: "read", Stage.TRAINING: "learn", Stage.VALIDATING: "validate"}


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
    progress: Progress = lambda stage, share, note: None
    warn: Callable[[str], None] = lambda sentence: None
    curve: Callable[[Mapping[str, float], int], None] = lambda values, step: None


@dataclass(frozen=True)
class Compared:
    """Held-out rows of which both models were asked, and what both said: raw logits `(n, labels + 1)`."""

    at: NDArray[np.int64]
    """(n,): their places among the rows of `Shown.held`."""
    expected: Matrix
    """PyTorch's."""
    found: Matrix
    """The exported model's."""


@dataclass(frozen=True)
class Shown:
    """The exported encoder, and the calibration of what it, or encoders of other folds, say of rows they never saw."""

    exported: Exported
    held: HeldOut
    fitted: Fitted
    moved: float
    """How far a calibrated probability is from PyTorch's, at most, on the comments it was compared on.

    It is the tier's own; what is served is an average calibrated once more (`cascading.join` measures that).
    """
    compared: Compared


@dataclass(frozen=True)
class Made:
    """A fine-tuned encoder, its base's hash, how training went, and from how many rows, warm or not."""

    shown: Shown
    base: str
    soup: Soup
    warm: bool
    rows: int
    asked: NDArray[np.int64] | None
    """With `encoder.folds`: which of training and then validation rows were asked of folds' encoders, `(asked,)`."""


@dataclass(frozen=True)
class Asked:
    """Rows to ask of encoders that did not see them: where they stand, training before validation, and their pieces."""

    at: NDArray[np.int64]
    read: list[list[int]]


@dataclass(frozen=True)
class Side:
    """Rows to learn from or to look at: all of them as models read them, and those that time allows."""

    rows: Rows
    texts: list[str]
    at: NDArray[np.int64]
    """(examples,): which row each example is of."""
    examples: Examples


def look_at_base(ask: Ask) -> None:
    """Finds out before anything is trained whether the base can be; nobody should wait for the n-grams to hear it.

    Raises `EncoderError`.
    """
    base, model = _begun(ask)
    how = ask.settings.encoder
    vocabulary = _vocabulary(base, [], how)
    trim(model, vocabulary)
    Reader(vocabulary.tokenizer, length=how.length).read([""])
    encoder_model.try_out(model)
    if how.frozen_layers:
        frozen_layers.try_out(model.encoder, how.frozen_layers)
    onnx_export.try_out(model)
    freeze(model, fine_tuning(how, ask.settings.seed, warm=False))
    least = least_megabytes(model)
    if least > how.megabytes:
        raise EncoderError(
            f"{how.base} takes {least:.0f} MB or more once it is exported, and encoder.megabytes allows "
            f"{how.megabytes:.0f}: raise it (and the gate's bundle_megabytes), freeze lower layers, or take a smaller "
            "encoder."
        )


def make_encoder(ask: Ask, training: Rows, validation: Rows, copies: Disguised) -> Made:
    """Fine-tunes, exports and asks; `copies` are of training rows.

    Raises `EncoderError`, `TrainingError`, `DiskFullError`.
    """
    how = ask.settings.encoder
    base, model = _begun(ask)
    texts, held = canonical(training.texts), canonical(validation.texts)
    before = earlier(ask.warm, same_base=ask.warm_base == base.hash, warn=ask.warn)
    vocabulary = before.vocabulary if before else _vocabulary(base, [*texts, *canonical(copies.rows.texts), *held], how)
    trim(model, vocabulary)
    untouched = copy.deepcopy(model) if how.folds else None
    if before:
        checkpoint.begin_from(before.weights, model)
    keep_vocabulary(vocabulary, ask.folder)
    reader = Reader(vocabulary.tokenizer, length=how.length)
    known = before.knows(training) if before else np.zeros(len(training), dtype=np.bool_)
    learnt = _side(reader, training, texts, ask.settings, _to_learn(training, known, ask.settings), copies)
    note_known(ask.folder, training)
    looked_at = _limited(validation, how.validation_rows, ask.settings)
    weights = standing_for_all(validation.sources, _weights(validation, ask.settings), looked_at)
    looked = _side(reader, validation, held, ask.settings, looked_at, weights=weights)
    tuning = fine_tuning(how, ask.settings.seed, warm=before is not None)
    asked = _asked(reader, learnt, looked, ask.settings) if how.folds else None
    soup = _learnt(ask, model, learnt, looked, tuning, asked)
    cross = _cross_fitted(ask, untouched, asked, learnt, looked, before) if untouched and asked else None
    origin = Origin(vocabulary.tokenizer, ask.labels, how.length, base.hash)
    shown = _shown(ask, model, origin, looked, cross, _places(asked, len(learnt.rows), len(looked.rows)))
    return Made(shown, base.hash, soup, before is not None, len(learnt.at), asked.at if asked else None)


def _learnt(
    ask: Ask, model: EncoderClassifier, learnt: Side, looked: Side, tuning: FineTuning, asked: Asked | None
) -> Soup:
    """Fine-tunes the model, or several copies of it into one; the first one's curve has the plain names."""
    keeping, members = Keeping(ask.folder, ask.resume), ask.settings.encoder.members
    if members == 1:
        also, listener = asked.read if asked else (), Listener(_heard(ask.progress), ask.curve)
        return Soup.alone(fit(model, learnt.examples, looked.examples, tuning, keeping, also=also, listener=listener))

    def listener_of(number: int) -> Listener:
        ending = f"_{number + 1}" if number else ""
        return Listener(
            _heard(ask.progress, f"encoder: {number + 1} of {members}"),
            lambda values, step: ask.curve({f"{name}{ending}": value for name, value in values.items()}, step),
        )

    return fit_soup(model, learnt.examples, looked.examples, tuning, keeping, members=members, listener=listener_of)


def _begun(ask: Ask) -> tuple[Base, EncoderClassifier]:
    """The base, found and loaded under a fresh head."""
    how = ask.settings.encoder
    ask.progress("encoder: base", 0.0, how.base)
    base = resolve(how.base, home=ask.home, hub=how.hub)
    model = load_classifier(base.path, len(ask.labels) + 1, seed=ask.settings.seed)
    most = most_pieces(model.encoder)
    if most is not None and most < how.length:
        raise EncoderError(
            f"{how.base} reads at most {most} pieces; encoder.length is {how.length}: lower it to {most}."
        )
    if how.frozen_layers:
        frozen_layers.blocks_above(model.encoder, how.frozen_layers)
    return base, model


def fine_tuning(how: EncoderSettings, seed: int, *, warm: bool) -> FineTuning:
    """The settings as the fine-tuning takes them."""
    own = ("seed", "settle")
    told = {each.name: getattr(how, each.name) for each in fields(FineTuning) if each.name not in own}
    return FineTuning(**told, seed=seed, settle=not warm)


def finished(folder: Path) -> None:
    """The bundle stands: what only a resumed run would need is removed, what a warm start needs stays."""
    frozen_layers.forget(folder)
    for each in (folder, *folders_of_folds(folder)):
        checkpoint.forget(each, keep_best=True)
    for each in folders_of_members(folder):
        shutil.rmtree(each)


def _vocabulary(base: Base, texts: list[str], how: EncoderSettings) -> Vocabulary:
    return trimmed((base.path / TOKENIZER).read_bytes(), texts, common=how.common, seen=how.seen)


def _to_learn(rows: Rows, known: NDArray[np.bool_], settings: TrainingSettings) -> NDArray[np.int64] | None:
    """The rows to learn from; None for all of them. `known` are rows that an earlier run had, `(n,)`."""
    how = settings.encoder
    if how.replay is None or not known.any():
        return _limited(rows, how.max_rows, settings)
    old = np.flatnonzero(known)
    again = old[drawn(_weights(rows, settings)[old], how.replay, seed=settings.seed)]
    some = np.sort(np.concatenate([np.flatnonzero(~known), again]))
    within = _limited(rows.take(some), how.max_rows, settings)
    return some if within is None else some[within]


def _limited(rows: Rows, limit: int | None, settings: TrainingSettings) -> NDArray[np.int64] | None:
    """The rows to take where there are more than time allows; None for all of them."""
    if limit is None or len(rows) <= limit:
        return None
    return drawn(_weights(rows, settings), limit, seed=settings.seed)


def _weights(rows: Rows, settings: TrainingSettings) -> NDArray[np.float64]:
    return row_weights(rows.sources, rows.weights, settings.learning.source_temperature)


def _side(
    reader: Reader, rows: Rows, texts: list[str], settings: TrainingSettings, at: NDArray[np.int64] | None,
    copies: Disguised | None = None, weights: NDArray[np.float64] | None = None,
) -> Side:  # fmt: skip
    """The rows as the encoder reads them, those that have a disguised copy twice.

    Rows that were drawn by their weight count alike from then on, unless their `weights` `(n,)` are told.
    """
    labels, union = with_any_harm(rows.labels, rows.union)
    if weights is None:
        weights = _weights(rows, settings) if at is None else np.ones(len(rows))
    at = np.arange(len(rows)) if at is None else at
    written = [texts[each] for each in at]
    if copies is not None:
        own = np.flatnonzero(np.isin(copies.of, at))
        at = np.concatenate([at, copies.of[own]])
        written += canonical(copies.rows.take(own).texts)
    aims = targets(labels[at], union[at], weights[at], positive=settings.learning.positive_weight)
    return Side(rows, texts, at, Examples(reader.read(written) if written else [], aims, reader.pad))


def _asked(reader: Reader, learnt: Side, looked: Side, settings: TrainingSettings) -> Asked:
    """The rows to ask of folds' encoders: no fewer than a cold run may learn from, so that they prove thresholds."""
    how = settings.encoder
    some = _limited(learnt.rows, how.asked_rows or how.max_rows, settings)
    drawn_at = np.arange(len(learnt.rows)) if some is None else some
    at = np.unique(np.concatenate([drawn_at, len(learnt.rows) + looked.at]))
    texts = [*learnt.texts, *looked.texts]
    return Asked(at, reader.read([texts[each] for each in at]))


def _cross_fitted(
    ask: Ask, untouched: EncoderClassifier, asked: Asked, learnt: Side, looked: Side, before: Earlier | None
) -> HeldOut:
    """What encoders of other folds say of the rows asked."""
    how, rows = ask.settings.encoder, joined(learnt.rows, looked.rows)
    fold = folds(rows.group_keys, how.folds)
    sides = Folding(
        fold, asked.at, asked.read, learnt.at, len(learnt.rows) + looked.at, learnt.examples, looked.examples
    )

    def begin(number: int) -> Fold:
        model, weights = copy.deepcopy(untouched), before.fold_weights(number) if before else None
        if weights is not None:
            checkpoint.begin_from(weights, model)
        elif before is not None:
            ask.warn(f"{before.folder} has no weights of fold {number + 1} to start from: it starts from the base.")
        tuning = fine_tuning(how, ask.settings.seed, warm=weights is not None)
        keeping = Keeping(fold_folder(ask.folder, number), ask.resume, lower=ask.folder)
        return Fold(model, tuning, keeping, _heard(ask.progress, f"encoder: fold {number + 1} of {how.folds}"))

    held = HeldOut.of(
        cross_fitted(sides, how.folds, begin), rows.take(asked.at), ask.settings.learning.source_temperature
    )
    # Rows that were drawn by their weight count alike from then on.
    return held if len(asked.at) == len(rows) else replace(held, weights=np.ones(len(asked.at)))


def _places(asked: Asked | None, first: int, count: int) -> NDArray[np.int64]:
    """Where each of `count` validation rows stands among the held-out ones, `(count,)`; -1 where it was not asked.

    Among rows asked of folds, validation follows the `first` training rows.
    """
    if asked is None:
        return np.arange(count)
    rows = first + np.arange(count)
    at = np.minimum(np.searchsorted(asked.at, rows), len(asked.at) - 1)
    return np.where(asked.at[at] == rows, at, -1)


def _shown(
    ask: Ask, model: EncoderClassifier, origin: Origin, looked: Side, cross: HeldOut | None, places: NDArray[np.int64]
) -> Shown:
    """The smallest export whose probabilities are PyTorch's, before calibration and after it.

    Calibration may stretch what quantising moved; then more matrices stay half precision, as far as there are any.
    Where there are none left, and where few rows prove it, that is told. `places` are where the validation rows stand
    among the held-out ones.
    """
    texts, temperature = looked.texts, ask.settings.learning.source_temperature
    at = np.sort(np.random.default_rng(ask.settings.seed).permutation(len(texts))[:HELD_OUT])
    some, known = [texts[each] for each in at], places[at] >= 0
    if len(some) < HELD_OUT:
        ask.warn(
            f"The exported encoder is held against PyTorch's on {len(some)} comments instead of {HELD_OUT}, because "
            "there are no more validation rows: what it moves on others may be more."
        )
    reader = Reader(origin.tokenizer, length=origin.length)
    expected = logits_of(model, reader.read(some) if some else [], pad=reader.pad)
    least, shown = 0, None
    while shown is None or (shown.moved > ALLOWED and not shown.exported.exhausted):
        ask.progress("encoder: export", 0.0, f"{len(some)} comments against PyTorch")
        exported = export(model, origin, some, least=least, limit_mb=ask.settings.encoder.megabytes)
        encoder = Encoder(exported.onnx, exported.tokenizer, labels=ask.labels)
        held = cross or HeldOut.of(_said(encoder, texts, ask.progress), looked.rows, temperature)
        fitted = calibrated(held, ask.labels, ask.settings)
        found, apply = encoder.logits(some), fitted.calibration.prepared().apply
        moved = float(np.abs(apply(expected) - apply(found)).max(initial=0.0))
        shown = Shown(exported, held, fitted, moved, Compared(places[at][known], expected[known], found[known]))
        least = exported.half + 1
    if shown.moved > ALLOWED:
        ask.warn(
            f"Quantising moves a calibrated score of the encoder by {shown.moved:.3f}, more than {ALLOWED}, though all "
            "matrices are half precision: calibration stretches what the export moved by "
            f"{shown.exported.deviation.largest:.3f}. Train it with a smaller learning rate, or on more rows."
        )
    return shown


def _said(encoder: Encoder, texts: list[str], progress: Progress) -> Matrix:
    """The exported encoder's raw logits, `(n, labels + 1)`."""
    out = np.empty((len(texts), encoder.about.columns))

    def told(share: float) -> None:
        progress("encoder: ask", share, f"{len(texts)} rows held out")

    for batch, logits in in_batches(len(texts), ROWS_AT_ONCE, lambda batch: encoder.logits(texts[batch]), told):
        out[batch] = logits
    return out


def _heard(progress: Progress, name: str = "encoder") -> Callable[[Progressed], None]:
    """Fine-tuning's progress in words: the loss, the speed, and how long it will still take."""

    def told(step: Progressed) -> None:
        parts = [f"loss {step.loss:.3f}" if step.loss is not None else "",
                 f"{step.rows_per_second:.0f} rows/s" if step.rows_per_second else "",
                 f"{in_words(step.remaining)} left" if step.remaining is not None else ""]  # fmt: skip
        progress(f"{name}: {_STAGES[step.stage]}", step.done / max(step.total, 1), ", ".join(filter(None, parts)))

    return told


def in_words(seconds: float) -> str:
    """`40 s`, `12 min`, `1 h 05 min`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
