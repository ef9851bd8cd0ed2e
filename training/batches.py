"""Which rows go together, and how fast is learnt from them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.objective import Targets

BUCKETS = 50
"""Batches whose rows are sorted by length together: mixed enough to be fair, sorted enough to hold little padding."""


@dataclass(frozen=True)
class Examples:
    """Comments as the encoder reads them, `rows` of piece ids (`pad` fills a batch up), and what is known of them.

    `of` is which of them each is a disguised copy of, -1 where it is none, `(n,)`; None where that does not matter.
    """

    rows: Sequence[Sequence[int]]
    targets: Targets
    pad: int
    of: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.rows)


def drawn(weights: NDArray[np.float64], limit: int, *, seed: int) -> NDArray[np.int64]:
    """At most `limit` positions, ascending, each the likelier to be drawn the more it weighs; none that weighs 0.

    For when there is no time for all rows. What was drawn by weight then counts alike: weighing it again would count
    it twice. (Efraimidis and Spirakis 2006: the largest of log(u) / w.)
    """
    there = np.flatnonzero(weights > 0)
    if len(there) <= limit:
        return there
    keys = np.log(np.random.default_rng(seed).random(len(there))) / weights[there]
    return np.sort(there[np.argsort(-keys, kind="stable")[:limit]])


def bucketed(rows: Sequence[Sequence[int]], size: int, *, seed: int, epoch: int) -> list[list[int]]:
    """Every row once, in batches of `size` rows of like length, in a random order that seed and epoch decide."""
    chance = np.random.default_rng((seed, epoch))
    order = chance.permutation(len(rows))
    lengths = np.array([len(row) for row in rows])
    batches: list[list[int]] = []
    for start in range(0, len(order), size * BUCKETS):
        part = order[start : start + size * BUCKETS]
        part = part[np.argsort(lengths[part], kind="stable")]
        batches += [part[at : at + size].tolist() for at in range(0, len(part), size)]
    return [batches[at] for at in chance.permutation(len(batches))]


def moved(of: NDArray[np.int64], kept: NDArray[np.bool_]) -> NDArray[np.int64]:
    """`Examples.of` of those that are `kept`, `(n,)`, as they are numbered then; a copy without its text is none."""
    places = np.where(kept, np.cumsum(kept) - 1, -1)
    return np.where(of >= 0, places[of], -1)[kept]


def flattened(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Rows of pieces as two arrays that a file can hold: all pieces one after the other, and the rows' lengths."""
    ids = np.concatenate([np.asarray(row, dtype=np.int32) for row in rows]) if rows else np.zeros(0, np.int32)
    return ids, np.array([len(row) for row in rows], dtype=np.int32)


def unflattened(ids: NDArray[np.int32], lengths: NDArray[np.int32]) -> list[list[int]]:
    """The rows again."""
    return [each.tolist() for each in np.split(ids, np.cumsum(lengths)[:-1])] if lengths.size else []


def rate_factor(step: int, steps: int, warmup: float) -> float:
    """What the learning rate is multiplied by: a rise over the first `warmup` of all steps, then a line down to 0."""
    rising = max(1, math.ceil(steps * warmup))
    if step < rising:
        return (step + 1) / rising
    return max(0.0, (steps - step) / max(1, steps - rising))


def cost(rows: Sequence[Sequence[int]], batch: list[int]) -> int:
    """Pieces after padding: what a step's time goes with."""
    return len(batch) * max(len(rows[at]) for at in batch)
