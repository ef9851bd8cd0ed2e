"""How much each row counts: its source's say, and how sources of unlike size are balanced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray


def row_weights(sources: Sequence[str], own: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    """Weights `(n,)` with mean 1: a source of n rows counts as n to the power of `temperature`, times each row's own.

    At 1 sources count by their rows, at 0 each source counts alike; between them a large set speaks louder without
    drowning a small one (as in multilingual sampling: Conneau et al. 2020, section 3.1).
    """
    names, at, counts = np.unique(np.asarray(sources), return_inverse=True, return_counts=True)
    if not len(names):
        return np.zeros(0)
    balanced = (counts.astype(np.float64) ** (temperature - 1))[at] * own
    mean = float(balanced.mean())
    return balanced / mean if mean > 0 else balanced


def doubts(sources: Sequence[str], noise: Mapping[str, float]) -> NDArray[np.float64]:
    """Of each row the share of its source's yes that are taken to be wrong, `(n,)`; 0 for sources without one."""
    return np.array([noise.get(source, 0.0) for source in sources])


def standing_for_all(
    sources: Sequence[str], weights: NDArray[np.float64], drawn: NDArray[np.int64] | None
) -> NDArray[np.float64]:
    """Weights `(n,)` by which the rows at `drawn` speak as all rows would: each source counts as much as all of it.

    A small source that weighs much is drawn whole, and would else lose most of its say. None: all rows are there.
    """
    if drawn is None:
        return weights
    source = np.unique(np.asarray(sources), return_inverse=True)[1]
    there = np.bincount(source, weights)
    drawn_of = np.bincount(source[drawn], minlength=len(there))
    return np.asarray((there / np.maximum(drawn_of, 1))[source])


def folds(groups: Sequence[str], count: int) -> NDArray[np.int64]:
    """Which of `count` folds each row is in, `(n,)`, by its group (`Rows.group_keys`).

    A group is never split, and a row never moves as others join.
    """
    return np.array([_hash(group) % count for group in groups], dtype=np.int64)


def _hash(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")
