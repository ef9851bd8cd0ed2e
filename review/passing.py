"""What those said of a case who had it before: with an escalation, a hand-over, a skip, or a doubt.

They are for whoever has it next, and a page shows them beside the comment. An appeal or contest shows nothing that was
said before it was made: a case that waited already may have become one, and who decides it is to know nothing of that.
"""

from __future__ import annotations

from datetime import datetime

from records import appeals, case_words, complaints, verdicts
from records.case_words import Passed
from records.unit_of_work import Reading
from records.values import CaseRecord, CaseWords, VerdictKind, VerdictRecord
from records.waiting import ANEW, APPEAL


def told_in(look: Reading, case: CaseRecord) -> list[CaseWords]:
    """The oldest first; without those who had nothing to say, but for who passed it on."""
    unsure = [_unsure(each) for each in verdicts.of_case(look, case.id) if _is_doubt(each)]
    told = sorted([*case_words.of_case(look, case.id), *unsure], key=lambda each: each.created_at)
    since = _asked_at(look, case) if case.why in ANEW else None
    return [each for each in told if since is None or each.created_at >= since]


def _asked_at(look: Reading, case: CaseRecord) -> datetime | None:
    if case.why == APPEAL:
        return min((each.created_at for each in appeals.of_case(look, case.id)), default=None)
    return min((each.created_at for each in complaints.of_case(look, case.id) if each.contests), default=None)


def _is_doubt(verdict: VerdictRecord) -> bool:
    return verdict.verdict is VerdictKind.UNSURE and verdict.undone_at is None and bool(verdict.note)


def _unsure(verdict: VerdictRecord) -> CaseWords:
    return CaseWords(
        verdict.id, verdict.case_id, verdict.comment_id, verdict.moderator, Passed.UNSURE, None, None, verdict.note,
        verdict.created_at,
    )  # fmt: skip
