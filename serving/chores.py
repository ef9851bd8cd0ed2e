"""Chores of a worker, each guarded by itself: one that fails stops no other, and is tried again after growing pauses.

What fails is logged once by its name and the kind of fault, and noted where every process reads it: metrics, readiness
and `chaffinch doctor` tell it (`records/worker_chores.py`). A database that does not answer is no chore's fault.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from moderation.errors import PartUnavailableError
from records import worker_chores
from records.database import Database
from records.moved_away import MovedAwayError
from records.unit_of_work import Unit
from serving.logs import frames, log

LONGEST_PAUSE = 300.0
"""Seconds after which a chore that failed is tried again at the latest."""

NOTED_EVERY = 60.0
"""Seconds between two notes of what was done."""

_MOST_DOUBLED = 9


@dataclass(slots=True)
class Chore:
    """Something done again and again, not once: it leaves no job behind. `failed` is how often, one after the other."""

    name: str
    every: float
    do: Callable[[Database, datetime], int]
    last: float = field(default=float("-inf"))
    failed: int = 0
    fault: str = ""

    def is_due(self, at: float) -> bool:
        """Whether it is time for it, or for another try."""
        wait = min(2.0 ** min(self.failed, _MOST_DOUBLED), LONGEST_PAUSE) if self.failed else self.every
        return at - self.last >= wait


class Guard:
    """Does what is due of the chores that it is given."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._done: set[str] = set()
        self._noted = float("-inf")

    def do(self, chore: Chore) -> int:
        """How much it did; 0 also where it is not due or failed.

        Raises `PartUnavailableError` without a database, or where the records went to another one.
        """
        if not chore.is_due(time.monotonic()):
            return 0
        try:
            count = chore.do(self._database, self._now())
        except Exception as error:  # whatever one chore fails of, the others are done
            if isinstance(error, MovedAwayError):
                raise
            if isinstance(error, PartUnavailableError):
                self._database.check()
            self._failed(chore, error)
            return 0
        self._succeeded(chore)
        return count

    def note(self) -> None:
        """Tells others, once a minute, what was done."""
        if self._done and time.monotonic() - self._noted >= NOTED_EVERY:
            self._write(lambda unit: worker_chores.note_done(unit, self._done, now=self._now()))
            self._noted = time.monotonic()
            self._done.clear()

    def _failed(self, chore: Chore, error: Exception) -> None:
        kind = type(error).__name__
        chore.last, chore.failed = time.monotonic(), chore.failed + 1
        if kind != chore.fault:
            log.error("chore_failed", chore=chore.name, error=kind, where=frames(error))
        chore.fault = kind
        self._done.discard(chore.name)
        self._write(lambda unit: worker_chores.note_failure(unit, chore.name, kind, now=self._now()))

    def _succeeded(self, chore: Chore) -> None:
        chore.last = time.monotonic()
        self._done.add(chore.name)
        if chore.failed:
            log.info("chore_mended", chore=chore.name, failures=chore.failed)
            chore.failed, chore.fault = 0, ""
            self._write(lambda unit: worker_chores.note_done(unit, [chore.name], now=self._now()))

    def _write(self, how: Callable[[Unit], None]) -> None:
        """What cannot be noted is still logged, and the chores go on."""
        try:
            with self._database.unit() as unit:
                how(unit)
                unit.commit()
        except Exception as error:  # the next note may find things mended
            log.warning("chores_not_noted", error=type(error).__name__)
