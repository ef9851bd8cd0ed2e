"""How many different ones share something within a sliding window, by key, in a table of fixed size."""

from __future__ import annotations

import numpy as np

from moderation.behaviour.slots import Slots

MOST = 32
"""Members that are told apart; where there are more, the 32 that were seen last are known, and 32 means "at least"."""


class Crowds:
    """The different members of each key in the last `window` seconds: exact up to 32, in whatever order they came."""

    def __init__(self, capacity: int, window: float) -> None:
        self._slots = Slots(capacity)
        self._window = window
        self._members = np.zeros((capacity, MOST), np.uint64)
        self._seen = np.zeros((capacity, MOST), np.uint32)

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self._slots.nbytes + self._members.nbytes + self._seen.nbytes

    def add(self, key: int, member: int, at: float) -> None:
        """`member` was seen with `key` at `at` (seconds)."""
        second = int(at)
        row, is_new = self._slots.place(key, second)
        if is_new:
            self._members[row] = 0
            self._seen[row] = 0
        seen = self._seen[row].tolist()
        members = self._members[row].tolist()
        place = members.index(member) if member in members else seen.index(min(seen))
        if second > seen[place]:
            self._members[row, place] = member
            self._seen[row, place] = second

    def members(self, key: int, now: float) -> set[int]:
        """Members of `key` in the window that ends now."""
        row = self._slots.find(key)
        if row is None:
            return set()
        members, seen = self._members[row].tolist(), self._seen[row].tolist()
        return {member for member, second in zip(members, seen, strict=True) if now - self._window < second <= now}
