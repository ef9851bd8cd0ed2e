from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from registry.pieces import Reader
from tests import tiny_encoder
from training import objective
from training.encoder_model import Aims, load_classifier, logits_of, masked_loss, most_pieces
from training.packaged_encoder import EncoderError


def _rows(count: int = 60) -> tuple[np.ndarray, objective.Targets]:
    """Random logits and rows with known labels, unknown ones, and positive unions."""
    chance = np.random.default_rng(3)
    labels = chance.choice(np.array([-1, 0, 1], dtype=np.int8), size=(count, 5))
    union = np.zeros_like(labels)
    labels[::3, 1:3], union[::3, 1:3] = -1, 1
    return chance.normal(scale=4, size=(count, 5)), objective.targets(labels, union, chance.uniform(0.2, 3, count))


def test_the_loss_and_its_gradient_are_the_fast_tiers() -> None:
    logits, aims = _rows()
    expected, slopes = objective.loss(logits, aims)
    ours = torch.tensor(logits, dtype=torch.float32, requires_grad=True)
    value = masked_loss(ours, Aims.of(aims, range(len(logits))))
    value.backward()
    assert expected == pytest.approx(float(value.detach()), rel=1e-5)
    assert ours.grad is not None
    assert slopes == pytest.approx(ours.grad.numpy(), abs=1e-4)


def test_what_a_row_does_not_know_moves_nothing() -> None:
    logits, aims = _rows()
    ours = torch.tensor(logits, dtype=torch.float32, requires_grad=True)
    masked_loss(ours, Aims.of(aims, range(len(logits)))).backward()
    assert ours.grad is not None
    silent = (aims.known == 0) & ~aims.members
    assert silent.any()
    assert not ours.grad.numpy()[silent].any()


@pytest.mark.parametrize("size", [-200.0, -60.0, 60.0, 200.0])
def test_the_loss_is_a_number_however_sure_the_model_is(size: float) -> None:
    _, aims = _rows()
    ours = torch.full((60, 5), size, requires_grad=True)
    value = masked_loss(ours, Aims.of(aims, range(60)))
    value.backward()
    assert ours.grad is not None
    assert torch.isfinite(value)
    assert torch.isfinite(ours.grad).all()


def test_answers_do_not_depend_on_neighbours() -> None:
    model, reader = tiny_encoder.classifier(), Reader(tiny_encoder.tokenizer(), length=tiny_encoder.LENGTH)
    rows = reader.read(tiny_encoder.comments(30)[0])
    together = logits_of(model, rows, pad=reader.pad)
    alone = np.concatenate([logits_of(model, [row], pad=reader.pad) for row in rows])
    assert alone == pytest.approx(together, abs=1e-5)


def test_any_hugging_face_encoder_can_be_the_base(tmp_path: Path) -> None:
    from transformers import DistilBertConfig, DistilBertModel, XLMRobertaConfig, XLMRobertaModel

    small = {"vocab_size": 60, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
             "intermediate_size": 32, "max_position_embeddings": 40}  # fmt: skip
    XLMRobertaModel(XLMRobertaConfig(**small)).save_pretrained(tmp_path / "roberta")
    distil = DistilBertConfig(vocab_size=60, dim=32, n_layers=2, n_heads=2, hidden_dim=32, max_position_embeddings=40)
    DistilBertModel(distil).save_pretrained(tmp_path / "distil")
    for name in ("roberta", "distil"):
        model = load_classifier(tmp_path / name, 8, seed=0)
        assert (2, 8) == logits_of(model, [[0, 5, 2], [0, 5, 6, 7, 2]], pad=1).shape
        most = most_pieces(model.encoder)
        assert most == (38 if name == "roberta" else 40)
        assert (1, 8) == logits_of(model, [[5] * most], pad=1).shape
        with pytest.raises((IndexError, RuntimeError)):
            logits_of(model, [[5] * (most + 1)], pad=1)


def test_a_folder_that_is_no_encoder_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load_classifier(tmp_path, 8, seed=0)


def _told(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def _renamed(folder: Path) -> None:
    weights = folder / "model.safetensors"
    held = {f"other.{name}": each for name, each in load_file(weights).items()}
    save_file(held, weights, metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: _told(folder, num_hidden_layers=5), r"32 are missing.*\(encoder\.layer\.3\..*, \.\.\.\)"),
        (_renamed, r"are missing .*embeddings"),
        (lambda folder: _told(folder, intermediate_size=96), "cannot be loaded|of another size"),
        (lambda folder: _told(folder, hidden_size="wide"), "cannot be loaded"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b""), "cannot be loaded"),
        (lambda folder: (folder / "model.safetensors").write_bytes(bytes(1000)), "cannot be loaded"),
    ],
)
def test_weights_that_are_not_the_configs_are_told(tmp_path: Path, spoil: Callable[[Path], object], told: str) -> None:
    folder = tiny_encoder.folder(tmp_path / "base")
    load_classifier(folder, 8, seed=0)
    spoil(folder)
    with pytest.raises(EncoderError, match=told):
        load_classifier(folder, 8, seed=0)


def test_a_file_of_weights_cut_short_is_told(tmp_path: Path) -> None:
    weights = tiny_encoder.folder(tmp_path / "base") / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load_classifier(tmp_path / "base", 8, seed=0)
