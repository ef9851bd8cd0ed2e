"""One writer: requests that wait at the same moment share a transaction, and each is answered after *its* commit.

A batch that the database refuses is tried again one by one, so that a row which cannot be stored fails alone. The queue
is bounded and keys take turns in it (`fairness.py`): beyond it there is a refusal at once. What was answered is on
disk, whatever happens to the process next.

What was refused is not: a request that waited too long (until its deadline and a little longer) gives its work up, and
work that was given up is in no commit. Once the commit has begun it is too late for that, and the request waits for it;
where not even that answers, nobody knows, and the request is told so.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any, TypeVar, cast

from moderation.errors import PartUnavailableError
from records.database import PART, Database
from records.moved_away import MovedAwayError
from records.personal import Keyring
from records.storing import Answered, Stored, store_decisions
from records.unit_of_work import Unit
from serving.errors import MaybeStoredError, OverloadedError
from serving.fairness import SHARED, FairQueue
from serving.logs import log
from serving.tracing import NO_SPANS, Spans

T = TypeVar("T")

Then = Callable[[Unit, Sequence[Stored]], Any]
"""What else belongs in the transaction; what it returns is the answer."""

Also = Callable[[Unit, Sequence[Answered], Sequence[Stored]], None]
"""What is written beside every decision."""


class _Stage(Enum):
    WAITING = auto()
    GIVEN_UP = auto()
    COMMITTING = auto()


@dataclass(slots=True, eq=False)
class _Work:
    """Decisions to be stored together, and what follows them in the same transaction."""

    answered: Sequence[Answered]
    then: Then
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    stage: _Stage = _Stage.WAITING
    moments: list[float] = field(default_factory=lambda: [time.monotonic()])


class _GivenUpError(Exception):
    """Some of a batch was given up while it was written: the rest is written without it."""


GRACE = 1.0
"""Storing takes milliseconds, and longer where another process or program has the database for a moment."""

REMEMBERED_SECONDS = 10.0
"""How long a write that failed counts against readiness where none was tried since."""

Result = tuple[_Work, Any, Exception | None]


class Writer:
    """Start it, store, stop it. Times are seconds.

    `patience` is how long a request waits for its commit that has no deadline, and every request for one that has
    begun; `grace` is how much longer than its deadline a request waits that has one.
    """

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        now: Callable[[], datetime],
        *,
        most_waiting: int = 1024,
        most_together: int = 128,
        patience: float = 15.0,
        also: Also | None = None,
    ) -> None:
        self.spans: Spans = NO_SPANS
        self.grace = GRACE
        self._database = database
        self._keyring = keyring
        self._now = now
        self._most_together = most_together
        self._patience = patience
        self._also = also
        self._stages = threading.Lock()
        self._failed: tuple[float, str] | None = None
        self._queue: FairQueue[_Work] = FairQueue(PART, most_waiting)
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)

    @property
    def waiting(self) -> int:
        """Requests that wait for their commit."""
        return self._queue.waiting

    @property
    def fault(self) -> str | None:
        """Why the last write failed, in a sentence; None where it did not, or nothing was written for a while.

        A database may be read and yet take nothing: its disk is full, or another program holds it.
        """
        if self._failed is None or time.monotonic() - self._failed[0] > REMEMBERED_SECONDS:
            return None
        return self._failed[1]

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Writes what waits, then ends."""
        self._queue.close()
        self._thread.join(timeout=self._patience)

    def check_room(self, by: str = SHARED) -> None:
        """Raises `OverloadedError` where one more of this key would not fit: ask before working for it."""
        self._queue.check_room(by)

    async def store(
        self, answered: Sequence[Answered], then: Then | None = None, *, by: str = SHARED, until: float | None = None
    ) -> None:
        """Returns once all of `answered` is on disk together with what `then` wrote; `by` is whose turn it takes.

        `until` is the deadline, in `perf_counter` seconds.
        Raises `PartUnavailableError` where the database does not answer and nothing was stored, `MaybeStoredError`
        where it fell silent in the commit, `OverloadedError` where too many wait.
        """
        await self._submit(answered, then or _no_more, by, until)

    async def run(self, do: Callable[[Unit], T], *, by: str = SHARED, until: float | None = None) -> T:
        """What `do` returns, once what it wrote is on disk."""
        return cast("T", await self._submit((), lambda unit, _: do(unit), by, until))

    async def _submit(self, answered: Sequence[Answered], then: Then, by: str, until: float | None) -> object:
        loop = asyncio.get_running_loop()
        work = _Work(answered, then, loop, loop.create_future())
        gone = self._queue.put(by, work)
        if gone is not None:
            gone.loop.call_soon_threadsafe(_resolve, [(gone, None, OverloadedError(PART))])
        try:
            return await self._outcome(work, self._within(until))
        except asyncio.CancelledError:
            work.future.cancel()  # nobody asks any more
            raise
        finally:
            self._queue.left(work)
            self.spans.waited("store.wait", "store.commit", work.moments)

    def _within(self, until: float | None) -> float:
        if until is None:
            return self._patience
        return min(self._patience, max(0.0, until - time.perf_counter()) + self.grace)

    async def _outcome(self, work: _Work, within: float) -> object:
        try:
            async with asyncio.timeout(within):
                return await asyncio.shield(work.future)
        except TimeoutError:
            if self._moved(work, _Stage.GIVEN_UP):
                self._queue.withdraw(work)
                told = f"The database did not answer within {within:.1f} s."
                raise PartUnavailableError(PART, told) from None
        try:
            async with asyncio.timeout(self._patience):
                return await work.future
        except TimeoutError:
            raise MaybeStoredError(PART, "The database fell silent in a commit.") from None

    def _moved(self, work: _Work, stage: _Stage) -> bool:
        """Whether work that waits is now in `stage`; of the two sides that want to move it one is too late."""
        with self._stages:
            if work.stage is _Stage.WAITING:
                work.stage = stage
            return work.stage is stage

    def _work(self) -> None:
        last = False
        while not last:
            batch, last = self._queue.take(self._most_together)
            if batch:
                began = time.monotonic()
                results = self._written(batch)
                for work in batch:
                    work.moments += (began, time.monotonic())
                _deliver(results)

    def _written(self, batch: list[_Work], *, again: bool = False) -> list[Result]:
        batch = [work for work in batch if work.stage is not _Stage.GIVEN_UP]
        if not batch:
            return []
        try:
            results = self._together(batch, again)
        except _GivenUpError:
            return self._written(batch, again=True)
        except PartUnavailableError as error:
            self._failed = time.monotonic(), str(error)
            event = "perhaps_stored" if isinstance(error, MaybeStoredError) else "not_stored"
            log.error(event, part=error.part, detail=str(error), requests=len(batch))
            return [(work, None, error) for work in batch]
        except Exception as error:  # the writer outlives whatever a row does to it
            return self._refused(batch, error)
        if any(work.answered for work in batch):  # what is smaller than a comment may fit on a full disk
            self._failed = None
        return results

    def _refused(self, batch: list[_Work], error: Exception) -> list[Result]:
        """One row spoils a transaction: each is tried alone."""
        if len(batch) == 1:
            return [(batch[0], None, error)]
        return [result for work in batch for result in self._written([work])]

    def _together(self, batch: list[_Work], again: bool) -> list[Result]:
        """Where some gave up while it was written, the others are not asked `again` whether they still wait.

        Else one after the other could give up, and all be written for nothing.
        """
        with self._database.unit() as unit:
            if again:
                self._begin_commit(batch)
            everything = [item for work in batch for item in work.answered]
            now, keyring = self._now(), self._keyring
            stored = store_decisions(unit, everything, keyring=keyring, now=now, heeding=True) if everything else []
            if self._also and stored:
                self._also(unit, everything, stored)
            results: list[Result] = []
            for work in batch:
                mine, stored = stored[: len(work.answered)], stored[len(work.answered) :]
                results.append((work, work.then(unit, mine), None))
            self._begin_commit(batch)
            _commit(unit)
        return results

    def _begin_commit(self, batch: Sequence[_Work]) -> None:
        """From here on nobody gives up. Raises `_GivenUpError` where somebody has."""
        if not all(self._moved(work, _Stage.COMMITTING) for work in batch):
            raise _GivenUpError


def _commit(unit: Unit) -> None:
    try:
        unit.commit()
    except MovedAwayError:
        raise  # before the commit itself
    except PartUnavailableError as error:
        raise MaybeStoredError(error.part, str(error)) from error


def _no_more(_: Unit, __: Sequence[Stored]) -> None:
    return None


def _deliver(results: Sequence[Result]) -> None:
    for loop in {id(work.loop): work.loop for work, _, _ in results}.values():
        mine = [result for result in results if result[0].loop is loop]
        try:
            loop.call_soon_threadsafe(_resolve, mine)
        except RuntimeError:  # the loop has closed: nobody waits any more
            continue


def _resolve(results: Sequence[Result]) -> None:
    for work, answer, error in results:
        if work.future.done():
            continue
        if error is None:
            work.future.set_result(answer)
        else:
            work.future.set_exception(error)
