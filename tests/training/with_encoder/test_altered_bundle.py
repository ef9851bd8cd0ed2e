"""Bundles with an encoder that were changed after training."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from moderation.errors import BundleError
from registry.bundle import MANIFEST
from registry.cascade import CASCADE
from registry.encoder import TOKENIZER
from registry.files import sha256
from registry.scorers import load_scorer
from registry.second_tier import ENCODER_CALIBRATION
from tests.training import tiny
from tests.training.with_encoder.runs import CHECKOUT, SECOND_TIER
from training.run import Trained

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def copied(trained: Trained, folder: Path) -> Path:
    folder.mkdir()
    for path in trained.bundle.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def rehashed(folder: Path, **changes: object) -> Path:
    """Someone who changes files and the manifest with them."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    manifest |= changes
    manifest["files"] = {name: sha256((folder / name).read_bytes()) for name in manifest["files"]}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize("name", SECOND_TIER)
def test_an_altered_file_is_refused_by_name(trained: Trained, tmp_path: Path, name: str) -> None:
    folder = copied(trained, tmp_path / "b")
    raw = bytearray((folder / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (folder / name).write_bytes(raw)
    with pytest.raises(BundleError, match=f"{name} was changed after training"):
        load_scorer(folder, tiny.TAXONOMY)


@pytest.mark.parametrize("name", SECOND_TIER)
def test_all_four_files_are_needed(trained: Trained, tmp_path: Path, name: str) -> None:
    folder = copied(trained, tmp_path / "b")
    files = json.loads((folder / MANIFEST).read_bytes())["files"]
    rehashed(folder, files={each: hash_ for each, hash_ in files.items() if each != name})
    with pytest.raises(BundleError, match=f"lists no {name}"):
        load_scorer(folder, tiny.TAXONOMY)


def test_the_vocabulary_of_another_bundle_is_refused(trained: Trained, tmp_path: Path) -> None:
    """Of the same size: only what it holds gives it away."""
    folder = copied(trained, tmp_path / "b")
    other = json.loads((folder / TOKENIZER).read_bytes())
    other["model"]["vocab"][5:7] = other["model"]["vocab"][6:4:-1]
    (folder / TOKENIZER).write_text(json.dumps(other), encoding="utf-8")
    with pytest.raises(BundleError, match="trimmed for another model"):
        load_scorer(rehashed(folder), tiny.TAXONOMY)


def test_another_base_than_the_manifest_says_is_refused(trained: Trained, tmp_path: Path) -> None:
    folder = rehashed(copied(trained, tmp_path / "b"), base_encoder="0" * 64)
    with pytest.raises(BundleError, match="another base than the manifest says"):
        load_scorer(folder, tiny.TAXONOMY)


@pytest.mark.parametrize("name", [CASCADE, ENCODER_CALIBRATION])
def test_a_label_set_that_changed_is_refused(trained: Trained, tmp_path: Path, name: str) -> None:
    folder = copied(trained, tmp_path / "b")
    told = json.loads((folder / name).read_bytes())
    calibration = told["calibration"] if name == CASCADE else told
    calibration["labels"] = {"spam": {}}
    (folder / name).write_text(json.dumps(told))
    with pytest.raises(BundleError, match="other labels than the manifest"):
        load_scorer(rehashed(folder), tiny.TAXONOMY)


def test_a_bundle_without_the_tier_reads_no_encoders_libraries(trained: Trained, tmp_path: Path, home: Path) -> None:
    """Serving imports neither PyTorch nor transformers, and onnxruntime only for a bundle that has the tier."""
    fast = rehashed(copied(trained, tmp_path / "b"), tiers=["fast"], base_encoder=None)
    script = (
        "import sys; from pathlib import Path; from moderation.taxonomy import load_taxonomy\n"
        "from moderation.normaliser import normalise; from registry.scorers import load_scorer\n"
        "print(load_scorer(Path(sys.argv[1]), load_taxonomy()).score([normalise('hello')])[0].tier,"
        " sorted({'torch', 'transformers', 'onnx', 'scipy', 'onnxruntime', 'tokenizers'} & set(sys.modules)))"
    )
    answers = {
        folder: subprocess.run([sys.executable, "-c", script, str(folder)], cwd=CHECKOUT, capture_output=True,
                               text=True, timeout=60, check=True).stdout.strip()
        for folder in (fast, trained.bundle)
    }  # fmt: skip
    assert "fast []" == answers[fast]
    assert "['onnxruntime', 'tokenizers']" == answers[trained.bundle].partition(" ")[2]
