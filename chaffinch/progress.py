"""Progress of long work: a bar where somebody watches, one line a stage where nobody does (a pipe, CI)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Stages:
    """Hears the stage, how much of it is done (0 to 1, None where nobody knows), and a few words."""

    def __init__(self, bar: Progress, console: Console) -> None:
        self._bar = bar
        self._console = console
        self._task = bar.add_task("", total=1.0, note="")
        self._stage = ""

    def told(self, stage: str, share: float | None, note: str = "") -> None:
        """Shows it."""
        if stage != self._stage and not self._console.is_terminal:
            self._console.print(f"  {escape(stage)} {escape(note)}".rstrip())
        self._stage = stage
        self._bar.update(self._task, description=escape(stage), completed=share or 0.0, note=escape(note))


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
