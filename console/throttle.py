"""How often a password may be tried within a window: by name and address, by address, and by name.

A try is counted before the password is looked at, in one step with asking whether it may be made: however many come at
the same moment, no more are tried than may. The right password gives its own back. With `shared` all processes of a
server count together, in their database and by keyed hashes; without it each counts by itself, in bounded memory.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

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


@dataclass(frozen=True, slots=True)
class Try:
    """A try that may be made and is counted; or the seconds to `wait` before one may. `ids` are where it is counted."""

    name: str
    address: str
    wait: int = 0
    ids: tuple[str, ...] = ()


class Counts(Protocol):
    """Where tries are counted."""

    def take(self, keys: Keys, now: datetime) -> tuple[int, tuple[str, ...]]:
        """Counts one under each of the keys and gives 0, or the seconds until one may come."""

    def give_back(self, keys: Keys, ids: tuple[str, ...]) -> None:
        """Forgets all under the first of the keys, and under the others this one."""


class Shared:
    """Tries in the database of all processes. Raises `PartUnavailableError` where it does not answer."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def take(self, keys: Keys, now: datetime) -> tuple[int, tuple[str, ...]]:
        """Counts one under each of the keys and gives 0, or the seconds until one may come."""
        bounds = self._bounds(keys)
        with self._database.reading() as look:  # a flood costs looks, and no turn at writing
            left = login_failures.until_free(look, bounds, WINDOW, now=now)
        if left:
            return _seconds(left), ()
        with self._database.unit() as unit:
            left, ids = login_failures.take(unit, bounds, WINDOW, now=now)
            unit.commit()
        return (_seconds(left) if left else 0), ids

    def give_back(self, keys: Keys, ids: tuple[str, ...]) -> None:
        """Forgets all under the first of the keys, and under the others this one."""
        with self._database.unit() as unit:
            login_failures.forgive(unit, self._bounds(keys)[0], ids)
            unit.commit()

    def _bounds(self, keys: Keys) -> list[Bound]:
        return [Bound(self._keyring.indexes("log-in", "\0".join(key)), most) for key, most in keys]


class InMemory:
    """Tries of this process alone. Safe to share between threads."""

    def __init__(self) -> None:
        self._times: OrderedDict[tuple[str, ...], deque[tuple[str, datetime]]] = OrderedDict()
        self._lock = threading.Lock()
        self._last = 0

    def take(self, keys: Keys, now: datetime) -> tuple[int, tuple[str, ...]]:
        """Counts one under each of the keys and gives 0, or the seconds until one may come."""
        with self._lock:
            wait = max(self._wait(key, most, now) for key, most in keys)
            return (wait, ()) if wait else (0, (self._counted(keys, now),))

    def give_back(self, keys: Keys, ids: tuple[str, ...]) -> None:
        """Forgets all under the first of the keys, and under the others this one."""
        with self._lock:
            self._times.pop(keys[0][0], None)
            for key, _ in keys[1:]:
                if times := self._times.get(key):
                    self._times[key] = deque((each for each in times if each[0] not in ids), times.maxlen)

    def _counted(self, keys: Keys, now: datetime) -> str:
        self._last += 1
        for key, most in keys:
            self._times.setdefault(key, deque(maxlen=most)).append((str(self._last), now))
            self._times.move_to_end(key)
        while len(self._times) > MAX_TRACKED:
            self._times.popitem(last=False)
        return str(self._last)

    def _wait(self, key: tuple[str, ...], most: int, now: datetime) -> int:
        recent = [at for _, at in self._times.get(key, ()) if now - at < WINDOW]
        return _seconds(recent[0] + WINDOW - now) if len(recent) >= most else 0


class Throttle:
    """Asked before a password is looked at, and told when it was right."""

    def __init__(self, limits: Limits | None = None, shared: Shared | None = None) -> None:
        self._limits = limits or Limits()
        self._counts: Counts = shared or InMemory()

    def take(self, name: str, address: str, now: datetime) -> Try:
        """A try, counted; or how long it has to wait."""
        wait, ids = self._counts.take(self._keys(name, address), now)
        return Try(name, address, wait, ids)

    def succeeded(self, made: Try) -> None:
        """Forgets this person's slips at this address; what others did from it stays."""
        self._counts.give_back(self._keys(made.name, made.address), made.ids)

    def _keys(self, name: str, address: str) -> Keys:
        limits = self._limits
        return (
            (("pair", name, address), limits.pair),
            (("address", address), limits.address),
            (("name", name), limits.name),
        )


def _seconds(left: timedelta) -> int:
    return int(left.total_seconds()) + 1
