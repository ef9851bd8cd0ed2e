"""How long one comment takes, beside something else on the same machine in the same minute.

A time in milliseconds says more about the machine and its neighbours than about a model. What is told is a ratio: both
answer the same comments one at a time, turn and turn about, a few rounds; of each comment the fastest round counts,
since whatever else runs only ever adds. Of the comments the mean is told and not the median: a cascade answers one half
of them fifty times as fast as the other, and its median would leap where the halves meet. The clock is the processor's
time of this process: beside a training, an answer of five milliseconds takes a quarter of a second by the wall.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Work = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Pace:
    """Mean milliseconds for one comment, of a model and of what it was held beside."""

    model: float
    beside: float

    @property
    def ratio(self) -> float:
        """How many times as long the model takes."""
        return self.model / self.beside


def pace(
    model: Work, beside: Work, texts: Sequence[str], *, rounds: int, clock: Callable[[], float] = time.process_time
) -> Pace:
    """The pace of both on `texts`, after one round that does not count. `clock` gives seconds."""
    times = np.empty((rounds + 1, len(texts), 2))
    for turn in range(rounds + 1):
        for at, text in enumerate(texts):
            for which in (0, 1) if (turn + at) % 2 else (1, 0):
                times[turn, at, which] = _seconds((model, beside)[which], text, clock)
    fastest = times[1:].min(axis=0)
    return Pace(*(1_000 * fastest.mean(axis=0)).tolist())


def _seconds(work: Work, text: str, clock: Callable[[], float]) -> float:
    begun = clock()
    work(text)
    return clock() - begun
