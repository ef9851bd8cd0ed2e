"""How fast training goes and how long it will still take.

Steps differ (a batch of long comments takes ten times as long as one of short ones), so time is counted for each
piece of text, not for each step. The remaining time is what is left at the speed of the last steps, validations
included; it is None until enough was measured, and an early end only makes it shorter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from time import perf_counter

WINDOW = 50
FEWEST = 5
"""Steps to have seen before a remaining time is told."""

FORWARD_SHARE = 1 / 3
"""Of a training step's time, what looking costs; used until the first validation was timed."""


class Stage(StrEnum):
    """What is being done."""

    READING = "reading"
    TRAINING = "training"
    VALIDATING = "validating"


@dataclass(frozen=True, slots=True)
class Progressed:
    """`done` of `total` steps (or rows read, when reading), the last loss, rows a second, seconds left or None."""

    stage: Stage
    done: int
    total: int
    loss: float | None = None
    rows_per_second: float | None = None
    remaining: float | None = None


Progress = Callable[[Progressed], None]


class Clock:
    """Measures, and tells `progress`."""

    def __init__(
        self,
        progress: Progress,
        *,
        steps: int,
        rows: int,
        validations: int = 0,
        validation_cost: int = 0,
        now: Callable[[], float] = perf_counter,
    ) -> None:
        """`rows` a step; `validations` in all, each of so many padded pieces."""
        self._progress, self._steps, self._rows, self._now = progress, steps, rows, now
        self._validations_left, self._validation_cost = validations, validation_cost
        self._recent: deque[tuple[float, int]] = deque(maxlen=WINDOW)
        self._costs = [0, 0]
        self._validation: float | None = None
        self.seconds = 0.0
        self.steps_timed = 0

    @property
    def rows_per_second(self) -> float:
        """Rows trained on for each second of training steps; 0 where none was made."""
        return self._rows * self.steps_timed / self.seconds if self.seconds else 0.0

    @contextmanager
    def reading(self, total: int, pieces: int) -> Iterator[Callable[[int, int], None]]:
        """While so many rows are read once, of so many pieces; the callable hears of each batch's rows and pieces.

        Short rows come first, so that time is counted for each piece; rows that were read before have none.
        """
        begun, done, read = self._now(), 0, 0

        def told(rows: int, cost: int) -> None:
            nonlocal done, read
            done, read = min(total, done + rows), read + cost
            took = max(self._now() - begun, 1e-9)
            left = max(0, pieces - read) / max(read, 1) if done < total else 0.0
            self._progress(Progressed(Stage.READING, done, total, None, done / took, took * left))

        yield told

    @contextmanager
    def step(self, number: int, cost: int) -> Iterator[Callable[[float], None]]:
        """While a step is made that costs so many padded pieces; the callable hears its loss and tells it on."""
        begun, losses = self._now(), list[float]()
        yield losses.append
        took = self._now() - begun
        self.seconds += took
        self.steps_timed += 1
        self._recent.append((took, cost))
        self._costs[0] += cost
        self._costs[1] += 1
        loss = losses[-1] if losses else None
        self._progress(
            Progressed(Stage.TRAINING, number, self._steps, loss, self._recent_speed(), self.remaining(number))
        )

    @contextmanager
    def validating(self, done: int) -> Iterator[None]:
        """While validation rows are looked at, after `done` steps."""
        begun = self._now()
        self._progress(Progressed(Stage.VALIDATING, done, self._steps))
        yield
        self._validation = self._now() - begun
        self._validations_left = max(0, self._validations_left - 1)

    def remaining(self, done: int) -> float | None:
        """Seconds left after `done` steps; None where too little was measured."""
        if len(self._recent) < FEWEST:
            return None
        per_piece = sum(took for took, _ in self._recent) / max(1, sum(cost for _, cost in self._recent))
        mean_cost = self._costs[0] / self._costs[1]
        guess = self._validation_cost * per_piece * FORWARD_SHARE
        validation = guess if self._validation is None else self._validation
        return (self._steps - done) * mean_cost * per_piece + self._validations_left * validation

    def _recent_speed(self) -> float:
        return self._rows * len(self._recent) / max(sum(took for took, _ in self._recent), 1e-9)
