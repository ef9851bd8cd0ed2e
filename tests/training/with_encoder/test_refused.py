"""A base that cannot be trained is told before anything is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from data.snapshot import Snapshot
from registry.encoder import TOKENIZER
from tests import tiny_encoder
from tests.training.with_encoder.runs import how, order, run
from training.ngram import TrainingError
from training.packaged_encoder import EncoderError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def test_a_base_too_large_for_its_limit_is_refused_before_anything_is_trained(
    base: Path, snapshot: Snapshot, tmp_path: Path
) -> None:
    stages: list[str] = []
    with pytest.raises(EncoderError, match=r"encoder\.megabytes allows 0: raise it"):
        run(
            order(tmp_path, snapshot, how(base, megabytes=0.01)),
            progress=lambda stage, _share, _note: stages.append(stage),
        )
    assert {"encoder: base"} == set(stages)


def test_a_loss_that_is_no_number_is_told_and_leaves_no_bundle(snapshot: Snapshot, tmp_path: Path) -> None:
    broken = tiny_encoder.folder(tmp_path / "broken", spoilt=True)
    with pytest.raises(TrainingError, match="no longer a number"):
        run(order(tmp_path, snapshot, how(broken)))
    assert not (tmp_path / "bundles").exists()


def test_a_base_that_is_nowhere_names_all_places(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"no local folder .* no packaged weights .* does not ask for a hub"):
        run(order(tmp_path, snapshot, how(Path("nobody/encoder"))))


def no_tokenizer(base: Path) -> None:
    (base / TOKENIZER).write_text('{"model": {"type": "Unigram", "vocab": "none"}, "added_tokens": []}')


def no_weights(base: Path) -> None:
    (base / "model.safetensors").write_bytes(b"")


@pytest.mark.parametrize(
    ("spoil", "changes", "said"),
    [
        (None, {"length": 96}, "reads at most 64 pieces; encoder.length is 96: lower it to 64"),
        (None, {"frozen_layers": 3}, "leaves nothing to train"),
        (no_weights, {}, "cannot be loaded"),
        (no_tokenizer, {}, "json is no tokenizer"),
    ],
)
def test_a_base_that_cannot_be_trained_is_told_before_anything_is(
    snapshot: Snapshot, tmp_path: Path, spoil: Callable[[Path], None] | None, changes: dict[str, object], said: str
) -> None:
    own, stages = tiny_encoder.folder(tmp_path / "base"), list[str]()
    if spoil:
        spoil(own)
    with pytest.raises(EncoderError, match=said):
        run(order(tmp_path, snapshot, how(own, **changes)), progress=lambda stage, _share, _note: stages.append(stage))
    assert {"encoder: base"} == set(stages)
