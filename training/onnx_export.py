"""A fine-tuned encoder as small ONNX, and the proof that it still answers the same.

Quantising is tried from the smallest form up, with more and more of the lowest matrices in half precision, those that
training moved before any frozen one, until no probability of the held-out comments has moved by more than `ALLOWED`:
what a model bears depends on how it was trained.
"""

from __future__ import annotations

import copy
import logging
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from onnx import ModelProto, helper
from torch import nn

from eval.batching import in_batches
from registry.encoder import ABOUT, ENCODER, TOKENIZER, About, Encoder
from registry.files import sha256
from registry.pieces import Reader
from training.encoder_model import EncoderClassifier, logits_of, word_embeddings
from training.ngram import TrainingError
from training.packaged_encoder import EncoderError
from training.quantisation import inexact_products, product_bytes, quantise, table_bytes

PROVED = frozenset({"albert", "bert", "deberta-v2", "modernbert", "roberta", "t5", "xlm-roberta"})
"""Kinds of encoder of which the tests train and export one (`tests/training/test_families.py`)."""

ALLOWED = 0.02
"""How far a probability may move by quantisation."""

FIRST_ROWS = 64
"""So many comments show as a rule that a form moves too much; no others are asked of it then."""

STEPS = 6
"""From no trained matrix in half precision to all of them, and so again with the frozen ones."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """How far the exported model's probabilities are from PyTorch's on `rows` comments, uncalibrated."""

    rows: int
    largest: float
    mean: float


@dataclass(frozen=True)
class Exported:
    """The two files of a bundle's encoder part, and what quantising moved."""

    onnx: bytes
    tokenizer: bytes
    half: int
    """So many matrices stayed float16: the lowest of the trained ones, and after all of these the lowest frozen."""
    trained: int
    """Matrices that training moved."""
    frozen: int
    """Matrices that it left as they were and that are not exact in 4 bits either."""
    deviation: Deviation
    said: NDArray[np.float64]
    """Its raw logits of the held-out comments, `(n, columns)`."""

    @property
    def exhausted(self) -> bool:
        """Whether no form is left that would be closer."""
        return self.half == self.trained + self.frozen

    @property
    def files(self) -> dict[str, bytes]:
        """By their names in a bundle."""
        return {ENCODER: self.onnx, TOKENIZER: self.tokenizer}

    @property
    def megabytes(self) -> float:
        """Of both together."""
        return (len(self.onnx) + len(self.tokenizer)) / 1e6


@dataclass(frozen=True)
class Origin:
    """What the model was made with: its tokenizer (as `tokenizer.json`), labels, length in pieces, base's hash."""

    tokenizer: bytes
    labels: tuple[str, ...]
    length: int
    base: str


@dataclass(frozen=True)
class Traced:
    """A model as its float32 graph, traced once: the forms are tried on copies of it."""

    graph: ModelProto
    origin: Origin
    table: tuple[int, int]
    """Rows and columns of the word embeddings."""
    products: tuple[list[str], list[str]]
    """Matrices that do not fit 4 bits exactly: those that training moved, and the frozen ones, each from the lowest."""
    texts: Sequence[str]
    """Canonical texts, hundreds of them, on which a form has to answer as the model does."""
    expected: NDArray[np.float64]
    """The model's raw logits of them, `(n, columns)`."""

    def smallest(self, *, allowed: float = ALLOWED, limit_mb: float = math.inf, least: int = 0) -> Exported:
        """The smallest form that answers as the model does, with `least` matrices in half precision or more.

        A caller whose calibration stretches scores asks for more of them.
        Raises `TrainingError` where no form does, or the first that does is over `limit_mb`.
        """
        trained, frozen = self.products
        order = np.arange(len(self.texts))
        for half in (each for each in forms(len(trained), len(frozen)) if each >= least):
            small = ModelProto()
            small.CopyFrom(self.graph)
            quantise(small, self.table, half=[*trained, *frozen][:half])
            raw = small.SerializeToString()
            said, moved = self._answers(Encoder(raw, self.origin.tokenizer, labels=self.origin.labels), order, allowed)
            deviation = Deviation(len(moved), float(moved.max(initial=0.0)), float(moved.mean()) if moved.size else 0.0)
            if deviation.largest <= allowed:
                made = Exported(raw, self.origin.tokenizer, half, len(trained), len(frozen), deviation, said)
                return _within(made, limit_mb)
            order = np.argsort(-moved.max(axis=1), kind="stable")  # what moved most will be the first to move too far
        raise TrainingError(
            f"Even float16 moved a probability by {deviation.largest:.3f}, more than {allowed}; "
            "the encoder's weights are too large: train it with a smaller learning rate."
        )

    def _answers(
        self, encoder: Encoder, order: NDArray[np.int64], allowed: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Logits of the texts and how far probabilities are from the model's, both `(n, columns)`.

        The first ones in this order are asked alone: where one of them is too far the rest stays 0, and is not asked.
        """
        said, moved = np.zeros_like(self.expected), np.zeros_like(self.expected)
        for some in (order[:FIRST_ROWS], order[FIRST_ROWS:]):
            ask = partial(_logits, encoder, [self.texts[at] for at in some])
            for batch, found in in_batches(len(some), FIRST_ROWS, ask):
                said[some[batch]] = found
            moved[some] = np.abs(_chance(said[some]) - _chance(self.expected[some]))
            if moved.max(initial=0.0) > allowed:
                break
        return said, moved


def trace(model: EncoderClassifier, origin: Origin, held_out: Sequence[str], expected: NDArray[np.float64]) -> Traced:
    """The model's graph beside what the model says (`logits_of`) of `held_out`, canonical texts.

    Training moved what asks for a gradient (`encoder.freeze`). Raises `TrainingError` where PyTorch cannot trace it.
    """
    table = word_embeddings(model)
    graph = _traced(model)
    helper.set_model_props(graph, {ABOUT: _about(model, origin).to_json()})
    products = inexact_products(graph.graph, frozen_matrices(model))
    return Traced(graph, origin, (table.num_embeddings, table.embedding_dim), products, held_out, expected)


def export(
    model: EncoderClassifier,
    origin: Origin,
    held_out: Sequence[str],
    *,
    allowed: float = ALLOWED,
    limit_mb: float = math.inf,
    least: int = 0,
) -> Exported:
    """The smallest form of the model that answers as it does on `held_out`. Raises as `trace` and `Traced.smallest`."""
    expected = said_by(model, origin, held_out)
    return trace(model, origin, held_out, expected).smallest(allowed=allowed, limit_mb=limit_mb, least=least)


def said_by(model: EncoderClassifier, origin: Origin, texts: Sequence[str]) -> NDArray[np.float64]:
    """PyTorch's raw logits of canonical texts, `(n, columns)`."""
    reader = Reader(origin.tokenizer, length=origin.length)
    return logits_of(model, reader.read(texts) if texts else [], pad=reader.pad)


def forms(trained: int, frozen: int = 0) -> list[int]:
    """How many matrices stay float16, from the smallest form to the largest: trained ones, after them frozen ones."""
    steps = range(STEPS + 1)
    return sorted(
        {-(-trained * step // STEPS) for step in steps} | {trained - (-frozen * step // STEPS) for step in steps}
    )


def frozen_matrices(model: EncoderClassifier) -> Iterator[NDArray[np.float32]]:
    """The matrices `(outputs, inputs)` that training left as they were: those that ask for no gradient."""
    for parameter in model.parameters():
        if parameter.ndim == 2 and not parameter.requires_grad:
            yield parameter.detach().cpu().numpy()


def _about(model: EncoderClassifier, origin: Origin) -> About:
    return About(
        labels=origin.labels, columns=model.head.out_features, length=origin.length,
        pieces=word_embeddings(model).num_embeddings, tokenizer=sha256(origin.tokenizer), base=origin.base,
    )  # fmt: skip


def least_megabytes(model: EncoderClassifier) -> float:
    """What the exported encoder takes at the very least; a base that is too large should be known at once.

    Each matrix counts as `quantise` would store it; what asks for a gradient (`encoder.freeze`) will be moved.
    """
    table = word_embeddings(model).weight
    products = {id(each.weight) for each in model.encoder.modules() if isinstance(each, nn.Linear)}

    def taken(parameter: nn.Parameter) -> float:
        weights, moves = parameter.detach().cpu().numpy(), parameter.requires_grad
        if parameter is table:
            return table_bytes(weights, moves=moves)
        return product_bytes(weights, moves=moves) if id(parameter) in products else 4 * weights.size

    return sum(taken(each) for each in model.parameters()) / 1e6


def try_out(model: EncoderClassifier) -> None:
    """Finds out whether the model can be exported, where its kind is not one of those that are `PROVED`.

    Raises `EncoderError`.
    """
    config: Any = model.encoder.config
    if config.model_type in PROVED:
        return
    table = word_embeddings(model)
    try:
        quantise(_traced(model), (table.num_embeddings, table.embedding_dim), half=())
    except MemoryError:
        raise
    except Exception as error:  # the exporter and the encoder's own code raise what they like
        raise EncoderError(
            f"{type(model.encoder).__name__} cannot be exported to ONNX ({type(error).__name__}: {error}); "
            f"take another base: {', '.join(sorted(PROVED))} are known to work."
        ) from error


def _within(exported: Exported, limit_mb: float) -> Exported:
    if exported.megabytes > limit_mb:
        raise TrainingError(
            f"The encoder takes {exported.megabytes:.0f} MB, more than {limit_mb:.0f} MB (encoder.megabytes): "
            "trim its vocabulary further, take a smaller encoder, or allow more."
        )
    return exported


def _logits(encoder: Encoder, texts: Sequence[str], batch: slice) -> NDArray[np.float64]:
    return encoder.logits(texts[batch])


def _chance(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.exp(-np.logaddexp(0.0, -logits))


def _traced(model: EncoderClassifier) -> ModelProto:
    """The float32 graph with free batch and length."""
    whole = copy.deepcopy(model).cpu().eval()
    encoder: Any = whole.encoder
    encoder.set_attn_implementation("eager")  # traces to plain operators
    rows, pieces = torch.export.Dim("rows", min=1, max=4_096), torch.export.Dim("pieces", min=2, max=512)
    shape = {0: rows, 1: pieces}
    example = (torch.ones(2, 8, dtype=torch.long), torch.ones(2, 8, dtype=torch.long))
    with _quiet_export():
        program = torch.onnx.export(
            whole, example, dynamo=True, verbose=False, input_names=["input_ids", "attention_mask"],
            output_names=["logits"], dynamic_shapes={"input_ids": shape, "attention_mask": shape},
        )  # fmt: skip
    if program is None:
        raise TrainingError("PyTorch could not export the encoder to ONNX.")
    graph: ModelProto = program.model_proto
    return graph


@contextmanager
def _quiet_export() -> Iterator[None]:
    """The exporter's remarks on its own insides are no business of who trains."""
    loud = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels: list[Any] = [each.level for each in loud]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for each in loud:
            each.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for each, level in zip(loud, levels, strict=True):
                each.setLevel(level)
