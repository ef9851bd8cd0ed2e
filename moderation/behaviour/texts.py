"""Texts that were seen lately, to find the first one that a new text nearly repeats: MinHash with banding.

The table holds as many different texts as it has rows, newest first kept: a text that is repeated moves to the front,
so what is forgotten is what nobody has repeated for longest. Two texts of which half the pieces or more agree (as
estimated from 36 values: 0.5 +- 0.08) count as one. All copies are held against the first, not against each other, so
that a group cannot wander; which of several near-duplicates is first depends on the order, exact copies never do.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from moderation.behaviour.observation import Observation
from moderation.behaviour.signature import BANDS, PLACES, ROWS, Places, places_of

SIMILAR = PLACES // 2
"""Equal places from which two texts are near-duplicates."""

_BAND = np.arange(BANDS)
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)
_HIGH = np.uint64(32)


@dataclass(frozen=True, slots=True)
class First:
    """The first copy of a text: its name, its fingerprint, when, by whom and where (0: not known)."""

    mark: int
    signature: bytes
    at: float
    account: int
    thread: int


class Texts:
    """`capacity` (a power of two) different texts; about 210 bytes each."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._next = 0
        self._places = np.zeros((capacity, PLACES), np.uint16)
        self._marks = np.zeros(capacity, np.uint64)
        self._accounts = np.zeros(capacity, np.uint64)
        self._threads = np.zeros(capacity, np.uint64)
        self._at = np.zeros(capacity, np.float64)
        self._bands = np.zeros((BANDS, 2 * capacity), np.int32)  # row + 1; 0 is none
        self._mask = np.uint64(2 * capacity - 1)

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        columns = (self._places, self._marks, self._accounts, self._threads, self._at, self._bands)
        return sum(column.nbytes for column in columns)

    def find(self, signature: bytes) -> First | None:
        """The first copy of this text, if one is known. Whoever repeats it calls `keep` with what was found."""
        row = self._row(places_of(signature))
        return None if row is None else self._first(row)

    def add(self, seen: Observation) -> First | None:
        """Notes a text. Returns the first copy where it repeats one; None where it is the first itself."""
        if seen.signature is None:
            return None
        places = places_of(seen.signature)
        row = self._row(places)
        if row is None:
            mark = mark_of(seen.signature)
            self._put(places, First(mark, seen.signature, seen.at, seen.account or 0, seen.thread or 0))
            return None
        first = self._first(row)
        if (self._next - 1 - row) % self._capacity > self._capacity // 2:
            self._put(self._places[row].copy(), first)
        return first

    def _row(self, places: Places) -> int | None:
        """Of the text that agrees best, where one agrees well enough."""
        rows = self._bands[_BAND, self._buckets(places)] - 1
        rows = rows[rows >= 0]
        if not rows.size:
            return None
        agree = (self._places[rows] == places).sum(axis=1)
        best = int(agree.argmax())
        return int(rows[best]) if agree[best] >= SIMILAR else None

    def _first(self, row: int) -> First:
        return First(
            mark=int(self._marks[row]),
            signature=self._places[row].tobytes(),
            at=float(self._at[row]),
            account=int(self._accounts[row]),
            thread=int(self._threads[row]),
        )

    def _put(self, places: Places, first: First) -> None:
        row = self._next
        self._next = (row + 1) % self._capacity
        self._places[row] = places
        self._marks[row] = first.mark
        self._accounts[row] = first.account
        self._threads[row] = first.thread
        self._at[row] = first.at
        self._bands[_BAND, self._buckets(places)] = row + 1

    def _buckets(self, places: Places) -> npt.NDArray[np.int64]:
        """Where each band of the fingerprint is looked for."""
        mixed = (places.reshape(BANDS, ROWS) * _FACTORS).sum(axis=1)
        buckets: npt.NDArray[np.int64] = ((mixed >> _HIGH) & self._mask).astype(np.int64)
        return buckets


def is_like(one: bytes, other: bytes) -> bool:
    """Whether two fingerprints are of near-duplicates."""
    return bool(np.count_nonzero(places_of(one) == places_of(other)) >= SIMILAR)


def mark_of(signature: bytes) -> int:
    """64 bits that name a text by its first copy; the same in every process."""
    return int.from_bytes(blake2b(signature, digest_size=8).digest(), "little") or 1
