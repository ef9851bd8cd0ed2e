"""What an account's state does to its comment, whatever the words are; none of it is an offence.

* A *measure* that holds the account is carried out under every policy: whoever took it meant it. Suspended and closed
  accounts are refused, a restricted one may not use what the measure names.
* *Credit* counts only under a policy that has `[credit]`; `default` asks nothing.
* A closed function refuses the comment that uses it (a link, a comment on a live stream, one too many in the hour) and
  says which; an account that may not be shown unreviewed waits for a person.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from moderation.comment import Comment
from moderation.credit import CreditRules, score_of
from moderation.decision import Outcome, Reason, Source
from moderation.standing import Closed, Function, Held, Standing
from moderation.taxonomy import Words

if TYPE_CHECKING:
    from moderation.policy import Policy

LIVE = "live"
SUSPEND, CLOSE = "suspend", "close"
_REFUSED = {SUSPEND: "account_suspended", CLOSE: "account_closed"}
CODES = (*_REFUSED.values(), "links_closed", "live_closed", "rate_reached", "account_reviewed")
"""Codes of reasons by which the account itself refuses or holds a comment, whatever it says."""
REFUSED = tuple(_REFUSED.values())
"""Those of them for which a measure alone stands, never credit."""


def credit_of(policy: Policy, comment: Comment, *, now: datetime) -> float | None:
    """What rules that ask for `credit` are told; None where the policy keeps none or nobody is named."""
    if policy.credit is None or comment.author.id is None:
        return None
    return score_of(comment.author.standing.events, policy.credit, now=now)


def account_reasons(
    policy: Policy,
    comment: Comment,
    *,
    credit: float | None,
    comments_1h: float,
    has_contact: Callable[[], bool],
    now: datetime,
) -> list[Reason]:
    """Why the account itself refuses or holds the comment, the severest first.

    `comments_1h` are the account's within the hour, this one too; `has_contact` is called only where links are closed.
    """
    if credit is None and not comment.author.standing.measures:
        return []
    held = in_force(comment.author.standing, now=now)
    refused = [one for one in held if one.measure in _REFUSED]
    if refused:
        worst = max(refused, key=lambda one: one.measure == CLOSE)
        return [_reason(policy, _REFUSED[worst.measure], Outcome.BLOCK, worst.ground)]
    closed, grounds = _closed(policy.credit, held, credit)
    met = {
        "links_closed": Function.LINKS in closed.functions and has_contact(),
        "live_closed": Function.LIVE in closed.functions and comment.context.surface == LIVE,
        "rate_reached": closed.per_hour is not None and comments_1h > closed.per_hour,
    }
    reasons = [_reason(policy, code, Outcome.BLOCK, grounds) for code, is_met in met.items() if is_met]
    if Function.UNREVIEWED in closed.functions:
        reasons.append(_reason(policy, "account_reviewed", Outcome.REVIEW, grounds))
    return reasons


def is_behind(reason: Reason, measure: str, closed: Closed) -> bool:
    """Whether a measure of this name on the account, which closes this, is why `reason` stands; else it is credit."""
    if reason.source is not Source.ACCOUNT:
        return False
    closing = {
        "links_closed": Function.LINKS in closed.functions,
        "live_closed": Function.LIVE in closed.functions,
        "account_reviewed": Function.UNREVIEWED in closed.functions,
        "rate_reached": closed.per_hour is not None,
    }
    return closing.get(reason.code, _REFUSED.get(measure) == reason.code)


def in_force(standing: Standing, *, now: datetime) -> list[Held]:
    """The measures that hold at this moment, whatever was remembered."""
    return [one for one in standing.measures if one.ends_at is None or one.ends_at > now]


def _closed(rules: CreditRules | None, held: list[Held], credit: float | None) -> tuple[Closed, str | None]:
    """What is closed by measures and credit together, and the first measure's ground."""
    closed, ground = Closed(), None
    for one in held:
        closed, ground = closed | one.closed, ground or one.ground
    if rules is not None and credit is not None:
        closed |= rules.level_of(credit).closed
    return closed, ground


def _reason(policy: Policy, code: str, outcome: Outcome, ground: str | None) -> Reason:
    words: Words = getattr(policy.messages, code)
    return Reason(code, Source.ACCOUNT, outcome, message=words.as_dict(), ground=ground or policy.ground(code))
