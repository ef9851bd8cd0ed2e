"""Fine-tuning's progress in words."""

from __future__ import annotations

from collections.abc import Callable

from training.clock import Progressed, Stage
from training.order import Progress

_STAGES = {Stage.READING: "read", Stage.TRAINING: "learn", Stage.VALIDATING: "validate"}


def heard(progress: Progress, name: str = "encoder") -> Callable[[Progressed], None]:
    """Fine-tuning's progress in words: the loss, the speed, and how long it will still take."""

    def told(step: Progressed) -> None:
        parts = [f"loss {step.loss:.3f}" if step.loss is not None else "",
                 f"{step.rows_per_second:.0f} rows/s" if step.rows_per_second else "",
                 f"{in_words(step.remaining)} left" if step.remaining is not None else ""]  # fmt: skip
        progress(f"{name}: {_STAGES[step.stage]}", step.done / max(step.total, 1), ", ".join(filter(None, parts)))

    return told


def in_words(seconds: float) -> str:
    """`40 s`, `12 min`, `1 h 05 min`."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
