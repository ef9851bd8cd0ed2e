"""Measures whose comment was let stand since they were taken: somebody else says whether they stay.

Where the comment is restored on appeal they are lifted at once (`account_measures.restore`). Where somebody approves it
in another way, or lifts what stopped it, nobody had asked about the account: a question is put to people, once for each
measure, and neither who took it nor who agreed to it answers. Approved, it is lifted; the measure holds until then, and
its notice says that the comment stands.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from governance import account_appeals, account_measures, approvals
from governance.approvals import ByKey, NotSecondError
from moderation.errors import ConflictError
from records import approvals as questions
from records import measures
from records.house_values import MEASURE_UNFOUNDED, ApprovalRecord, ApprovalState
from records.standing_values import MeasureState
from records.unit_of_work import Reading, Unit
from review.verdicts import SETTLED_AFTER

ASKED = MEASURE_UNFOUNDED
BY = "machine: worker"
"""Who asks, as records name it: no person."""

WHY = "the comment for which this was taken was let stand since"


def ask(unit: Unit, *, now: datetime, limit: int = 200) -> int:
    """Puts those of which nobody asked yet before people; how many. The caller commits."""
    asked = 0
    for made in measures.unfounded(unit, kind=ASKED, before=now - SETTLED_AFTER, limit=limit):
        facts = {"measure": made.measure, "target": made.target_kind.value, "count": 1, "ground": made.ground}
        with suppress(ConflictError):  # another worker was first
            approvals.ask(unit, ASKED, made.id, facts=facts, by=BY, why=WHY, now=now)
            asked += 1
    return asked


def any_unasked(look: Reading, *, now: datetime) -> bool:
    """Whether there is anything to ask."""
    return bool(measures.unfounded(look, kind=ASKED, before=now - SETTLED_AFTER, limit=1))


def answer(unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime) -> ApprovalRecord:
    """Somebody else's word: approved, the measure is lifted; else it stays.

    Raises `ForbiddenError` for who took it, agreed to it or may not answer, `ConflictError` where it is answered or
    over, `InvalidInputError` without a note.
    """
    asked, said = approvals.question(unit, approval_id, ASKED, "a measure's comment"), approvals.words("note", note)
    made = measures.get(unit, asked.subject_id, lock=True)
    if account_appeals.is_of(unit, asked, approvals.asker(unit, by)):
        raise NotSecondError("took", "You took this measure, or agreed to it: somebody else says whether it stays.")
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=said, now=now)
    if answered.state is ApprovalState.APPROVED:
        if made.state is not MeasureState.IN_FORCE:
            raise ConflictError(f"This measure is {made.state} already.")
        account_measures.overturn(unit, made, by=by, why=said, now=now)
    return questions.get(unit, approval_id)
