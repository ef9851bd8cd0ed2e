"""A table of fixed size from 64-bit keys to rows: what is forgotten when it is full is the oldest of eight.

A key may stand in one of eight neighbouring rows (as in a processor's cache). Where all eight are taken, the key that
was touched longest ago gives way. So with as many keys in a window as the table has rows at half, about one in fifty
is forgotten early, and with a quarter about one in four thousand (more than eight of a Poisson number of four, of two).
What is forgotten is counted from one again: counts err downwards alone.
"""

from __future__ import annotations

import numpy as np

WAYS = 8


class Slots:
    """`capacity` (a power of two, at least 8) rows; 12 bytes each."""

    def __init__(self, capacity: int) -> None:
        if capacity < WAYS or capacity & (capacity - 1):
            raise ValueError(f"A table has a power of two of rows, at least {WAYS}, not {capacity}.")
        self._keys = np.zeros(capacity, np.uint64)
        self._touched = np.zeros(capacity, np.uint32)
        self._mask = capacity - 1

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self._keys.nbytes + self._touched.nbytes

    def find(self, key: int) -> int | None:
        """The key's row, if it has one."""
        first = self._first(key)
        keys = self._keys[first : first + WAYS].tolist()
        return first + keys.index(key) if key in keys else None

    def place(self, key: int, second: int) -> tuple[int, bool]:
        """The key's row, touched at `second`, and whether it is new there: then the caller clears it."""
        row = self.find(key)
        is_new = row is None
        if row is None:
            first = self._first(key)
            touched = self._touched[first : first + WAYS].tolist()
            row = first + touched.index(min(touched))
            self._keys[row] = key
            self._touched[row] = second
        elif second > self._touched[row]:
            self._touched[row] = second
        return row, is_new

    def _first(self, key: int) -> int:
        """Of the key's eight rows."""
        return ((key * 0x9E3779B97F4A7C15) >> 40) & self._mask & ~(WAYS - 1)
