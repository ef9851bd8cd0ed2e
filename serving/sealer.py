"""The sealer: twice a second, in every worker, whatever was written to the ledger is sealed by one of them.

It has a thread of its own, so that no long job delays it. What cannot be sealed is told and tried again: a database
that is away, a key that was lost while the worker ran, a ledger that somebody altered.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from moderation.errors import ChaffinchError, PartUnavailableError
from records import moved_away, sealing
from records.database import Database
from records.marks import strange
from records.notes import Signer
from records.sealing import AnotherKeyError
from serving.logs import frames, log

EVERY = 0.5
"""Seconds between two looks: what is committed is sealed within a second."""

TELL_EVERY = 60.0
"""Seconds until the same fault is told again."""

FORGET_EVERY = 600.0


class Sealer:
    """Start and stop it. `open_signer` is called first when there is something to seal, and again for a newer key."""

    def __init__(
        self,
        database: Database,
        open_signer: Callable[[], Signer],
        *,
        owner: str,
        now: Callable[[], datetime],
        every: float = EVERY,
    ) -> None:
        self._database = database
        self._open_signer = open_signer
        self._owner = owner
        self._now = now
        self._every = every
        self._signer: Signer | None = None
        self._told: tuple[float, str] = (float("-inf"), "")
        self._forgot = float("-inf")
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)

    def start(self) -> None:
        """Seals in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the round that is under way; what was written until now is sealed first."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def turn(self) -> int:
        """One round; how many entries were sealed. What went wrong is told."""
        try:
            return self._round()
        except AnotherKeyError:
            self._signer = None
        except PartUnavailableError as error:
            log.warning("sealer_waits", part=error.part, detail=str(error))
        except ChaffinchError as error:
            self._tell(type(error).__name__, detail=str(error))
        except Exception as error:  # the next round may find things mended
            self._tell(type(error).__name__, where=frames(error))
        return 0

    def _run(self) -> None:
        while not self._ending.is_set():
            if self.turn() < sealing.MOST:
                self._ending.wait(self._every)
        self.turn()

    def _round(self) -> int:
        now = self._now()
        with self._database.reading() as look:
            if moved_away.found(look) or not sealing.is_due(look, self._owner, now=now):
                return 0
        self._signer = self._signer or self._open_signer()
        with self._database.unit() as unit:
            count = sealing.seal(
                unit, self._signer, owner=self._owner, now=now, marks=self._database.marks, refused=self._strange
            )  # fmt: skip
            if count and time.monotonic() - self._forgot > FORGET_EVERY:
                sealing.forget(unit, now=now)
                self._forgot = time.monotonic()
            unit.commit()
        return count

    def _strange(self, ids: Sequence[str]) -> None:
        self._tell("StrangeEntries", detail=strange(ids))

    def _tell(self, fault: str, **more: object) -> None:
        """The same fault comes twice a second: it is told once a minute."""
        at, before = self._told
        if before == fault and time.monotonic() - at < TELL_EVERY:
            return
        self._told = time.monotonic(), fault
        log.error("not_sealed", error=fault, **more)
