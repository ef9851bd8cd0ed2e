"""Which measures one person does not take alone: closing an account, and what `[two_people]` of a policy says.

The policy is not the caller's choice. A key may name any (`default` asks for nobody), so those under which the target
was judged say it too, and the strictest of them holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from moderation.policy import Policy, TwoPeople
from records import decisions, measures
from records.measures import NewMeasure
from records.personal import Keyring
from records.standing_values import TargetKind
from records.unit_of_work import Reading

HOUR = timedelta(hours=1)


def needs_two(
    look: Reading, new: NewMeasure, keyring: Keyring, target_id: str, policies: Mapping[str, Policy], *,
    named: Policy, now: datetime,
) -> bool:  # fmt: skip
    """Whether the measure waits for a second person, by the strictest policy over its target.

    `target_id` is the platform's; `policies` are those in force, by name, and `named` is the one that was asked for. A
    policy that is there no more says nothing.
    """
    over = {
        named.name: named,
        **{name: policies[name] for name in _over(look, new, keyring, target_id) & set(policies)},
    }
    return closes(new) or any(_says(look, new, each.two_people, now) for each in over.values())


def closes(new: NewMeasure) -> bool:
    """Whether it closes an account, which takes two under every policy."""
    return new.target_kind is TargetKind.AUTHOR and new.measure == "close"


def _over(look: Reading, new: NewMeasure, keyring: Keyring, target_id: str) -> set[str]:
    if new.comment_id is not None:
        return decisions.policies_of_comment(look, new.comment_id)
    if new.target_kind is TargetKind.THREAD:
        return decisions.policies_of_thread(look, target_id)
    return decisions.policies_of_author(look, keyring, target_id)


def _says(look: Reading, new: NewMeasure, rules: TwoPeople, now: datetime) -> bool:
    suspends = new.measure == "suspend"
    longest = float("inf") if rules.longest_days is None else rules.longest_days
    if new.target_kind is TargetKind.AUTHOR and suspends and longest < (new.days or float("inf")):
        return True
    ends_a_thread = new.measure == "close" or (suspends and new.days is None)
    if new.target_kind is TargetKind.THREAD and rules.threads and ends_a_thread:
        return True
    return rules.an_hour is not None and measures.asked_since(look, new.asked_by, now - HOUR) >= rules.an_hour
