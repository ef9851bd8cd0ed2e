"""Appeals against an entry of a list that has the person's account on it: somebody else says whether it stays.

There is no comment to look at anew: an entry refuses all of them, whatever they say. So it is a question to another
person, as of a measure on an account (`measure_appeals.py`): neither who put the account on the list nor who agreed to
it answers. Approved, the entry is taken off. A person hears of an entry when a comment of theirs meets it, however
late: it is appealed as long as it holds, once, and once more after somebody looked and kept it.

The person's words stand beside the entry and nowhere else, and go in time, as those of any appeal.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from governance import approvals, complaints, listed, lists
from governance.appeals import NotAppealableError
from governance.approvals import ByKey
from governance.complaint_rules import ComplaintRules
from governance.events import APPEAL_RESOLVED
from moderation.errors import ForbiddenError, InvalidInputError, NotFoundError
from moderation.lists import ACCOUNT
from moderation.taxonomy import Words
from records import approvals as questions
from records import decisions, outbox
from records import lists as entries
from records.account_appeals import DUE_AT, OUTCOMES, WITH_WORDS
from records.house_values import ApprovalRecord, ApprovalState, ListEntryRecord
from records.outbox import NewEvent
from records.public_values import AppealOutcome
from records.unit_of_work import Reading, Unit

ASKED = lists.APPEALED
"""The kind of the question."""

WHY = "the person asked for another look"
"""What the ledger says in the place of their words."""

_WORDS = {
    AppealOutcome.OVERTURNED: Words(
        zh="另一位工作人员重新审核后，已将您的账号从名单上移除。给您带来不便，深表歉意。",
        en="Somebody else looked anew, and your account is taken off the list. We are sorry.",
    ),
    AppealOutcome.UPHELD: Words(
        zh="另一位工作人员重新审核后认为您的账号应当继续留在名单上。",
        en="Somebody else looked anew and found that your account stays on the list.",
    ),
    AppealOutcome.GONE: Words(
        zh="在复核之前，您的账号已不在名单上。", en="Your account was off the list before it was looked at."
    ),
}


def behind(look: Reading, decision_id: str, *, now: datetime) -> ListEntryRecord | None:
    """The entry that is appealed in the place of a comment that nothing else refused. Raises `NotFoundError`."""
    decided = decisions.get(look, decision_id)
    return listed.alone_behind(look, decisions.latest_of(look, decided.comment_id), now=now)


def make(
    unit: Unit, entry_id: str, note: str, rules: ComplaintRules, *, sender: str, now: datetime
) -> ApprovalRecord:  # fmt: skip
    """The appeal, as a question to somebody else; the caller commits.

    Raises `InvalidInputError` with what is wrong with the words, `NotAppealableError`, `NotFoundError`.
    """
    if faults := complaints.note_faults(note):
        raise InvalidInputError("The appeal cannot be used.", faults)
    entry = entries.get(unit, entry_id)
    check(unit, entry, now=now)
    facts = {
        "count": 1,
        "action": entry.action.value,
        "ground": entry.ground,
        DUE_AT: (now + timedelta(days=rules.appeals.days)).isoformat(),
        WITH_WORDS: bool(note.strip()),
    }
    asked = approvals.ask(unit, ASKED, entry.id, facts=facts, by=f"public: {sender}"[:64], why=WHY, now=now)
    entries.keep_appeal(unit, entry.id, note.strip() or None)
    return asked


def check(look: Reading, entry: ListEntryRecord, *, now: datetime) -> None:
    """Raises `NotAppealableError` with why it cannot be appealed, `NotFoundError` for an entry about no account."""
    if entry.kind != ACCOUNT:
        raise NotFoundError("There is no such entry about an account.")
    if not listed.is_held(entry, now=now):
        raise NotAppealableError("nothing", "This entry does not hold any more: there is nothing to appeal.")
    since = entry.reviewed_at or entry.created_at
    if any(each.created_at >= since for each in _asked_of(look, entry.id)):
        raise NotAppealableError("already", "This was appealed already. The receipt says what became of it.")


def _asked_of(look: Reading, entry_id: str) -> list[ApprovalRecord]:
    return [one for state in ApprovalState for one in questions.about(look, ASKED, entry_id, state=state)]


def get(look: Reading, appeal_id: str) -> ApprovalRecord:
    """The appeal. Raises `NotFoundError`, also for another question."""
    found = questions.get(look, appeal_id)
    if found.kind != ASKED:
        raise NotFoundError("There is no such appeal.")
    return found


def outcome_of(asked: ApprovalRecord) -> AppealOutcome | None:
    """What became of it; None while it waits."""
    return OUTCOMES.get(asked.state)


def words_of(outcome: AppealOutcome) -> Words:
    """What the person is told."""
    return _WORDS[outcome]


def answer(unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime) -> ApprovalRecord:
    """Somebody else's word: approved, the entry is taken off; the platform is told either way.

    Raises `ForbiddenError` for who put the account on the list or agreed to it, and as `approvals.answer` does.
    """
    said = approvals.words("note", note)
    entry = entries.get(unit, get(unit, approval_id).subject_id)
    _check_is_another(unit, entry, approvals.asker(unit, by))
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=said, now=now)
    if answered.state is ApprovalState.APPROVED and entry.removed_at is None:
        lists.take_off(unit, entry.id, by=str(answered.answered_by), why=said, now=now)
    _tell(unit, answered, entry, now)
    return answered


def _check_is_another(look: Reading, entry: ListEntryRecord, me: str) -> None:
    agreed = questions.get(look, entry.approval_id).answered_by if entry.approval_id else None
    if any(who and approvals.is_same_person(look, me, who) for who in (entry.author, agreed)):
        raise ForbiddenError(
            "You put this account on the list, or agreed to it: an appeal is decided by somebody else."
        )


def _tell(unit: Unit, answered: ApprovalRecord, entry: ListEntryRecord, now: datetime) -> None:
    outcome = OUTCOMES[answered.state]
    data: dict[str, Any] = {
        "id": None,
        "appeal_id": answered.id,
        "decision_id": None,
        "verdict_id": None,
        "entry_id": entry.id,
        "outcome": outcome.value,
        "withdrawn": None,
        "reasons": [],
        "answer": words_of(outcome).as_dict(),
    }
    event = NewEvent(APPEAL_RESOLVED, answered.id, data, now, once=f"{APPEAL_RESOLVED}:{answered.id}")
    outbox.put(unit, event, now=now)
