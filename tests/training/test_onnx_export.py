from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import ModelProto, load_model_from_string

from eval.gate_config import load_gate
from moderation.taxonomy import CONFIGS
from registry.bundle import CALIBRATION, NGRAM, THRESHOLDS
from registry.encoder import ENCODER, TOKENIZER, Encoder
from tests import tiny_encoder
from tests.fakes import LABELS
from training import onnx_export
from training.disk import DiskFullError, full_disk_told
from training.encoder_model import EncoderClassifier, logits_of, word_embeddings
from training.frozen_layers import frozen_parameters
from training.ngram import TrainingError
from training.onnx_export import ALLOWED, Origin, export, forms, frozen_matrices, least_megabytes
from training.packaged_file import dequantise
from training.quantisation import BLOCK, TABLE_BLOCK, blocks_of_4_bits, blocks_of_int8, inexact_products
from training.settings import EncoderSettings

ORIGIN = Origin(tiny_encoder.tokenizer(), LABELS, tiny_encoder.LENGTH, "base")


@pytest.fixture(scope="module")
def traced() -> ModelProto:
    return onnx_export._traced(tiny_encoder.classifier())


@pytest.fixture
def traced_once(monkeypatch: pytest.MonkeyPatch, traced: ModelProto) -> None:
    """The tiny classifier is traced once for all tests: that takes seconds, and quantising it does not."""
    monkeypatch.setattr(onnx_export, "_traced", lambda _model: traced)


def test_scores_are_pytorchs_within_what_is_allowed(tmp_path: Path) -> None:
    _, model = tiny_encoder.exported()
    encoder = tiny_encoder.opened(tiny_encoder.bundle(tmp_path))
    texts, _ = tiny_encoder.comments(80, seed=9)
    expected = logits_of(model, encoder.reader.read(texts), pad=encoder.reader.pad)
    assert _chance(expected) == pytest.approx(_chance(encoder.logits(texts)), abs=ALLOWED)


def test_weights_are_eight_bits_and_the_file_says_what_it_belongs_to(tmp_path: Path) -> None:
    import onnx

    made, _ = tiny_encoder.exported()
    about = tiny_encoder.opened(tiny_encoder.bundle(tmp_path)).about
    assert (LABELS, 8, tiny_encoder.LENGTH, "base") == (about.labels, about.columns, about.length, about.base)
    kinds = [node.op_type for node in onnx.load(tmp_path / ENCODER).graph.node]
    assert (0, 6 * tiny_encoder.LAYERS) == (made.half, made.trained)
    assert 6 * tiny_encoder.LAYERS == kinds.count("MatMulNBits")


@pytest.mark.usefixtures("traced_once")
def test_what_must_be_closer_stays_half_precision() -> None:
    model, texts = tiny_encoder.classifier(), tiny_encoder.comments(20)[0]
    close = export(model, ORIGIN, texts, allowed=0.0008)
    assert 0 < close.half < close.trained
    assert close.deviation.largest <= 0.0008
    assert close.onnx.count(b".half") >= close.half
    with pytest.raises(TrainingError, match="Even float16 moved a probability"):
        export(model, ORIGIN, texts, allowed=0.0)


@pytest.mark.usefixtures("traced_once")
def test_a_form_that_moves_too_much_is_not_asked_on_and_the_chosen_one_is_asked_of_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[list[str]] = []

    class Watched(Encoder):
        def logits(self, texts: Sequence[str], *, cores: int = 1) -> NDArray[np.float64]:
            asked.append(list(texts))
            return super().logits(texts, cores=cores)

    monkeypatch.setattr(onnx_export, "Encoder", Watched)
    monkeypatch.setattr(onnx_export, "FIRST_ROWS", 2)
    model, texts = tiny_encoder.classifier(), tiny_encoder.comments(20)[0]
    close = export(model, ORIGIN, texts, allowed=0.0008)
    tried = forms(close.trained).index(close.half) + 1
    assert tried > 3
    assert sum(map(len, asked)) < (tried - 1) * len(texts)
    assert sorted(texts) == sorted(text for each in asked[-len(texts) // 2 :] for text in each)
    assert close.said == pytest.approx(Encoder(close.onnx, close.tokenizer, labels=LABELS).logits(texts), abs=1e-5)
    assert close.deviation.rows == len(texts)


@pytest.mark.parametrize(
    ("trained", "tried"), [(0, [0]), (1, [0, 1]), (4, [0, 1, 2, 3, 4]), (36, [0, 6, 12, 18, 24, 30, 36])]
)
def test_forms_are_tried_from_the_smallest_up(trained: int, tried: list[int]) -> None:
    assert tried == forms(trained)


def test_frozen_matrices_are_widened_after_all_trained_ones() -> None:
    assert [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18] == forms(6, 12)
    assert [0, 1, 2] == forms(0, 2)


def _frozen_below(layers: int) -> EncoderClassifier:
    """The tiny classifier, which lies on no lattice, as if its lower layers and its table had been frozen."""
    model = tiny_encoder.classifier()
    for parameter in frozen_parameters(model.encoder, layers):
        parameter.requires_grad_(False)
    return model


def test_trained_is_what_training_moved(traced: ModelProto) -> None:
    trained, frozen = inexact_products(traced.graph, frozen_matrices(_frozen_below(2)))
    assert (6, 12) == (len(trained), len(frozen))
    names = [node.name for node in traced.graph.node]
    assert max(names.index(each) for each in frozen) < min(names.index(each) for each in trained)


@pytest.mark.usefixtures("traced_once")
def test_half_precision_goes_to_what_training_moved_first() -> None:
    """The lowest matrices are frozen ones, and stay 8 bits as long as the trained ones are enough."""
    model, texts = _frozen_below(2), tiny_encoder.comments(20)[0]
    made = export(model, ORIGIN, texts, least=6)
    assert (6, 6, 12) == (made.half, made.trained, made.frozen)
    assert not made.exhausted
    kinds = [node.op_type for node in load_model_from_string(made.onnx).graph.node]
    assert 12 == kinds.count("MatMulNBits")
    first = next(node for node in load_model_from_string(made.onnx).graph.node if "MatMul" in node.op_type)
    assert "MatMulNBits" == first.op_type
    whole = export(model, ORIGIN, texts, least=7)
    assert 8 == whole.half


@pytest.mark.usefixtures("traced_once")
def test_an_ordinary_bases_frozen_matrices_are_foreseen_in_8_bits() -> None:
    model = _frozen_below(2)
    assert _foreseen(model) == pytest.approx(_stored(export(model, ORIGIN, []).onnx), rel=0.01)


def _foreseen(model: EncoderClassifier) -> float:
    """The bytes foreseen of all matrices; of a model that nobody trained the exporter keeps equal biases once."""
    return least_megabytes(model) * 1e6 - sum(4 * each.numel() for each in model.parameters() if each.ndim == 1)


def _stored(onnx: bytes) -> int:
    """The bytes of all matrices; what the graph counts and slices with has no share in them."""
    others = ("bias", "LayerNorm.weight", "position_ids")
    held = load_model_from_string(onnx).graph.initializer
    return sum(len(each.raw_data) for each in held if "." in each.name and not each.name.endswith(others))


@pytest.mark.usefixtures("traced_once")
def test_an_encoder_over_the_limit_is_told() -> None:
    with pytest.raises(TrainingError, match="trim its vocabulary further"):
        export(tiny_encoder.classifier(), ORIGIN, [], limit_mb=0.01)


def test_the_gate_gives_a_bundle_the_encoders_sixty_megabytes_and_twenty_more() -> None:
    gate = load_gate(CONFIGS / "gates" / "default.toml")
    assert (60, 80) == (EncoderSettings().megabytes, gate.budget.bundle_megabytes)


def test_a_full_disk_is_told_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    made, _ = tiny_encoder.exported()
    with tiny_encoder.full_disk(len(made.tokenizer) + 1_000), pytest.raises(DiskFullError, match=tmp_path.name):
        _write(tmp_path)
    assert {NGRAM, CALIBRATION, THRESHOLDS, TOKENIZER} >= {path.name for path in tmp_path.iterdir()}


def test_a_full_disk_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    made, _ = tiny_encoder.exported()
    (tmp_path / ENCODER).write_bytes(b"before")
    with tiny_encoder.full_disk(len(made.tokenizer) + 1_000), pytest.raises(DiskFullError):
        _write(tmp_path)
    assert b"before" == (tmp_path / ENCODER).read_bytes()


def _write(folder: Path) -> None:
    """As `training.run` writes a bundle."""
    with full_disk_told(str(folder)):
        tiny_encoder.bundle(folder)


def test_the_model_stays_as_it_was() -> None:
    _, model = tiny_encoder.exported()
    fresh = dict(tiny_encoder.classifier().named_parameters())
    assert all(torch.equal(each, fresh[name]) for name, each in model.named_parameters())


@given(st.integers(0, 10_000), st.sampled_from([BLOCK, TABLE_BLOCK]))
def test_four_bit_weights_come_back_exactly(seed: int, block: int) -> None:
    chance = np.random.default_rng(seed)
    steps = chance.integers(-8, 8, (3, 4, TABLE_BLOCK))
    steps[..., 0] = -8  # the largest weight of a 4-bit block is its lowest step
    weights = (steps * chance.uniform(1e-3, 1, (3, 4, 1))).astype(np.float32).reshape(3, -1)
    small, scales = blocks_of_int8(weights, block)
    assert weights == pytest.approx((small * scales[..., None]).reshape(3, -1), rel=1e-5, abs=1e-8)


@given(st.integers(0, 10_000), st.sampled_from([BLOCK, TABLE_BLOCK]))
def test_any_weights_come_back_within_half_a_step(seed: int, block: int) -> None:
    weights = np.random.default_rng(seed).normal(size=(5, 64)).astype(np.float32)
    small, scales = blocks_of_int8(weights, block)
    assert np.abs(weights - (small * scales[..., None]).reshape(5, -1)).max() <= 0.51 * scales.max()


@given(st.integers(0, 10_000))
def test_a_packaged_table_takes_four_bits_and_loses_nothing(seed: int) -> None:
    chance = np.random.default_rng(seed)
    steps = chance.integers(-8, 8, (3, 2, TABLE_BLOCK))
    steps[..., 5] = -8
    scales = chance.uniform(-1, 1, (3, 2, 1)).astype(np.float16).astype(np.float32)
    weights = (steps * scales).astype(np.float32).reshape(3, -1)
    packed = blocks_of_4_bits(weights)
    assert packed is not None
    blocks = np.zeros((3, 2), dtype=[("scale", "<f2"), ("pairs", "u1", TABLE_BLOCK // 2)])
    blocks["pairs"], blocks["scale"] = packed
    assert weights.ravel().tolist() == dequantise(blocks.reshape(-1)).tolist()


def test_weights_that_four_bits_would_change_are_not_packed() -> None:
    assert blocks_of_4_bits(np.random.default_rng(0).normal(size=(4, 64)).astype(np.float32)) is None


def test_a_packed_table_answers_as_pytorch_does() -> None:
    model = tiny_encoder.classifier()
    table = word_embeddings(model)
    steps = np.random.default_rng(0).integers(-8, 8, (table.num_embeddings, table.embedding_dim))
    steps[:, ::32] = -8
    table.weight.data = torch.tensor(steps * 0.0625, dtype=torch.float32)
    made = export(model, ORIGIN, tiny_encoder.comments(30)[0])
    assert made.deviation.largest <= ALLOWED
    assert b"BitShift" in made.onnx


def test_a_frozen_layer_keeps_its_four_bits_and_answers_exactly() -> None:
    model = tiny_encoder.classifier()
    _on_lattice(model)
    made = export(model, ORIGIN, tiny_encoder.comments(30)[0])
    assert (0, 0) == (made.half, made.trained)
    assert made.deviation.largest < 1e-4
    assert b"int4" in made.onnx
    assert b"int8" not in made.onnx
    moving = _foreseen(model)
    model.encoder.requires_grad_(False)
    assert moving > 1.5 * _foreseen(model)
    assert _foreseen(model) == pytest.approx(_stored(made.onnx), rel=0.01)


def _on_lattice(model: EncoderClassifier) -> None:
    """Gives the encoder weights as the packaged file's."""
    chance = np.random.default_rng(1)
    for matrix in (each for each in model.encoder.parameters() if each.ndim == 2 and not each.shape[1] % 32):
        steps = chance.integers(-8, 8, matrix.shape)
        steps[:, ::32] = -8
        scales = np.repeat(chance.uniform(-0.02, 0.02, (len(matrix), matrix.shape[1] // 32)), 32, axis=1)
        matrix.data = torch.tensor(steps * scales.astype(np.float16).astype(np.float32), dtype=torch.float32)


def test_weights_of_zero_stay_zero() -> None:
    small, scales = blocks_of_int8(np.zeros((2, 64), dtype=np.float32), BLOCK)
    assert not (small * scales[..., None]).any()


def _chance(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-logits))
