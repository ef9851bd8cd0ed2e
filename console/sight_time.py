"""For how long a case was before somebody's eyes, as the server knows it: since it was handed to them with a page.

The page holds the same from when it is painted (`static/slips.js`), and a script that sends forms has no page. A case
that is taken ahead comes with the page of the one before it, so that keys that were pressed without a network, and are
sent one after the other later, find theirs given long before.
"""

from __future__ import annotations

from datetime import timedelta

from console.visit import Visit
from moderation.errors import ConflictError
from records import ledger
from records.unit_of_work import Reading

HANDED = ("case.claimed", "case.reopened", "case.taken")
"""Entries by which a case comes into somebody's hand: from the queue or a colleague, opened anew, or found."""


class TooSoonError(ConflictError):
    """Nobody can have seen the case by now."""


def check(look: Reading, visit: Visit, case_id: str) -> None:
    """Raises `TooSoonError` for a verdict sooner after it came into a hand than a case has to be on the screen."""
    least = timedelta(milliseconds=visit.parts.seen_ms)
    handed = ledger.last_of(look, HANDED, [case_id]).values() if least else ()
    if any(visit.now - entry.created_at < least for entry in handed):
        raise TooSoonError("This case was handed out a moment ago: look at it first.")
