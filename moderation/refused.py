"""When no comment is taken from an account, or at a place: nobody judged what this one says, whatever was found in it.

The engine asks every part about every comment, so that a comment of an account that is not verified may have a label
beside. The decision keeps both, for those who look at it. To its author, to the public, to databases and in credit one
thing was done: the account or the place was refused. What a word of the comment caused stays moderation: a link where
links are closed, stricter limits (`emergency_thresholds`), the same words once more (`stays_removed`).
"""

from __future__ import annotations

from moderation import emergency
from moderation.decision import Decision, Outcome, Reason
from moderation.emergency import Kind
from moderation.lists import LISTED_ACCOUNT, code_of

WHATEVER_IT_SAYS = frozenset({
    "identity_unverified", "account_suspended", "account_closed", "live_closed", "rate_reached", LISTED_ACCOUNT,
    "thread_closed", "thread_slowed", emergency.code(Kind.CLOSED), emergency.code(Kind.SLOW_MODE),
})  # fmt: skip
"""Codes of reasons by which an account or a place takes no comment, or not now."""


def refusals(decision: Decision) -> list[Reason]:
    """The reasons by which the account or the place was refused; none where what it says was judged."""
    blocking = (each for each in decision.reasons if each.outcome is Outcome.BLOCK)
    return [each for each in blocking if code_of(each) in WHATEVER_IT_SAYS]
