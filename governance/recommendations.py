"""Recommendations end by themselves where their comment is blocked, erased, changed, or of an account that is held.

Nobody is pointed to what is not there, or to an account that is held, and what was recommended was a text: another one
under the same number is recommended by whoever has read it, or not at all.

A measure that stops a comment ends them at once (`account_measures.py`). Whatever else blocks or erases one (a verdict,
once it can no longer be taken back; another decision; an author's erasure; retention) is seen by a worker's chore.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from governance import account_measures
from moderation.errors import ConflictError
from records import decisions, measures, verdicts
from records.measures import Unshown
from records.unit_of_work import Reading, Unit
from review.verdicts import SETTLED_AFTER

ERASED = "the comment was erased"
BLOCKED = "the comment was blocked"
CHANGED = "the text was changed since it was recommended"
HELD = "the account that wrote it is held by a measure or a list"

_WHY = {Unshown.ERASED: ERASED, Unshown.BLOCKED: BLOCKED, Unshown.CHANGED: CHANGED, Unshown.HELD: HELD}


def end_unshown(unit: Unit, *, now: datetime, limit: int = 200) -> int:
    """Ends those that speak of what is no more, with an entry and an event each; how many. The caller commits."""
    ended = 0
    for made, why in measures.unshown(unit, measure=account_measures.RECOMMEND, now=now, limit=limit):
        if why is not Unshown.BLOCKED or not _may_be_taken_back(unit, str(made.comment_id), now):
            with suppress(ConflictError):  # another worker, or a person, was first
                account_measures.end_by_itself(unit, made, _WHY[why], now=now)
                ended += 1
    return ended


def any_unshown(look: Reading, *, now: datetime) -> bool:
    """Whether there is anything to end."""
    return bool(measures.unshown(look, measure=account_measures.RECOMMEND, now=now, limit=1))


def _may_be_taken_back(look: Reading, comment_id: str, now: datetime) -> bool:
    held = verdicts.holding_for(look, decisions.latest_of(look, comment_id).id)
    return held is not None and now < held.created_at + SETTLED_AFTER
