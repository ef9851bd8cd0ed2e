"""Ctrl-C in the middle of many rows: what is begun is finished, nothing more is read, and the result so far is told."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

from moderation.errors import ChaffinchError

T = TypeVar("T")


class StoppedError(ChaffinchError):
    """Somebody stopped a command that told what it had; the command line exits with 130."""


class Stop:
    """Whether somebody asked to stop. Whoever waits for the next row is woken; whoever works on one finishes it."""

    def __init__(self) -> None:
        self.was_asked = False
        self._waits = False

    def until_asked(self, rows: Iterable[T]) -> Iterator[T]:
        """The rows, until somebody asks to stop."""
        waiting = iter(rows)
        while not self.was_asked:
            try:
                self._waits = True
                row = next(waiting)
            except (StopIteration, KeyboardInterrupt):
                return
            finally:
                self._waits = False
            yield row

    def hear(self, _number: int, _frame: FrameType | None) -> None:
        """Takes the signal."""
        self.was_asked = True
        if self._waits:
            raise KeyboardInterrupt


@contextmanager
def stopping() -> Iterator[Stop]:
    """Hears Ctrl-C until the block ends."""
    stop = Stop()
    before = signal.signal(signal.SIGINT, stop.hear)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)
