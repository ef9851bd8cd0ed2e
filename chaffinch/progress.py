"""Progress of long work: a bar where somebody watches, and lines where nobody does (a pipe, CI).

A line is printed for each stage, and again after a minute or when a tenth more of it is done.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

AGAIN_SECONDS = 60
AGAIN_SHARE = 0.1
SHORTEST_SECONDS = 5
"""Tenths that follow each other faster are no news: the stage is soon over."""


class Stages:
    """Hears the stage, how much of it is done (0 to 1, None where nobody knows), and a few words."""

    def __init__(self, bar: Progress, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._bar = bar
        self._clock = clock
        self._console = console
        self._task = bar.add_task("", total=1.0, note="")
        self._stage = ""
        self._said_at = 0.0
        self._said_share = 0.0

    def told(self, stage: str, share: float | None, note: str = "") -> None:
        """Shows it."""
        if not self._console.is_terminal and self._is_news(stage, share or 0.0):
            self._say(stage, share or 0.0, note)
        self._bar.update(self._task, description=escape(stage), completed=share or 0.0, note=escape(note))

    def _is_news(self, stage: str, share: float) -> bool:
        if stage != self._stage:
            return True
        seconds = self._clock() - self._said_at
        more = share - self._said_share >= AGAIN_SHARE
        return seconds >= AGAIN_SECONDS or (more and seconds >= SHORTEST_SECONDS)

    def _say(self, stage: str, share: float, note: str) -> None:
        done = f"{share:.0%}" if share else ""
        self._console.print("  " + " ".join(escape(part) for part in (stage, done, note) if part))
        self._stage, self._said_at, self._said_share = stage, self._clock(), share


@contextmanager
def stages(console: Console) -> Iterator[Stages]:
    """Shows stages on `console` until the block ends; the bar then goes away."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[note]}[/]"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield Stages(bar, console)
