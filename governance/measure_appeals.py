"""Appeals against measures behind which no comment stands: somebody else says whether the measure stays.

There is no comment to look at anew (or it stands, or its own time is over), so it is no case of the queue. It is a
question to a second person, by the one mechanism for everything that needs two people: neither who took the measure nor
who agreed to it answers. Approved, the measure is lifted. The author's words stand beside the measure and nowhere else,
and go in time, as those of any appeal.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from governance import account_measures, appeal_times, appeals, approvals, complaints
from governance.appeals import NotAppealableError
from governance.approvals import ByKey
from governance.complaint_rules import ComplaintRules
from governance.events import APPEAL_RESOLVED
from moderation.errors import ForbiddenError, InvalidInputError, NotFoundError
from moderation.taxonomy import Words
from records import approvals as questions
from records import decisions, measures, outbox
from records.account_appeals import DUE_AT, OUTCOMES, WITH_WORDS
from records.house_values import MEASURE_APPEALED, ApprovalRecord, ApprovalState
from records.outbox import NewEvent
from records.public_values import AppealOutcome
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from records.unit_of_work import Reading, Unit

ASKED = MEASURE_APPEALED
"""The kind of the question."""

WHY = "the person asked for another look"
"""What the ledger says in the place of their words."""

_WORDS = {
    AppealOutcome.OVERTURNED: Words(
        zh="另一位工作人员重新审核后撤销了对您账号的处理。给您带来不便，深表歉意。",
        en="Somebody else looked anew, and the measure on your account is taken back. We are sorry.",
    ),
    AppealOutcome.UPHELD: Words(
        zh="另一位工作人员重新审核后认为对您账号的处理应当维持。",
        en="Somebody else looked anew and found that the measure on your account stands.",
    ),
    AppealOutcome.GONE: Words(
        zh="在复核之前，对您账号的处理已经结束。", en="The measure on your account was over before it was looked at."
    ),
}


def is_alone(look: Reading, measure_id: str, rules: ComplaintRules, *, now: datetime) -> bool:
    """Whether it is a measure on a person that no comment stands behind which could be looked at anew in its place."""
    try:
        made = measures.get(look, measure_id)
    except NotFoundError:
        return False
    if made.target_kind is TargetKind.THREAD or made.measure == account_measures.RECOMMEND:
        return False
    about = made.comment_id or made.cause_id
    if about is None:
        return True
    try:
        appeals.appealable(look, decisions.latest_of(look, about).id, rules, now=now)
    except NotAppealableError as refused:
        return refused.why in _NO_LOOK_AT_A_COMMENT
    return False


_NO_LOOK_AT_A_COMMENT = ("nothing", "late", "erased", "changed", "final")
"""Why the comment is not looked at, and the measure for it has to be."""


def make(
    unit: Unit, measure_id: str, note: str, rules: ComplaintRules, *, sender: str, now: datetime
) -> ApprovalRecord:  # fmt: skip
    """The appeal, as a question to somebody else; the caller commits.

    Raises `InvalidInputError` with what is wrong with the words, `NotAppealableError`, `NotFoundError`.
    """
    if faults := complaints.note_faults(note):
        raise InvalidInputError("The appeal cannot be used.", faults)
    made = measures.get(unit, measure_id, lock=True)
    _check(unit, made, rules, now)
    facts = {
        "measure": made.measure,
        "target": made.target_kind.value,
        "count": 1,
        "ground": made.ground,
        DUE_AT: (now + timedelta(days=rules.appeals.days)).isoformat(),
        WITH_WORDS: bool(note.strip()),
    }
    asked = approvals.ask(unit, ASKED, made.id, facts=facts, by=f"public: {sender}"[:64], why=WHY, now=now)
    measures.keep_appeal(unit, made.id, note.strip() or None)
    return asked


def _check(look: Reading, made: MeasureRecord, rules: ComplaintRules, now: datetime) -> None:
    """Raises `NotAppealableError` with why it cannot be appealed."""
    if made.state is not MeasureState.IN_FORCE or made.starts_at is None:
        raise NotAppealableError("nothing", "This measure is not in force: there is nothing to appeal.")
    if of_measure(look, made.id) is not None:
        raise NotAppealableError("already", "This was appealed already. The receipt says what became of it.")
    until = appeal_times.until(look, made, rules.appeals)
    if now > until:
        raise NotAppealableError("late", f"It could be appealed until {until:%Y-%m-%d %H:%M} UTC.")


def of_measure(look: Reading, measure_id: str) -> ApprovalRecord | None:
    """The one appeal against it, if there was one."""
    found = [one for state in ApprovalState for one in questions.about(look, ASKED, measure_id, state=state)]
    return found[0] if found else None


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
    """Somebody else's word: approved, the measure is lifted; the platform is told either way.

    Raises `ForbiddenError` for who took it or agreed to it, and as `approvals.answer` does.
    """
    said = approvals.words("note", note)
    made = measures.get(unit, get(unit, approval_id).subject_id, lock=True)
    _check_is_another(unit, made, approvals.asker(unit, by))
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=said, now=now)
    if answered.state is ApprovalState.APPROVED and made.state is MeasureState.IN_FORCE:
        account_measures.overturn(unit, made, by=by, why=said, now=now)
    _tell(unit, answered, made, now)
    return answered


def _check_is_another(look: Reading, made: MeasureRecord, me: str) -> None:
    agreed = questions.get(look, made.approval_id).answered_by if made.approval_id else None
    if any(who and approvals.is_same_person(look, me, who) for who in (made.asked_by, agreed)):
        raise ForbiddenError("You took this measure, or agreed to it: an appeal is decided by somebody else.")


def _tell(unit: Unit, answered: ApprovalRecord, made: MeasureRecord, now: datetime) -> None:
    outcome = OUTCOMES[answered.state]
    data: dict[str, Any] = {
        "id": None,
        "appeal_id": answered.id,
        "decision_id": None,
        "verdict_id": None,
        "measure_id": made.id,
        "outcome": outcome.value,
        "withdrawn": made.id if outcome is AppealOutcome.OVERTURNED else None,
        "reasons": [],
        "answer": words_of(outcome).as_dict(),
    }
    event = NewEvent(APPEAL_RESOLVED, answered.id, data, now, once=f"{APPEAL_RESOLVED}:{answered.id}")
    outbox.put(unit, event, now=now)
