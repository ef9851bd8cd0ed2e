"""Second looks go where they are needed: their share rises where two people agree little, and falls back.

Once an hour alpha is taken of each queue (a surface) and each label, over the last `low_days` days. Where it lies below
`low_alpha` (`[second_looks]` of `configs/queues.toml`) over at least `low_enough` texts that two people answered,
the share of that queue's verdicts, or of verdicts about that label (it is suspected, or given), is `low_times` as
large, and never above `low_most`. It falls back as soon as that is no longer so. The page *Quality* says why.

Comments that were drawn with a higher chance must not count for more, or alpha would move because it was looked at:
each is weighed by the chance with which it was drawn (`verdicts.second_chance`; `review/agreement.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from records import jobs, steered_looks
from records.database import Database
from records.house_queues import SecondLooks
from records.steered_looks import LABEL, QUEUE, Steered
from records.unit_of_work import Reading
from review import agreement
from review.agreement import Alpha


def steer(database: Database, now: datetime) -> int:
    """Measures anew and keeps what is to be looked at oftener; how many are new or gone. For a worker.

    It is measured before a writer's turn is taken, which is not asked for where nothing was steered or is to be.
    """
    with database.reading() as look:
        looks, before = look.queues.second_looks, {(one.kind, one.name) for one in steered_looks.every(look)}
        found = [_of(one, count, now) for one, count in measured(look, looks, now=now) if _is_low(one, looks)]
    if not before and not found:
        return 0
    with database.unit() as unit:
        jobs.take_turns(unit, "second_looks")
        steered_looks.replace(unit, found, now=now)
        unit.commit()
    return len(before ^ {(one.kind, one.name) for one in found})


def measured(look: Reading, looks: SecondLooks, *, now: datetime) -> list[tuple[Alpha, int]]:
    """Alpha of each queue and each label, and over how many texts; none where nothing is steered."""
    if not looks.low_alpha:
        return []
    since = now - timedelta(days=looks.low_days)
    return agreement.measured_where_enough(look, since=since, least=looks.low_enough)


def chance_of(look: Reading, queue: str, labels: Collection[str], usual: float) -> float:
    """With which a verdict in this queue (a surface), about these labels, goes to a second person."""
    looks = look.queues.second_looks
    if not looks.low_alpha or not usual:
        return usual
    return looks.steered(usual) if steered_looks.any_of(look, queue=queue, labels=labels) else usual


def _is_low(found: Alpha, looks: SecondLooks) -> bool:
    return found.alpha is not None and found.alpha < looks.low_alpha


def _of(found: Alpha, judged: int, now: datetime) -> Steered:
    low, high = found.interval or (None, None)
    kind, name = (QUEUE, found.queue) if found.queue is not None else (LABEL, found.label)
    return Steered(kind, name or "", found.alpha or 0.0, low, high, judged, now, now)
