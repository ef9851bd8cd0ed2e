"""Looks once a second for what changed: model, rules, policies, keys, what others saw. In step within two seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from moderation.errors import PartUnavailableError
from records import cases, drift, epoch, keys, outbox, shadow, webhooks, worker_chores
from records.database import Database
from records.house_values import EpochRecord
from records.paging import MAX_LIMIT
from serving.engine_holder import EngineHolder
from serving.keys import Gate
from serving.logs import frames, log
from serving.metrics import Metrics

TOUCH_EVERY = 30
"""Looks between two notes of which keys were used."""


class Follower:
    """A thread of its own: loading a bundle must not stop answers. `others` are called at each look too."""

    def __init__(
        self,
        database: Database,
        holder: EngineHolder,
        gate: Gate,
        metrics: Metrics,
        others: Sequence[Callable[[], object]],
        *,
        now: Callable[[], datetime],
        every: float = 1.0,
    ) -> None:
        self._database = database
        self._holder = holder
        self._gate = gate
        self._metrics = metrics
        self._others = others
        self._now = now
        self._every = every
        self._looks = 0
        self._failing: set[str] = set()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="follower", daemon=True)

    def start(self) -> None:
        """Starts looking."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the look that is under way."""
        self._ending.set()
        self._thread.join(timeout=5)

    def look(self) -> None:
        """One look; a step that fails stops no other."""
        self._guarded("parts", lambda: self._holder.look(self._counters()))
        self._guarded("keys", self._gate.look)
        self._guarded("figures", self._show)
        for number, follow in enumerate(self._others):
            self._guarded(f"other {number}", follow)
        self._looks += 1
        if self._looks % TOUCH_EVERY == 0:
            self._guarded("touch", self._touch)

    def _run(self) -> None:
        while not self._ending.wait(self._every):
            self.look()

    def _guarded(self, step: str, do: Callable[[], object]) -> None:
        """What fails is told once, and done again at the next look, which may find things mended."""
        try:
            do()
        except PartUnavailableError:
            return
        except Exception as error:  # whatever one step fails of, the others are done
            if step not in self._failing:
                log.error("look_failed", step=step, error=type(error).__name__, where=frames(error))
            self._failing.add(step)
        else:
            self._failing.discard(step)

    def _counters(self) -> EpochRecord | None:
        """The epoch; None without a database."""
        try:
            with self._database.reading() as look:
                return epoch.read(look)
        except PartUnavailableError:
            return None

    def _show(self) -> None:
        """What waits for people and for platforms, drift, the shadow, how the workers' chores go."""
        with self._database.reading() as look:
            self._metrics.queues(cases.depths(look), self._now())
            self._metrics.drifts(drift.latest(look).found)
            self._metrics.shadowed(next(iter(shadow.runs(look)), None))
            self._metrics.chores(worker_chores.every(look), self._now())
            endpoints = webhooks.page(look, limit=MAX_LIMIT).items
            self._metrics.webhooks(endpoints, outbox.backlog(look) if endpoints else (), self._now())

    def _touch(self) -> None:
        used = self._gate.take_used()
        if not used:
            return
        with self._database.unit() as unit:
            for key_id in sorted(used):
                keys.touch(unit, key_id, now=self._now())
            unit.commit()
