from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from chaffinch.progress import Stages

Told = tuple[float, str, float | None, str]


def printed(*told: Told) -> list[str]:
    """The lines that nobody watches, of stages told at these seconds."""
    now = 0.0
    console = Console(file=io.StringIO(), width=100)
    stages = Stages(Progress(console=console, disable=True), console, clock=lambda: now)
    for second, stage, share, note in told:
        now = second
        stages.told(stage, share, note)
    assert isinstance(console.file, io.StringIO)
    return [line.strip() for line in console.file.getvalue().splitlines()]


def test_a_stage_is_told_once_where_nothing_is_new() -> None:
    assert ["read", "learn"] == printed((0, "read", None, ""), (1, "read", 0.05, ""), (2, "learn", 0.0, ""))


def test_a_long_stage_is_told_again_each_minute() -> None:
    told = [(float(second), "learn", second / 10_000, f"{16 - second // 60} min left") for second in range(0, 150, 10)]
    assert ["learn 16 min left", "learn 1% 15 min left", "learn 1% 14 min left"] == printed(*told)


def test_a_tenth_more_is_told_before_the_minute_is_over() -> None:
    assert ["learn", "learn 10%", "learn 25%"] == printed(
        (0, "learn", 0.0, ""), (10, "learn", 0.1, ""), (20, "learn", 0.19, ""), (30, "learn", 0.25, "")
    )


def test_a_stage_of_seconds_is_not_told_in_tenths() -> None:
    assert ["ask"] == printed(*((second / 4, "ask", second / 10, "") for second in range(10)))


@pytest.mark.parametrize("stage", ["learn", "[encoder]"])
def test_a_stage_is_printed_as_it_is_called(stage: str) -> None:
    assert [f"{stage} 50%"] == printed((0, stage, 0.5, ""))
