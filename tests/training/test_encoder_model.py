from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from registry.pieces import Reader
from tests import tiny_encoder
from training import objective
from training.encoder_model import Aims, load_classifier, logits_of, masked_loss
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


def test_a_folder_that_is_no_encoder_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load_classifier(tmp_path, 8, seed=0)
