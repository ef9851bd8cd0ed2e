"""A bundle that somebody made up, hashes and all, is refused in a sentence or answers; nothing else ever happens."""

from __future__ import annotations

import io
import json
import math
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.errors import BundleError
from moderation.normaliser import normalise
from registry.bundle import CALIBRATION, MANIFEST, NGRAM, THRESHOLDS
from registry.files import sha256
from registry.scorers import load_scorer
from tests.proofs import full
from tests.registry.bundles import TAXONOMY, bundle

TEXTS = [normalise("稳赢"), normalise("好")]
FILES = (NGRAM, CALIBRATION, THRESHOLDS, MANIFEST)
JSONS = (CALIBRATION, THRESHOLDS, MANIFEST)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
changes = st.lists(
    st.tuples(st.sampled_from(["flip", "cut", "insert", "drop"]), st.floats(0, 1), st.binary(min_size=1, max_size=9)),
    min_size=1,
    max_size=6,
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


@cache
def originals(folder: Path) -> dict[str, bytes]:
    """The files of a sound bundle."""
    made = bundle(folder / "original")
    return {name: (made / name).read_bytes() for name in FILES}


def put(folder: Path, name: str, raw: bytes) -> Path:
    """A whole bundle but for `name`, whose hash in the manifest fits all the same."""
    made, files = folder / "bundle", originals(folder) | {name: raw}
    if name != MANIFEST:
        manifest = json.loads(files[MANIFEST])
        manifest["files"][name] = sha256(raw)
        files[MANIFEST] = json.dumps(manifest).encode()
    made.mkdir(exist_ok=True)
    for each, octets in files.items():
        (made / each).write_bytes(octets)
    return made


def opens_or_is_refused(made: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's, of numbers too large for float16: the scores are still checked
        try:
            scorer = load_scorer(made, TAXONOMY)
        except BundleError:
            return
        scores = [score for scored in scorer.score(TEXTS) for score in scored.scores]
    assert all(math.isnan(score) or 0 <= score <= 1 for score in scores)


def changed(raw: bytes, how: list[tuple[str, float, bytes]]) -> bytes:
    for kind, share, more in how:
        at = int(share * max(0, len(raw) - 1))
        if kind == "flip":
            raw = raw[:at] + bytes(a ^ b for a, b in zip(raw[at:], more, strict=False)) + raw[at + len(more) :]
        elif kind == "insert":
            raw = raw[:at] + more + raw[at:]
        else:
            raw = raw[:at] if kind == "cut" else raw[:at] + raw[at + len(more) :]
    return raw


def replaced(document: Any, path: list[float], value: object) -> Any:
    """The document with `value` somewhere in it; a share of each step chooses where."""
    if not path or not isinstance(document, dict | list) or not document:
        return value
    if isinstance(document, list):
        place = int(path[0] * (len(document) - 1))
        return [replaced(each, path[1:], value) if at == place else each for at, each in enumerate(document)]
    name = sorted(document)[int(path[0] * (len(document) - 1))]
    return document | {name: replaced(document[name], path[1:], value)}


def check_changed_bytes(folder: Path, name: str, how: list[tuple[str, float, bytes]]) -> None:
    opens_or_is_refused(put(folder, name, changed(originals(folder)[name], how)))


def check_changed_value(folder: Path, name: str, path: list[float], value: object) -> None:
    document = replaced(json.loads(originals(folder)[name]), path, value)
    opens_or_is_refused(put(folder, name, json.dumps(document).encode()))


few = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(max_examples=full(20_000), deadline=None, suppress_health_check=list(HealthCheck))
paths = st.lists(st.floats(0, 1), min_size=1, max_size=4)

test_changed_bytes = few(given(name=st.sampled_from(FILES), how=changes)(check_changed_bytes))
test_changed_values = few(given(name=st.sampled_from(JSONS), path=paths, value=anything)(check_changed_value))
test_many_changed_bytes = pytest.mark.proof(
    pytest.mark.timeout(7200)(many(given(name=st.sampled_from(FILES), how=changes)(check_changed_bytes)))
)
test_many_changed_values = pytest.mark.proof(
    pytest.mark.timeout(7200)(many(given(name=st.sampled_from(JSONS), path=paths, value=anything)(check_changed_value)))
)


def archive(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def claiming(shape: str) -> bytes:
    """An archive of a few bytes whose arrays say that they are huge."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name in ("indices", "weights", "bias"):
            made.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    return buffer.getvalue()


def bomb() -> bytes:
    """Some kilobytes that unpack to four megabytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made, made.open("x.npy", "w") as file:
        for _ in range(4):
            file.write(bytes(1 << 20))
    return buffer.getvalue()


def encrypted() -> bytes:
    raw = bytearray(archive(indices=np.zeros(1), weights=np.zeros((1, 8)), bias=np.zeros(8)))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(mark) + offset] |= 1
    return bytes(raw)


COLUMNS = len(TAXONOMY.names) + 1
ODD = {
    "says it is huge": claiming("(1000000000000,)"),
    "has no end": claiming("(" * 50),
    "is encrypted": encrypted(),
    "places below zero": archive(indices=np.array([-(10**9)]), weights=np.zeros((1, COLUMNS)), bias=np.zeros(COLUMNS)),
    "words for weights": archive(indices=np.array(["a"]), weights=np.array([["b"]]), bias=np.array(["c"])),
    "one number": archive(indices=np.array(1), weights=np.array(1), bias=np.array(1)),
}


@pytest.mark.parametrize("raw", ODD.values(), ids=ODD.keys())
def test_weights_that_no_training_wrote_are_refused_in_a_sentence(folder: Path, raw: bytes) -> None:
    with pytest.raises(BundleError, match=r"ngram\.npz"):
        load_scorer(put(folder, NGRAM, raw), TAXONOMY)


def test_what_would_unpack_to_too_much_is_refused_before_it_is_unpacked(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpacked(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr("registry.bundle.MAX_UNPACKED_BYTES", 1 << 21)
    monkeypatch.setattr(np, "load", unpacked)
    with pytest.raises(BundleError, match=r"ngram\.npz"):
        load_scorer(put(folder, NGRAM, bomb()), TAXONOMY)


@pytest.mark.parametrize("name", JSONS)
@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"a":' * 100_000, b"1" * 10_000, b"\xff\xfe", b"NaN", b""])
def test_documents_that_no_training_wrote_are_refused_in_a_sentence(folder: Path, name: str, raw: bytes) -> None:
    with pytest.raises(BundleError, match=name):
        load_scorer(put(folder, name, raw), TAXONOMY)


class Evil:
    """Would run on unpickling."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return exec, ("raise SystemExit('a pickle was run')",)


def test_a_pickle_is_never_run(folder: Path) -> None:
    objects = np.array([Evil()], dtype=object)
    with pytest.raises(BundleError, match=r"ngram\.npz"):
        load_scorer(put(folder, NGRAM, archive(indices=objects, weights=objects, bias=objects)), TAXONOMY)
