"""Feedback from a platform: it opens or joins a case, and never becomes a label but by a moderator's verdict.

A comment has at most one undecided case, so a key that sends much feedback fills no queue; the same word about the
same decision twice changes nothing. Somebody's doubt is worth half a point of priority (`records/opening.py`): a
passed comment that was reported comes before one that nobody spoke of, and after one that the machine itself suspects
strongly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from moderation.decision import Versions
from moderation.errors import ConflictError
from records import cases, comments, decisions, feedback, ledger
from records.cases import NewCase
from records.house_queues import Harm
from records.opening import Opening, suspicion
from records.unit_of_work import Unit
from records.values import CommentRecord, DecisionRecord, Doubt, FeedbackRecord
from review.checks import check_doubt

DOUBT = 0.5


def give_feedback(unit: Unit, names: Sequence[str], decision_id: str, doubt: Doubt, *, now: datetime) -> FeedbackRecord:
    """Keeps it and opens or joins the comment's case; the caller commits. The earlier record for a repetition.

    Raises `InvalidInputError` with every fault, `NotFoundError`, `ConflictError` where the comment was erased.
    """
    check_doubt(doubt, names)
    decision = decisions.get(unit, decision_id)
    comment = comments.lock(unit, decision.comment_id)
    earlier = feedback.find(unit, doubt, decision_id=decision_id)
    if earlier is not None:
        return earlier
    if comment.erased_at is not None:
        raise ConflictError("This comment was erased: there is nothing left to decide.")
    record = _keep(unit, comment, decision, doubt, now)
    ledger.append(unit, _entry(record, decision.decision.versions), now=now)
    return record


def _keep(unit: Unit, comment: CommentRecord, decision: DecisionRecord, doubt: Doubt, now: datetime) -> FeedbackRecord:
    latest = decisions.latest_of(unit, comment.id)
    wanted = NewCase(comment.id, latest.id, _opening(comment, latest, doubt, unit.queues.harm), may_have_one=True)
    opened = cases.open_or_join(unit, [wanted], edited=(), opened_by="feedback", now=now)
    return feedback.add(unit, doubt, cases.get(unit, opened[comment.id]), decision_id=decision.id, now=now)


def _opening(comment: CommentRecord, latest: DecisionRecord, doubt: Doubt, harm: Harm) -> Opening:
    opening = suspicion(comment.surface, latest.decision, harm)
    label = opening.label or (doubt.labels[0] if doubt.labels else None)
    return replace(opening, label=label, why=doubt.verdict, priority=opening.priority + DOUBT)


def _entry(record: FeedbackRecord, versions: Versions) -> ledger.Entry:
    return ledger.Entry(
        kind="feedback",
        actor=ledger.Actor("key", record.sender),
        subject_kind="decision",
        subject_id=record.decision_id,
        reason=record.verdict,
        ground="feedback",
        versions=versions,
        facts={"case_id": record.case_id, "comment_id": record.comment_id, "labels": list(record.labels)},
    )
