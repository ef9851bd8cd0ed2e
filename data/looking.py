"""What a person asks of a data set before training on it, beyond what its manifest counts.

Everything here is over rows as columns (`data.rows.Rows`): `n` rows, `k` labels in the taxonomy's order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from data.near_duplicates import near_duplicates_across
from data.rows import UNKNOWN, YES, Rows
from moderation.normaliser import normalise

OK, EVERYDAY = "ok", "everyday"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows on different sides, and how alike their texts read: Jaccard similarity of their 3-grams, 0-1."""

    sides: tuple[str, str]
    texts: tuple[str, str]
    similarity: float


def lengths(rows: Rows) -> NDArray[np.int64]:
    """Code points of each text as it was sent, `(n,)`."""
    return np.array([len(text) for text in rows.texts], dtype=np.int64)


def carried(rows: Rows, names: tuple[str, ...]) -> dict[str, NDArray[np.bool_]]:
    """Which rows carry a label, `(n,)` by name, as a manifest counts: members of a union too, `ok` and `everyday`."""
    there = _there(rows)
    marks = {name: there[:, at] for at, name in enumerate(names)}
    return marks | {OK: np.asarray(~there.any(axis=1)), EVERYDAY: rows.everyday}


def known_shares(rows: Rows) -> dict[str, NDArray[np.float64]]:
    """The share of a source's rows that say something of each label, `(k,)` by source; a union speaks for its members.

    The rest is masked: neither loss nor figures see it.
    """
    known = (rows.labels != UNKNOWN) | (rows.union == YES)
    sources = np.array(rows.sources)
    return {name: known[sources == name].mean(axis=0) for name in sorted(set(rows.sources))}


def together(rows: Rows) -> NDArray[np.int64]:
    """How many rows carry both labels, `(k, k)`; on the diagonal those that carry the one."""
    there = _there(rows).astype(np.int64)
    both: NDArray[np.int64] = there.T @ there
    return both


def nearest_across(sides: Mapping[str, Rows], *, most: int, at_least: float = 0.3) -> list[Pair]:
    """The pairs that read most alike and stand on different sides, nearest first, at most `most`.

    Near-duplicates are found as builds find them, so that a pair at 0.7 escapes in 2 of 1,000 cases, one at 0.4 in
    every second: below the build's own limit this is a sample, not a list.
    """
    read = {name: [normalise(text).canonical.text for text in rows.texts] for name, rows in sides.items()}
    found = [
        Pair((one, other), (sides[one].texts[edge.first], sides[other].texts[edge.second]), edge.similarity)
        for one, other in combinations(sides, 2)
        for edge in near_duplicates_across(read[one], read[other], at_least)
    ]
    return sorted(found, key=lambda pair: (-pair.similarity, pair.texts))[:most]


def _there(rows: Rows) -> NDArray[np.bool_]:
    return np.asarray((rows.labels == YES) | (rows.union == YES))
