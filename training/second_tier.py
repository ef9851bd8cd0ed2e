"""The encoder's part of a run: base, vocabulary, fine-tuning, export, and what it says of rows it never saw.

A warm run takes up what an earlier one left (`training.earlier_encoder`): with `encoder.replay` all that is new is
learnt, and of the rest only so much that it is not forgotten.

Rows it never saw are the validation rows, or with `encoder.folds` all rows that it read, each asked of an encoder that
learnt the other folds (`training.cross_fitting`): where rows are few, a handful of harmless ones proves no budget.
"""

from __future__ import annotations

import copy
import shutil
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.rows import Rows
from eval.joining import joined
from registry.files import sha256
from registry.pieces import Reader
from training import checkpoint, encoder_model, frozen_layers, onnx_export
from training.calibration import HeldOut
from training.cross_fitting import Fold, Folding, cross_fitted, fold_folder, folders_of_folds, refuse_empty
from training.disguising import Disguised
from training.earlier_encoder import Earlier, earlier, keep_vocabulary, note_known
from training.encoder_model import EncoderClassifier, load_classifier, most_pieces
from training.encoder_order import Ask
from training.encoder_progress import heard
from training.encoder_rows import (
    Asked,
    Copies,
    Side,
    as_read,
    asked_of,
    drawing_weights,
    held_out_places,
    side_of,
    to_learn,
    to_look_at,
)
from training.fine_tuning import FineTuning, Keeping, Listener
from training.learning_parameters import freeze
from training.mining import Mined, mined, mined_of
from training.onnx_export import Origin, least_megabytes
from training.packaged_encoder import TOKENIZER, Base, EncoderError, resolve
from training.processes import fit
from training.settings import EncoderSettings
from training.shown_export import Shown, shown_export
from training.soup import Soup, fit_soup, folders_of_members
from training.teaching import taught
from training.vocabulary import Vocabulary, trim, trimmed
from training.weights import folds, standing_for_all


@dataclass(frozen=True)
class Made:
    """A fine-tuned encoder, its base's hash, how training went, and from how many rows, warm or not."""

    shown: Shown
    base: str
    soup: Soup
    warm: bool
    rows: int
    hard: Mined | None
    """Where hard negatives were looked for: what was found."""
    asked: NDArray[np.int64] | None
    """With `encoder.folds`: which of training and then validation rows were asked of folds' encoders, `(asked,)`."""


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


def make_encoder(
    ask: Ask, training: Rows, validation: Rows, copies: Disguised, suspected: NDArray[np.float64] | None = None
) -> Made:
    """Fine-tunes, exports and asks; `copies` are of training rows, `suspected` as `training.mining` has it.

    Raises `EncoderError`, `TrainingError`, `DiskFullError`.
    """
    how = ask.settings.encoder
    base, model = _begun(ask)
    texts, held = as_read(training.texts), as_read(validation.texts)
    hidden = Copies.left(copies, texts)
    before = earlier(ask.warm, same_base=ask.warm_base == base.hash, warn=ask.warn)
    vocabulary = before.vocabulary if before else _vocabulary(base, [*texts, *hidden.texts, *held], how)
    trim(model, vocabulary)
    untouched = copy.deepcopy(model) if how.folds else None
    if before:
        checkpoint.begin_from(before.weights, model)
    keep_vocabulary(vocabulary, ask.folder)
    reader = Reader(vocabulary.tokenizer, length=how.length)
    known = before.knows(training) if before else np.zeros(len(training), dtype=np.bool_)
    weighing = drawing_weights(training, ask.settings)
    if suspected is not None:
        weighing = mined(weighing, training, suspected, how.hard_negatives)
    some = to_learn(weighing, known, ask.settings)
    hard = None if suspected is None else mined_of(training, suspected, some)
    learnt = side_of(reader, training, texts, ask.settings, some, hidden)
    if ask.teacher is not None:
        learnt = taught(learnt, ask.teacher, how.taught, ask.folder, ask.progress)
    note_known(ask.folder, training)
    looked_at = to_look_at(validation, ask.settings)
    weights = standing_for_all(validation.sources, drawing_weights(validation, ask.settings), looked_at)
    looked = side_of(reader, validation, held, ask.settings, looked_at, weights=weights)
    tuning = fine_tuning(how, ask.settings.seed, warm=before is not None)
    fresh = None if before is None else before.fresh(known, before.knows(validation))
    asked = asked_of(reader, learnt, looked, ask.settings, fresh) if how.folds else None
    sides = _sides(how.folds, asked, learnt, looked) if asked else None
    soup = _learnt(ask, model, learnt, looked, tuning, asked)
    cross = _cross_fitted(ask, untouched, sides, learnt, looked, before, fresh) if untouched and sides else None
    origin = Origin(vocabulary.tokenizer, ask.labels, how.length, base.hash)
    shown = shown_export(ask, model, origin, looked, cross, held_out_places(asked, len(learnt.rows), len(looked.rows)))
    return Made(shown, base.hash, soup, before is not None, len(learnt.at), hard, asked.at if asked else None)


def _learnt(
    ask: Ask, model: EncoderClassifier, learnt: Side, looked: Side, tuning: FineTuning, asked: Asked | None
) -> Soup:
    """Fine-tunes the model, or several copies of it into one; the first one's curve has the plain names."""
    keeping, members = Keeping(ask.folder, ask.resume), ask.settings.encoder.members
    if members == 1:
        also, listener = asked.read if asked else (), Listener(heard(ask.progress), ask.curve)
        return Soup.alone(fit(model, learnt.examples, looked.examples, tuning, keeping, also=also, listener=listener))

    def listener_of(number: int) -> Listener:
        ending = f"_{number + 1}" if number else ""
        return Listener(
            heard(ask.progress, f"encoder: {number + 1} of {members}"),
            lambda values, step: ask.curve({f"{name}{ending}": value for name, value in values.items()}, step),
        )

    return fit_soup(model, learnt.examples, looked.examples, tuning, keeping, members=members, listener=listener_of)


def _begun(ask: Ask) -> tuple[Base, EncoderClassifier]:
    """The base, found and loaded under a fresh head."""
    how = ask.settings.encoder
    ask.progress("encoder: base", 0.0, how.base)
    base = resolve(how.base, home=ask.home, hub=how.hub)
    model = load_classifier(base.path, len(ask.labels) + 1, seed=ask.settings.seed)
    if how.layers is not None:
        frozen_layers.keep_blocks(model.encoder, how.layers)
        base = replace(base, hash=sha256(f"{base.hash} {how.layers}".encode()))
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
    if warm:
        told |= {name: told[name] * how.warm_rate for name in ("learning_rate", "head_learning_rate")}
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


def _sides(count: int, asked: Asked, learnt: Side, looked: Side) -> Folding:
    """What folds' encoders learn from, look at and are asked of; refused before hours of training, not after them."""
    fold = folds(joined(learnt.rows, looked.rows).group_keys, count)
    sides = Folding(
        fold, asked.at, asked.read, learnt.at, len(learnt.rows) + looked.at, learnt.examples, looked.examples
    )
    refuse_empty(sides, count)
    return sides


def _cross_fitted(
    ask: Ask, untouched: EncoderClassifier, sides: Folding, learnt: Side, looked: Side, before: Earlier | None,
    fresh: NDArray[np.bool_] | None,
) -> HeldOut:  # fmt: skip
    """What encoders of other folds say of the rows asked, all of them `fresh` where the earlier run had no folds."""
    how, rows = ask.settings.encoder, joined(learnt.rows, looked.rows)

    def begin(number: int) -> Fold:
        model, weights = copy.deepcopy(untouched), before.fold_weights(number) if before else None
        if weights is None and before is not None and fresh is not None:
            weights = before.weights
        if weights is not None:
            checkpoint.begin_from(weights, model)
        elif before is not None:
            ask.warn(f"{before.folder} has no weights of fold {number + 1} to start from: it starts from the base.")
        tuning = fine_tuning(how, ask.settings.seed, warm=weights is not None)
        keeping = Keeping(fold_folder(ask.folder, number), ask.resume, lower=ask.folder)
        return Fold(model, tuning, keeping, heard(ask.progress, f"encoder: fold {number + 1} of {how.folds}"))

    held = HeldOut.of(cross_fitted(sides, how.folds, begin), rows.take(sides.asked_at), ask.settings)
    # Rows that were drawn by their weight count alike from then on.
    return held if len(sides.asked_at) == len(rows) else replace(held, weights=np.ones(len(sides.asked_at)))
