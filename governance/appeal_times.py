"""Until when a measure can be appealed: by the policy that it names and by those under which its cause was judged.

Who takes a measure names a policy, or leaves that to the key or the house. That must not shorten the time which the
author's own law gives: of all these policies the one with the longest time counts, in notices and at the door alike.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from governance.complaint_rules import AppealTimes
from records import decisions
from records.house_queues import Redress
from records.standing_values import MeasureRecord
from records.unit_of_work import Reading


def until(look: Reading, made: MeasureRecord, times: AppealTimes) -> datetime:
    """The last moment to appeal it."""
    began = made.starts_at or made.created_at
    return max(times.until(began, policy) for policy in _policies(look, made))


def redress_for(look: Reading, made: MeasureRecord) -> Redress:
    """What the notice of this measure tells of redress: with its own time."""
    redress = look.queues.redress
    days = max(redress.days_under(policy) for policy in _policies(look, made))
    return replace(redress, under={**redress.under, _name(made): days})


def _policies(look: Reading, made: MeasureRecord) -> set[str]:
    about = made.cause_id or made.comment_id
    return {_name(made), *(decisions.policies_of_comment(look, about) if about else ())}


def _name(made: MeasureRecord) -> str:
    return (made.policy or "").partition("@")[0]
