"""Known answers: comments about which there is no doubt, mixed in among the others, unseen.

A lead or senior vouches for one after a case was decided, best one about which several people agreed. Each person is
asked each of them once, and never one of whose comment they said something before; what they say measures them and
changes nothing else. A known answer looks like any case of its queue: it comes with the moments of the case that would
have come.
"""

from __future__ import annotations

from datetime import datetime

from moderation.errors import ConflictError
from records import cases, comments, gold, leases, ledger, verdicts
from records.unit_of_work import Unit
from records.values import CaseRecord, CaseState, GoldRecord, Purpose
from records.waiting import Wanted
from review.checks import check_reason


def vouch(unit: Unit, case_id: str, *, why: str, author: str, now: datetime) -> GoldRecord:
    """The verdict that holds in a decided case becomes a known answer; the caller commits.

    Raises `InvalidInputError` without a reason, `ConflictError` where the case is undecided or the comment is known or
    gone, `NotFoundError`.
    """
    reason = check_reason(why, needed=True)
    case = cases.get(unit, case_id)
    comment = comments.lock(unit, case.comment_id)
    verdict = verdicts.holding_for(unit, case.decision_id)
    if case.state is not CaseState.CLOSED or case.purpose is not Purpose.DECIDE or verdict is None:
        raise ConflictError("This case has no verdict that holds: decide it first.")
    if not verdict.teaches:
        raise ConflictError("This was rejected on a ground that no label names: known answers measure labels.")
    if comment.erased_at is not None:
        raise ConflictError("This comment was erased: nobody can be asked about it.")
    if gold.of_comment(unit, comment.id) is not None:
        raise ConflictError("The answer for this comment is known already. Retire that one first.")
    known = gold.add(unit, case, verdict.verdict, verdict.labels, why=reason, author=author, now=now)
    ledger.append(unit, _entry("gold.added", known, author, reason), now=now)
    return known


def retire(unit: Unit, gold_id: str, *, why: str, author: str, now: datetime) -> GoldRecord:
    """It is asked no more. Raises `InvalidInputError` without a reason, `NotFoundError`."""
    reason = check_reason(why, needed=True)
    known = gold.retire(unit, gold_id, now=now)
    ledger.append(unit, _entry("gold.retired", known, author, reason), now=now)
    return known


def hand_out(unit: Unit, moderator: str, wanted: Wanted, *, expires_at: datetime, now: datetime) -> CaseRecord | None:
    """A known answer in the moderator's hands; None where all are known to them, or nothing waits to hide it among."""
    like = leases.peek(unit, moderator, now=now, wanted=wanted)
    known = None if like is None else gold.unasked(unit, moderator)
    if like is None or known is None:
        return None
    return cases.put_in_hand(
        unit,
        known,
        moderator,
        purpose=Purpose.GOLD,
        label=like.label,
        place={name: getattr(like, name) for name in cases.PLACE},
        expires_at=expires_at,
        now=now,
    )


def _entry(kind: str, known: GoldRecord, author: str, reason: str) -> ledger.Entry:
    return ledger.Entry(
        kind=kind,
        actor=ledger.Actor("moderator", author),
        subject_kind="comment",
        subject_id=known.comment_id,
        reason=reason,
        ground="",
        facts={"gold_id": known.id, "verdict": known.verdict.value, "labels": list(known.labels)},
    )
