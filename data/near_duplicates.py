"""Which texts say nearly the same: MinHash over character 3-grams, banded, every pair verified.

A text's shingles are the set of its runs of three code points, each packed exactly into 63 bits, so equality of
shingles is equality of characters. Signatures are looked up in `BANDS` bands of `ROWS_PER_BAND`: a pair of Jaccard
similarity s meets in at least one band with probability 1 - (1 - s^4)^24, which is 0.96 at 0.6, 0.998 at 0.7 and
above 0.99999 at 0.85. Whatever meets is compared exactly; no pair is reported on an estimate.

Sources: Broder 1997 (resemblance); Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4 (banding).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

ORDER: Final = 3
BANDS: Final = 24
ROWS_PER_BAND: Final = 4
SEED: Final = 20171001
CHUNK: Final = 20_000
"""Signatures computed at once: rensa hands them over as Python integers, which are large."""

ALL_PAIRS_UP_TO: Final = 8
"""In a fuller bucket each text is compared with the first and with the one before it: boilerplate that fills a bucket
is near to both, and the cost stays linear."""

SLACK: Final = 0.18
"""How far the 96-value estimate may fall below the limit before a pair is dropped unverified: 3.6 deviations."""

_CODE_BITS: Final = 21
_MIX: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """Texts `first` < `second` (positions) with the Jaccard similarity of their shingles, 0-1."""

    first: int
    second: int
    similarity: float


@dataclass(frozen=True)
class Shingles:
    """Sorted distinct shingles of n texts, end to end: those of text i are `codes[starts[i]:starts[i + 1]]`."""

    codes: NDArray[np.uint64]
    starts: NDArray[np.int64]

    def of(self, at: int) -> NDArray[np.uint64]:
        """The shingles of one text."""
        return self.codes[self.starts[at] : self.starts[at + 1]]


def near_duplicates(
    texts: Sequence[str], at_least: float, *, progress: Callable[[float], None] = lambda _share: None
) -> list[Edge]:
    """Pairs of `texts` with similarity `at_least` or more, sorted; the same for the same texts in the same order."""
    if len(texts) < 2:
        return []
    shingles = shingle(texts)
    progress(0.2)
    signatures = _signatures(shingles)
    progress(0.5)
    found = _candidates(signatures)
    progress(0.7)
    likely = found[_estimates(signatures, found) >= at_least - SLACK]
    edges = [
        Edge(int(first), int(second), similarity)
        for first, second in likely
        if (similarity := jaccard(shingles.of(first), shingles.of(second))) >= at_least
    ]
    progress(1.0)
    return edges


def near_duplicates_across(
    texts: Sequence[str], others: Sequence[str], at_least: float, *, progress: Callable[[float], None] = lambda _: None
) -> list[Edge]:
    """Pairs of one of `texts` (`first`) and one of `others` (`second`) with similarity `at_least` or more.

    Whether a pair is found depends on that pair alone, never on what else is there: a check that runs on a part of
    the rows finds nothing that a check on all of them did not.
    """
    if not texts or not others:
        return []
    shingles = shingle([*texts, *others])
    progress(0.3)
    signatures = _signatures(shingles)
    progress(0.6)
    n = len(texts)
    likely: set[tuple[int, int]] = set()
    for at in range(0, signatures.shape[1], ROWS_PER_BAND):
        found = _crossing_pairs(signatures[:, at : at + ROWS_PER_BAND], n)
        likely.update(map(tuple, found[_estimates(signatures, found) >= at_least - SLACK].tolist()))
    progress(0.9)
    edges = [
        Edge(first, second - n, alike)
        for first, second in sorted(likely)
        if (alike := jaccard(shingles.of(first), shingles.of(second))) >= at_least
    ]
    progress(1.0)
    return edges


def shingle(texts: Sequence[str]) -> Shingles:
    """The shingles of every text; one shorter than three characters is padded with U+0000."""
    sets = [np.unique(_codes(text)) for text in texts]
    sizes = np.fromiter((len(held) for held in sets), dtype=np.int64, count=len(sets))
    starts = np.concatenate(([0], np.cumsum(sizes)))
    return Shingles(np.concatenate(sets) if sets else np.empty(0, np.uint64), starts)


def _codes(text: str) -> NDArray[np.uint64]:
    # Lone surrogates are refused before; `surrogatepass` keeps the function total all the same.
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    if len(points) < ORDER:
        points = np.concatenate((points, np.zeros(ORDER - len(points), dtype=np.uint64)))
    bits = np.uint64(_CODE_BITS)
    return (points[:-2] << (bits * np.uint64(2))) | (points[1:-1] << bits) | points[2:]


def jaccard(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> float:
    """Shared shingles over all shingles, of two sorted sets."""
    shared = len(np.intersect1d(first, second, assume_unique=True))
    return shared / (len(first) + len(second) - shared)


def similarity(first: str, second: str) -> float:
    """Jaccard similarity of the 3-grams of two canonical texts, 0-1."""
    held = shingle([first, second])
    return jaccard(held.of(0), held.of(1))


def _signatures(shingles: Shingles) -> NDArray[np.uint32]:
    """(n, BANDS * ROWS_PER_BAND) MinHash values."""
    mixed = _mixed(shingles.codes)
    n = len(shingles.starts) - 1
    parts = []
    for begin in range(0, n, CHUNK):
        starts = shingles.starts[begin : min(begin + CHUNK, n) + 1]
        part = RMinHash.digest_matrix_from_flat_token_hashes(
            mixed[starts[0] : starts[-1]], (starts - starts[0]).astype(np.uint64), BANDS * ROWS_PER_BAND, SEED
        )
        parts.append(np.array(part.to_rows(), dtype=np.uint32))
    return np.concatenate(parts)


def _mixed(codes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """splitmix64's finaliser: packed characters are too regular for the multiplications of MinHash."""
    held: NDArray[np.uint64] = codes ^ (codes >> np.uint64(30))
    held = held * _MIX[0]
    held ^= held >> np.uint64(27)
    held = held * _MIX[1]
    held ^= held >> np.uint64(31)
    return held


def _candidates(signatures: NDArray[np.uint32]) -> NDArray[np.int64]:
    """(m, 2) positions that share a band, each pair once, in order."""
    n = len(signatures)
    pairs = [_band_pairs(signatures[:, at : at + ROWS_PER_BAND]) for at in range(0, signatures.shape[1], ROWS_PER_BAND)]
    codes = np.unique(np.concatenate([first * n + second for first, second in pairs]))
    return np.stack((codes // n, codes % n), axis=1)


def _band_pairs(band: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    bucket = _buckets(band)
    order = np.argsort(bucket, kind="stable")
    edges = np.flatnonzero(np.diff(bucket[order])) + 1
    firsts: list[int] = []
    seconds: list[int] = []
    for begin, end in pairwise((0, *edges.tolist(), len(order))):
        if end - begin > 1:
            for first, second in _bucket_pairs(order[begin:end].tolist()):
                firsts.append(first)
                seconds.append(second)
    return np.array(firsts, dtype=np.int64), np.array(seconds, dtype=np.int64)


def _crossing_pairs(band: NDArray[np.uint32], n: int) -> NDArray[np.int64]:
    """(m, 2) positions before and from `n` on that share the band's bucket."""
    bucket = _buckets(band)
    order = np.argsort(bucket[n:], kind="stable")
    held = bucket[n:][order]
    begin = np.searchsorted(held, bucket[:n], side="left")
    sizes = np.searchsorted(held, bucket[:n], side="right") - begin
    firsts = np.repeat(np.arange(n), sizes)
    within = np.arange(len(firsts)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    seconds = order[np.repeat(begin, sizes) + within] + n
    return np.stack((firsts, seconds), axis=1).astype(np.int64)


def _buckets(band: NDArray[np.uint32]) -> NDArray[np.int64]:
    keys = np.ascontiguousarray(band).view(f"V{band.shape[1] * 4}").ravel()
    return np.unique(keys, return_inverse=True)[1].astype(np.int64)


def _bucket_pairs(members: list[int]) -> Iterator[tuple[int, int]]:
    if len(members) <= ALL_PAIRS_UP_TO:
        yield from ((first, second) for at, first in enumerate(members) for second in members[at + 1 :])
        return
    yield from ((members[0], member) for member in members[1:])
    yield from pairwise(members[1:])


def _estimates(signatures: NDArray[np.uint32], pairs: NDArray[np.int64]) -> NDArray[np.float64]:
    """The share of equal MinHash values, for each pair."""
    shares: list[NDArray[Any]] = [
        (signatures[part[:, 0]] == signatures[part[:, 1]]).mean(axis=1)
        for part in np.array_split(pairs, max(1, len(pairs) // 200_000))
    ]
    return np.concatenate(shares) if shares else np.empty(0)
