"""Which measures one person does not take alone: closing an account, what `[two_people]` of a policy says.

A thread is held as an account is: for longer than one person holds anything, or without an end, by two.

And what takes the place of a measure that two agreed on: what took two to do takes two to undo, however it is called.

The policy is not the caller's choice. A key may name any (`default` asks for nobody), so those under which the target
was judged say it too, and the strictest of them holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from governance import causes
from governance.hands import every_name
from moderation.policy import Policy, TwoPeople
from records import approvals, decisions, measures
from records.house_values import ApprovalState
from records.measures import NewMeasure
from records.personal import Keyring
from records.standing_values import MeasureRecord, TargetKind
from records.unit_of_work import Reading

HOUR = timedelta(hours=1)

ADDED_UP = timedelta(days=180)
"""So far back what one person held an account or a thread by adds up; longer where a policy lets one person hold it
for longer."""

_HELD = (TargetKind.AUTHOR, TargetKind.THREAD)


def needs_two(
    look: Reading, new: NewMeasure, keyring: Keyring, target_id: str, policies: Mapping[str, Policy], *,
    named: Policy, now: datetime,
) -> bool:  # fmt: skip
    """Whether the measure waits for a second person, by the strictest policy over its target.

    `target_id` is the platform's; `policies` are those in force, by name, and `named` is the one that was asked for. A
    policy that is there no more says nothing.
    """
    names = _over(look, new, keyring, target_id, set(policies)) & set(policies)
    over = {named.name: named, **{name: policies[name] for name in names}}
    return (
        closes(new) or _undoes_two(look, new) or any(_says(look, new, each.two_people, now) for each in over.values())
    )


def took_two(look: Reading, made: MeasureRecord) -> bool:
    """Whether it holds because a second person agreed, and is not lifted by one."""
    asked = None if made.approval_id is None else approvals.find(look, made.approval_id)
    return asked is not None and asked.state is ApprovalState.APPROVED


def _undoes_two(look: Reading, new: NewMeasure) -> bool:
    return new.replaces is not None and took_two(look, measures.get(look, new.replaces))


def closes(new: NewMeasure) -> bool:
    """Whether it closes an account, which takes two under every policy."""
    return new.target_kind is TargetKind.AUTHOR and new.measure == "close"


def _over(look: Reading, new: NewMeasure, keyring: Keyring, target_id: str, every: set[str]) -> set[str]:
    """Names of the policies over the target.

    Of a thread in which nothing was judged nobody can say which it will be, so each in force is asked: who shuts it
    before the first comment would choose otherwise.
    """
    if new.comment_id is not None:
        return decisions.policies_of_comment(look, new.comment_id)
    if new.target_kind is TargetKind.REPORTER:
        return set()  # reports are handled under the policy that was named, which says for how long at most
    if new.target_kind is TargetKind.THREAD:
        return decisions.policies_of_thread(look, target_id) or every
    return decisions.policies_of_author(look, keyring, target_id)


def _says(look: Reading, new: NewMeasure, rules: TwoPeople, now: datetime) -> bool:
    if new.target_kind in _HELD and _holds_too_long(look, new, rules, now):
        return True
    if new.target_kind is TargetKind.AUTHOR and _holds_for_nothing_named(look, new, rules, now):
        return True
    endless = new.measure in measures.HOLDING and new.days is None
    if new.target_kind is TargetKind.THREAD and rules.threads and endless:
        return True
    who = every_name(look, new.asked_by)
    return rules.an_hour is not None and measures.asked_since(look, who, now - HOUR) >= rules.an_hour


def _holds_too_long(look: Reading, new: NewMeasure, rules: TwoPeople, now: datetime) -> bool:
    """Longer than one person holds an account or a thread, with all by which they held it of late.

    A restriction counts as a suspension does: who is read by nobody before a person looked, without an end, is shut out
    and not told so; and where nobody is, a thread is as good as closed. And thirty days once a month are all days.
    """
    if rules.longest_days is None or new.measure not in measures.HOLDING:
        return False
    if new.days is None or new.days > rules.longest_days:
        return True
    who, since = every_name(look, new.asked_by), now - max(ADDED_UP, timedelta(days=rules.longest_days))
    held = measures.length_of(measures.alone_on(look, new, who, since))
    return held + timedelta(days=new.days) > timedelta(days=rules.longest_days)


def _holds_for_nothing_named(look: Reading, new: NewMeasure, rules: TwoPeople, now: datetime) -> bool:
    """Longer than one person holds an account without a comment that was found against the rules (`causes.is_found`).

    Nobody could check the reason where none is named, and where the comment stands others say that there is none. What
    stands in the place of an earlier measure stands on that one's comment, or on who agreed to it.
    """
    if rules.causeless_days is None or new.measure not in measures.HOLDING or _stands_on_something(look, new):
        return False
    if new.days is None or new.days > rules.causeless_days:
        return True
    who, since = every_name(look, new.asked_by), now - ADDED_UP
    alone = measures.alone_on(look, new, who, since)
    held = measures.length_of(
        each for each in alone if not _is_found(look, each.cause_id, each.asked_by, each.created_at)
    )
    return held + timedelta(days=new.days) > timedelta(days=rules.causeless_days)


def _stands_on_something(look: Reading, new: NewMeasure) -> bool:
    if new.cause_id is not None or new.replaces is None:
        return _is_found(look, new.cause_id, new.asked_by, None)
    earlier = measures.get(look, new.replaces)
    return took_two(look, earlier) or _is_found(look, earlier.cause_id, new.asked_by, earlier.created_at)


def _is_found(look: Reading, cause_id: str | None, by: str, at: datetime | None) -> bool:
    return cause_id is not None and causes.is_found(look, cause_id, by=by, at=at)
