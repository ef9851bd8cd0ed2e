from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from registry.pieces import padded
from tests import tiny_encoder
from training.encoder_model import EncoderClassifier
from training.frozen_layers import LowerLayers, frozen_parameters
from training.packaged_encoder import EncoderError

ROWS = tiny_encoder.examples(30)


def _answers(model: EncoderClassifier, rows: list[int]) -> np.ndarray:
    ids, mask = padded([ROWS.rows[at] for at in rows], ROWS.pad)
    model.eval()
    with torch.inference_mode():
        return model(torch.as_tensor(ids), torch.as_tensor(mask)).numpy()


@pytest.mark.parametrize("count", [1, 2])
def test_upper_layers_answer_from_what_was_kept_as_the_whole_encoder_does(tmp_path: Path, count: int) -> None:
    model = tiny_encoder.classifier()
    expected = _answers(model, [3, 1, 4])
    lower = LowerLayers(model.encoder, count, tmp_path, bf16=False)
    lower.remember("training", ROWS.rows, ROWS.pad)
    with lower.replaced():
        lower.show("training", [3, 1, 4], max(len(ROWS.rows[at]) for at in (3, 1, 4)))
        assert expected == pytest.approx(_answers(model, [3, 1, 4]), abs=0.01)
    assert expected.tolist() == _answers(model, [3, 1, 4]).tolist()


def test_weights_keep_their_names_while_layers_are_replaced(tmp_path: Path) -> None:
    model = tiny_encoder.classifier()
    before = dict(model.named_parameters())
    lower = LowerLayers(model.encoder, 2, tmp_path, bf16=False)
    with lower.replaced():
        meanwhile = dict(model.named_parameters())
        assert {"encoder.encoder.layer.2.output.dense.weight"} <= meanwhile.keys()
        assert all(parameter is before[name] for name, parameter in meanwhile.items())
    assert list(before) == [name for name, _ in model.named_parameters()]


def test_files_are_gone_in_the_end(tmp_path: Path) -> None:
    lower = LowerLayers(tiny_encoder.classifier().encoder, 1, tmp_path, bf16=False)
    lower.remember("training", ROWS.rows, ROWS.pad)
    assert [] != list(tmp_path.iterdir())
    lower.forget()
    assert [] == list(tmp_path.iterdir())


def test_reading_is_told_row_by_row(tmp_path: Path) -> None:
    heard: list[int] = []
    lower = LowerLayers(tiny_encoder.classifier().encoder, 1, tmp_path, bf16=False)
    lower.remember("training", ROWS.rows, ROWS.pad, heard.append)
    assert len(ROWS) == sum(heard)


def test_freezing_every_layer_is_refused(tmp_path: Path) -> None:
    lower = LowerLayers(tiny_encoder.classifier().encoder, tiny_encoder.LAYERS, tmp_path, bf16=False)
    with pytest.raises(EncoderError, match="leaves nothing to train; this encoder has 3 layers"):
        lower.remember("training", ROWS.rows, ROWS.pad)


def test_embeddings_and_the_first_layers_are_what_is_frozen() -> None:
    encoder = tiny_encoder.classifier().encoder
    frozen = {id(each) for each in frozen_parameters(encoder, 2)}
    names = {name.split(".layer.")[-1][0] for name, each in encoder.named_parameters() if id(each) not in frozen}
    assert {"2"} == names
