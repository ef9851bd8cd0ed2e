"""One labelled comment (`Row`), and many of them as columns (`Rows`)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

YES: Final = 1
NO: Final = 0
UNKNOWN: Final = -1


class Split(StrEnum):
    """The side a row stands on. What is trained on is never judged on."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


SPLITS: Final = tuple(Split)


@dataclass(frozen=True, slots=True)
class Row:
    """A comment and what its source knows about it.

    `labels` holds 1 (yes), 0 (no) or -1 (unknown) in the taxonomy's order. `union` holds 1 for the members of a
    positive "at least one of these", else 0; members of a union that nobody decided are -1 in `labels`.
    `everyday` marks an ordinary harmless comment: wrong blocks are measured on these. `trust` ranks sources that
    contradict each other: a moderator's verdict (3), the project's own corpus (2), a public set (1), a grammar (0).
    `sides` are those the row may stand on: its source may have fixed them. `canonical` is the canonical view of the
    text, `likeness` what duplicates are told by: the same without what a recipe filled in. A `variant` rewrites
    another row on purpose.
    """

    id: str
    text: str
    lang: str
    source: str
    group: str
    kind: str
    labels: tuple[int, ...]
    union: tuple[int, ...]
    everyday: bool = False
    weight: float = 1.0
    trust: int = 1
    sides: tuple[Split, ...] = SPLITS
    canonical: str = field(default="", compare=False)
    likeness: str = field(default="", compare=False)
    variant: bool = field(default=False, compare=False)
    surface: str = ""
    """Where it was written (`video`, `social`, `forum`, `shop`, or a platform's own word); empty: nobody said."""

    @property
    def group_key(self) -> str:
        """Names the group among all sources."""
        return f"{self.source}/{self.group}"

    def canonical_json(self, side: Split) -> str:
        """The row as the snapshot's hash reads it: sorted keys, no spaces, UTF-8 kept."""
        told = {
            "id": self.id, "text": self.text, "lang": self.lang, "source": self.source, "group": self.group,
            "kind": self.kind, "labels": self.labels, "union": self.union, "everyday": self.everyday,
            "weight": round(self.weight, 6), "split": str(side),
        }  # fmt: skip
        if self.surface:  # rows of before the column hash as they did
            told["surface"] = self.surface
        return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def row_id(source: str, text: str) -> str:
    """The same text of the same source has the same id on every machine and in every build."""
    return f"{source}-{hashlib.sha256(text.encode('utf-8')).hexdigest()[:16]}"


@dataclass(frozen=True)
class Rows:
    """Rows as columns; `n` rows, `k` labels in the taxonomy's order."""

    ids: list[str]
    texts: list[str]
    langs: list[str]
    sources: list[str]
    groups: list[str]
    kinds: list[str]
    labels: NDArray[np.int8]
    """(n, k): 1 yes, 0 no, -1 unknown."""
    union: NDArray[np.int8]
    """(n, k): 1 for the members of a positive union of the row, else 0."""
    everyday: NDArray[np.bool_]
    """(n,): ordinary harmless comments."""
    weights: NDArray[np.float32]
    """(n,): how much the row counts in training."""
    surfaces: list[str]
    """Where each was written; empty where nobody said."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def group_keys(self) -> list[str]:
        """Each row's group, named among all sources; a row without one is its own."""
        own = zip(self.sources, self.groups, self.ids, strict=True)
        return [f"{source}/{group or row}" for source, group, row in own]

    def take(self, index: Sequence[int] | NDArray[Any]) -> Rows:
        """The rows at `index` (positions, or a boolean mask of length n), in that order."""
        chosen = np.asarray(index)
        places = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen.astype(np.int64)
        return Rows(
            ids=_picked(self.ids, places),
            texts=_picked(self.texts, places),
            langs=_picked(self.langs, places),
            sources=_picked(self.sources, places),
            groups=_picked(self.groups, places),
            kinds=_picked(self.kinds, places),
            labels=self.labels[places],
            union=self.union[places],
            everyday=self.everyday[places],
            weights=self.weights[places],
            surfaces=_picked(self.surfaces, places),
        )

    @staticmethod
    def of(rows: Iterable[Row], n_labels: int) -> Rows:
        """Columns from single rows; arrays have the shape (0, n_labels) where there are none."""
        kept = list(rows)
        return Rows(
            ids=[row.id for row in kept],
            texts=[row.text for row in kept],
            langs=[row.lang for row in kept],
            sources=[row.source for row in kept],
            groups=[row.group for row in kept],
            kinds=[row.kind for row in kept],
            labels=_matrix([row.labels for row in kept], n_labels),
            union=_matrix([row.union for row in kept], n_labels),
            everyday=np.array([row.everyday for row in kept], dtype=np.bool_),
            weights=np.array([row.weight for row in kept], dtype=np.float32),
            surfaces=[row.surface for row in kept],
        )


def _picked(column: Sequence[str], places: NDArray[np.int64]) -> list[str]:
    return [column[at] for at in places]


def _matrix(vectors: list[tuple[int, ...]], width: int) -> NDArray[np.int8]:
    return np.array(vectors, dtype=np.int8).reshape(len(vectors), width)
