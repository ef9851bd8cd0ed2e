"""How much one person may still decide of their own choice within the hour, by whatever page, program or key.

One door for all ways to a verdict: what is ticked is counted where the verdict over many is noted (`bulk.py`), and what
is given singly, in a case that is there by somebody's choice, is asked here (`records/alone.py` has what counts).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from moderation.errors import ConflictError
from records import alone, jobs
from records.known_as import known_as
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, VerdictKind

HOUR = timedelta(hours=1)

USUAL = 60
"""Comments within an hour, where no setting says otherwise."""


class HourOverError(ConflictError):
    """A verdict of somebody's own choice, beyond what they may decide so within an hour."""


def left(look: Reading, moderator: str, *, an_hour: int, now: datetime) -> int:
    """Over how many comments of their own choice they may still decide just now. Whoever changes something waits."""
    me = known_as(look, moderator)
    if isinstance(look, Unit):
        jobs.take_turns(look, f"bulk:{alone.person(me)}")
    return max(0, an_hour - alone.given(look, me, since=now - HOUR))


def check(
    unit: Unit, case: CaseRecord, verdict: VerdictKind, *, moderator: str, an_hour: int, now: datetime
) -> None:  # fmt: skip
    """Raises `HourOverError` where the verdict counts, and is one too many. What the queue hands out counts nothing."""
    if alone.counts(unit, case, verdict, known_as(unit, moderator)) and not left(
        unit, moderator, an_hour=an_hour, now=now
    ):
        raise HourOverError(
            "Within the hour you decided as many comments of your own choice as one person may, and this one is "
            "another: you ticked it, or had it opened again. Escalate it, or have a colleague decide it."
        )
