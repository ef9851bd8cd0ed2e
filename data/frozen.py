"""Test rows that stay what they are, so that models of different days are judged alike.

The first build that names a frozen set writes its test side to `var/frozen/<name>/`. Every later build with that
name has exactly these rows for its test side, and nothing in training that reads like one of them, nearly like one,
or belongs to the same video, campaign or incident. A set is never written over; to judge on new rows, name a new one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from data.near_duplicates import Edge, near_duplicates_across
from data.rows import Row, Rows, Split
from moderation.errors import ChaffinchError, ConflictError, NotFoundError
from moderation.normaliser import normalise
from moderation.toml import StrictModel
from registry.files import naming

ROWS: Final = "rows.jsonl"
MARKER: Final = "frozen.json"
LEAK_AT: Final = 0.6
"""Similarity from which a training row leaks a test row; the same as builds keep together."""


class FrozenError(ChaffinchError):
    """A frozen set is missing or was altered."""


class FrozenMarker(StrictModel):
    """`frozen.json`, written last."""

    name: str
    hash: str
    rows: int
    labels: tuple[str, ...]
    snapshot: str
    created_at: datetime
    erased_from: tuple[str, ...] = ()
    """Hashes that the set had before people were erased from it, oldest first."""


@dataclass(frozen=True, slots=True)
class FrozenText:
    """The text of a row, and the source it came from."""

    text: str
    source: str


@dataclass(frozen=True)
class Frozen:
    """A frozen set on disk."""

    path: Path
    marker: FrozenMarker

    @property
    def name(self) -> str:
        """What configs and gates call it."""
        return self.marker.name

    @property
    def hash(self) -> str:
        """SHA-256 of its rows' canonical JSON."""
        return self.marker.hash

    @staticmethod
    def open(path: Path) -> Frozen:
        """Opens and checks a frozen set. Raises `FrozenError` where it is missing or altered."""
        if not (path / MARKER).is_file():
            raise FrozenError(f"There is no frozen set at {path}. A build whose config names it writes it.")
        try:
            marker = FrozenMarker.model_validate_json((path / MARKER).read_bytes())
            found = hashlib.sha256((path / ROWS).read_bytes()).hexdigest()
        except (OSError, ValueError) as error:
            raise FrozenError(f"The frozen set at {path} cannot be read ({error}).") from error
        if found != marker.hash:
            raise FrozenError(
                f"The frozen set at {path} was altered: what is judged on it can no longer be compared. "
                "Restore it, or remove the folder and freeze a new set under a new name."
            )
        return Frozen(path, marker)

    def rows(self) -> list[Row]:
        """Its rows, sorted by id."""
        # Bytes break at line feeds alone; text would break within a comment that holds U+2028.
        return [_row(json.loads(line)) for line in (self.path / ROWS).read_bytes().splitlines() if line]

    def texts(self, ids: Collection[str]) -> dict[str, FrozenText]:
        """The texts of some of its rows, by id: a thousandth of the work of reading them as rows."""
        told = (json.loads(line) for line in (self.path / ROWS).read_bytes().splitlines() if line)
        return {each["id"]: FrozenText(each["text"], each["source"]) for each in told if each["id"] in ids}

    def columns(self) -> Rows:
        """Its rows as columns."""
        return Rows.of(self.rows(), len(self.marker.labels))


def _row(told: dict[str, object]) -> Row:
    seen = normalise(str(told["text"])).canonical.text
    fields = {name: told[name] for name in ("id", "text", "lang", "source", "group", "kind", "everyday", "weight")}
    return Row(
        **fields,  # type: ignore[arg-type]
        surface=str(told.get("surface", "")),  # sets of before the column have none
        labels=tuple(told["labels"]),  # type: ignore[arg-type]
        union=tuple(told["union"]),  # type: ignore[arg-type]
        sides=(Split.TEST,),
        canonical=seen,
        likeness=seen,
    )


def find(name: str, folder: Path) -> Frozen | None:
    """The frozen set called `name`, None before its first build. Raises `FrozenError` where it was altered."""
    return Frozen.open(folder / name) if (folder / name / MARKER).is_file() else None


def need(name: str, folder: Path) -> Frozen:
    """The frozen set called `name`. Raises `NotFoundError` naming what there is."""
    held = find(name, folder)
    if held is None:
        there = ", ".join(sorted(path.parent.name for path in folder.glob(f"*/{MARKER}"))) or "none yet"
        raise NotFoundError(f"There is no frozen set '{name}' in {folder}. Here are: {there}.")
    return held


def freeze(
    rows: Iterable[Row], name: str, folder: Path, *, labels: Sequence[str], snapshot: str, now: datetime
) -> Frozen:
    """Writes the rows as the frozen set `name`. Raises `ConflictError` where another set has that name."""
    lines = [row.canonical_json(Split.TEST) + "\n" for row in sorted(rows, key=lambda row: row.id)]
    digest = hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()
    marker = FrozenMarker(
        name=name, hash=digest, rows=len(lines), labels=tuple(labels), snapshot=snapshot, created_at=now
    )
    final = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{name}-", suffix=".draft", dir=folder))
    try:
        _write(draft / ROWS, "".join(lines))
        _write(draft / MARKER, marker.model_dump_json(indent=2) + "\n")
        if final.exists() and not (final / MARKER).is_file():
            shutil.rmtree(final)  # a killed build of an older kind; it judged nothing yet
        draft.rename(final)
    except OSError as error:
        held = find(name, folder)
        if held is None:
            raise
        if held.hash != digest:
            raise ConflictError(
                f"The frozen set '{name}' exists with other rows. Build with it, or name a new set."
            ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Frozen.open(final)


def _write(path: Path, text: str) -> None:
    with naming(path), path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def close_to(rows: Sequence[Row], edges: Sequence[Edge], frozen_ids: frozenset[str]) -> set[int]:
    """Positions of `rows` that are not frozen and lie near a frozen row, or in its group."""
    groups = {row.group_key for row in rows if row.id in frozen_ids}
    near = {at for at, row in enumerate(rows) if row.id not in frozen_ids and row.group_key in groups}
    for edge in edges:
        for one, other in ((edge.first, edge.second), (edge.second, edge.first)):
            if rows[one].id not in frozen_ids and rows[other].id in frozen_ids:
                near.add(one)
    return near


def leaks(
    trained: Rows, judged: Rows, *, at_least: float = LEAK_AT, progress: Callable[[float], None] = lambda _share: None
) -> list[tuple[str, str]]:
    """Pairs (id trained on, id judged on) whose texts are near-duplicates: none, or the judgement is worth nothing."""
    edges = near_duplicates_across(_canonical(judged), _canonical(trained), at_least, progress=progress)
    return [(trained.ids[edge.second], judged.ids[edge.first]) for edge in edges]


def _canonical(rows: Rows) -> list[str]:
    return [normalise(text).canonical.text for text in rows.texts]
