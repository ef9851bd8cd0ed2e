"""A comment that somebody found is decided where they stand: by a case of its own, or the one that waits, in one unit.

Every way to a decision leaves the same records: a case, a verdict, a label, the ledger, the measure with its reason and
ground, the webhook. A decision in the place of an earlier one takes back the measure that the earlier one asked for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from governance import another, spoken, verdicts
from governance.another import NotAnotherError
from governance.settled import SettledError
from governance.verdicts import HouseRules
from governance.waiting_many import AskedAlreadyError
from moderation.errors import ChaffinchError, ConflictError, ForbiddenError, InvalidInputError
from records import bulk, cases, comments, decisions, groups, leases, ledger
from records.bulk import BulkRecord, BulkState, MemberRecord, MemberState
from records.campaigns import FOUND
from records.cases import ESCALATED
from records.database import Database
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CaseState, CommentRecord, Judgement, Purpose
from records.waiting import ANEW
from review import queue
from review.checks import check_reason
from review.queue import until
from review.verdicts import Given

OPENED_BY = "found"
"""Who opened a case that a search led to."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who decides, and whether they may decide what was handed to the seniors."""

    id: str
    is_senior: bool = False


def decide(  # noqa: PLR0913 - each by its name
    unit: Unit, rules: HouseRules, comment_id: str, judgement: Judgement, *, by: Who, reason: str, now: datetime,
    opened_by: str = OPENED_BY, agreed: Collection[str] = (),
) -> Given:  # fmt: skip
    """Gives the verdict about a stored comment; the caller commits.

    `agreed` are those who said yes to it as the second person.
    Raises `InvalidInputError` without a reason or with what is wrong, `NotAnotherError` to who would approve what an
    entry of theirs spared, `ConflictError` where a colleague has it in hand
    or its text is gone, `ForbiddenError` for what only seniors decide, `SettledError`, `NotFoundError`.
    """
    why = check_reason(reason, needed=True)
    comment = comments.lock(unit, comment_id)
    if comment.text is None:
        raise ConflictError("This comment was erased: there is nothing left to decide.")
    case = _in_hand(unit, comment_id, opened_by, by, why, now)
    another.check_choice(unit, case, judgement, by.id, *agreed)
    return verdicts.give(unit, rules, case.id, judgement, moderator=by.id, token=None, now=now, why=why)


def is_found(look: Reading, made: BulkRecord) -> bool:
    """Whether a verdict over many is over what somebody ticked in a list."""
    record = groups.get(look, made.campaign_id)
    return record is not None and record.kind == FOUND


def decide_member(
    database: Database, rules: HouseRules, member: MemberRecord, *, by: Who, why: str, now: datetime
) -> MemberState:
    """What becomes of one of a list that was ticked, in a unit of its own, so that no other waits for it.

    Its text is as it was when the verdict was given, and nobody else has it in hand; else it is left as it is.
    """
    try:
        with database.unit() as unit:
            made = bulk.get(unit, member.bulk_id, lock=True)
            member = bulk.member(unit, made.id, member.comment_id)
            if made.state is not BulkState.RUNNING or member.state is not MemberState.PENDING:
                return member.state
            _check_as_seen(comments.lock(unit, member.comment_id), member)
            agreed = spoken.agreed_to(unit, made.id)
            given = decide(unit, rules, member.comment_id, made.judgement, by=by, reason=why, now=now, agreed=agreed)
            bulk.set_member(unit, member, MemberState.DECIDED, verdict_id=given.verdict.id)
            unit.commit()
    except (ConflictError, ForbiddenError, InvalidInputError) as error:
        with database.unit() as unit:
            state = _left(unit, member, error)
            bulk.set_member(unit, member, state)
            unit.commit()
        return state
    return MemberState.DECIDED


def _check_as_seen(comment: CommentRecord, member: MemberRecord) -> None:
    if comment.revision != member.revision:
        raise ConflictError("This comment was edited since.")


def _left(look: Reading, member: MemberRecord, error: ChaffinchError) -> MemberState:
    """Why it was left as it is."""
    comment = comments.get(look, member.comment_id)
    if comment.text is None:
        return MemberState.ERASED
    if comment.revision != member.revision:
        return MemberState.CHANGED
    if isinstance(error, SettledError):
        return MemberState.SETTLED
    if isinstance(error, AskedAlreadyError):
        return MemberState.ASKED
    if isinstance(error, NotAnotherError):
        return MemberState.FAVOURED if error.why in another.OF_FAVOUR else MemberState.LEFT
    return MemberState.ESCALATED if isinstance(error, ForbiddenError) else MemberState.LEFT


def _in_hand(unit: Unit, comment_id: str, opened_by: str, by: Who, why: str, now: datetime) -> CaseRecord:
    """The comment's case that waits, else a new one, in the hands of who decides.

    Whoever is asked about it blind just now answers that first.
    """
    asked = [case for case in leases.leased_by(unit, by.id, now=now) if case.comment_id == comment_id]
    if any(case.purpose is not Purpose.DECIDE for case in asked):
        raise ConflictError("You are asked about this comment just now: answer that first.")
    waits = cases.undecided_of(unit, comment_id)
    if waits is None:
        latest = decisions.latest_of(unit, comment_id)
        waits = queue.open_case(unit, comment_id, latest.id, opened_by=opened_by, now=now)
    _check_free(waits, by, now)
    ledger.append(unit, _taken(waits, by, why), now=now)
    return leases.lease(unit, cases.lock(unit, waits.id).id, by.id, expires_at=until(unit, waits, now=now))


def _check_free(case: CaseRecord, by: Who, now: datetime) -> None:
    if case.why in ANEW:
        raise ConflictError(
            "What was decided about this comment is contested: it is decided from the queue, blind to what that was."
        )
    is_held = case.state is CaseState.CLAIMED and case.lease_expires_at is not None and case.lease_expires_at > now
    if is_held and case.lease_owner != by.id:
        raise ConflictError("Another moderator has this case now.")
    if case.queue == ESCALATED and not by.is_senior:
        raise ForbiddenError("This case was handed to the seniors.")


def _taken(case: CaseRecord, by: Who, why: str) -> ledger.Entry:
    return ledger.Entry(
        kind="case.taken",
        actor=ledger.Actor("moderator", by.id),
        subject_kind="case",
        subject_id=case.id,
        reason=why,
        ground="",
        facts={"queue": case.queue, "comment_id": case.comment_id, "decision_id": case.decision_id},
    )
