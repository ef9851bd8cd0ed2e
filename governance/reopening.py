"""What was decided is opened again, with a reason: by whom it may be, and who then decides it.

A plain verdict, and a senior's, is decided anew by whoever opens it, where that is not theirs to lose
(`governance/settled.py`). What was settled on appeal or contest is looked at by a third person, as blind as the second
was: in the queue of appeals, not in the hands of who asks. Until they answer, the answer before stands, and whoever had
appealed or contested waits again under the same receipt; then they are told anew, whatever it comes to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from governance import another, appeals, complaints, settled
from governance.complaint_rules import ComplaintRules
from governance.settled import By, Settled
from moderation.errors import ConflictError
from records import cases, comments, ledger
from records.unit_of_work import Unit
from records.values import CaseRecord
from records.waiting import ANEW, APPEAL, CONTEST
from review import verdicts as review
from review.checks import check_reason


@dataclass(frozen=True, slots=True)
class Opened:
    """The case, and whether it is somebody else's to decide."""

    case: CaseRecord
    is_for_another: bool


def reopen(
    unit: Unit, case_id: str, rules: ComplaintRules, *, moderator: str, reason: str, now: datetime
) -> Opened:  # fmt: skip
    """A case about the comment of a decided one; the caller commits.

    Raises `InvalidInputError` without a reason, `SettledError` where it is not theirs to open, `NotAnotherError` where
    it is doubted and their own favour, `ConflictError` where a case about the comment waits already or it was erased,
    `NotFoundError`.
    """
    why = check_reason(reason, needed=True)
    comment = comments.lock(unit, cases.get(unit, case_id).comment_id)
    found = settled.find(unit, comment.id)
    if found is not None:
        settled.check_may_ask(unit, found, moderator)
    if found is None or found.by is By.SENIORS:
        another.check_doubt(unit, cases.get(unit, case_id), moderator)
        return Opened(review.reopen(unit, case_id, moderator=moderator, reason=why, now=now), is_for_another=False)
    if comment.erased_at is not None:
        raise ConflictError("This comment was erased: there is nothing left to decide.")
    waits = cases.undecided_of(unit, comment.id)
    if waits is not None and waits.why in ANEW:
        raise ConflictError("A third person is asked about this comment already.")
    opened = _third_look(unit, found, rules, now)
    ledger.append(unit, review.reopened(opened, case_id, moderator, why), now=now)
    return Opened(opened, is_for_another=True)


def _third_look(unit: Unit, found: Settled, rules: ComplaintRules, now: datetime) -> CaseRecord:
    """The case, in which whoever had asked for the second look waits for the answer again."""
    before = cases.get(unit, found.verdict.case_id)
    why = before.why if before.why in ANEW else APPEAL
    days = rules.contest_days if why == CONTEST else rules.appeals.days
    due_at = now + timedelta(days=days)
    opened = appeals.look_anew(unit, comments.get(unit, before.comment_id), why=why, due_at=due_at, now=now)
    appeals.wait_again(unit, found.verdict.id, opened, now=now)
    complaints.wait_again(unit, found.verdict.id, opened, now=now)
    return opened
