"""A shallower encoder that learns a deeper one's answers."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from data.rows import Split
from data.snapshot import Snapshot
from registry.bundle import bundle_hash, open_bundle, read_manifest
from registry.encoder import Encoder
from tests import tiny_encoder
from tests.training import tiny
from tests.training.with_encoder.runs import Stopped, how, order, run, stop_at
from training import teaching
from training.ngram import TrainingError
from training.order import Order
from training.packaged_encoder import EncoderError
from training.run import Trained, run_name
from training.run_folder import RunFolder

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
SHALLOW = {"layers": [0, 2], "frozen_layers": 1, "taught": 1.0, "epochs": 4}


def encoder_of(bundle: Path) -> Encoder:
    opened = open_bundle(bundle, tiny.TAXONOMY).second
    assert opened is not None
    return opened.encoder


def test_a_shallower_encoder_learns_what_its_teacher_says_and_tells_of_it(
    trained: Trained, home: Path, base: Path, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = order(home, snapshot, how(base, **SHALLOW), teacher=trained.bundle)
    with pytest.raises(Stopped):
        run(asked, progress=stop_at("encoder: learn", 0.5))
    said = RunFolder(home / "runs" / run_name(asked)).encoder / teaching.SAID
    assert said.is_file()
    monkeypatch.setattr(teaching, "_said", lambda *_: pytest.fail("the teacher is asked once, also of a resumed run"))
    made = run(order(home, snapshot, how(base, **SHALLOW), teacher=trained.bundle, resume=True))
    manifest = read_manifest(made.bundle)
    assert (trained.hash, None) == (manifest.taught_by, manifest.warm_from)
    assert manifest.base_encoder != read_manifest(trained.bundle).base_encoder, (
        "no warm start goes on with other layers"
    )
    assert (made.bundle / "encoder.onnx").stat().st_size < (trained.bundle / "encoder.onnx").stat().st_size
    texts = snapshot.split("test").texts
    student, teacher = (encoder_of(each).logits(texts) for each in (made.bundle, trained.bundle))
    assert np.corrcoef(student[:, -1], teacher[:, -1])[0, 1] > 0.5


def test_what_the_teacher_learnt_from_is_told_of_the_model_too(
    trained: Trained, home: Path, base: Path, tmp_path: Path
) -> None:
    sides = {Split.TRAIN: tiny.rows(280), Split.VALIDATION: tiny.rows(84, seed=1), Split.TEST: tiny.rows(140, seed=2)}
    elsewhere = {side: [dataclasses.replace(row, source="elsewhere") for row in rows] for side, rows in sides.items()}
    other = tiny.named(tmp_path, "tiny", elsewhere)
    made = run(order(tmp_path, other, how(base), teacher=trained.bundle))
    manifest, teacher = read_manifest(made.bundle), read_manifest(trained.bundle)
    assert {each.name for each in manifest.sources} == {"elsewhere"} | {each.name for each in teacher.sources}
    assert [teacher.snapshot] == [each.hash for each in manifest.earlier]


def test_another_teacher_makes_another_run(trained: Trained, home: Path, base: Path, snapshot: Snapshot) -> None:
    alone, led = (run_name(order(home, snapshot, how(base), teacher=each)) for each in (None, trained.bundle))
    assert alone != led
    assert bundle_hash(trained.bundle) == trained.hash


def test_a_teacher_without_an_encoder_or_a_config_without_one_is_refused(
    trained: Trained, home: Path, base: Path, snapshot: Snapshot
) -> None:
    fast = run(Order(tiny.settings(), snapshot, tiny.TAXONOMY, home))
    with pytest.raises(TrainingError, match="has no encoder that could teach"):
        run(order(home, snapshot, how(base), teacher=fast.bundle))
    with pytest.raises(TrainingError, match="this config has none"):
        run(Order(tiny.settings(seed=3), snapshot, tiny.TAXONOMY, home, teacher=trained.bundle))


def test_layers_that_the_base_has_not_are_refused(home: Path, base: Path, snapshot: Snapshot) -> None:
    with pytest.raises(EncoderError, match=f"layers names layer 9; this encoder has {tiny_encoder.LAYERS}"):
        run(order(home, snapshot, how(base, layers=[0, 9])))


@pytest.mark.parametrize("layers", [[], [1, 0], [0, 0], [-1]])
def test_layers_are_named_in_their_order_each_once(base: Path, layers: list[int]) -> None:
    with pytest.raises(ValueError, match="layers"):
        tiny.settings(encoder=how(base, layers=layers))
