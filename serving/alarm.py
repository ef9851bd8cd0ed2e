"""Follows the emergencies, and whether the records went to another database (`whereabouts.py`).

In a thread of its own: a model that takes long to load must keep no worker out of step.

Each looks once a second at the epoch and takes over what runs within two seconds of the second person's yes. An
emergency is ended here by the monotonic clock, at the latest its whole length after this process heard of it; a wall
clock that is set back makes none longer. While the database is silent those that are known go on until they end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

from moderation.emergency import Emergency
from moderation.errors import PartUnavailableError
from records import emergencies, epoch, moved_away
from records.database import Database
from records.emergencies import EmergencyRecord
from serving.engine_holder import EngineHolder
from serving.logs import frames, log
from serving.whereabouts import Whereabouts


class Alarm:
    """Call `start`; `look` is one look."""

    def __init__(
        self,
        database: Database,
        holder: EngineHolder,
        *,
        whereabouts: Whereabouts,
        now: Callable[[], datetime],
        every: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._holder = holder
        self._whereabouts = whereabouts
        self._now = now
        self._every = every
        self._clock = clock
        self._seen: int | None = None
        self._known: dict[str, Emergency] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alarm", daemon=True)

    def start(self) -> None:
        """One look before the first answer, then one each second."""
        self._look_safely()
        self._thread.start()

    def stop(self) -> None:
        """Ends after the look that is under way."""
        self._ending.set()
        self._thread.join(timeout=5)

    def look(self) -> None:
        """Takes over what runs where the epoch has changed. Raises `PartUnavailableError`."""
        with self._database.reading() as look:
            self._whereabouts.note(moved_away.found(look))
            counter = epoch.read(look).emergency
            if counter == self._seen:
                return
            found = emergencies.running(look)
        # One that is known keeps the end that it has here.
        self._known = {each.id: self._known.get(each.id) or self._made(each) for each in found}
        self._holder.take_emergencies(tuple(self._known.values()))
        self._seen = counter
        log.info("emergencies_live", ids=list(self._known))

    def _made(self, record: EmergencyRecord) -> Emergency:
        whole = (record.ends_at - record.starts_at).total_seconds()
        left = min((record.ends_at - self._now()).total_seconds(), whole)
        return Emergency(record.id, record.scope, record.effect, self._clock() + left, record.is_drill)

    def _run(self) -> None:
        while not self._ending.wait(self._every):
            self._look_safely()

    def _look_safely(self) -> None:
        try:
            self.look()
        except PartUnavailableError:
            return  # the next look may find it there
        except Exception as error:  # the next look may find things mended
            log.error("alarm_failed", error=type(error).__name__, where=frames(error))
