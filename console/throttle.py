"""How often log-in may be tried: failures within a window, by name and address, by address, and by name.

With `shared` all processes of a server count together, in their database and by keyed hashes; without it each counts by
itself. What is kept in memory is bounded, so is what is written: a count that is full grows no further.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from records import login_failures
from records.database import Database
from records.login_failures import Bound
from records.personal import Keyring

WINDOW = timedelta(minutes=5)
MAX_TRACKED = 10_000

Keys = tuple[tuple[tuple[str, ...], int], ...]
"""What is counted, with how many failures each may have."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Failures allowed within the window.

    One name from one address is bounded first, so that a stranger who guesses at somebody's password cannot lock that
    person out from their own desk.
    """

    pair: int = 5
    address: int = 30
    name: int = 60


class Shared:
    """Failures in the database of all processes. Raises `PartUnavailableError` where it does not answer."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def wait(self, keys: Keys, now: datetime) -> int:
        """Seconds until the next try is allowed; 0 where it is allowed now."""
        with self._database.reading() as look:
            left = login_failures.until_free(look, self._bounds(keys), WINDOW, now=now)
        return int(left.total_seconds()) + 1 if left else 0

    def failed(self, keys: Keys, now: datetime) -> None:
        """Counts a failure."""
        with self._database.unit() as unit:
            login_failures.add(unit, self._bounds(keys), WINDOW, now=now)
            unit.commit()

    def succeeded(self, keys: Keys) -> None:
        """Forgets what failed under the first of the keys."""
        with self._database.unit() as unit:
            login_failures.forgive(unit, self._bounds(keys)[0])
            unit.commit()

    def _bounds(self, keys: Keys) -> list[Bound]:
        return [Bound(self._keyring.indexes("log-in", "\0".join(key)), most) for key, most in keys]


class Throttle:
    """Remembers failures. Safe to share between threads."""

    def __init__(self, limits: Limits | None = None, shared: Shared | None = None) -> None:
        self._limits = limits or Limits()
        self._shared = shared
        self._failures: OrderedDict[tuple[str, ...], deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, name: str, address: str, now: datetime) -> int:
        """Seconds until the next try is allowed; 0 where it is allowed now."""
        with self._lock:
            wait = max(self._wait(key, limit, now) for key, limit in self._keys(name, address))
        if self._shared is None or wait:
            return wait
        return self._shared.wait(self._keys(name, address), now)

    def failed(self, name: str, address: str, now: datetime) -> None:
        """Counts a failure."""
        with self._lock:
            for key, limit in self._keys(name, address):
                times = self._failures.setdefault(key, deque(maxlen=limit))
                times.append(now)
                self._failures.move_to_end(key)
            while len(self._failures) > MAX_TRACKED:
                self._failures.popitem(last=False)
        if self._shared is not None:
            self._shared.failed(self._keys(name, address), now)

    def succeeded(self, name: str, address: str) -> None:
        """Forgets this person's slips at this address; what others did from it stays."""
        with self._lock:
            self._failures.pop(("pair", name, address), None)
        if self._shared is not None:
            self._shared.succeeded(self._keys(name, address))

    def _keys(self, name: str, address: str) -> Keys:
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
