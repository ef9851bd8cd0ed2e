"""Hashed character n-grams of the canonical text, the same code for the trainer and for the scorer.

A text is padded with one space at both ends, so that the space, which the canonical view leaves single between
words, marks the edges of the text and of its words alike. Every n-gram is hashed with a rolling polynomial over
64-bit words and a multiplicative finaliser (Knuth, TAOCP 6.4; the constants are those of SplitMix64), and the top
`bits` bits are its feature. A feature's value is `1 + log(count)`, times its idf where there is one; a text's values
have length 1 (L2). Nothing here loops over characters in Python.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]
Values = npt.NDArray[np.float32]
Hashes = npt.NDArray[np.uint64]

MAX_ORDER = 8
MAX_BITS = 22
BATCH = 2_048
"""Texts hashed at once by `batch`: enough to amortise NumPy's calls, small enough to stay in the cache's reach."""

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_ROLL = np.uint64(0xD1342543DE82EF95)
_FINISH = np.uint64(0xBF58476D1CE4E5B9)
_FOLD = np.uint64(31)
_PAD = " "


@dataclass(frozen=True, slots=True)
class NgramSettings:
    """Which n-grams are read. Two models with unlike settings read unlike features."""

    orders: tuple[int, ...] = (1, 2, 3, 4, 5)
    bits: int = 19
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.orders or not all(1 <= order <= MAX_ORDER for order in self.orders):
            raise ValueError(f"n-gram orders must be between 1 and {MAX_ORDER}, not {self.orders}")
        if not 8 <= self.bits <= MAX_BITS:
            raise ValueError(f"n-gram bits must be between 8 and {MAX_BITS}, not {self.bits}")

    @property
    def size(self) -> int:
        """How many features there are."""
        return 1 << self.bits


@dataclass(frozen=True, slots=True)
class Csr:
    """A sparse matrix by rows, as SciPy's `csr_matrix((values, indices, indptr))` takes it."""

    indptr: Indices
    indices: Indices
    values: Values


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Every n-gram of one text: its feature, where it begins in the padded text, how long it is."""

    indices: Indices
    starts: Indices
    lengths: Indices


class Ngrams:
    """Reads texts as features. `idf`, where given, has one weight a feature, `(settings.size,)`."""

    def __init__(self, settings: NgramSettings, idf: Values | None = None) -> None:
        self.settings = settings
        self.idf = idf
        self._orders = frozenset(settings.orders)
        self._shift = np.uint64(64 - settings.bits)
        self._seed = np.uint64(settings.seed)

    def features(self, text: str) -> tuple[Indices, Values]:
        """One canonical text as `(indices, values)`, indices ascending and distinct, values of length 1."""
        codes = _code_points(f"{_PAD}{text}{_PAD}")
        hashed = np.concatenate([hashes for _, hashes in self._by_order(codes)])
        hashed.sort()
        first = _firsts(hashed)
        at = first.nonzero()[0]
        counts = np.diff(at, append=hashed.size)
        indices = hashed[at].astype(np.int64)
        values = self._weighed(indices, counts)
        return indices, values / np.float32(np.sqrt(np.dot(values, values)))

    def batch(self, texts: Sequence[str]) -> Csr:
        """Many canonical texts at once: row `i` is `features(texts[i])`, up to the last bit of the norm."""
        parts = [self._rows(chunk) for chunk in _chunks(texts, BATCH)]
        lengths = np.concatenate([part.indptr for part in parts]) if parts else np.zeros(0, np.int64)
        return Csr(
            indptr=np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)]),
            indices=np.concatenate([part.indices for part in parts]) if parts else np.zeros(0, np.int64),
            values=np.concatenate([part.values for part in parts]) if parts else np.zeros(0, np.float32),
        )

    def occurrences(self, text: str) -> Occurrences:
        """Every n-gram of one canonical text, repeated ones as often as they stand there."""
        found = list(self._by_order(_code_points(f"{_PAD}{text}{_PAD}")))
        return Occurrences(
            indices=np.concatenate([hashes for _, hashes in found]).astype(np.int64),
            starts=np.concatenate([np.arange(hashes.size) for _, hashes in found]),
            lengths=np.concatenate([np.full(hashes.size, order) for order, hashes in found]),
        )

    def _by_order(self, codes: Hashes) -> Iterator[tuple[int, Hashes]]:
        """The feature of the n-gram that begins at each place, order by order."""
        mixed = (codes + self._seed) * _SPREAD
        mixed ^= mixed >> _FOLD
        rolled = mixed
        for order in range(1, min(max(self._orders), codes.size) + 1):
            if order > 1:
                rolled = rolled[:-1] * _ROLL + mixed[order - 1 :]
            if order in self._orders:
                yield order, ((rolled ^ (rolled >> _FOLD)) * _FINISH) >> self._shift

    def _rows(self, texts: Sequence[str]) -> Csr:
        """A chunk's rows; `indptr` holds the rows' lengths here, not yet their sum."""
        padded = [f"{_PAD}{text}{_PAD}" for text in texts]
        row = np.repeat(np.arange(len(padded), dtype=np.uint64), [len(text) for text in padded])
        keys = []
        for order, hashes in self._by_order(_code_points("".join(padded))):
            last = row[order - 1 :]
            inside = row[: last.size] == last
            keys.append((last[inside] << np.uint64(self.settings.bits)) | hashes[inside])
        return self._counted(np.concatenate(keys), len(padded))

    def _counted(self, keys: Hashes, rows: int) -> Csr:
        keys.sort()
        at = _firsts(keys).nonzero()[0]
        counts = np.diff(at, append=keys.size)
        row = (keys[at] >> np.uint64(self.settings.bits)).astype(np.int64)
        indices = (keys[at] & np.uint64(self.settings.size - 1)).astype(np.int64)
        values = self._weighed(indices, counts)
        norms = np.sqrt(np.bincount(row, weights=values.astype(np.float64) ** 2, minlength=rows))
        return Csr(np.bincount(row, minlength=rows), indices, (values / norms[row]).astype(np.float32))

    def _weighed(self, indices: Indices, counts: Indices) -> Values:
        values = np.log(counts.astype(np.float32)) + np.float32(1)
        return values if self.idf is None else values * self.idf[indices]


def _code_points(text: str) -> Hashes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)


def _firsts(sorted_keys: Hashes) -> npt.NDArray[np.bool_]:
    first = np.empty(sorted_keys.size, dtype=np.bool_)
    first[:1] = True
    np.not_equal(sorted_keys[1:], sorted_keys[:-1], out=first[1:])
    return first


def _chunks(texts: Sequence[str], size: int) -> Iterator[list[str]]:
    waiting = iter(texts)
    while chunk := list(islice(waiting, size)):
        yield chunk
