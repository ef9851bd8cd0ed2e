"""Recommendations end by themselves where their comment is blocked or erased: nobody is pointed to what is not there.

A measure that stops a comment ends them at once (`account_measures.py`). Whatever else blocks or erases one (a verdict,
once it can no longer be taken back; another decision; an author's erasure; retention) is seen by a worker's chore.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from governance import account_measures
from moderation.errors import ConflictError
from records import decisions, measures, verdicts
from records.unit_of_work import Reading, Unit
from review.verdicts import SETTLED_AFTER

ERASED = "the comment was erased"
BLOCKED = "the comment was blocked"


def end_unshown(unit: Unit, *, now: datetime, limit: int = 200) -> int:
    """Ends those whose comment is blocked or erased, with an entry and an event each; how many. The caller commits."""
    ended = 0
    for made, is_erased in measures.unshown(unit, measure=account_measures.RECOMMEND, limit=limit):
        if is_erased or not _may_be_taken_back(unit, str(made.comment_id), now):
            with suppress(ConflictError):  # another worker, or a person, was first
                account_measures.end_by_itself(unit, made, ERASED if is_erased else BLOCKED, now=now)
                ended += 1
    return ended


def any_unshown(look: Reading) -> bool:
    """Whether there is anything to end."""
    return bool(measures.unshown(look, measure=account_measures.RECOMMEND, limit=1))


def _may_be_taken_back(look: Reading, comment_id: str, now: datetime) -> bool:
    held = verdicts.holding_for(look, decisions.latest_of(look, comment_id).id)
    return held is not None and now < held.created_at + SETTLED_AFTER
