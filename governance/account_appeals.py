"""Appeals against what holds an account where no comment can be looked at anew: somebody else says whether it stays.

There is no comment to look at (or it stands, or its own time is over), so it is no case of the queue. It is a question
to a second person, by the one mechanism for everything that needs two people: neither who took the decision, nor who
agreed to it or answered about it before (`governance/spoken.py`), answers. Approved, it is taken back. Two things are
appealed so, one `Subject` each:

* **A measure** on a person: once, in the time that its notice gives.
* **An entry of a list** that has the account on it, which refuses all comments, whatever they say. A person hears of it
  when a comment of theirs meets it, however late: it is appealed as long as it holds, once, and once more after
  somebody looked and kept it.

The person's words stand beside the measure or the entry and nowhere else, and go in time, as those of any appeal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from governance import account_measures, appeal_times, appeals, approvals, complaints, listed, lists, spoken
from governance.appeals import NotAppealableError
from governance.approvals import ByKey, NotSecondError
from governance.complaint_rules import ComplaintRules
from governance.events import APPEAL_RESOLVED
from moderation.errors import InvalidInputError, NotFoundError
from moderation.lists import ACCOUNT
from moderation.taxonomy import Words
from records import approvals as questions
from records import decisions, measures, outbox
from records import lists as entries
from records.account_appeals import DUE_AT, OUTCOMES, WITH_WORDS
from records.house_values import (
    ENTRY_APPEALED,
    MEASURE_APPEALED,
    MEASURE_UNFOUNDED,
    ApprovalRecord,
    ApprovalState,
    ListEntryRecord,
)
from records.outbox import NewEvent
from records.public_values import AppealOutcome
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from records.unit_of_work import Reading, Unit

WHY = "the person asked for another look"
"""What the ledger says in the place of their words."""

_NO_LOOK_AT_A_COMMENT = ("nothing", "late", "erased", "changed", "final")
"""Why the comment is not looked at, and the measure for it has to be."""

T = TypeVar("T", MeasureRecord, ListEntryRecord)


@dataclass(frozen=True, slots=True)
class Subject(Generic[T]):
    """What is appealed: the steps are the same, and these things differ."""

    kind: str
    """Of the question."""
    id_name: str
    """Under which the event carries its id."""
    find: Callable[[Unit, str], T]
    check: Callable[[Reading, T, ComplaintRules, datetime], None]
    """Raises `NotAppealableError` with why it cannot be appealed."""
    facts: Callable[[T], Mapping[str, Any]]
    """What the question says of it."""
    keep_words: Callable[[Unit, str, str | None], None]
    said: Callable[[Reading, T], Set[str]]
    """Who may not answer: whoever took it, agreed to it, or was asked about it before."""
    not_yours: str
    """What they are told who may not."""
    take_back: Callable[[Unit, T, str | ByKey, str, datetime], object]
    """What approving does: by whom, and why."""
    words: Mapping[AppealOutcome, Words]
    """What the person is told."""


def make(
    unit: Unit, subject: Subject[T], subject_id: str, note: str, rules: ComplaintRules, *, sender: str, now: datetime
) -> ApprovalRecord:  # fmt: skip
    """The appeal, as a question to somebody else; the caller commits.

    Raises `InvalidInputError` with what is wrong with the words, `NotAppealableError`, `NotFoundError`.
    """
    if faults := complaints.note_faults(note):
        raise InvalidInputError("The appeal cannot be used.", faults)
    found = subject.find(unit, subject_id)
    subject.check(unit, found, rules, now)
    facts = {
        **subject.facts(found),
        DUE_AT: (now + timedelta(days=rules.appeals.days)).isoformat(),
        WITH_WORDS: bool(note.strip()),
    }
    asked = approvals.ask(unit, subject.kind, found.id, facts=facts, by=f"{_SENT}{sender}"[:64], why=WHY, now=now)
    subject.keep_words(unit, found.id, note.strip() or None)
    return asked


def answer(unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime) -> ApprovalRecord:
    """Somebody else's word: approved, it is taken back; the platform is told either way.

    Raises `ForbiddenError` for who decided it or agreed to it, and as `approvals.answer` does.
    """
    said = approvals.words("note", note)
    asked = questions.get(unit, approval_id)
    subject = subject_of(asked)
    found = subject.find(unit, asked.subject_id)
    _check_is_another(unit, subject, found, asked, approvals.asker(unit, by))
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=said, now=now)
    if answered.state is ApprovalState.APPROVED:
        subject.take_back(unit, found, by, said, now)
    _tell(unit, subject, answered, now)
    return answered


def subject_of(asked: ApprovalRecord) -> Subject[Any]:
    """What the question is about. Raises `NotFoundError` for another question."""
    subjects: Mapping[str, Subject[Any]] = {MEASURE_APPEALED: MEASURE, ENTRY_APPEALED: ENTRY}
    if asked.kind not in subjects:
        raise NotFoundError("There is no such appeal.")
    return subjects[asked.kind]


_SENT = "public: "
"""Before the name of the page or key by which a question came."""


def _is_own(look: Reading, asked: ApprovalRecord, said: Iterable[str], me: str) -> bool:
    """Whether somebody said something of what is looked at anew (`said`), or sent the appeal, by whatever name.

    A person who passes an appeal on by a key of their own and answers it would take back alone what two agreed on.
    """
    sender = asked.asked_by.removeprefix(_SENT) if asked.asked_by.startswith(_SENT) else None
    return any(who and approvals.is_one_hand(look, me, who) for who in (*said, sender))


def is_of(look: Reading, asked: ApprovalRecord, me: str) -> bool:
    """Whether a question is about what somebody said something of, or sent themselves: they are not offered it."""
    if asked.kind == ENTRY_APPEALED:
        return _is_own(look, asked, ENTRY.said(look, entries.get(look, asked.subject_id)), me)
    if asked.kind in (MEASURE_APPEALED, MEASURE_UNFOUNDED):
        return _is_own(look, asked, MEASURE.said(look, measures.get(look, asked.subject_id)), me)
    return False


def _check_is_another(look: Reading, subject: Subject[T], found: T, asked: ApprovalRecord, me: str) -> None:
    if _is_own(look, asked, subject.said(look, found), me):
        raise NotSecondError("took", subject.not_yours)


def _tell(unit: Unit, subject: Subject[T], answered: ApprovalRecord, now: datetime) -> None:
    outcome = OUTCOMES[answered.state]
    is_withdrawn = subject.kind == MEASURE_APPEALED and outcome is AppealOutcome.OVERTURNED
    data: dict[str, Any] = {
        "id": None,
        "appeal_id": answered.id,
        "decision_id": None,
        "verdict_id": None,
        subject.id_name: answered.subject_id,
        "outcome": outcome.value,
        "withdrawn": answered.subject_id if is_withdrawn else None,
        "reasons": [],
        "answer": subject.words[outcome].as_dict(),
    }
    event = NewEvent(APPEAL_RESOLVED, answered.id, data, now, once=f"{APPEAL_RESOLVED}:{answered.id}")
    outbox.put(unit, event, now=now)


def _asked_of(look: Reading, kind: str, subject_id: str) -> list[ApprovalRecord]:
    return [one for state in ApprovalState for one in questions.about(look, kind, subject_id, state=state)]


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


def _check_measure(look: Reading, made: MeasureRecord, rules: ComplaintRules, now: datetime) -> None:
    if made.state is not MeasureState.IN_FORCE or made.starts_at is None:
        raise NotAppealableError("nothing", "This measure is not in force: there is nothing to appeal.")
    if _asked_of(look, MEASURE_APPEALED, made.id):
        raise NotAppealableError("already", "This was appealed already. The receipt says what became of it.")
    until = appeal_times.until(look, made, rules.appeals)
    if now > until:
        raise NotAppealableError("late", f"It could be appealed until {until:%Y-%m-%d %H:%M} UTC.")


def _lift(unit: Unit, made: MeasureRecord, by: str | ByKey, why: str, now: datetime) -> None:
    if made.state is MeasureState.IN_FORCE:
        account_measures.overturn(unit, made, by=by, why=why, now=now)


MEASURE: Subject[MeasureRecord] = Subject(
    kind=MEASURE_APPEALED,
    id_name="measure_id",
    find=lambda unit, measure_id: measures.get(unit, measure_id, lock=True),
    check=_check_measure,
    facts=lambda made: {
        "measure": made.measure, "target": made.target_kind.value, "count": 1, "ground": made.ground
    },
    keep_words=measures.keep_appeal,
    said=lambda look, made: spoken.of_measures(look, [made]),
    not_yours="You took this measure, agreed to it, answered about it before or passed the appeal on: an appeal is "
    "decided by somebody else.",
    take_back=_lift,
    words={
        AppealOutcome.OVERTURNED: Words(
            zh="另一位工作人员重新审核后撤销了对您账号的处理。给您带来不便，深表歉意。",
            en="Somebody else looked anew, and the measure on your account is taken back. We are sorry.",
        ),
        AppealOutcome.UPHELD: Words(
            zh="另一位工作人员重新审核后认为对您账号的处理应当维持。",
            en="Somebody else looked anew and found that the measure on your account stands.",
        ),
        AppealOutcome.GONE: Words(
            zh="在复核之前，对您账号的处理已经结束。",
            en="The measure on your account was over before it was looked at.",
        ),
    },
)  # fmt: skip


def entry_behind(look: Reading, decision_id: str, *, now: datetime) -> ListEntryRecord | None:
    """The entry that is appealed in the place of a comment that nothing else refused. Raises `NotFoundError`."""
    decided = decisions.get(look, decision_id)
    return listed.alone_behind(look, decisions.latest_of(look, decided.comment_id), now=now)


def check_entry(look: Reading, entry: ListEntryRecord, *, now: datetime) -> None:
    """Raises `NotAppealableError` with why it cannot be appealed, `NotFoundError` for an entry about no account."""
    if entry.kind != ACCOUNT:
        raise NotFoundError("There is no such entry about an account.")
    if not listed.is_held(entry, now=now):
        raise NotAppealableError("nothing", "This entry does not hold any more: there is nothing to appeal.")
    since = entry.reviewed_at or entry.created_at
    if any(each.created_at >= since for each in _asked_of(look, ENTRY_APPEALED, entry.id)):
        raise NotAppealableError("already", "This was appealed already. The receipt says what became of it.")


def _take_off(unit: Unit, entry: ListEntryRecord, by: str | ByKey, why: str, now: datetime) -> None:
    if entry.removed_at is None:
        lists.take_off(unit, entry.id, by=approvals.asker(unit, by), why=why, now=now)


ENTRY: Subject[ListEntryRecord] = Subject(
    kind=ENTRY_APPEALED,
    id_name="entry_id",
    find=entries.get,
    check=lambda look, entry, _rules, now: check_entry(look, entry, now=now),
    facts=lambda entry: {"count": 1, "action": entry.action.value, "ground": entry.ground},
    keep_words=entries.keep_appeal,
    said=lambda look, entry: spoken.of_entries(look, [entry]),
    not_yours="You put this account on the list, agreed, answered about it before or passed the appeal on: it is "
    "decided by somebody else.",
    take_back=_take_off,
    words={
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
    },
)
