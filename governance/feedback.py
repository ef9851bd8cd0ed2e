"""A platform's doubt about a decision: kept and asked about as `review/feedback.py` has it, and by whom.

Whoever allowed a part of the comment by an entry of a list does not answer it (`governance/another.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from governance import another
from records import cases
from records.unit_of_work import Unit
from records.values import Doubt, FeedbackRecord
from records.waiting import UNDECIDED
from review.feedback import give_feedback


def give(unit: Unit, names: Sequence[str], decision_id: str, doubt: Doubt, *, now: datetime) -> FeedbackRecord:
    """As `give_feedback`; the case leaves the hands of who is not to answer it. The caller commits."""
    record = give_feedback(unit, names, decision_id, doubt, now=now)
    case = cases.lock(unit, record.case_id)
    if case.state in UNDECIDED:
        another.keep_from_doubted(unit, case, now)
    return record
