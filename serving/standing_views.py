"""How an account stands, as JSON: its credit, measures, what comes next, findings. Pseudonyms are added at the end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from governance import (
    account_measures,
    account_notices,
    appeal_times,
    causes,
    credit,
    list_notices,
    measure_wishes,
    once,
)
from governance.measure_context import context_of
from moderation.errors import Fault, InvalidInputError
from moderation.ladder import Step
from moderation.policy import Policy
from records import authors, comments, lists, measures, returns
from records.paging import MAX_LIMIT
from records.personal import Keyring
from records.standing_values import MeasureRecord, ReturnRecord, TargetKind
from records.unit_of_work import Reading
from serving.schemas import SUMMARY
from serving.views import moment

Document = dict[str, Any]


def measure_document(look: Reading, made: MeasureRecord) -> Document:
    """A measure without the name of its target, which no kept answer holds."""
    cause = causes.of(look, made)
    return {
        "id": made.id,
        "target": {"kind": made.target_kind.value, "id": None},
        "measure": made.measure,
        "state": made.state.value,
        "length": made.days,
        "closes": [each.value for each in made.closes],
        "per_hour": made.per_hour,
        "reason": made.reason,
        "ground": made.ground,
        "cause": None if cause is None else causes.document(cause),
        "notice": account_notices.notice(made, appeal_times.redress_for(look, made), cause),
        "policy": made.policy,
        "replaces": made.replaces,
        "role": made.role,
        "approval_id": made.approval_id,
        "lift_approval_id": account_measures.lifting_asked(look, made),
        "by": made.asked_by,
        "created_at": moment(made.created_at),
        "starts_at": moment(made.starts_at),
        "ends_at": moment(made.ends_at),
        "ended_at": moment(made.ended_at),
        "ended_why": made.ended_why,
    }


def context_document(look: Reading, made: MeasureRecord, policies: Mapping[str, Policy], *, now: datetime) -> Document:
    """A measure that waits, with what a second person should know of it; without the name of its target."""
    told = context_of(look, made, policies, now=now)
    rung = told.rung
    return {
        **measure_document(look, made),
        "ladder": rung and {"step": rung.number, "of": rung.of, "next": _step(rung.step), "is_next": rung.is_it},
        "earlier": [_brief(each) for each in told.earlier],
        "earlier_count": told.earlier_count,
        "holds_already": told.holds and told.holds.id,
        "in_force": [_brief(each) for each in told.held],
        "also_waiting": [_brief(each) for each in told.waiting],
        "credit": credit.document(told.credit) if told.credit else None,
    }


def _brief(made: MeasureRecord) -> Document:
    began = moment(made.starts_at)
    return {"id": made.id, "measure": made.measure, "state": made.state.value, "length": made.days, "starts_at": began}


def _waiting(made: MeasureRecord) -> Document:
    return {"id": made.id, "measure": made.measure, "length": made.days, "approval_id": made.approval_id}


def named(look: Reading, keyring: Keyring, document: Mapping[str, Any]) -> Document:
    """The document with the platform's name of what is measured."""
    made = measures.get(look, document["id"])
    return {**document, "target": {"kind": made.target_kind.value, "id": _target_id(look, keyring, made)}}


def all_named(look: Reading, keyring: Keyring, document: Mapping[str, Any]) -> Document:
    """The same for a list of them."""
    return {**document, "items": [named(look, keyring, each) for each in document["items"]]}


def standing_document(look: Reading, author_id: str | None, policy: Policy, *, now: datetime) -> Document:
    """Credit, level, what counted, measures (the newest two hundred), the ladder's next step, findings."""
    told = credit.explain(look, author_id, policy.credit, now=now) if policy.credit else None
    step = measure_wishes.next_step(look, author_id, policy, now=now)
    taken = measures.page(look, author_id=author_id, limit=MAX_LIMIT).items if author_id else ()
    return {
        "credit": credit.document(told) if told else None,
        "measures": [measure_document(look, each) for each in taken],
        "next_step": _step(step) if step else None,
        "in_force": [_brief(each) for each in once.holding(look, author_id, now=now)] if author_id else [],
        "waiting": [_waiting(each) for each in once.waiting(look, author_id)] if author_id else [],
        "findings": [finding_document(each) for each in returns.of_author(look, author_id)] if author_id else [],
    }


def listed_document(look: Reading, indexes: Collection[str], *, now: datetime) -> Document | None:
    """The entry of a list that refuses or holds the account, with the words for the person; None where it is on none.

    `tells`: whether these words have the reason, which the entry of a list that others keep does not.
    """
    entry = lists.of_account(look, indexes, now=now)
    if entry is None:
        return None
    return {
        "id": entry.id,
        "action": entry.action.value,
        "reason": entry.reason,
        "tells": entry.tells,
        "ground": entry.ground,
        "source": entry.source,
        "since": moment(entry.created_at),
        "ends_at": moment(entry.expires_at),
        "review_at": moment(entry.review_at),
        "notice": list_notices.notice(entry, look.queues.redress),
    }


def finding_document(found: ReturnRecord) -> Document:
    """A finding, without whom it is against."""
    return {
        "id": found.id,
        "state": found.state.value,
        "score": found.score,
        "evidence": [{"held": None, "others": None, **each} for each in found.evidence],
        "created_at": moment(found.created_at),
        "answered_by": found.answered_by,
        "answered_at": moment(found.answered_at),
    }


def policy_of(policies: Mapping[str, Policy], name: str, where: str) -> Policy:
    """The policy of that name. Raises `InvalidInputError` that lists those there are."""
    if name not in policies:
        known = ", ".join(sorted(policies))
        raise InvalidInputError(SUMMARY, [Fault(where, f"there is no such policy; known policies: {known}")])
    return policies[name]


def _step(step: Step) -> Document:
    closes = [each.value for each in step.closes]
    return {"measure": step.measure, "length": step.days, "closes": closes, "per_hour": step.per_hour}


def _target_id(look: Reading, keyring: Keyring, made: MeasureRecord) -> str | None:
    if made.target_kind is TargetKind.REPORTER:
        return None  # who reports is kept as a hash alone
    if made.target_kind is TargetKind.AUTHOR:
        return authors.pseudonym_left(look, keyring, made.author_id) if made.author_id else None
    return comments.get(look, made.comment_id).external_id if made.comment_id else made.thread_id
