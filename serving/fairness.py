"""Queues that many keys share, and how often one key may ask: no key starves another.

A queue is bounded. A key's requests keep their order; of several keys one request is taken in turn, so that a thousand
of one delay another's by one. Where the queue is full a newcomer gets the place of the newest of whoever has most
there, unless that is the newcomer's own key: then it is refused.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from statistics import median_low
from typing import Generic, Protocol, TypeVar

from serving.errors import OverloadedError, TooOftenError

T = TypeVar("T")

SHARED = ""
"""Whose turn it is where nobody's key is known: what the house does for itself."""


class FairQueue(Generic[T]):
    """`put` and `left` come from event loops, `take` from one thread."""

    def __init__(self, part: str, most: int) -> None:
        self._part = part
        self._most = most
        self._turns: OrderedDict[str, deque[T]] = OrderedDict()
        self._inside: dict[int, str] = {}
        self._counts: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._closed = False

    @property
    def waiting(self) -> int:
        """What was put and has not left: it waits, or is worked on."""
        return len(self._inside)

    def ahead(self, by: str) -> int:
        """About how many are answered before what this key would put now."""
        return min(len(self._inside), (self._counts[by] + 1) * len(self._counts))

    def check_room(self, by: str) -> None:
        """Raises `OverloadedError` where one more of this key would be refused."""
        if len(self._inside) >= self._most and not self._outnumbered(by):
            raise OverloadedError(self._part)

    def put(self, by: str, item: T) -> T | None:
        """Lets it wait; what was turned out for it and will not be taken. Raises `OverloadedError`."""
        with self._changed:
            gone = self._make_room(by)
            self._turns.setdefault(by, deque()).append(item)
            self._inside[id(item)] = by
            self._counts[by] += 1
            self._changed.notify()
        return gone

    def left(self, item: T) -> None:
        """It was answered, or nobody waits for it any more. What was turned out has left already."""
        with self._changed:
            self._leave(item)

    def withdraw(self, item: T) -> None:
        """Nobody waits for it any more: if it was not taken yet it never is, and nothing is kept for it."""
        with self._changed:
            by = self._inside.get(id(item))
            waiting = None if by is None else self._turns.get(by)
            if by is not None and waiting and item in waiting:
                waiting.remove(item)
                if not waiting:
                    del self._turns[by]

    def take(self, most: int) -> tuple[list[T], bool]:
        """What is next, at least one and at most `most`, and whether it is the end."""
        with self._changed:
            while not self._turns and not self._closed:
                self._changed.wait()
            taken: list[T] = []
            while self._turns and len(taken) < most:
                by, waiting = next(iter(self._turns.items()))
                taken.append(waiting.popleft())
                self._turns.move_to_end(by)
                if not waiting:
                    del self._turns[by]
            return taken, self._closed and not self._turns

    def close(self) -> None:
        """What waits is still taken, and then it is the end."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _make_room(self, by: str) -> T | None:
        if len(self._inside) < self._most:
            return None
        while self._outnumbered(by):
            gone = self._newest_of(self._largest())
            if self._leave(gone):  # else nobody waits for it any more, and it had no place
                return gone
        raise OverloadedError(self._part)

    def _newest_of(self, key: str) -> T:
        newest = self._turns[key].pop()
        if not self._turns[key]:
            del self._turns[key]
        return newest

    def _leave(self, item: T) -> bool:
        by = self._inside.pop(id(item), None)
        if by is None:
            return False
        self._counts[by] -= 1
        if not self._counts[by]:
            del self._counts[by]
        return True

    def _outnumbered(self, by: str) -> bool:
        """Whether somebody has so many that the shares are no less even with one of this key instead."""
        return bool(self._turns) and self._counts[self._largest()] > self._counts[by] + 1

    def _largest(self) -> str:
        """Of those who have something that was not taken yet."""
        return max(self._turns, key=self._counts.__getitem__)


class Pace:
    """How long one comment takes, by the last batches: one that was slow by chance says nothing."""

    def __init__(self) -> None:
        self._last: deque[float] = deque(maxlen=15)
        self.each = 0.0
        """Seconds; 0 while nothing is known."""

    def note(self, seconds: float, count: int) -> None:
        """A batch of `count` comments took so long."""
        self._last.append(seconds / count)
        self.each = median_low(self._last)

    def fitting(self, seconds: float, most: int) -> int:
        """How many can be done together in so many seconds: 1 to `most`."""
        return most if self.each * most <= seconds else max(1, int(seconds / self.each))


MOST_BUCKETS = 4096


class Buckets(Protocol):
    """Where buckets are kept: what each held, and when."""

    def turn(self) -> AbstractContextManager[None]: ...  # noqa: D102 - nobody else looks or puts meanwhile
    def get(self, key: str) -> tuple[float, float] | None: ...  # noqa: D102 - (held, since); None for a new key
    def put(self, key: str, held: float, since: float) -> None: ...  # noqa: D102


class OwnBuckets:
    """Of one process."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[float, float]] = {}

    def turn(self) -> AbstractContextManager[None]:
        """One event loop asks."""
        return nullcontext()

    def get(self, key: str) -> tuple[float, float] | None:
        """As it was put."""
        return self._held.get(key)

    def put(self, key: str, held: float, since: float) -> None:
        """In place of what was there."""
        if len(self._held) >= MOST_BUCKETS:
            self._held.clear()
        self._held[key] = held, since


class Limits:
    """How often a key may ask: a bucket for each, filled at its rate, that holds what one second brings.

    What was asked for together (a batch) may leave a debt, which has to be filled up before the next.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, buckets: Buckets | None = None) -> None:
        self._clock = clock
        self._buckets = buckets or OwnBuckets()

    def take(self, key: str, rate: float) -> None:
        """One more. Raises `TooOftenError` where the bucket is empty."""
        with self._buckets.turn():
            now = self._clock()
            held = self._held(key, rate, now)
            if held < 1:
                raise TooOftenError(rate, math.ceil((1 - held) / rate))
            self._buckets.put(key, held - 1, now)

    def charge(self, key: str, rate: float, count: int) -> None:
        """So many more, which are let through whatever the bucket holds."""
        with self._buckets.turn():
            now = self._clock()
            self._buckets.put(key, self._held(key, rate, now) - count, now)

    def _held(self, key: str, rate: float, now: float) -> float:
        full = max(1.0, rate)
        held, since = self._buckets.get(key) or (full, now)
        return min(full, held + max(0.0, now - since) * rate)
