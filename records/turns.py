"""When a case's turn comes: worked out once, when it is opened, so that the next case is an index look-up.

A queue promises that a person looks within some time. The promise is divided by the case's weight, harm times reach
times unsureness, and added to the moment of opening: who comes first in that order comes first at any later moment too,
since all cases grow older alike. So the worst of today goes before the mild of today, and nothing waits for ever: a
mild case of an hour ago goes before a grave one of this minute.

* Harm: four times as heavy for each point of `priority` (`records/opening.py`: how likely, and how grave it would be),
  at most four points.
* Reach: comments of its thread, by their order of magnitude: a thread of 10 doubles, one of 1,000 quadruples.
* Unsureness: twice as heavy where the model's score is a toss-up, for the answer teaches most there.

What is asked for what it teaches alone (a priority below zero) has no reader waiting, and a month.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

FOR_LEARNING = timedelta(days=30)

MOST_REACH = 1000
"""A longer thread counts as one of so many comments."""

_MOST_HARM = 4.0


@dataclass(frozen=True, slots=True)
class Promises:
    """Within which time each queue promises that a person has looked; `elsewhere` is of queues that are not named."""

    by_queue: Mapping[str, timedelta]
    elsewhere: timedelta = timedelta(hours=1)
    for_learning: timedelta = FOR_LEARNING

    def of(self, queue: str, priority: float = 0.0) -> timedelta:
        """How long a case of this queue may wait."""
        return self.for_learning if priority < 0 else self.by_queue.get(queue, self.elsewhere)


USUAL = Promises(
    {
        "live": timedelta(minutes=5),
        "news": timedelta(minutes=15),
        "campaigns": timedelta(minutes=15),
        "escalated": timedelta(minutes=30),
        "forum": timedelta(hours=1),
        "complaints": timedelta(hours=2),
        "appeals": timedelta(days=7),
    }
)
"""As `configs/queues.toml` and `complaints.toml` are shipped, for whoever reads none."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A case's weight, the moment it is promised for (`due_at`), and its place in the order (`turn_at`)."""

    weight: float
    due_at: datetime
    turn_at: datetime


def weight_of(priority: float, *, reach: int, unsureness: float) -> float:
    """Harm times reach times unsureness. `reach` counts comments, `unsureness` is 0 to 1."""
    seen_by = 1 + math.log10(min(max(reach, 1), MOST_REACH))
    return round(4 ** min(priority, _MOST_HARM) * seen_by * (1 + unsureness), 6)


def turn_of(
    queue: str, priority: float, weight: float, *, opened: datetime, promises: Promises = USUAL,
    promised: timedelta | None = None,
) -> Turn:  # fmt: skip
    """Where a case of this weight stands in this queue, or with what was `promised` of this very case."""
    wait = promises.of(queue, priority) if promised is None else promised
    return Turn(weight, opened + wait, opened + wait / weight)
