"""An encoder that learns in whole numbers: what rounding is, what it learns through, and that the export does the same."""

from __future__ import annotations

import copy
from collections import Counter

import numpy as np
import pytest
import torch
from onnx import load_model_from_string
from torch import nn

from registry.encoder import Encoder
from registry.pieces import Reader
from tests import tiny_encoder
from tests.fakes import LABELS
from training import checkpoint
from training.encoder_model import EncoderClassifier, logits_of
from training.frozen_layers import LowerLayers
from training.onnx_export import ALLOWED, Origin, export, least_megabytes
from training.rounding import LEVELS, RoundedLinear, nearest, plain_products, round_products, rounded_products

ORIGIN = Origin(tiny_encoder.tokenizer(), LABELS, tiny_encoder.LENGTH, "base")
READER = Reader(ORIGIN.tokenizer, length=tiny_encoder.LENGTH)
PRODUCTS = 6 * tiny_encoder.LAYERS


def rounded() -> EncoderClassifier:
    model = tiny_encoder.classifier()
    round_products(model, READER.read(tiny_encoder.comments(20)[0]), READER.pad)
    return model


def test_a_row_is_whole_steps_of_its_own() -> None:
    values = torch.tensor([[12.7, -6.35, 0.04, 0.0], [0.0, 0.0, 0.0, 0.0]])
    found = nearest(values)
    assert found[0].tolist() == pytest.approx([12.7, -6.4, 0.0, 0.0], abs=1e-5)  # steps of a tenth
    assert [0.0] * 4 == found[1].tolist()


def test_a_row_is_rounded_whatever_stands_beside_it() -> None:
    values = torch.randn(6, 5, generator=torch.Generator().manual_seed(1))
    assert torch.equal(nearest(values)[2:3], nearest(values[2:3]))


def test_what_is_rounded_is_learnt_through_as_if_it_were_not() -> None:
    values = torch.randn(3, 4, requires_grad=True)
    (nearest(values) * torch.arange(12.0).reshape(3, 4)).sum().backward()
    assert values.grad is not None
    assert torch.equal(torch.arange(12.0).reshape(3, 4), values.grad)


def test_a_layer_multiplies_whole_numbers() -> None:
    torch.manual_seed(3)
    model = rounded()
    layer = next(rounded_products(model.encoder))
    inputs = torch.randn(7, layer.in_features)
    even = inputs * (1 / layer.even)
    rows = even.abs().amax(dim=1, keepdim=True) / LEVELS
    weights = layer.weight * layer.even
    columns = weights.abs().amax(dim=1, keepdim=True) / LEVELS
    whole = torch.round(even / rows).long() @ torch.round(weights / columns).long().T
    assert torch.allclose(whole * rows * columns.T + layer.bias, layer(inputs), atol=1e-4)


def test_every_layer_of_the_encoder_rounds_and_the_head_does_not() -> None:
    model = rounded()
    assert PRODUCTS == len(list(rounded_products(model.encoder)))
    assert type(model.head) is nn.Linear


def test_columns_that_are_large_are_divided_by_more() -> None:
    model = tiny_encoder.classifier()
    norm = model.encoder.get_submodule("encoder.layer.0.attention.output.LayerNorm")
    with torch.no_grad():
        norm.weight[5] *= 50.0  # type: ignore[index,operator]
    round_products(model, READER.read(tiny_encoder.comments(20)[0]), READER.pad)
    reading = model.encoder.get_submodule("encoder.layer.0.intermediate.dense")
    assert isinstance(reading, RoundedLinear)
    assert 5 == int(reading.even.argmax())


def test_the_way_back_is_the_model_as_it_was() -> None:
    model = tiny_encoder.classifier()
    rows = READER.read(tiny_encoder.comments(8)[0])
    before, names = logits_of(model, rows, pad=READER.pad), set(model.state_dict())
    round_products(model, rows, READER.pad)
    assert not np.array_equal(before, logits_of(model, rows, pad=READER.pad))
    plain_products(model.encoder)
    assert np.array_equal(before, logits_of(model, rows, pad=READER.pad))
    assert names == set(model.state_dict())


def test_the_export_says_what_the_model_says_with_bytes_on_both_sides() -> None:
    model, texts = rounded(), tiny_encoder.comments(60, seed=4)[0]
    made = export(model, ORIGIN, texts)
    kinds = Counter(node.op_type for node in load_model_from_string(made.onnx).graph.node)
    assert PRODUCTS == kinds["MatMulIntegerToFloat"]
    assert (0, 0) == (kinds["MatMulNBits"], made.half + made.trained + made.frozen)
    # Queries, keys and values read the same rows, which are rounded once.
    assert PRODUCTS - 2 * tiny_encoder.LAYERS == kinds["QuantizeLinear"]
    assert made.deviation.largest < ALLOWED / 10
    plain = copy.deepcopy(model)
    plain_products(plain.encoder)
    moved = np.abs(logits_of(plain, READER.read(texts), pad=READER.pad) - made.said).max()
    assert moved > 10 * np.abs(logits_of(model, READER.read(texts), pad=READER.pad) - made.said).max()


def test_an_answer_does_not_depend_on_its_neighbours() -> None:
    texts = tiny_encoder.comments(40, seed=6)[0]
    made = export(rounded(), ORIGIN, texts)
    encoder = Encoder(made.onnx, ORIGIN.tokenizer, labels=LABELS)
    together = encoder.logits(texts)
    assert together == pytest.approx(np.vstack([encoder.logits([text]) for text in texts]), abs=1e-4)


def test_what_evens_columns_out_is_kept_with_the_weights(tmp_path) -> None:  # type: ignore[no-untyped-def]
    model, other = rounded(), tiny_encoder.classifier(seed=2)
    checkpoint.save_best(tmp_path, model)
    round_products(other, READER.read(["cat"]), READER.pad)
    checkpoint.begin_from(tmp_path / checkpoint.BEST, other)
    rows = READER.read(tiny_encoder.comments(8)[0])
    assert np.array_equal(logits_of(model, rows, pad=READER.pad), logits_of(other, rows, pad=READER.pad))


def test_states_of_layers_that_do_not_round_are_not_taken_for_those_of_layers_that_do(tmp_path) -> None:  # type: ignore[no-untyped-def]
    rows, read = READER.read(tiny_encoder.comments(8)[0]), list[int]()
    for model in (tiny_encoder.classifier(), rounded(), rounded()):
        LowerLayers(1, tmp_path, bf16=False).remember(
            model.encoder, rows, READER.pad, lambda _, pieces: read.append(pieces)
        )
    assert [False, False, True] == [not any(read[at : at + 1]) for at in (0, len(read) // 2, len(read) - 1)]


def test_what_it_takes_at_least_is_a_byte_a_weight() -> None:
    model = tiny_encoder.classifier()
    made = export(rounded(), ORIGIN, tiny_encoder.comments(20)[0])
    assert least_megabytes(model, rounded=True) < len(made.onnx) / 1e6
