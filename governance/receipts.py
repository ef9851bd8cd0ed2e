"""What a receipt tells whoever holds it: where their complaint or appeal stands, and why. For pages and API alike.

It names no moderator and no reporter, and says of the comment only whether it is shown now. It quotes nothing, but for
whoever appeals a measure on their account the comment of theirs for which it was taken, while its text is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from governance import account_appeals, causes, contests, misuse, removed_before
from governance import appeals as appealing
from governance import complaints as governing
from governance.causes import Cause
from governance.complaint_rules import APPEAL, COMPLAINT, CONTEST, ComplaintRules
from governance.contests import NotContestableError
from moderation.errors import NotFoundError
from moderation.taxonomy import Words
from records import answers, appeals, approvals, comments, complaints, decisions, ledger, measures, verdicts
from records.account_appeals import DUE_AT, KINDS, OUTCOMES, is_wordless
from records.house_values import MEASURE_APPEALED, ApprovalRecord
from records.personal import Keyring
from records.public_values import AppealOutcome, AppealRecord, ComplaintOutcome, ComplaintRecord
from records.receipts import id_in, receipt_of
from records.standing_values import MeasureRecord
from records.unit_of_work import Reading

REFERENCE = "reference"
"""The receipt of a decision that its author may appeal, given to the platform."""

OF_COMMENT, OF_MEASURE, OF_ENTRY = "comment", "measure", "entry"
"""What is appealed: what was decided about a comment, a measure, or an entry of a list."""

UNKNOWN = "There is nothing under this receipt. Look whether the whole address was copied."


@dataclass(frozen=True, slots=True)
class Status:
    """Where something stands. `outcome` and `answer` are None while it waits.

    `shown` says whether the comment is shown as of now; None once it is erased, and while nobody has decided.

    `kind` is a complaint's; `reasons` are codes of labels with the grounds that they stand on. `reversed`: the answer
    of a complaint was taken back since, on appeal or on contest. `contest` is how the contest of a complaint's answer
    stands, `contest_until` the last moment for one; without it `no_contest` says why there can be none
    (`contests.py`). `elsewhere` names bodies outside of the house, once nothing is left to ask for in it.

    `about` is what is appealed. `is_wordless`: what the person wrote was erased with their account; of appeals of
    measures and entries, which are answered all the same.
    """

    comment_id: str | None
    kind: str | None
    state: str
    created_at: datetime
    due_at: datetime
    answered_at: datetime | None
    outcome: str | None
    answer: Words | None
    """What is so now."""
    reasons: tuple[tuple[str, str], ...]
    reversed: bool
    shown: bool | None
    contest: Status | None = None
    contest_until: datetime | None = None
    no_contest: str = ""
    elsewhere: Words | None = None
    measure: MeasureRecord | None = None
    """What whoever reported is told of how their reports are handled; None: as everybody's are."""
    first_answer: Words | None = None
    """What had been said, where that was taken back since."""
    first_reasons: tuple[tuple[str, str], ...] | None = None
    """And for what; `reasons` are those of what is so now."""
    about: str = OF_COMMENT
    is_wordless: bool = False
    cause: Cause | None = None
    """The comment for which the measure was taken that is appealed."""
    taken: MeasureRecord | None = None
    """The measure that is appealed."""
    again: bool = False
    """A third person was asked, since what had been answered was opened again: it waits for them, or they answered."""
    since: str = ""
    """Why the comment is shown, or is not, other than the answer says: `changed` by its author, or `decided` since."""
    removed_by: str | None = None
    """Who had removed the comment before it was reported, where no person looked at it for the report.

    A `machine` alone, `people` who had decided something before that the system carried out, `both`, a `person` by
    name, or the `operator` of the account under which it stands.
    """

    @property
    def automated(self) -> bool:
        """Whether a machine alone had removed it."""
        return self.removed_by == "machine"


def complaint_under(look: Reading, keyring: Keyring, receipt: str, rules: ComplaintRules, *, now: datetime) -> Status:
    """A complaint's. Raises `NotFoundError`."""
    return complaint_status(look, complaints.get(look, complaint_in(keyring, receipt)), rules, now=now)


def complaint_in(keyring: Keyring, receipt: str) -> str:
    """The id of the complaint that this is the receipt of. Raises `NotFoundError`."""
    return _known(keyring, COMPLAINT, receipt)


def is_about_life(look: Reading, keyring: Keyring, receipt: str, rules: ComplaintRules) -> bool:
    """Whether the complaint of a receipt said that life may be threatened; False where it is no receipt."""
    try:
        return rules.is_about_life(complaints.get(look, complaint_in(keyring, receipt)).kind)
    except NotFoundError:
        return False


def appeal_under(look: Reading, keyring: Keyring, receipt: str, rules: ComplaintRules) -> Status:
    """An appeal's. Raises `NotFoundError`."""
    appeal_id = _known(keyring, APPEAL, receipt)
    try:
        return appeal_status(look, appeals.get(look, appeal_id), rules)
    except NotFoundError:
        return question_status(look, approvals.get(look, appeal_id), rules)


def decision_under(keyring: Keyring, reference: str) -> str:
    """The id of the decision that may be appealed under this reference. Raises `NotFoundError`."""
    return _known(keyring, REFERENCE, reference)


def given_for(keyring: Keyring, kind: str, record_id: str) -> str:
    """The receipt of a `complaint` or an `appeal`, or the `reference` of a decision."""
    return receipt_of(keyring, kind, record_id)


def complaint_status(look: Reading, record: ComplaintRecord, rules: ComplaintRules, *, now: datetime) -> Status:
    """Of a complaint at hand, with what became of its contest."""
    told_to = misuse.told_to(look, record.reporter_index, now=now)
    status = replace(_of_complaint(look, record, rules), measure=told_to)
    made = complaints.contest_of(look, record.id)
    if made is not None:
        told = _of_complaint(look, made, rules)
        return replace(status, contest=told, elsewhere=rules.appeals.elsewhere if told.answered_at else None)
    try:
        return replace(status, contest_until=contests.contestable(look, record, rules, now=now).until)
    except NotContestableError as error:
        is_over = error.why in ("final", "late")
        return replace(status, no_contest=error.why, elsewhere=rules.appeals.elsewhere if is_over else None)


def _of_complaint(look: Reading, record: ComplaintRecord, rules: ComplaintRules) -> Status:
    is_reversed = record.reversed_at is not None
    whom = CONTEST if record.contests else COMPLAINT
    status = _status(look, record, record.verdict_id, rules, whom, kind=record.kind, is_reversed=is_reversed)
    if record.outcome is None:
        return status
    told = removed_before.of_complaint(look, record)
    now, first = rules.words_now(
        whom, record.outcome, told.template, is_reversed=is_reversed, of_machine=told.automated, instead=told.words
    )
    status = replace(status, answer=now, first_answer=first, reasons=_codes(told.reasons), removed_by=told.removed_by)
    if not is_reversed:
        return status
    reasons = _codes(answers.that_hold(look, record.comment_id).reasons)
    return replace(status, reasons=reasons, first_reasons=status.reasons)


def appeal_status(look: Reading, record: AppealRecord, rules: ComplaintRules) -> Status:
    """Of an appeal at hand."""
    status = _status(look, record, record.answer_id, rules, APPEAL)
    return replace(status, elsewhere=rules.appeals.elsewhere if record.outcome is AppealOutcome.UPHELD else None)


def question_status(look: Reading, asked: ApprovalRecord, rules: ComplaintRules) -> Status:
    """Of an appeal against a measure behind which no comment stands, or an entry of a list. Raises `NotFoundError`."""
    if asked.kind not in KINDS:
        raise NotFoundError(UNKNOWN)
    outcome = OUTCOMES.get(asked.state)
    taken = measures.get(look, asked.subject_id) if asked.kind == MEASURE_APPEALED else None
    cause = None if taken is None else causes.of(look, taken)
    return Status(
        comment_id=None if cause is None else cause.id,
        kind=None,
        state="waiting" if outcome is None else "answered",
        created_at=asked.created_at,
        due_at=datetime.fromisoformat(str(asked.facts[DUE_AT])),
        answered_at=asked.answered_at,
        outcome=outcome and outcome.value,
        answer=None if outcome is None else account_appeals.subject_of(asked).words[outcome],
        reasons=(),
        reversed=False,
        shown=None,
        elsewhere=rules.appeals.elsewhere if outcome is AppealOutcome.UPHELD else None,
        about=OF_MEASURE if asked.kind == MEASURE_APPEALED else OF_ENTRY,
        is_wordless=is_wordless(asked),
        cause=cause,
        taken=taken,
    )


def _status(
    look: Reading,
    record: ComplaintRecord | AppealRecord,
    verdict_id: str | None,
    rules: ComplaintRules,
    whom: str,
    *,
    kind: str | None = None,
    is_reversed: bool = False,
) -> Status:
    told = answers.of_verdict(look, verdict_id)
    reopened = appealing.REOPENED if isinstance(record, AppealRecord) else governing.REOPENED
    is_of_machine = isinstance(record, AppealRecord) and appealing.is_of_machine(look, record)
    return Status(
        comment_id=comments.get(look, record.comment_id).external_id,
        kind=kind,
        state=record.state.value,
        created_at=record.created_at,
        due_at=record.due_at,
        answered_at=record.answered_at,
        outcome=None if record.outcome is None else record.outcome.value,
        answer=None
        if record.outcome is None
        else rules.text_of(whom, record.outcome, told.template, of_machine=is_of_machine),
        reasons=_codes(told.reasons),
        reversed=is_reversed,
        shown=governing.is_shown(look, record.comment_id),
        again=ledger.last(look, reopened, record.id) is not None,
        since=_since(look, record, verdict_id, is_reversed=is_reversed),
    )


_SHOWN_AFTER = {
    AppealOutcome.OVERTURNED.value: True,
    AppealOutcome.UPHELD.value: False,
    ComplaintOutcome.KEPT.value: True,
    ComplaintOutcome.ACTED.value: False,
}
"""Whether an answer says that the comment is shown."""


def _since(look: Reading, record: ComplaintRecord | AppealRecord, verdict_id: str | None, *, is_reversed: bool) -> str:
    """Why the comment is as the answer does not say; empty where it is as it says."""
    shown, told = governing.is_shown(look, record.comment_id), _SHOWN_AFTER.get(record.outcome or "")
    if shown is None or told is None or shown == (told != is_reversed):
        return ""
    decision_id = verdicts.get(look, verdict_id).decision_id if verdict_id else record.decision_id
    judged = decisions.get(look, decision_id).revision
    return "changed" if comments.get(look, record.comment_id).revision != judged else "decided"


def _codes(reasons: Sequence[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((reason["code"], reason["ground"]) for reason in reasons)


def _known(keyring: Keyring, kind: str, receipt: str) -> str:
    record_id = id_in(keyring, kind, receipt)
    if record_id is None:
        raise NotFoundError(UNKNOWN)
    return record_id
