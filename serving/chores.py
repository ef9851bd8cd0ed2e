"""Chores of a worker, each guarded by itself: one that fails stops no other, and is tried again after growing pauses.

What fails is logged once by its name and the kind of fault, and noted where every process reads it: metrics, readiness
and `chaffinch doctor` tell it (`records/worker_chores.py`). A database that does not answer, or takes nothing that is
written, is no chore's fault: nothing is counted, and all is tried again at the next turn. What a database or a disk
refused for another reason (it is nearly full, somebody holds a row) is mended elsewhere too, so nobody waits long for
another try.
"""

from __future__ import annotations

import errno
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

LONGEST_OF_ANOTHER = 10.0
"""As much for one that failed of a part or a disk that all share: when that is mended, nothing is late for longer."""

NOTED_EVERY = 60.0
"""Seconds between two notes of what was done."""

_MOST_DOUBLED = 9
_OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


@dataclass(slots=True)
class Chore:
    """Something done again and again, not once: it leaves no job behind.

    `failed` is how often, one after the other; `longest` the pause that such failures come to, in seconds.
    """

    name: str
    every: float
    do: Callable[[Database, datetime], int]
    last: float = field(default=float("-inf"))
    failed: int = 0
    fault: str = ""
    longest: float = LONGEST_PAUSE

    def is_due(self, at: float) -> bool:
        """Whether it is time for it, or for another try."""
        wait = min(2.0 ** min(self.failed, _MOST_DOUBLED), self.longest) if self.failed else self.every
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

        Raises `PartUnavailableError` where the database does not answer, takes nothing, or was copied away.
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
            self._noted = time.monotonic()
            if self._write(lambda unit: worker_chores.note_done(unit, self._done, now=self._now())) is None:
                self._done.clear()

    def _failed(self, chore: Chore, error: Exception) -> None:
        """Counts it, unless it shows that nobody could write: then that is raised."""
        kind = type(error).__name__
        refused = self._write(lambda unit: worker_chores.note_failure(unit, chore.name, kind, now=self._now()))
        if isinstance(error, PartUnavailableError) and isinstance(refused, PartUnavailableError):
            raise refused
        chore.last, chore.failed = time.monotonic(), chore.failed + 1
        chore.longest = LONGEST_OF_ANOTHER if _is_of_another(error) else LONGEST_PAUSE
        if kind != chore.fault:
            log.error("chore_failed", chore=chore.name, error=kind, where=frames(error))
        chore.fault = kind
        self._done.discard(chore.name)

    def _succeeded(self, chore: Chore) -> None:
        chore.last = time.monotonic()
        self._done.add(chore.name)
        if chore.failed:
            log.info("chore_mended", chore=chore.name, failures=chore.failed)
            chore.failed, chore.fault = 0, ""
            self._write(lambda unit: worker_chores.note_done(unit, [chore.name], now=self._now()))

    def _write(self, how: Callable[[Unit], None]) -> Exception | None:
        """What cannot be noted is still logged, and the chores go on; why it could not."""
        try:
            with self._database.unit() as unit:
                how(unit)
                unit.commit()
        except Exception as error:  # the next note may find things mended
            log.warning("chores_not_noted", error=type(error).__name__)
            return error
        return None


def _is_of_another(error: Exception) -> bool:
    """Whether what failed is a part, or a disk, that others use as well."""
    return isinstance(error, PartUnavailableError) or (isinstance(error, OSError) and error.errno in _OF_THE_DISK)
