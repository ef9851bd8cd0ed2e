"""A model on disk: a folder whose `manifest.json` is written last, so that its presence means the bundle is whole.

    manifest.json     what it is, what it was made from, the hash of every other file (`Manifest`)
    ngram.npz         hashed character n-grams: kept feature indices, weights (float16), bias, idf where used
    calibration.json  logit to probability, by label
    thresholds.json   from where a person looks and from where a comment is stopped, by label
    metrics.json      the evaluation report
    reference.json    histograms of scores and languages, for drift
    README.md         model card
    gate.json         the gate's answer, written later, and so not among the hashed files

`tiers` says which tiers are there; the encoder's four files are told in `registry.second_tier`.
"""

from __future__ import annotations

import io
import json
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from moderation.errors import BundleError
from moderation.normaliser import VERSION as NORMALISER
from moderation.ports import Thresholds
from moderation.taxonomy import Taxonomy
from registry.calibration import Calibration
from registry.encoder import ENCODER_TIER
from registry.files import json_bytes, sha256, write_atomically
from registry.ngrams import Indices, NgramSettings, Values
from registry.second_tier import SecondTier, open_second_tier
from registry.shared_weights import SharedWeights

Model = TypeVar("Model", bound=BaseModel)

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
NGRAM, CALIBRATION, THRESHOLDS = "ngram.npz", "calibration.json", "thresholds.json"
METRICS, REFERENCE, CARD = "metrics.json", "reference.json", "README.md"
NEEDED = (NGRAM, CALIBRATION, THRESHOLDS)
MAX_FILE_BYTES = 256 * 1024 * 1024
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
"""Of all weights together; the largest of ours has a tenth. A few kilobytes can be made to unpack to anything."""

BROKEN = (
    OSError, ValueError, KeyError, TypeError, EOFError, ArithmeticError, MemoryError, RuntimeError,
    SyntaxError, tokenize.TokenError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What readers of JSON and of archives raise at bytes that somebody made up (`RecursionError` is a `RuntimeError`)."""

SHORT = 12


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceRecord(_Value):
    """A source whose rows were trained on: enough to see whether the model may be given to others."""

    name: str
    licence: str
    rows: int
    permits_release: bool
    sha256: dict[str, str] = Field(default_factory=dict)


class SnapshotRecord(_Value):
    """A snapshot by its folder's name and the hash of its rows."""

    name: str
    hash: str


class FeatureRecord(_Value):
    """How text became features; see `registry.ngrams.NgramSettings`."""

    orders: tuple[int, ...]
    bits: int
    seed: int
    kept: int = 0
    idf: bool = False
    views: bool = False
    """Whether the n-grams also read what other views add (`registry.reading`)."""

    @property
    def settings(self) -> NgramSettings:
        """As the reader of n-grams takes it."""
        return NgramSettings(orders=self.orders, bits=self.bits, seed=self.seed)


class Manifest(_Value):
    """`manifest.json`. `prior` is each label's base rate in the mix that scores speak of.

    What a model was started from it has learnt from too: `sources` names the sources of both, and `earlier` the
    snapshots of the models before it, oldest first.
    """

    schema_version: Literal[1] = 1
    name: str
    run: str
    labels: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    normaliser: str
    taxonomy: str
    tiers: tuple[str, ...] = ("fast",)
    features: FeatureRecord
    prior: dict[str, float]
    snapshot: str
    snapshot_name: str = ""
    sources: tuple[SourceRecord, ...]
    earlier: tuple[SnapshotRecord, ...] = ()
    base_encoder: str | None = None
    warm_from: str | None = None
    taught_by: str | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    release: bool = False
    """Whether it may be given to others, by its own config or that of a model it was started from."""
    mlflow_run: str | None = None
    created_at: str
    files: dict[str, str]

    @property
    def is_released(self) -> bool:
        """The same; a model of before the field said it by its config's name."""
        return self.release or self.settings.get("name") == "released"

    @property
    def lacks(self) -> tuple[str, ...]:
        """Labels that it was trained without, by its config's own word."""
        return tuple(self.settings.get("without") or ())


@dataclass(frozen=True)
class Linear:
    """A linear model over hashed n-grams: features `indices` have the rows of `weights`, all others weigh nothing.

    There is one column a label and a last one for the hidden question "any harm at all?", which calibration reads.
    """

    indices: Indices
    """(kept,), ascending."""
    weights: Values
    """(kept, labels + 1)"""
    bias: Values
    """(labels + 1,)"""
    idf: Values | None = None
    """(kept,), None where features are not weighed by rarity."""

    def to_bytes(self) -> bytes:
        """As `ngram.npz`. float16 halves the file; its rounding moves no score by more than a few thousandths."""
        arrays: dict[str, Any] = {
            "indices": self.indices.astype(np.uint32),
            "weights": self.weights.astype(np.float16),
            "bias": self.bias.astype(np.float32),
        }
        if self.idf is not None:
            arrays["idf"] = self.idf.astype(np.float32)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **arrays)
        return buffer.getvalue()

    def dense(self, size: int, precision: npt.DTypeLike = np.float16) -> npt.NDArray[np.floating[Any]]:
        """Weights of every feature, `(size, labels + 1)`; the file's `precision` unless asked otherwise."""
        out = np.zeros((size, self.weights.shape[1]), dtype=precision)
        out[self.indices] = self.weights
        return out

    def dense_idf(self, size: int) -> Values | None:
        """Idf of every feature, `(size,)`; a feature never seen in training counts as the rarest."""
        if self.idf is None:
            return None
        out = np.full(size, self.idf.max(initial=np.float32(1)), dtype=np.float32)
        out[self.indices] = self.idf
        return out


@dataclass(frozen=True)
class Bundle:
    """An opened and checked bundle. `hash` is the SHA-256 of `manifest.json`, and so of everything in it."""

    path: Path
    hash: str
    manifest: Manifest
    linear: Linear
    calibration: Calibration
    thresholds: Mapping[str, Thresholds]
    second: SecondTier | None = None
    """The encoder, where the bundle has one."""

    @property
    def short_hash(self) -> str:
        """The version of a bundle that is not registered."""
        return self.hash[:SHORT]


def write_bundle(folder: Path, manifest: Manifest, files: Mapping[str, bytes]) -> str:
    """Writes `files`, then the manifest with their hashes, as the last thing. Returns the bundle's hash."""
    for name, raw in files.items():
        write_atomically(folder / name, raw)
    hashes = {name: sha256(raw) for name, raw in sorted(files.items())}
    raw = json_bytes(manifest.model_copy(update={"files": hashes}).model_dump(mode="json"))
    write_atomically(folder / MANIFEST, raw)
    return sha256(raw)


def thresholds_bytes(thresholds: Mapping[str, Thresholds]) -> bytes:
    """As `thresholds.json`."""
    return json_bytes({name: {"review": each.review, "block": each.block} for name, each in thresholds.items()})


def bundle_hash(folder: Path) -> str:
    """The bundle's hash without opening it. Raises `BundleError` where there is no manifest."""
    return sha256(_manifest_bytes(folder))


def read_manifest(folder: Path) -> Manifest:
    """The manifest alone, files unchecked. Raises `BundleError` where it is missing or not a manifest."""
    return _parsed(Manifest, _manifest_bytes(folder), folder / MANIFEST)


def open_bundle(
    folder: Path, taxonomy: Taxonomy, *, expected_hash: str | None = None, shared: SharedWeights | None = None
) -> Bundle:
    """Opens a bundle and checks everything. Raises `BundleError` naming the file and what to do.

    Every file is read once, and what was hashed is what is parsed: a file swapped in between cannot slip through.
    """
    raw = _manifest_bytes(folder)
    if expected_hash is not None and sha256(raw) != expected_hash:
        raise BundleError(f"{folder / MANIFEST} is not the one that was registered; restore it or register it anew.")
    manifest = _parsed(Manifest, raw, folder / MANIFEST)
    _check_versions(folder, manifest, taxonomy)
    files = _checked_files(folder, manifest)
    linear = _linear(folder / NGRAM, files[NGRAM], manifest)
    calibration = _parsed(Calibration, files[CALIBRATION], folder / CALIBRATION)
    thresholds = _thresholds(folder / THRESHOLDS, files[THRESHOLDS])
    for name, labels in ((CALIBRATION, tuple(calibration.labels)), (THRESHOLDS, tuple(thresholds))):
        if labels != manifest.labels:
            raise BundleError(f"{folder / name} is about other labels than the manifest; train the bundle again.")
    return Bundle(
        folder, sha256(raw), manifest, linear, calibration, thresholds, _second(folder, files, manifest, shared)
    )


def verify(folder: Path) -> None:
    """Checks every file of the manifest against its hash. Raises `BundleError` naming the first that differs."""
    _checked_files(folder, read_manifest(folder))


def _manifest_bytes(folder: Path) -> bytes:
    path = folder / MANIFEST
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        state = "is only half written (no manifest.json)" if folder.is_dir() else "does not exist"
        raise BundleError(f"The bundle {folder} {state}; train it, or go on with --resume.") from error
    except OSError as error:
        raise BundleError(f"{path} cannot be read ({error.strerror}); check the path and its permissions.") from error


def _check_versions(folder: Path, manifest: Manifest, taxonomy: Taxonomy) -> None:
    """No skew between training and serving: what read the training text must read the comment (invariant 5)."""
    here = (("normaliser", manifest.normaliser, NORMALISER), ("taxonomy", manifest.taxonomy, taxonomy.version))
    for part, theirs, ours in here:
        if theirs != ours:
            raise BundleError(
                f"The bundle {folder} was made with {part} version {theirs}, this installation has {ours}; "
                "train it again here, or use the release it was made with."
            )
    if manifest.labels != taxonomy.names:
        raise BundleError(f"The bundle {folder} knows other labels than the taxonomy; train it again here.")


def _checked_files(folder: Path, manifest: Manifest) -> dict[str, bytes]:
    absent = [name for name in NEEDED if name not in manifest.files]
    if absent:
        raise BundleError(f"{folder / MANIFEST} lists no {absent[0]}; the bundle cannot answer. Train it again.")
    return {name: _checked(folder, name, expected) for name, expected in manifest.files.items()}


def _checked(folder: Path, name: str, expected: str) -> bytes:
    path = folder / name
    if Path(name).name != name:
        raise BundleError(f"{folder / MANIFEST} names a file outside of the bundle ({name}); do not use this bundle.")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise BundleError(f"{path} is over {MAX_FILE_BYTES >> 20} MiB; do not use this bundle.")
        raw = path.read_bytes()
    except OSError as error:
        raise BundleError(f"{path} is missing or unreadable; restore the bundle or train it again.") from error
    if sha256(raw) != expected:
        raise BundleError(f"{path} was changed after training (its hash differs); restore it or train it again.")
    return raw


def _parsed(schema: type[Model], raw: bytes, path: Path) -> Model:
    try:
        return schema.model_validate(json.loads(raw))
    except (*BROKEN, ValidationError) as error:
        raise BundleError(f"{path} is not what this release writes; train the bundle again.") from error


def _thresholds(path: Path, raw: bytes) -> dict[str, Thresholds]:
    try:
        table = {
            name: Thresholds(float(each["review"]), float(each["block"])) for name, each in json.loads(raw).items()
        }
    except (*BROKEN, AttributeError) as error:
        raise BundleError(f"{path} is not a table of review and block by label; train the bundle again.") from error
    if not all(0 <= each.review <= each.block for each in table.values()):
        raise BundleError(f"{path} has a review threshold above its block threshold; train the bundle again.")
    return table


def linear_from_bytes(raw: bytes, *, idf: bool) -> Linear:
    """The weights in the bytes of an `ngram.npz`. Raises one of `BROKEN` where they are none."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > MAX_UNPACKED_BYTES:
        raise ValueError(f"weights of {unpacked} bytes")
    with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
        return Linear(
            indices=arrays["indices"].astype(np.int64),
            weights=arrays["weights"].astype(np.float32),
            bias=arrays["bias"].astype(np.float32),
            idf=arrays["idf"].astype(np.float32) if idf else None,
        )


def _second(
    folder: Path, files: Mapping[str, bytes], manifest: Manifest, shared: SharedWeights | None
) -> SecondTier | None:
    if ENCODER_TIER not in manifest.tiers:
        return None
    try:
        return open_second_tier(files, manifest.labels, base=manifest.base_encoder, shared=shared)
    except BundleError as error:
        raise BundleError(f"The bundle {folder} cannot answer. {error}") from error


def _linear(path: Path, raw: bytes, manifest: Manifest) -> Linear:
    try:
        size = manifest.features.settings.size
        linear = linear_from_bytes(raw, idf=manifest.features.idf)
    except BROKEN as error:
        raise BundleError(f"{path} is not a table of n-gram weights; train the bundle again.") from error
    kept, columns = linear.indices.size, len(manifest.labels) + 1
    shapes = (linear.indices.shape, linear.weights.shape, linear.bias.shape)
    fits = shapes == ((kept,), (kept, columns), (columns,)) and (linear.idf is None or linear.idf.shape == (kept,))
    if not fits or linear.indices.max(initial=0) >= size or linear.indices.min(initial=0) < 0:
        raise BundleError(f"{path} has not the shape that the manifest says; train the bundle again.")
    parts = (linear.weights, linear.bias, *(() if linear.idf is None else (linear.idf,)))
    if not all(np.isfinite(part).all() for part in parts):
        raise BundleError(f"{path} holds weights that are not numbers; train the bundle again.")
    return linear
