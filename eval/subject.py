"""What `chaffinch eval` judges on: one side of a snapshot, a frozen set, or a file of labelled lines."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.frozen import Frozen
from data.rows import Row, Rows
from data.snapshot import find, require_labels
from eval.joining import joined
from moderation.errors import Fault, InvalidInputError, NotFoundError
from moderation.taxonomy import Taxonomy

OK = "ok"
ALL = "all"
MOST_FAULTS = 20


@dataclass(frozen=True)
class Subject:
    """Rows with a name and a hash to be told by."""

    rows: Rows
    about: str
    hash: str


def subject(name: str, taxonomy: Taxonomy, *, home: Path, split: str, source: str | None = None) -> Subject:
    """The rows called `name`: a JSONL file, a frozen set's folder, or a snapshot (folder or name) and its side.

    Of one `source` alone, where one is named. Raises `InvalidInputError` with every broken line of a file,
    `NotFoundError` where there is nothing of that name, or nothing of that source.
    """
    whole = _whole(name, taxonomy, home, split)
    return whole if source is None else _of_source(whole, source)


def _of_source(whole: Subject, source: str) -> Subject:
    there = np.array([each == source for each in whole.rows.sources], dtype=np.bool_)
    if not there.any():
        others = ", ".join(sorted(set(whole.rows.sources)))
        raise NotFoundError(f"{whole.about} has no rows of '{source}'. Those it has are of {others}.")
    return Subject(whole.rows.take(there), f"{whole.about}, {source}", whole.hash)


def _whole(name: str, taxonomy: Taxonomy, home: Path, split: str) -> Subject:
    path = Path(name)
    if path.is_file():
        return _file(path, taxonomy)
    if (path / "frozen.json").is_file():
        frozen = Frozen.open(path)
        return Subject(frozen.columns(), f"frozen set {frozen.name}", frozen.hash)
    snapshot = find(name, home / "snapshots")
    require_labels(snapshot, taxonomy.names)
    sides = ("train", "validation", "test") if split == ALL else (split,)
    rows = joined(*(snapshot.split(side) for side in sides))
    return Subject(rows, f"{snapshot.path.name}, split {split}", snapshot.hash)


def _file(path: Path, taxonomy: Taxonomy) -> Subject:
    """Lines `{"text", "labels": [names] or {name: 0 or 1}, "id"?, "lang"?}`; a list knows all labels."""
    raw = path.read_bytes()
    rows: list[Row] = []
    faults: list[Fault] = []
    for number, line in enumerate(raw.splitlines(), start=1):
        if line.strip():
            try:
                rows.append(_row(json.loads(line.decode("utf-8", "replace")), number, taxonomy))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                faults.append(Fault(f"{path}:{number}", f"is not a labelled comment ({error})"))
    if faults or not rows:
        summary = f"{path} cannot be judged on: {len(faults)} broken lines." if faults else f"{path} holds no rows."
        raise InvalidInputError(summary, faults[:MOST_FAULTS])
    return Subject(Rows.of(rows, len(taxonomy.names)), path.name, hashlib.sha256(raw).hexdigest())


def _row(told: dict[str, object], number: int, taxonomy: Taxonomy) -> Row:
    labels = told["labels"]
    if not isinstance(told["text"], str):
        raise TypeError("text is no string")
    return Row(
        id=str(told.get("id", f"line-{number}")),
        text=told["text"],
        lang=str(told.get("lang", "")),
        source="file",
        group=str(told.get("group", "")),
        kind=str(told.get("kind", "")),
        labels=_known(labels, taxonomy) if isinstance(labels, dict) else _listed(labels, taxonomy),
        union=(0,) * len(taxonomy.names),
    )


def _listed(labels: object, taxonomy: Taxonomy) -> tuple[int, ...]:
    if not isinstance(labels, list) or not all(isinstance(each, str) for each in labels):
        raise TypeError("labels is neither a list of names nor a table")
    there = {each for each in labels if each != OK}
    _check(there, taxonomy)
    return tuple(int(name in there) for name in taxonomy.names)


def _known(labels: dict[str, object], taxonomy: Taxonomy) -> tuple[int, ...]:
    _check(set(labels), taxonomy)
    if not all(value in (0, 1) for value in labels.values()):
        raise ValueError("labels are 0 or 1")
    return tuple(int(bool(labels[name])) if name in labels else -1 for name in taxonomy.names)


def _check(names: set[str], taxonomy: Taxonomy) -> None:
    for name in sorted(names - set(taxonomy.names)):
        raise ValueError(f"no label '{name}'; {taxonomy.hint(name)}")
