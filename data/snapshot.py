"""A data set on disk that does not change: written whole or not at all, named by the hash of its rows.

    var/snapshots/<name>-<hash12>/
        dataset/          a Hugging Face DatasetDict (train, validation, test)
        card.md           what it is, in words and tables
        rejected.jsonl    broken rows with file, line and cause
        erased.json       only where a person was erased since: rows that went, the hash of those left
        manifest.json     written last; a folder without it is ignored and written anew

The hash covers the canonical rows sorted by id, so two machines that read the same sources get the same name.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock
from pydantic import ValidationError

from data.manifest import MANIFEST, Manifest, parse_manifest
from data.rows import SPLITS, Row, Rows, Split
from moderation.errors import ChaffinchError, InvalidInputError, NotFoundError
from registry.files import naming, sync, write_atomically

if TYPE_CHECKING:
    from datasets import Dataset, DatasetDict

DATASET = "dataset"
CARD = "card.md"
REJECTED = "rejected.jsonl"
ERASED = "erased.json"
"""How many rows went because a person was erased, and the hash of those that are left (`data/erasing.py`)."""

HASH_LETTERS = 12

SURFACE = "surface"
"""The column that snapshots of before it do not have."""


class SnapshotError(ChaffinchError):
    """A snapshot is missing, half-written, altered, or made for another taxonomy."""


@dataclass(frozen=True)
class Snapshot:
    """An opened snapshot. Rows are read when asked for, one side at a time."""

    path: Path
    manifest: Manifest

    @staticmethod
    def open(path: Path) -> Snapshot:
        """Opens the folder. Raises `SnapshotError` where it is no whole snapshot."""
        if not path.is_dir():
            raise SnapshotError(f"There is no snapshot at {path}. Build one: chaffinch data build CONFIG.")
        if not (path / MANIFEST).is_file():
            raise SnapshotError(f"{path} has no {MANIFEST}: the build was stopped. Run it again.")
        try:
            manifest = parse_manifest(json.loads((path / MANIFEST).read_text(encoding="utf-8")))
        except (ValueError, ValidationError) as error:
            raise SnapshotError(f"{path / MANIFEST} cannot be read ({error}). Build the snapshot anew.") from error
        return Snapshot(path, manifest)

    @property
    def name(self) -> str:
        """The config's name, `starter`."""
        return self.manifest.name

    @property
    def hash(self) -> str:
        """SHA-256 over the canonical rows."""
        return self.manifest.hash

    @property
    def left(self) -> str | None:
        """SHA-256 over the rows that are left; None where none was erased."""
        told = self._erased()
        return None if told is None else str(told["left"])

    @property
    def erased_rows(self) -> int:
        """How many rows went because a person was erased."""
        told = self._erased()
        return 0 if told is None else int(told["rows"])

    def _erased(self) -> dict[str, Any] | None:
        path = self.path / ERASED
        if not path.is_file():
            return None
        try:
            told: dict[str, Any] = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise SnapshotError(f"{path} cannot be read ({error}). Build the snapshot anew.") from error
        return told

    @property
    def labels(self) -> tuple[str, ...]:
        """Label names in the order of the label columns."""
        return self.manifest.labels

    def split(self, side: str | Split) -> Rows:
        """The rows of one side as columns, in a fixed order. Raises `SnapshotError` where the files are damaged."""
        return rows_of(self._dataset[str(Split(side))], len(self.labels))

    def rejected(self) -> list[dict[str, Any]]:
        """The rows that were refused: source, file, line, cause. Raises `SnapshotError` where they cannot be read."""
        try:
            return [json.loads(line) for line in (self.path / REJECTED).read_bytes().splitlines()]
        except (OSError, ValueError) as error:
            raise SnapshotError(f"{self.path / REJECTED} cannot be read ({error}). Build the snapshot anew.") from error

    def verify(self) -> None:
        """Reads every row and compares the hash. Raises `SnapshotError` where they differ."""
        found = hash_rows((row, side) for side in SPLITS for row in self.rows(side))
        if found != (self.left or self.hash):
            raise SnapshotError(f"{self.path} was altered: its rows no longer hash to {self.hash[:HASH_LETTERS]}.")

    def rows(self, side: str | Split) -> list[Row]:
        """The rows of one side, each on its own; slower than `split`."""
        table = self._dataset[str(Split(side))]
        return [
            Row(
                **{name: row[name] for name in ("id", "text", "lang", "source", "group", "kind", "everyday")},
                labels=tuple(row["labels"]),
                union=tuple(row["union"]),
                weight=float(row["weight"]),
                surface=row.get(SURFACE, ""),
            )
            for row in table
        ]

    @cached_property
    def _dataset(self) -> DatasetDict:
        from datasets import load_from_disk  # a second to import: only for who reads rows

        try:
            held = load_from_disk(str(self.path / DATASET))
        except (OSError, ValueError) as error:
            raise SnapshotError(f"The rows of {self.path} cannot be read ({error}). Build it anew.") from error
        return held


def find(name_or_path: str, folder: Path) -> Snapshot:
    """A snapshot by its folder, by `name-hash`, or the newest called `name` under `folder`.

    Raises `NotFoundError` naming what there is.
    """
    for place in (Path(name_or_path), folder / name_or_path):
        if (place / MANIFEST).is_file():
            return Snapshot.open(place)
    named = [snapshot for snapshot in list_snapshots(folder) if snapshot.name == name_or_path]
    if named:
        return max(named, key=lambda snapshot: snapshot.manifest.created_at)
    held = ", ".join(sorted(snapshot.path.name for snapshot in list_snapshots(folder))) or "none yet"
    raise NotFoundError(
        f"There is no snapshot '{name_or_path}'. Build one with `chaffinch data build CONFIG`. Here are: {held}."
    )


def list_snapshots(folder: Path) -> list[Snapshot]:
    """Every whole snapshot under `folder`; half-written ones are passed over."""
    found = []
    for marker in sorted(folder.glob(f"[!.]*/{MANIFEST}")):
        try:
            found.append(Snapshot.open(marker.parent))
        except SnapshotError:
            continue  # one damaged folder must not hide the others; opening it by name says what is wrong
    return found


def hash_rows(rows: Iterable[tuple[Row, Split]]) -> str:
    """SHA-256 over the rows' canonical JSON, one a line, sorted by id."""
    digest = hashlib.sha256()
    for row, side in sorted(rows, key=lambda pair: pair[0].id):
        digest.update(row.canonical_json(side).encode("utf-8"))
        digest.update(b"\n")
    return digest.hexdigest()


def write(
    folder: Path,
    manifest: Manifest,
    rows: Mapping[Split, Sequence[Row]],
    *,
    card: str,
    rejected: Iterable[Mapping[str, Any]] = (),
) -> Snapshot:
    """Writes a snapshot under `folder` and opens it; one that stands there whole is reused.

    Everything is written beside its final place, flushed, and renamed; the manifest comes last. Whoever is killed
    on the way leaves a folder that nobody takes for a snapshot. Where the same rows stand there and came of other
    inputs, what is said about them is written anew and the rows stay.
    """
    final = folder / f"{manifest.name}-{manifest.hash[:HASH_LETTERS]}"
    folder.mkdir(parents=True, exist_ok=True)
    with naming(final), FileLock(folder / ".lock"):
        if (final / MANIFEST).is_file():
            _retell(final, manifest, card=card, rejected=rejected)
        else:
            _remove_drafts(folder)
            draft = Path(tempfile.mkdtemp(prefix=f".{manifest.name}-", suffix=".draft", dir=folder))
            save_rows(draft / DATASET, rows, len(manifest.labels))
            (draft / CARD).write_text(card, encoding="utf-8")
            (draft / REJECTED).write_text(_lines(rejected), encoding="utf-8", newline="\n")
            _sync_files(draft)
            _write_durably(draft / MANIFEST, manifest.to_json())
            _put_in_place(draft, final)
    return Snapshot.open(final)


def _retell(final: Path, manifest: Manifest, *, card: str, rejected: Iterable[Mapping[str, Any]]) -> None:
    """Makes a standing folder tell of the inputs of today: refused rows, card, manifest, each replaced whole.

    Whoever is killed on the way leaves the earlier manifest, whose inputs are not today's: the next build goes on.
    """
    lines = _lines(rejected).encode()
    told = (final / REJECTED).read_bytes() if (final / REJECTED).is_file() else None
    if Snapshot.open(final).manifest.inputs == manifest.inputs and lines == told:
        return
    write_atomically(final / REJECTED, lines)
    write_atomically(final / CARD, card.encode())
    write_atomically(final / MANIFEST, manifest.to_json().encode())


def _put_in_place(draft: Path, final: Path) -> None:
    """Renames the finished draft; a folder of that name without a manifest is no snapshot and gives way."""
    if final.exists():
        shutil.rmtree(final)
    draft.rename(final)
    sync(final.parent)


def _remove_drafts(folder: Path) -> None:
    """What killed or failed builds left; the lock is ours, so nobody writes them."""
    for draft in folder.glob(".*.draft"):
        shutil.rmtree(draft, ignore_errors=True)


def _sync_files(folder: Path) -> None:
    """The manifest promises that all else is there, after a power cut too."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def save_rows(path: Path, rows: Mapping[Split, Sequence[Row]], n_labels: int) -> None:
    """Writes the rows of every side as a data set of their own."""
    from datasets import DatasetDict, are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    shown = not are_progress_bars_disabled()
    disable_progress_bars()  # the caller has its own, and libraries do not write to the terminal
    try:
        held = DatasetDict({str(side): _dataset_of(rows.get(side, ()), n_labels) for side in SPLITS})
        # One shard even for no rows: `datasets` writes none for an empty side and then cannot read it back.
        held.save_to_disk(str(path), num_shards={str(side): 1 for side in SPLITS})
    finally:
        if shown:
            enable_progress_bars()


def _dataset_of(rows: Sequence[Row], n_labels: int) -> Dataset:
    """Columns are handed over as Arrow arrays: encoding row by row takes longer than all the rest of a build."""
    import pyarrow as pa  # type: ignore[import-untyped]
    from datasets import Dataset, DatasetInfo, Features, List, Value
    from datasets.table import InMemoryTable

    texts = ("id", "text", "lang", "source", "group", "kind", SURFACE)
    columns = Rows.of(rows, n_labels)
    arrays = {name: pa.array([getattr(row, name) for row in rows], pa.string()) for name in texts}
    for name, matrix in (("labels", columns.labels), ("union", columns.union)):
        arrays[name] = pa.FixedSizeListArray.from_arrays(pa.array(matrix.ravel()), n_labels)
    arrays |= {"everyday": pa.array(columns.everyday), "weight": pa.array(columns.weights)}
    features = Features(
        {name: Value("string") for name in texts}
        | {name: List(Value("int8"), length=n_labels) for name in ("labels", "union")}
        | {"everyday": Value("bool"), "weight": Value("float32")}
    )
    table = pa.table(arrays, schema=features.arrow_schema)
    return Dataset(InMemoryTable(table), info=DatasetInfo(features=features))


def rows_of(dataset: Dataset, n_labels: int) -> Rows:
    """A Hugging Face data set with a snapshot's fields as columns."""
    table = dataset.with_format("arrow")[:]

    def texts(name: str) -> list[str]:
        return list(table[name].to_pylist())

    def matrix(name: str) -> np.ndarray[Any, np.dtype[np.int8]]:
        flat = table[name].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        return np.ascontiguousarray(flat, dtype=np.int8).reshape(len(table), n_labels)

    return Rows(
        ids=texts("id"),
        texts=texts("text"),
        langs=texts("lang"),
        sources=texts("source"),
        groups=texts("group"),
        kinds=texts("kind"),
        labels=matrix("labels"),
        union=matrix("union"),
        everyday=np.array(texts("everyday"), dtype=np.bool_),
        weights=np.array(texts("weight"), dtype=np.float32),
        surfaces=texts(SURFACE) if SURFACE in table.column_names else [""] * len(table),
    )


def _lines(entries: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(entry, ensure_ascii=False, sort_keys=True) + "\n" for entry in entries)


def _write_durably(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def require_labels(snapshot: Snapshot, labels: Sequence[str]) -> None:
    """Raises `InvalidInputError` where the snapshot was built for other labels or another order."""
    if tuple(labels) != snapshot.labels:
        raise InvalidInputError(
            f"{snapshot.path.name} was built for other labels ({', '.join(snapshot.labels)}). Build it anew.", []
        )
