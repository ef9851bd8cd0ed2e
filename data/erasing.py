"""Texts of a person taken out of snapshots and frozen sets, after the person was erased.

A snapshot is named by the hash of its rows, and what was trained on it names that hash. Rows that go change the hash:
the folder keeps its name and its manifest, and `erased.json` beside them says how many rows went, when, and the hash
of what is left, so that a snapshot that lost rows so is told from one that somebody altered. A frozen set is written
anew with another hash and remembers those it had, so that the gate knows it for the same set with less in it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from data import snapshot as snapshots
from data.frozen import MARKER, ROWS, Frozen
from data.rows import SPLITS
from data.snapshot import DATASET, ERASED, REJECTED, Snapshot
from registry.files import sync, write_atomically

SOURCE = "moderators"
"""The source whose rows are this installation's comments."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A folder that held some of the texts: how many rows went, its hash before and after."""

    name: str
    rows: int
    before: str
    after: str

    @property
    def facts(self) -> dict[str, Any]:
        """As the ledger has it."""
        return {"name": self.name, "rows": self.rows, "before": self.before, "after": self.after}


def erase_texts(snapshot_folder: Path, frozen_folder: Path, texts: Collection[str], *, now: datetime) -> list[Gone]:
    """Takes the rows with these texts out of every snapshot and frozen set; what became of each that held some."""
    wanted = _wanted(texts)
    if not wanted:
        return []
    snapshots_gone = _snapshots(snapshot_folder, wanted, now)
    rests = _frozen(frozen_folder, wanted)
    for rest in rests:
        _write(rest)
    return [*snapshots_gone, *(rest.gone for rest in rests)]


def losses_ahead(frozen_folder: Path, texts: Collection[str]) -> list[Gone]:
    """What `erase_texts` would take out of frozen sets: nothing is written."""
    wanted = _wanted(texts)
    return [each.gone for each in _frozen(frozen_folder, wanted)] if wanted else []


def _wanted(texts: Collection[str]) -> frozenset[str]:
    return frozenset(each for text in texts for each in (text, text.strip()))  # sources are read without the ends


def _snapshots(folder: Path, texts: frozenset[str], now: datetime) -> list[Gone]:
    if not folder.is_dir():
        return []
    with FileLock(folder / ".lock"):
        found = [_from_snapshot(each, texts, now) for each in snapshots.list_snapshots(folder)]
    return [gone for gone in found if gone]


def _from_snapshot(held: Snapshot, texts: frozenset[str], now: datetime) -> Gone | None:
    if SOURCE not in {source.name for source in held.manifest.sources if source.rows}:
        return None
    sides = {side: held.rows(side) for side in SPLITS}
    kept = {side: [row for row in rows if not _is_one(row.source, row.text, texts)] for side, rows in sides.items()}
    went = sum(map(len, sides.values())) - sum(map(len, kept.values()))
    _reject_nothing(held.path, texts)
    if not went:
        return None
    after = snapshots.hash_rows((row, side) for side in SPLITS for row in kept[side])
    before = held.left or held.hash
    draft = Path(tempfile.mkdtemp(prefix=".erasing-", suffix=".draft", dir=held.path.parent))
    snapshots.save_rows(draft / DATASET, kept, len(held.labels))
    told = {"rows": went + held.erased_rows, "left": after, "at": now.isoformat()}
    write_atomically(held.path / ERASED, json.dumps(told).encode())
    shutil.rmtree(held.path / DATASET)
    (draft / DATASET).rename(held.path / DATASET)
    draft.rmdir()
    sync(held.path)
    return Gone(held.path.name, went, before, after)


def _reject_nothing(path: Path, texts: frozenset[str]) -> None:
    """A refused row's cause may quote it."""
    file = path / REJECTED
    if not file.is_file():
        return
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not any(json.dumps(text, ensure_ascii=False)[1:-1] in line for text in texts)]
    if len(kept) < len(lines):
        write_atomically(file, "".join(kept).encode())


@dataclass(frozen=True, slots=True)
class _Rest:
    """What is to be left of a frozen set."""

    held: Frozen
    content: bytes
    gone: Gone


def _frozen(folder: Path, texts: frozenset[str]) -> list[_Rest]:
    found = [_rest_of(marker.parent, texts) for marker in sorted(folder.glob(f"[!.]*/{MARKER}"))]
    return [rest for rest in found if rest]


def _rest_of(path: Path, texts: frozenset[str]) -> _Rest | None:
    held = Frozen.open(path)
    lines = [line for line in (path / ROWS).read_bytes().splitlines(keepends=True) if line.strip()]
    rows = [json.loads(line) for line in lines]
    kept = [line for line, row in zip(lines, rows, strict=True) if not _is_one(row["source"], row["text"], texts)]
    if len(kept) == len(lines):
        return None
    content = b"".join(kept)
    after = hashlib.sha256(content).hexdigest()
    return _Rest(held, content, Gone(f"frozen/{path.name}", len(lines) - len(kept), held.hash, after))


def _write(rest: _Rest) -> None:
    """A kill in between leaves a set that opens for nobody, which a backup mends."""
    held, gone = rest.held, rest.gone
    marker = held.marker.model_copy(update={
        "hash": gone.after, "rows": held.marker.rows - gone.rows, "erased_from": (*held.marker.erased_from, held.hash),
    })  # fmt: skip
    write_atomically(held.path / ROWS, rest.content)
    write_atomically(held.path / MARKER, (marker.model_dump_json(indent=2) + "\n").encode())


def _is_one(source: str, text: str, texts: frozenset[str]) -> bool:
    return source == SOURCE and text in texts
