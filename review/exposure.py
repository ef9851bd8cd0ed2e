"""How much of the worst each person sees, and for how long they have worked without a break.

**The worst is limited and spread.** Of cases of what wears people down (suspected, complained of, or found to be so) a
person is given so many an
hour and no more; those that wait go to colleagues who have seen less. After a few of them in a row something else comes
first, where something else waits. What was looked at counts, decided or not: verdicts, skips, what is in hand, and
every such text that was read unblurred on whatever page, beside a case or far from the queue. Each text counts once,
wherever it was met. No page is closed to anybody at the limit; the queue alone keeps to it.

A break is suggested and never forced: nobody knows better than the person when it suits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from records import exposures
from records.exposures import Worst
from records.unit_of_work import Reading, Unit
from records.waiting import Wanted

WORST = ("abuse", "hate", "sexual")
"""Labels of texts that wear people down who read them all day."""

WORST_GROUNDS = ("minors", "self_harm", "violence")
"""What people alone find and that wears them down likewise."""

WORST_COMPLAINTS = ("harassment", "minors", "self_harm", "threat")
"""Kinds of complaints about such texts."""

COUNTED = Worst(WORST, WORST_GROUNDS, WORST_COMPLAINTS)

WINDOW = timedelta(hours=1)

MOST_SHOWN = 500
"""Texts of one page that count: more than any shows."""

AWAY = timedelta(minutes=5)
"""Whoever decides nothing for so long has had a break."""


@dataclass(frozen=True, slots=True)
class Wellness:
    """What a house asks of nobody. 0: no limit, no suggestion.

    `worst_an_hour` texts of the worst labels for each person; `in_a_row` of them before something else comes; a break
    is suggested after `break_after`.
    """

    worst_an_hour: int = 0
    in_a_row: int = 0
    break_after: timedelta = timedelta(0)


UNLIMITED = Wellness()


@dataclass(frozen=True, slots=True)
class Exposure:
    """Texts of the worst that one person saw in the last hour, cases looked at, worst in a row; when the limit ends."""

    worst: int
    cases: int
    in_a_row: int
    free_at: datetime | None


def of(look: Reading, moderator: str, wellness: Wellness, *, now: datetime) -> Exposure:
    """What `moderator` saw within the last hour. `free_at` is None where the limit is not reached."""
    seen = exposures.seen(look, moderator, COUNTED, since=now - WINDOW)
    worst = [each.at for each in seen if each.worst]
    row = sum(1 for _ in takewhile(lambda each: each.worst, reversed(seen)))
    limit = wellness.worst_an_hour
    over = limit and len(worst) >= limit
    cases = sum(each.is_case for each in seen)
    return Exposure(len(worst), cases, row, worst[-limit] + WINDOW if over else None)


def seen_since(look: Reading, moderator: str, *, since: datetime) -> int:
    """Texts of the worst that were before their eyes since then, decided or not: counted as those of the hour."""
    return sum(each.worst for each in exposures.seen(look, moderator, COUNTED, since=since))


def spared(look: Reading, moderator: str, wanted: Wanted, wellness: Wellness, *, now: datetime) -> tuple[Wanted, ...]:
    """What to ask the queue for, one after the other until something is found.

    Without a limit just what is `wanted`; at the limit without the worst; after some in a row first without them.
    """
    if not (wellness.worst_an_hour or wellness.in_a_row):
        return (wanted,)
    found = of(look, moderator, wellness, now=now)
    mild = replace(wanted, but=WORST, but_complaints=WORST_COMPLAINTS)
    if found.free_at is not None:
        return (mild,)
    return (mild, wanted) if wellness.in_a_row and found.in_a_row >= wellness.in_a_row else (wanted,)


def shown(unit: Unit, moderator: str, comment_ids: Sequence[str], *, now: datetime) -> None:
    """These texts of the worst were shown to them, unblurred, `MOST_SHOWN` at most; the caller commits."""
    if comment_ids:
        exposures.note(unit, moderator, comment_ids[:MOST_SHOWN], now=now)


def of_all(look: Reading, *, since: datetime) -> Mapping[str, tuple[int, int]]:
    """By moderator how many texts they are known to have read since then, and how many of these were of the worst."""
    return exposures.by_moderator(look, COUNTED, since=since)


def worked_for(moments: Sequence[datetime], now: datetime) -> timedelta:
    """How long somebody who decided at these moments (oldest first) has been at it without a break."""
    began, last = now, now
    for moment in reversed(moments):
        if last - moment >= AWAY:
            break
        began = last = moment
    return now - began


def break_due(look: Reading, moderator: str, wellness: Wellness, *, now: datetime) -> timedelta | None:
    """For how long `moderator` has worked without a break, where one is due; else None."""
    if not wellness.break_after:
        return None
    worked = worked_for(exposures.decided_at(look, moderator, since=now - 2 * wellness.break_after), now)
    return worked if worked >= wellness.break_after else None
