"""The encoder's export held against PyTorch's model: as small as keeps the scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.batching import in_batches
from registry.calibration import Matrix
from registry.encoder import Encoder
from training.calibration import Fitted, HeldOut
from training.cascading import calibrated
from training.encoder_model import EncoderClassifier
from training.encoder_order import Ask
from training.encoder_rows import Side
from training.onnx_export import ALLOWED, Exported, Origin, said_by, trace

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
    ask.progress("encoder: export", 0.0, f"{len(some)} comments against PyTorch")
    expected = said_by(model, origin, some)
    traced, least, shown = trace(model, origin, some, expected), 0, None
    while shown is None or (shown.moved > ALLOWED and not shown.exported.exhausted):
        exported = traced.smallest(least=least, limit_mb=ask.settings.encoder.megabytes)
        held = cross or HeldOut.of(_said(exported, texts, ask), looked.rows, ask.settings)
        fitted = calibrated(held, ask.labels, ask.settings)
        found, apply = exported.said, fitted.calibration.prepared().apply
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


def _said(exported: Exported, texts: list[str], ask: Ask) -> Matrix:
    """The exported encoder's raw logits, `(n, labels + 1)`."""
    encoder = Encoder(exported.onnx, exported.tokenizer, labels=ask.labels)
    out = np.empty((len(texts), encoder.about.columns))

    def told(share: float) -> None:
        ask.progress("encoder: ask", share, f"{len(texts)} rows held out")

    for batch, logits in in_batches(len(texts), ROWS_AT_ONCE, lambda batch: encoder.logits(texts[batch]), told):
        out[batch] = logits
    return out
