"""What platforms are told by webhook, each event in the transaction of what it tells (docs/reference/events.md).

Payloads hold ids, outcomes, labels, codes and grounds: never a comment's text, a moderator's note or name, or a
pseudonym. A verdict can be taken back for ten seconds; what follows from it is sent a moment later, so that `final` is
final: taken back, it was never told.

`complaint.resolved` and `appeal.resolved` are told where they are answered (`governance/complaints.py`, `appeals.py`).
`model.promoted` is told by the worker (`serving/webhooks/promotions.py`), since the champion's pointer is a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance import account_notices, appeal_times, causes
from moderation.policy import Policy
from records import comments, outbox
from records.emergencies import EmergencyRecord
from records.outbox import NewEvent
from records.standing_values import MeasureRecord, TargetKind
from records.unit_of_work import Unit
from records.values import VerdictKind, VerdictRecord
from review.verdicts import SETTLED_AFTER, Given

DECISION_FINAL = "decision.final"
MEASURE_REQUESTED = "measure.requested"
MEASURE_ENDED = "measure.ended"
MEASURE_WITHDRAWN = "measure.withdrawn"
COMPLAINT_RESOLVED = "complaint.resolved"
APPEAL_RESOLVED = "appeal.resolved"
MODEL_PROMOTED = "model.promoted"
EMERGENCY_STARTED = "emergency.started"
EMERGENCY_ENDED = "emergency.ended"

TOLD: Mapping[str, str] = {
    DECISION_FINAL: "a moderator's verdict settled what a comment was answered with",
    MEASURE_REQUESTED: "a verdict asks the platform to warn, refuse or delete; or a measure begins to hold",
    COMPLAINT_RESOLVED: "a complaint was answered, or what answered it was reversed on appeal or contest",
    APPEAL_RESOLVED: "an appeal was answered by another moderator",
    MODEL_PROMOTED: "another model answers from now on",
    EMERGENCY_STARTED: "an emergency began, and is no drill",
    EMERGENCY_ENDED: "it ended, by time or by somebody's word",
}
"""Every event that is sent, and when."""

BEYOND: Mapping[str, str] = {
    MEASURE_ENDED: "a measure that was taken by name is over, or was taken back",
    MEASURE_WITHDRAWN: "a later verdict, or an appeal, took back what an earlier verdict had asked for",
}
"""Events that the contract does not name and an endpoint may hear of."""

TEST = "webhook.test"
"""What `chaffinch webhooks test` sends: no event, and nothing to act upon."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The measure that a verdict asks for, as the ledger has it under `entry_id`."""

    entry_id: str
    reason: str
    ground: str


def decision_final(unit: Unit, given: Given, policy: Policy, *, now: datetime) -> None:
    """Tells what a verdict made of a decision."""
    verdict, decision = given.verdict, given.decision
    data = {
        **_about(unit, verdict),
        "decision": "block" if verdict.verdict is VerdictKind.REJECT else "pass",
        "answered": decision.decision.outcome.value,
        "overturned": verdict.overturned,
        "verdict": verdict.verdict.value,
        "case_id": verdict.case_id,
        "labels": list(verdict.labels),
        "reasons": [{"code": code, "ground": policy.ground(code)} for code in verdict.codes],
        "policy": decision.decision.versions.policy,
    }
    _put(unit, DECISION_FINAL, verdict, data, now)


def measure_requested(unit: Unit, verdict: VerdictRecord, asked: Asked, *, now: datetime) -> None:
    """Tells what a verdict asks the platform to do."""
    data = {
        **_about(unit, verdict),
        "measure_id": asked.entry_id,
        "measure": verdict.measure,
        "target": {"kind": "comment", "id": comments.get(unit, verdict.comment_id).external_id},
        "labels": list(verdict.labels),
        "reason": asked.reason,
        "ground": asked.ground,
    }
    _put(unit, MEASURE_REQUESTED, verdict, data, now)


def measure_withdrawn(
    unit: Unit, verdict: VerdictRecord, measure_id: str | None, *, by: VerdictRecord | None, now: datetime
) -> None:
    """Tells that what a verdict had asked for holds no more; `by` is the verdict in its place, if there is one.

    While that one can be taken back nothing is sent.
    """
    data = {
        **_about(unit, verdict),
        "measure_id": measure_id,
        "measure": verdict.measure,
        "target": {"kind": "comment", "id": comments.get(unit, verdict.comment_id).external_id},
        "by_verdict_id": by.id if by else None,
    }
    subject_id = by.id if by else verdict.id
    settled = now if by is None else max(now, by.created_at + SETTLED_AFTER)
    outbox.put(unit, NewEvent(MEASURE_WITHDRAWN, subject_id, data, now), now=now, not_before=settled)


def measure_taken(
    unit: Unit, made: MeasureRecord, *, target_id: str | None, complaint_id: str | None = None, now: datetime
) -> None:
    """Tells of a measure that begins to hold. An account is found by `measure_id`, since no event names a person."""
    data = {
        "id": target_id if made.comment_id else None,
        "decision_id": None,
        "verdict_id": None,
        **_measured(made, target_id, complaint_id),
        "labels": [],
        "reason": made.reason_en,
        "ground": made.ground,
        "closes": [each.value for each in made.closes],
        "per_hour": made.per_hour,
        "ends_at": account_notices.moment(made.ends_at),
        **_for_which(unit, made),
    }
    event = NewEvent(MEASURE_REQUESTED, made.id, data, now, once=f"{MEASURE_REQUESTED}:{made.id}")
    outbox.put(unit, event, now=now)


def measure_ended(
    unit: Unit, made: MeasureRecord, *, target_id: str | None, complaint_id: str | None = None, now: datetime
) -> None:
    """Tells that a measure is over: the platform opens again what it had closed."""
    data = {
        **_measured(made, target_id, complaint_id),
        "state": made.state.value,
        **_for_which(unit, made),
    }
    outbox.put(unit, NewEvent(MEASURE_ENDED, made.id, data, now, once=f"{MEASURE_ENDED}:{made.id}"), now=now)


def emergency(unit: Unit, kind: str, record: EmergencyRecord, *, now: datetime) -> None:
    """Tells that one began or ended. Of a drill nobody hears: who acts upon an event would change something."""
    if record.is_drill:
        return
    effect = record.effect
    data = {
        "emergency_id": record.id,
        "surface": record.scope.surface,
        "thread_id": record.scope.thread_id,
        "label": record.scope.label,
        "effect": effect.kind.value,
        "a_minute": effect.a_minute,
        "ground": record.ground,
        "starts_at": record.starts_at.isoformat(timespec="milliseconds"),
        "ends_at": (record.ended_at or record.ends_at).isoformat(timespec="milliseconds"),
    }
    outbox.put(unit, NewEvent(kind, record.id, data, now), now=now)


def withdraw(unit: Unit, verdict: VerdictRecord) -> None:
    """A verdict is taken back, and nothing is told of it. Raises `ConflictError` where something was."""
    outbox.withdraw(unit, verdict.id)


def trial(endpoint_id: str, *, now: datetime) -> dict[str, Any]:
    """What a receiver gets to try its signature check with."""
    return message(TEST, {"endpoint_id": endpoint_id}, happened_at=now)


def message(kind: str, data: Mapping[str, Any], *, happened_at: datetime) -> dict[str, Any]:
    """The body of a webhook, as Standard Webhooks has it."""
    return {"type": kind, "timestamp": happened_at.isoformat(timespec="milliseconds"), "data": dict(data)}


def _measured(made: MeasureRecord, target_id: str | None, complaint_id: str | None) -> dict[str, Any]:
    """`complaint_id`: of whoever reports, who has no name here, their newest report."""
    target = {"kind": made.target_kind.value, "id": target_id}
    if made.target_kind is TargetKind.REPORTER:
        target["complaint_id"] = complaint_id
    return {"measure_id": made.id, "measure": made.measure, "target": target}


def _for_which(unit: Unit, made: MeasureRecord) -> dict[str, Any]:
    """The comment for which an account is measured, and the words for the person."""
    cause = causes.of(unit, made)
    notice = account_notices.notice(made, appeal_times.redress_for(unit, made), cause)
    return {"cause": None if cause is None else causes.document(cause), "notice": notice}


def _about(unit: Unit, verdict: VerdictRecord) -> dict[str, Any]:
    comment = comments.get(unit, verdict.comment_id)
    return {"id": comment.external_id, "decision_id": verdict.decision_id, "verdict_id": verdict.id}


def _put(unit: Unit, kind: str, verdict: VerdictRecord, data: Mapping[str, Any], now: datetime) -> None:
    outbox.put(unit, NewEvent(kind, verdict.id, data, now), now=now, not_before=now + SETTLED_AFTER)
