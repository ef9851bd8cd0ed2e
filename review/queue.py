"""The queue: a case is claimed under a lease, and a lease that runs out goes back by itself, so that none is ever lost.

The worst first, then the oldest (`records/opening.py` says what is how bad). A claim is proved by its token: two
tabs, a reload or a moderator who comes back late are told that the case went on without them, and nothing is decided
twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from moderation.errors import ConflictError, Fault, InvalidInputError
from records import cases, comments, decisions, ledger
from records.cases import ESCALATED, NewCase
from records.opening import suspicion
from records.unit_of_work import Unit
from records.values import CaseRecord, CaseState
from review.checks import check_reason

LEASE = timedelta(minutes=10)
"""Long enough to read a thread; short enough that a closed laptop keeps nobody waiting."""

MAX_COUNT = 10
SECOND_LOOK = "second look"
"""The queue of cases about which somebody was unsure; they do not come back to the same person."""


def open_case(unit: Unit, comment_id: str, decision_id: str, *, opened_by: str, now: datetime) -> CaseRecord:
    """A case about this decision, or the comment's undecided one brought up to date. Raises `NotFoundError`."""
    comment = comments.lock(unit, comment_id)
    opening = suspicion(comment.surface, decisions.get(unit, decision_id).decision)
    wanted = NewCase(comment_id, decision_id, opening, may_have_one=True)
    opened = cases.open_or_join(unit, [wanted], edited=(), opened_by=opened_by, now=now)
    return cases.get(unit, opened[comment_id])


def claim(
    unit: Unit,
    moderator: str,
    *,
    now: datetime,
    count: int = 1,
    queue: str | None = None,
    label: str | None = None,
    lease: timedelta = LEASE,
) -> list[CaseRecord]:
    """The first `count` (1-10) waiting cases, leased to `moderator`, or fewer. Raises `InvalidInputError`."""
    if not 1 <= count <= MAX_COUNT:
        raise InvalidInputError("The cases cannot be claimed.", [Fault("/count", f"give 1 to {MAX_COUNT}")])
    cases.expire(unit, now=now)
    claimed = cases.claim(unit, moderator, count=count, expires_at=now + lease, queue=queue, label=label)
    ledger.append_all(unit, [_entry("case.claimed", case, moderator, "") for case in claimed], now=now)
    return claimed


def next_case(
    unit: Unit,
    moderator: str,
    *,
    now: datetime,
    queue: str | None = None,
    label: str | None = None,
    lease: timedelta = LEASE,
) -> CaseRecord | None:
    """What `moderator` has in hand already (a page was loaded again), else a fresh claim; None where nothing waits."""
    in_hand = cases.leased_by(unit, moderator, now=now)
    if in_hand:
        return in_hand[0]
    claimed = claim(unit, moderator, now=now, queue=queue, label=label, lease=lease)
    return claimed[0] if claimed else None


def held(unit: Unit, case_id: str, moderator: str, token: str | None, *, now: datetime) -> CaseRecord:
    """The case, locked, if `moderator` has it under a running lease (and `token`, where given, is the lease's).

    Raises `ConflictError` with what happened instead, and `NotFoundError`.
    """
    case = cases.lock(unit, case_id)
    if case.state is CaseState.CLOSED:
        raise ConflictError("This case was decided already.")
    if case.state is not CaseState.CLAIMED or case.lease_expires_at is None or case.lease_expires_at <= now:
        raise ConflictError("Your claim ran out, or the comment was edited, and the case went back. Claim it again.")
    if case.lease_owner != moderator:
        raise ConflictError("Another moderator has this case now.")
    if token is not None and token != case.lease_token:
        raise ConflictError("This case was claimed anew since this page was loaded. Look at it again.")
    return case


def renew(
    unit: Unit, case_id: str, moderator: str, token: str | None, *, now: datetime, lease: timedelta = LEASE
) -> CaseRecord:
    """The same lease, from now on again. Raises `ConflictError`, `NotFoundError`."""
    held(unit, case_id, moderator, token, now=now)
    return cases.prolong(unit, case_id, expires_at=now + lease)


def release(
    unit: Unit, case_id: str, moderator: str, token: str | None, *, now: datetime, reason: str = ""
) -> CaseRecord:
    """Back to its queue, undecided. Raises `ConflictError`, `NotFoundError`."""
    why = check_reason(reason)
    case = cases.put_back(unit, held(unit, case_id, moderator, token, now=now))
    ledger.append(unit, _entry("case.released", case, moderator, why), now=now)
    return case


def escalate(
    unit: Unit, case_id: str, moderator: str, token: str | None, *, now: datetime, reason: str = ""
) -> CaseRecord:
    """To the queue `escalated`, for those who may decide more. Raises `ConflictError`, `NotFoundError`."""
    why = check_reason(reason)
    case = cases.put_back(unit, held(unit, case_id, moderator, token, now=now), queue=ESCALATED)
    ledger.append(unit, _entry("case.escalated", case, moderator, why), now=now)
    return case


def expire(unit: Unit, *, now: datetime) -> int:
    """Puts every case whose lease ran out back; how many. `claim` does so too: nothing waits for a worker."""
    return cases.expire(unit, now=now)


def _entry(kind: str, case: CaseRecord, moderator: str, reason: str) -> ledger.Entry:
    return ledger.Entry(
        kind=kind,
        actor=ledger.Actor("moderator", moderator),
        subject_kind="case",
        subject_id=case.id,
        reason=reason,
        ground="",
        facts={"queue": case.queue, "comment_id": case.comment_id, "decision_id": case.decision_id},
    )
