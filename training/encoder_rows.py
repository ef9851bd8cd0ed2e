"""Which rows the encoder learns from, looks at and is asked of by folds, as it reads them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.rows import Rows
from moderation.normaliser import normalise
from registry.pieces import Reader
from training.batches import Examples, drawn
from training.calibration import in_domain
from training.disguising import Disguised
from training.objective import softened, targets, with_any_harm
from training.settings import TrainingSettings
from training.weights import doubts, row_weights


@dataclass(frozen=True)
class Side:
    """Rows to learn from or to look at: all of them as models read them, and those that time allows."""

    rows: Rows
    texts: list[str]
    at: NDArray[np.int64]
    """(examples,): which row each example is of."""
    examples: Examples


@dataclass(frozen=True)
class Copies:
    """Disguised copies as the encoder reads them, and which row each is of, `(copies,)`."""

    texts: list[str]
    of: NDArray[np.int64]

    @staticmethod
    def left(copies: Disguised, texts: list[str]) -> Copies:
        """Those that do not read as their rows' `texts` do: a disguise that is undone teaches nothing."""
        read_so = as_read(copies.rows.texts)
        own = [at for at, (text, row) in enumerate(zip(read_so, copies.of, strict=True)) if text != texts[row]]
        return Copies([read_so[at] for at in own], copies.of[own])


@dataclass(frozen=True)
class Asked:
    """Rows to ask of encoders that did not see them: where they stand, training before validation, and their pieces."""

    at: NDArray[np.int64]
    read: list[list[int]]


def to_learn(
    weights: NDArray[np.float64], known: NDArray[np.bool_], settings: TrainingSettings
) -> NDArray[np.int64] | None:
    """The rows to learn from; None for all of them. `known` are rows that an earlier run had, `(n,)`."""
    how = settings.encoder
    if how.replay is None or not known.any():
        return _within(weights, how.max_rows, settings.seed)
    old = np.flatnonzero(known)
    again = old[drawn(weights[old], how.replay, seed=settings.seed)]
    some = np.sort(np.concatenate([np.flatnonzero(~known), again]))
    within = _within(weights[some], how.max_rows, settings.seed)
    return some if within is None else some[within]


def to_look_at(rows: Rows, settings: TrainingSettings) -> NDArray[np.int64] | None:
    """The held-out rows that choose the best weights, those of the domain where there is one; None for all.

    Raises `TrainingError` where none of them is of the domain.
    """
    how, spoken = settings.encoder, in_domain(rows, settings)
    if spoken is None:
        return limited(rows, how.validation_rows, settings)
    some = np.flatnonzero(spoken)
    within = limited(rows.take(some), how.validation_rows, settings)
    return some if within is None else some[within]


def limited(rows: Rows, limit: int | None, settings: TrainingSettings) -> NDArray[np.int64] | None:
    """The rows to take where there are more than time allows; None for all of them."""
    return _within(drawing_weights(rows, settings), limit, settings.seed)


def _within(weights: NDArray[np.float64], limit: int | None, seed: int) -> NDArray[np.int64] | None:
    return None if limit is None or len(weights) <= limit else drawn(weights, limit, seed=seed)


def drawing_weights(rows: Rows, settings: TrainingSettings) -> NDArray[np.float64]:
    """How much each row weighs where some are drawn, `(n,)`."""
    return row_weights(rows.sources, rows.weights, settings.learning.source_temperature)


def as_read(texts: list[str]) -> list[str]:
    """What the encoder reads of raw texts, before they are cut into pieces."""
    return [normalise(text).canonical.text for text in texts]


def side_of(
    reader: Reader, rows: Rows, texts: list[str], settings: TrainingSettings, at: NDArray[np.int64] | None,
    copies: Copies | None = None, weights: NDArray[np.float64] | None = None,
) -> Side:  # fmt: skip
    """The rows as the encoder reads them, `texts`, and the copies of those that have one.

    Rows that were drawn by their weight count alike from then on, unless their `weights` `(n,)` are told.
    """
    labels, union = with_any_harm(rows.labels, rows.union)
    if weights is None:
        weights = drawing_weights(rows, settings) if at is None else np.ones(len(rows))
    at = np.arange(len(rows)) if at is None else at
    written = [texts[each] for each in at]
    if copies is not None:
        own = np.flatnonzero(np.isin(copies.of, at))
        at = np.concatenate([at, copies.of[own]])
        written += [copies.texts[each] for each in own]
    aims = targets(labels[at], union[at], weights[at], positive=settings.learning.positive_weight)
    aims = softened(aims, doubts([rows.sources[each] for each in at], settings.learning.noise))
    return Side(rows, texts, at, Examples(reader.read(written) if written else [], aims, reader.pad))


def asked_of(
    reader: Reader, learnt: Side, looked: Side, settings: TrainingSettings, fresh: NDArray[np.bool_] | None = None
) -> Asked:
    """The rows to ask of folds' encoders: no fewer than a cold run may learn from, so that they prove thresholds.

    `fresh` are those that may be asked, `(training + validation,)`, where folds begin with weights that saw others.
    """
    how, first = settings.encoder, len(learnt.rows)
    if fresh is None:
        training, held = np.arange(first), first + looked.at
    else:
        training, held = np.flatnonzero(fresh[:first]), first + np.flatnonzero(fresh[first:])
    some = limited(learnt.rows.take(training), how.asked_rows or how.max_rows, settings)
    at = np.unique(np.concatenate([training if some is None else training[some], held]))
    texts = [*learnt.texts, *looked.texts]
    return Asked(at, reader.read([texts[each] for each in at]))


def held_out_places(asked: Asked | None, first: int, count: int) -> NDArray[np.int64]:
    """Where each of `count` validation rows stands among the held-out ones, `(count,)`; -1 where it was not asked.

    Among rows asked of folds, validation follows the `first` training rows.
    """
    if asked is None:
        return np.arange(count)
    rows = first + np.arange(count)
    at = np.minimum(np.searchsorted(asked.at, rows), len(asked.at) - 1)
    return np.where(asked.at[at] == rows, at, -1)
