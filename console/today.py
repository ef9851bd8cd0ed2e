"""What stands below the desk: how much is left for the visitor, and what they did today. Theirs alone, beside nobody's.

Asked for once a minute and after each case, not within the verdict that somebody waits for; each question ends at a
number of rows, or is of one person's day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from zoneinfo import ZoneInfo

from console import desk
from console.visit import Visit
from records import own_work
from records.flow import READ
from records.known_as import known_as
from records.unit_of_work import Reading
from review.agreement import ENOUGH
from review.queue import LEASE


@dataclass(frozen=True, slots=True)
class Today:
    """Cases that wait for the visitor (`is_more`: more than are counted), verdicts since midnight by the house's clock.

    `pace`: seconds from one verdict to the next, the median without pauses; None where there are too few.
    """

    left: int
    is_more: bool
    done: int
    pace: float | None


def today(look: Reading, visit: Visit) -> Today | None:
    """None for who learns: their lessons are no work that is left."""
    if visit.me.trainee:
        return None
    zone = ZoneInfo(look.queues.zone)
    midnight = visit.now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    given = own_work.given(look, known_as(look, visit.me.id), since=midnight)
    left = desk.left(look, visit)
    return Today(left, left >= desk.MOST_ELSEWHERE, len(given), _pace([one.at for one in reversed(given)]))


def _pace(moments: list[datetime]) -> float | None:
    """Many decided at once are one step; what lasts longer than a lease is a pause."""
    steps = [later - earlier for earlier, later in pairwise(moments)]
    worked = [step.total_seconds() for step in steps if READ <= step <= LEASE]
    return median(worked) if len(worked) >= ENOUGH else None
