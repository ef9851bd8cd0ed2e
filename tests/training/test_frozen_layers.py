from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from registry.pieces import padded
from tests import tiny_encoder
from training.encoder_model import EncoderClassifier
from training.frozen_layers import FILE, MARKER, LowerLayers, forget, frozen_parameters
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
    lower = LowerLayers(count, tmp_path, bf16=False)
    lower.remember(model.encoder, ROWS.rows, ROWS.pad)
    some = [ROWS.rows[at] for at in (3, 1, 4)]
    with lower.replaced(model.encoder):
        lower.show(model.encoder, some, max(map(len, some)))
        assert expected == pytest.approx(_answers(model, [3, 1, 4]), abs=0.01)
    assert expected.tolist() == _answers(model, [3, 1, 4]).tolist()


def test_weights_keep_their_names_while_layers_are_replaced(tmp_path: Path) -> None:
    model = tiny_encoder.classifier()
    before = dict(model.named_parameters())
    lower = LowerLayers(2, tmp_path, bf16=False)
    with lower.replaced(model.encoder):
        meanwhile = dict(model.named_parameters())
        assert {"encoder.encoder.layer.2.output.dense.weight"} <= meanwhile.keys()
        assert all(parameter is before[name] for name, parameter in meanwhile.items())
    assert list(before) == [name for name, _ in model.named_parameters()]


def _read(path: Path, *, count: int = 1, seed: int = 0, rows: Sequence[Sequence[int]] = ROWS.rows) -> list[int]:
    """Keeps what the rows' lower layers say under `path`; how many rows were told to be read, batch by batch."""
    heard: list[int] = []
    encoder = tiny_encoder.classifier(seed=seed).encoder
    LowerLayers(count, path, bf16=False).remember(encoder, rows, ROWS.pad, lambda count, _pieces: heard.append(count))
    return heard


def test_files_are_gone_once_they_are_forgotten(tmp_path: Path) -> None:
    _read(tmp_path)
    assert {FILE, MARKER} == {path.name for path in tmp_path.iterdir()}
    forget(tmp_path)
    assert [] == list(tmp_path.iterdir())


def test_reading_is_told_row_by_row(tmp_path: Path) -> None:
    heard = _read(tmp_path)
    assert len(ROWS) == sum(heard)
    assert len(heard) > 1


def test_pieces_are_told_of_distinct_rows_alone(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    rows = [[0, 5, 2], [0, 5, 2], [0, 5, 6, 7, 2], [0, 2]]
    encoder = tiny_encoder.classifier().encoder
    lower = LowerLayers(1, tmp_path, bf16=False)
    lower.remember(encoder, rows, ROWS.pad, lambda count, pieces: told.append((count, pieces)))
    assert (4, 10) == tuple(map(sum, zip(*told, strict=True)))
    assert (1, 0) == told[-1]


def test_what_stands_is_not_read_again(tmp_path: Path) -> None:
    _read(tmp_path)
    before = (tmp_path / FILE).stat().st_mtime_ns
    assert [len(ROWS)] == _read(tmp_path)
    assert before == (tmp_path / FILE).stat().st_mtime_ns


@pytest.mark.parametrize("other", [{"count": 2}, {"seed": 1}])
def test_another_encoder_is_asked_anew(tmp_path: Path, other: dict[str, object]) -> None:
    _read(tmp_path)
    assert len(_read(tmp_path, **other)) > 1  # type: ignore[arg-type]


def test_a_reading_cut_short_is_no_reading(tmp_path: Path) -> None:
    def stop(_rows: int, _pieces: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        LowerLayers(1, tmp_path, bf16=False).remember(tiny_encoder.classifier().encoder, ROWS.rows, ROWS.pad, stop)
    assert len(_read(tmp_path)) > 1


def test_some_of_the_rows_are_found_among_all(tmp_path: Path) -> None:
    _read(tmp_path)
    assert [4] == _read(tmp_path, rows=ROWS.rows[5:9])
    assert len(_read(tmp_path, rows=[*ROWS.rows, [0, 5, 2]])) > 1


@pytest.mark.parametrize("name", [FILE, MARKER])
def test_a_damaged_reading_is_read_anew(tmp_path: Path, name: str) -> None:
    _read(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-9])
    assert len(_read(tmp_path)) > 1


def test_a_file_cut_short_while_it_is_in_use_is_an_error_and_no_end_of_the_process(tmp_path: Path) -> None:
    encoder = tiny_encoder.classifier().encoder
    lower = LowerLayers(1, tmp_path, bf16=False)
    lower.remember(encoder, ROWS.rows, ROWS.pad)
    (tmp_path / FILE).write_bytes(b"")
    with pytest.raises(EncoderError, match="cut short while it was in use: train again"):
        lower.show(encoder, ROWS.rows[:1], len(ROWS.rows[0]))


def test_freezing_every_layer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="leaves nothing to train; this encoder has 3 layers"):
        _read(tmp_path, count=tiny_encoder.LAYERS)


def test_embeddings_and_the_first_layers_are_what_is_frozen() -> None:
    encoder = tiny_encoder.classifier().encoder
    frozen = {id(each) for each in frozen_parameters(encoder, 2)}
    names = {name.split(".layer.")[-1][0] for name, each in encoder.named_parameters() if id(each) not in frozen}
    assert {"2"} == names
