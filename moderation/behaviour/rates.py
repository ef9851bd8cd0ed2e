"""How often something happened within a sliding window, by key, in a table of fixed size."""

from __future__ import annotations

import numpy as np

from moderation.behaviour.slots import Slots

PARTS = 12
MOST = 65_535
"""A part of a window counts no further."""


class Rates:
    """Counts of the last `window` seconds, by key.

    The window moves in twelve parts: what is counted is never older than `window`, and nothing younger than eleven
    twelfths of it is left out. The order in which events are told does not change a count, as long as none is told
    that is later than the moment that is asked about.
    """

    def __init__(self, capacity: int, window: float) -> None:
        self._slots = Slots(capacity)
        self._width = window / PARTS
        self._counts = np.zeros((capacity, PARTS), np.uint16)
        self._parts = np.zeros((capacity, PARTS), np.uint32)

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self._slots.nbytes + self._counts.nbytes + self._parts.nbytes

    def add(self, key: int, at: float) -> int:
        """One event of `key` at `at` (seconds); the events in the window that ends with it, itself included."""
        row, is_new = self._slots.place(key, int(at))
        if is_new:
            self._parts[row] = 0
        part = int(at / self._width)
        place = part % PARTS
        known = self._parts[row, place]
        if known < part:
            self._parts[row, place] = part
            self._counts[row, place] = 1
        elif known == part and self._counts[row, place] < MOST:
            self._counts[row, place] += 1
        return self._sum(row, at)

    def knows(self, key: int) -> bool:
        """Whether something was counted for `key`, lately or not."""
        return self._slots.find(key) is not None

    def count(self, key: int, now: float) -> int:
        """Events of `key` in the window that ends now."""
        row = self._slots.find(key)
        return 0 if row is None else self._sum(row, now)

    def _sum(self, row: int, now: float) -> int:
        last = int(now / self._width)
        parts, counts = self._parts[row].tolist(), self._counts[row].tolist()
        return sum(count for part, count in zip(parts, counts, strict=True) if last - PARTS < part <= last)
