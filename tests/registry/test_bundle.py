from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from moderation.errors import BundleError
from registry.bundle import CALIBRATION, MANIFEST, NGRAM, THRESHOLDS, bundle_hash, open_bundle, write_bundle
from registry.files import sha256
from tests.registry.bundles import NAMES, TAXONOMY, bundle, linear


def _rehash(folder: Path, name: str, raw: bytes) -> None:
    """Someone who changes a file and its hash in the manifest as well."""
    (folder / name).write_bytes(raw)
    manifest = json.loads((folder / MANIFEST).read_bytes())
    manifest["files"][name] = sha256(raw)
    (folder / MANIFEST).write_text(json.dumps(manifest))


def test_a_whole_bundle_opens_with_what_was_written(tmp_path: Path) -> None:
    opened = open_bundle(bundle(tmp_path / "b"), TAXONOMY)
    assert NAMES == opened.manifest.labels
    np.testing.assert_allclose(linear().weights, opened.linear.weights, rtol=1e-3)
    assert bundle_hash(tmp_path / "b") == opened.hash


@pytest.mark.parametrize("name", [NGRAM, CALIBRATION, THRESHOLDS])
def test_a_tampered_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    folder = bundle(tmp_path / "b")
    raw = bytearray((folder / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (folder / name).write_bytes(raw)
    with pytest.raises(BundleError, match=f"{name} was changed"):
        open_bundle(folder, TAXONOMY)


@pytest.mark.parametrize("name", [NGRAM, CALIBRATION, THRESHOLDS])
def test_a_missing_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    folder = bundle(tmp_path / "b")
    (folder / name).unlink()
    with pytest.raises(BundleError, match=f"{name} is missing"):
        open_bundle(folder, TAXONOMY)


def test_a_folder_without_a_manifest_is_half_written(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "b")
    (folder / MANIFEST).unlink()
    with pytest.raises(BundleError, match="half written"):
        open_bundle(folder, TAXONOMY)
    with pytest.raises(BundleError, match="does not exist"):
        open_bundle(tmp_path / "nowhere", TAXONOMY)


@pytest.mark.parametrize("part", ["normaliser", "taxonomy"])
def test_skew_is_refused_in_a_plain_sentence(tmp_path: Path, part: str) -> None:
    folder = bundle(tmp_path / "b", **{part: "0-other"})
    with pytest.raises(BundleError, match=f"{part} version 0-other, this installation has"):
        open_bundle(folder, TAXONOMY)


def test_other_labels_are_refused(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "b", labels=tuple(reversed(NAMES)))
    with pytest.raises(BundleError, match="other labels"):
        open_bundle(folder, TAXONOMY)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        (NGRAM, b"no archive"),
        (CALIBRATION, b"{}"),
        (CALIBRATION, b"[1"),
        (THRESHOLDS, b'{"gambling": 3}'),
        (THRESHOLDS, json.dumps({name: {"review": 0.9, "block": 0.2} for name in NAMES}).encode()),
    ],
)
def test_content_that_is_not_ours_is_refused_even_with_a_fitting_hash(tmp_path: Path, name: str, raw: bytes) -> None:
    folder = bundle(tmp_path / "b")
    _rehash(folder, name, raw)
    with pytest.raises(BundleError, match=name):
        open_bundle(folder, TAXONOMY)


def test_a_pickle_in_the_weights_is_never_run(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "b")
    objects = np.array([{"a": 1}], dtype=object)
    np.savez(folder / "evil.npz", indices=objects, weights=objects, bias=objects)
    _rehash(folder, NGRAM, (folder / "evil.npz").read_bytes())
    with pytest.raises(BundleError, match=NGRAM):
        open_bundle(folder, TAXONOMY)


def test_a_manifest_cannot_reach_outside_of_its_folder(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "b")
    manifest = json.loads((folder / MANIFEST).read_bytes())
    manifest["files"]["../secret"] = "0" * 64
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(BundleError, match="outside"):
        open_bundle(folder, TAXONOMY)


def test_the_manifest_is_written_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bundle(tmp_path / "whole")
    manifest = open_bundle(whole, TAXONOMY).manifest
    seen: list[str] = []
    monkeypatch.setattr("registry.bundle.write_atomically", lambda path, raw: seen.append(path.name))
    write_bundle(tmp_path / "b", manifest, {NGRAM: b"", THRESHOLDS: b""})
    assert MANIFEST == seen[-1]


def test_an_expected_hash_that_differs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="not the one that was registered"):
        open_bundle(bundle(tmp_path / "b"), TAXONOMY, expected_hash="0" * 64)
