"""A training that begins with an earlier one's encoder."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from data.rows import Split
from data.snapshot import Snapshot
from registry.bundle import open_bundle, read_manifest
from registry.encoder import TOKENIZER
from tests.training import tiny
from tests.training.with_encoder.runs import GROWN, folded, how, order, run
from training import earlier_encoder
from training.order import Order
from training.run import Trained

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def test_a_warm_start_keeps_vocabulary_and_weights(
    trained: Trained, home: Path, base: Path, snapshot: Snapshot
) -> None:
    still = how(base, learning_rate=1e-9, head_learning_rate=1e-9)
    warm = run(order(home, snapshot, still, warm=trained.bundle), warn=pytest.fail)
    assert (trained.bundle / TOKENIZER).read_bytes() == (warm.bundle / TOKENIZER).read_bytes()
    assert json.loads((warm.bundle / "metrics.json").read_bytes())["encoder"]["warm"]
    texts = list(tiny.WORDS.values())
    ours, theirs = (
        open_bundle(each.bundle, tiny.TAXONOMY).second.encoder.logits(texts)  # type: ignore[union-attr]
        for each in (warm, trained)
    )
    np.testing.assert_allclose(theirs, ours, atol=0.05)


@pytest.mark.proof
def test_a_warm_start_whose_run_is_gone_begins_at_the_base_and_says_so(
    trained: Trained, base: Path, snapshot: Snapshot, tmp_path: Path
) -> None:
    warned: list[str] = []
    made = run(order(tmp_path, snapshot, how(base), warm=trained.bundle), warn=warned.append)
    assert ["no longer has the encoder's weights"] == [each[each.index("no longer") :][:35] for each in warned]
    assert not json.loads((made.bundle / "metrics.json").read_bytes())["encoder"]["warm"]
    assert trained.hash == read_manifest(made.bundle).warm_from


def test_a_warm_start_from_a_model_without_encoder_begins_at_the_base_and_says_so(
    home: Path, base: Path, snapshot: Snapshot
) -> None:
    warned: list[str] = []
    fast = run(Order(tiny.settings(), snapshot, tiny.TAXONOMY, home))
    run(order(home, snapshot, how(base), warm=fast.bundle), warn=warned.append)
    assert 1 == len(warned)
    assert "has no encoder" in warned[0]


def test_a_warm_start_learns_what_is_new_and_replays_some_of_the_rest(base: Path, tmp_path: Path) -> None:
    first = run(order(tmp_path, tiny.snapshot(tmp_path), how(base)))
    grown = {side: tiny.rows(count, seed=seed) for side, count, seed in GROWN} | {
        Split.TRAIN: [*tiny.rows(279), dataclasses.replace(tiny.row(279, None), labels=(1,) * 7, everyday=False),
                      *tiny.rows(15, seed=7)]
    }  # fmt: skip
    asked = order(tmp_path, tiny.snapshot(tmp_path, grown), how(base, replay=60), warm=first.bundle)
    told = json.loads((run(asked, warn=pytest.fail).bundle / "metrics.json").read_bytes())
    assert 60 + 1 + 15 == told["encoder"]["rows"]


@pytest.mark.proof
def test_folds_start_warm_from_the_same_folds(base: Path, snapshot: Snapshot, tmp_path: Path) -> None:
    first = run(folded(tmp_path, base, snapshot))
    told: list[str] = []
    warm = run(folded(tmp_path, base, snapshot, warm=first.bundle), warn=told.append)
    assert [] == [each for each in told if not each.startswith("Quantising")], "of weights that are not there"
    assert json.loads((warm.bundle / "metrics.json").read_bytes())["encoder"]["warm"]
    shutil.rmtree(tmp_path / "runs" / first.bundle.name / "encoder" / "fold-2")
    shutil.rmtree(warm.bundle)
    warned: list[str] = []
    run(folded(tmp_path, base, snapshot, warm=first.bundle), warn=warned.append)
    warned = [each for each in warned if not each.startswith("Quantising")]
    assert ["no weights of fold 2"] == [each[each.index("no weights") :][:20] for each in warned]


@pytest.mark.proof
def test_folds_of_a_model_without_folds_begin_with_its_weights_and_are_asked_what_it_never_saw(
    trained: Trained, home: Path, base: Path
) -> None:
    new = tiny.rows(40, seed=7)
    grown = {side: tiny.rows(count, seed=seed) for side, count, seed in GROWN} | {
        Split.TRAIN: [*tiny.rows(280), *new]
    }  # fmt: skip
    snapshot = tiny.snapshot(home, grown)
    asked = folded(home, base, snapshot, max_rows=None, warm=trained.bundle)
    told: list[str] = []
    made = json.loads((run(asked, warn=told.append).bundle / "metrics.json").read_bytes())
    assert [] == [each for each in told if "to start from" in each]
    everyday = sum(each.everyday for each in new) + int(snapshot.split("validation").everyday.sum())
    assert everyday == made["thresholds"]["everyday_rows"]


@pytest.mark.proof
def test_a_soup_of_two_is_served_as_one_and_can_be_started_from(base: Path, tmp_path: Path) -> None:
    snapshot = tiny.snapshot(tmp_path)
    heard: set[str] = set()
    made = run(order(tmp_path, snapshot, how(base, members=2)), progress=lambda stage, _share, _note: heard.add(stage))
    encoder = json.loads((made.bundle / "metrics.json").read_bytes())["encoder"]
    assert 2 == len(encoder["members"])
    assert encoder["averaged"] in (1, 2)
    assert encoder["validation_loss"] <= min(encoder["members"])
    assert {"encoder: 1 of 2: learn", "encoder: 2 of 2: learn"} <= heard
    folder = tmp_path / "runs" / made.bundle.name / "encoder"
    assert {"encoder.best.pt", earlier_encoder.VOCABULARY, earlier_encoder.KNOWN} == {
        path.name for path in folder.iterdir()
    }
    run(order(tmp_path, snapshot, how(base, learning_rate=1e-9), warm=made.bundle), warn=pytest.fail)
