"""How often log-in may be tried: failures within a window, by name and address, by address, and by name.

Counted in this process: with several workers the bounds are that many times as wide, and argon2 still sets the pace.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=5)
MAX_TRACKED = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Failures allowed within the window.

    One name from one address is bounded first, so that a stranger who guesses at somebody's password cannot lock that
    person out from their own desk.
    """

    pair: int = 5
    address: int = 30
    name: int = 60


class Throttle:
    """Remembers failures, in bounded memory. Safe to share between threads."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._failures: OrderedDict[tuple[str, ...], deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, name: str, address: str, now: datetime) -> int:
        """Seconds until the next try is allowed; 0 where it is allowed now."""
        with self._lock:
            waits = [self._wait(key, limit, now) for key, limit in self._keys(name, address)]
        return max(waits)

    def failed(self, name: str, address: str, now: datetime) -> None:
        """Counts a failure."""
        with self._lock:
            for key, limit in self._keys(name, address):
                times = self._failures.setdefault(key, deque(maxlen=limit))
                times.append(now)
                self._failures.move_to_end(key)
            while len(self._failures) > MAX_TRACKED:
                self._failures.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Forgets this person's slips at this address; what others did from it stays."""
        with self._lock:
            self._failures.pop(("pair", name, address), None)

    def _keys(self, name: str, address: str) -> tuple[tuple[tuple[str, ...], int], ...]:
        limits = self._limits
        return (
            (("pair", name, address), limits.pair),
            (("address", address), limits.address),
            (("name", name), limits.name),
        )

    def _wait(self, key: tuple[str, ...], limit: int, now: datetime) -> int:
        times = self._failures.get(key, deque())
        recent = [time for time in times if now - time < WINDOW]
        if len(recent) < limit:
            return 0
        return int((recent[0] + WINDOW - now).total_seconds()) + 1
