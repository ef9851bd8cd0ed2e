"""What is told of an export that moves scores, or that few comments prove."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from onnx import ModelProto

from registry.pieces import Reader
from tests import tiny_encoder
from tests.training import tiny
from training import onnx_export, shown_export
from training.encoder_order import Ask
from training.encoder_rows import Asked, Side, held_out_places
from training.onnx_export import Origin
from training.shown_export import HELD_OUT, Shown

ORIGIN = Origin(tiny_encoder.tokenizer(), tiny.NAMES, tiny_encoder.LENGTH, "base")
ROWS = 30


@pytest.fixture(autouse=True, scope="module")
def traced() -> object:
    """The tiny classifier is traced once for all tests: that takes seconds."""
    graph: ModelProto = onnx_export._traced(tiny_encoder.classifier())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(onnx_export, "_traced", lambda _model: graph)
        yield


def shown(folder: Path, warned: list[str]) -> Shown:
    texts = tiny_encoder.comments(ROWS)[0]
    ask = Ask(tiny.settings(), tiny.NAMES, folder, folder, warn=warned.append)
    looked = Side(tiny.columns(ROWS), texts, np.arange(ROWS), tiny_encoder.examples(ROWS))
    return shown_export.shown_export(ask, tiny_encoder.classifier(), ORIGIN, looked, None, np.arange(ROWS))


def test_few_comments_to_compare_on_are_told(tmp_path: Path) -> None:
    warned: list[str] = []
    made = shown(tmp_path, warned)
    assert ROWS == made.exported.deviation.rows == len(made.compared.at)
    assert [f"on {ROWS} comments instead of {HELD_OUT}"] == [each[each.index("on 30") :][:29] for each in warned]


def test_enough_comments_are_no_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown_export, "HELD_OUT", ROWS)
    warned: list[str] = []
    shown(tmp_path, warned)
    assert [] == warned


def test_scores_that_move_though_every_matrix_is_half_precision_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown_export, "HELD_OUT", ROWS)
    monkeypatch.setattr(shown_export, "ALLOWED", 0.0)
    warned: list[str] = []
    made = shown(tmp_path, warned)
    assert made.exported.exhausted
    assert (18, 18, 0) == (made.exported.half, made.exported.trained, made.exported.frozen)
    (said,) = warned
    assert f"by {made.moved:.3f}, more than 0.0, though all matrices are half precision" in said
    assert f"what the export moved by {made.exported.deviation.largest:.3f}" in said


def test_rows_that_no_fold_was_asked_of_are_compared_and_stand_nowhere() -> None:
    reader = Reader(ORIGIN.tokenizer, length=8)
    asked = Asked(np.array([1, 4, 10, 12]), reader.read(["tea"] * 4))
    assert [2, -1, 3, -1] == held_out_places(asked, 10, 4).tolist()
    assert [0, 1, 2] == held_out_places(None, 10, 3).tolist()


def test_the_model_is_traced_once_however_many_forms_are_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    traced = onnx_export._traced
    monkeypatch.setattr(onnx_export, "_traced", lambda model: calls.append(model) or traced(model))
    monkeypatch.setattr(shown_export, "HELD_OUT", ROWS)
    monkeypatch.setattr(shown_export, "ALLOWED", 0.0)
    made = shown(tmp_path, [])
    assert made.exported.exhausted
    assert 1 == len(calls)
