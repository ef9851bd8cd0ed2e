"""The encoder's export held against PyTorch's model: as small as keeps the scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.batching import in_batches
from registry.calibration import Matrix
from registry.encoder import Encoder
from registry.pieces import Reader
from training.calibration import Fitted, HeldOut
from training.cascading import calibrated
from training.encoder_model import EncoderClassifier, logits_of
from training.encoder_order import Ask
from training.encoder_rows import Side
from training.onnx_export import ALLOWED, Exported, Origin, trace
from training.order import Progress

HELD_OUT = 500
"""Comments on which the exported model is held against PyTorch's, where there are as many validation rows."""

ROWS_AT_ONCE = 512


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


def shown_export(
    ask: Ask, model: EncoderClassifier, origin: Origin, looked: Side, cross: HeldOut | None, places: NDArray[np.int64]
) -> Shown:
    """The smallest export whose probabilities are PyTorch's, before calibration and after it.

    Calibration may stretch what quantising moved; then more matrices stay half precision, as far as there are any.
    Where there are none left, and where few rows prove it, that is told. `places` are where the validation rows stand
    among the held-out ones.
    """
    texts = looked.texts
    at = np.sort(np.random.default_rng(ask.settings.seed).permutation(len(texts))[:HELD_OUT])
    some, known = [texts[each] for each in at], places[at] >= 0
    if len(some) < HELD_OUT:
        ask.warn(
            f"The exported encoder is held against PyTorch's on {len(some)} comments instead of {HELD_OUT}, because "
            "there are no more validation rows: what it moves on others may be more."
        )
    reader = Reader(origin.tokenizer, length=origin.length)
    expected = logits_of(model, reader.read(some) if some else [], pad=reader.pad)
    ask.progress("encoder: export", 0.0, f"{len(some)} comments against PyTorch")
    traced, least, shown = trace(model, origin, some), 0, None
    while shown is None or (shown.moved > ALLOWED and not shown.exported.exhausted):
        exported = traced.smallest(least=least, limit_mb=ask.settings.encoder.megabytes)
        encoder = Encoder(exported.onnx, exported.tokenizer, labels=ask.labels)
        held = cross or HeldOut.of(_said(encoder, texts, ask.progress), looked.rows, ask.settings)
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
