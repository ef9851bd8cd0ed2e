"""Appeals: an author asks for another look at what was done about their comment (2022 art. 13).

* **Once for each measure, within a stated time.** What is appealed is what holds: a person's verdict, or the machine's
  own decision where no person looked. What was decided on appeal is not appealed again.
* **Another moderator**, who said nothing of the comment before, under whatever name: asked when the case is claimed,
  and again when the verdict is given. **Blind**: the case says neither what was decided nor what the machine thinks.
* **Overturned**: the verdict is the comment's decision from then on, its label record takes the place of the earlier
  one, the measure is withdrawn, and both sides are told: the author, and those whose reports had removed the comment.
  How often a rule, a model or a moderator is overturned is counted from the answered appeals (`overturns`).
* **Opened again** (`governance/reopening.py`): a third person looks, blind as the second was. Whoever appealed
  waits for them under the same receipt, and is told what it comes to.
* What follows from an appeal elsewhere (credit given back) is done in the same transaction by whoever passes `also`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from governance import another, carried_out, complaints, events, listed, measures, settled
from governance.complaint_rules import APPEAL, ComplaintRules
from governance.events import APPEAL_RESOLVED
from moderation.decision import Outcome
from moderation.errors import ConflictError, InvalidInputError
from moderation.rules.backtest import Share
from records import (
    account_appeals,
    acted,
    answers,
    appeals,
    cases,
    comments,
    decisions,
    ledger,
    outbox,
    users,
    verdicts,
)
from records import complaints as stored_complaints
from records.acted import Holding, holding
from records.appeals import NewAppeal
from records.cases import NewCase
from records.known_as import KEY, folded, known_as
from records.ledger import MACHINE, Actor
from records.opening import Opening
from records.outbox import NewEvent
from records.public_values import AppealOutcome, AppealRecord, AppealState
from records.unit_of_work import Reading, Unit
from records.values import (
    CaseRecord,
    CaseState,
    CommentRecord,
    DecisionRecord,
    VerdictKind,
    VerdictRecord,
)
from records.waiting import APPEAL as WHY
from records.waiting import APPEALS
from review import groups
from review.verdicts import SETTLED_AFTER

_PRIORITY = 1.0
"""All alike: what makes one graver is what nobody may tell who decides it."""

REOPENED = "appeal.reopened"

_AT_ONCE = 200

Also = Callable[[Unit, AppealRecord, datetime], None]
"""What else an overturned appeal sets off, in its transaction."""


class NotAppealableError(ConflictError):
    """Why something cannot be appealed; `why` is a word of `console/public/words/`."""

    def __init__(self, why: str, sentence: str) -> None:
        self.why = why
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Appealable:
    """What holds of a comment, since when, and until when it can be appealed."""

    comment: CommentRecord
    decision: DecisionRecord
    holds: Holding
    until: datetime

    @property
    def subject_id(self) -> str:
        """What is appealed once."""
        held = self.holds.taken or self.holds.verdict or self.decision
        return held.id


@dataclass(frozen=True, slots=True)
class Overturned:
    """How often somebody looked anew at what was decided by a rule, model or moderator (`kind`), how often it fell."""

    kind: str
    name: str
    share: Share


def appealable(look: Reading, decision_id: str, rules: ComplaintRules, *, now: datetime) -> Appealable:
    """What an author can appeal about this decision.

    Raises `NotAppealableError` with why nothing can be, `NotFoundError` for no such decision.
    """
    decision = decisions.get(look, decision_id)
    comment = comments.get(look, decision.comment_id)
    if comment.erased_at is not None:
        raise NotAppealableError("erased", "This comment was erased: there is nothing left to look at.")
    if comment.revision != decision.revision:
        raise NotAppealableError("changed", "The comment was changed since, and its new text was judged by itself.")
    decision = decisions.latest_of(look, comment.id)  # the same text may have been judged again: what holds is appealed
    if decision.outcome is not Outcome.BLOCK:
        raise NotAppealableError("nothing", "Nothing was done about this comment that could be appealed.")
    if entry := listed.alone_behind(look, decision, now=now):
        raise NotAppealableError(
            "listed", f"Nobody judged this comment: the account is on a list. Appeal that by its entry, {entry.id}."
        )
    holds = holding(look, decision)
    if holds.taken is None and settled.is_after_appeal(look, comment.id):
        raise NotAppealableError(
            "final", "This was decided on appeal, by another person than before: there is no further appeal here."
        )
    found = Appealable(comment, decision, holds, rules.appeals.until(holds.at, decision.decision.versions.policy))
    if appeals.of_subject(look, found.subject_id) is not None:
        raise NotAppealableError(
            "already", "This was appealed already. The address on the receipt says what became of it."
        )
    if now > found.until:
        raise NotAppealableError("late", f"It could be appealed until {found.until:%Y-%m-%d %H:%M} UTC.")
    return found


def decision_of(look: Reading, measure_id: str) -> str:
    """The decision that a measure was asked for with. Raises `NotFoundError`."""
    return measures.decision_of(look, measure_id)


def make(
    unit: Unit, decision_id: str, note: str, rules: ComplaintRules, *, sender: str, now: datetime
) -> AppealRecord:  # fmt: skip
    """The appeal, in a case of its own queue; the caller commits.

    Raises `InvalidInputError` with what is wrong with the words, `ConflictError` where nothing can be appealed,
    `NotFoundError`.
    """
    if faults := complaints.note_faults(note):
        raise InvalidInputError("The appeal cannot be used.", faults)
    comments.lock(unit, decisions.get(unit, decision_id).comment_id)
    found = appealable(unit, decision_id, rules, now=now)
    due_at = now + timedelta(days=rules.appeals.days)
    new = NewAppeal(
        subject_id=found.subject_id,
        comment_id=found.comment.id,
        decision_id=found.decision.id,
        verdict_id=found.holds.verdict.id if found.holds.verdict else None,
        measure_id=_measure_of(unit, found.holds),
        case_id=look_anew(unit, found.comment, why=WHY, due_at=due_at, now=now).id,
        note=note.strip() or None,
        sender=sender,
        due_at=due_at,
    )
    made = appeals.add(unit, new, now=now)
    ledger.append(unit, _entry("appeal", Actor("public", sender), made, "asked for another look", {}), now=now)
    return made


def look_anew(unit: Unit, comment: CommentRecord, *, why: str, due_at: datetime, now: datetime) -> CaseRecord:
    """The comment's case in the queue of appeals, for somebody who knows nothing of what was decided.

    Whoever has a case about it in hand gives it up: from now on it is for other eyes.
    """
    opening = Opening(APPEALS, None, why, _PRIORITY)
    wanted = NewCase(comment.id, decisions.latest_of(unit, comment.id).id, opening, may_have_one=True)
    opened = cases.open_or_join(unit, [wanted], edited=(comment.id,), opened_by=why, now=now)[comment.id]
    case = cases.lock(unit, opened)
    groups.set_apart(unit, case)
    given = cases.give_to(unit, case, queue=APPEALS, why=why, label=None, due_at=due_at)
    another.bar(unit, given, now)
    return given


def wait_again(unit: Unit, answer_id: str, case: CaseRecord, *, now: datetime) -> None:
    """Whoever was answered by this verdict waits for a third person's, in this case."""
    for each in appeals.wait_again(unit, answer_id, case):
        facts = {"earlier_answer_id": answer_id}
        ledger.append(unit, _entry(REOPENED, MACHINE, each, "a third person is asked", facts), now=now)


def settle(
    unit: Unit, rules: ComplaintRules, *, now: datetime, limit: int = _AT_ONCE, also: Sequence[Also] = ()
) -> int:  # fmt: skip
    """Answers those whose case was decided and cannot be taken back any more; how many. The caller commits."""
    count = 0
    for case_id in appeals.to_settle(unit, before=now - SETTLED_AFTER, limit=limit):
        comments.lock(unit, cases.get(unit, case_id).comment_id)
        case = cases.get(unit, case_id)
        if case.state is CaseState.CLOSED:
            count += _settle(unit, case, rules, also, now)
    return count


def overturns(look: Reading, *, since: datetime) -> list[Overturned]:
    """Of every rule, model and moderator whose word was looked at anew since then, by kind and name.

    By appeal of who was measured or listed, or by contest of who had reported what a moderator let stand.
    """
    lost, all_ = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for each in appeals.judged_since(look, since):
        names = [("rule", rule) for rule in each.rules]
        names += [(kind, name) for kind, name in (("model", each.model), ("moderator", each.moderator)) if name]
        all_.update(names)
        if each.outcome is AppealOutcome.OVERTURNED:
            lost.update(names)
    for contested in stored_complaints.contested_since(look, since):
        all_["moderator", contested.moderator] += 1
        lost["moderator", contested.moderator] += contested.is_overturned
    for answered in account_appeals.answered_since(look, since):
        who = _id_of(look, answered.taken_by)
        all_["moderator", who] += 1
        lost["moderator", who] += answered.is_overturned
    return [Overturned(kind, name, Share(lost[kind, name], all_[kind, name])) for kind, name in sorted(all_)]


def _measure_of(look: Reading, holds: Holding) -> str | None:
    """What was done: taken by name, or asked for with the verdict."""
    if holds.taken is not None:
        return holds.taken.id
    return measures.requested_with(look, holds.verdict) if holds.verdict else None


def _id_of(look: Reading, who: str) -> str:
    """The user of whom a measure or an entry has the name, or a key of theirs; a key of nobody stands for itself."""
    user = users.by_name(look, folded(who))
    known = (user.id,) if user else known_as(look, who)
    return known[1] if who.startswith(KEY) and len(known) > 1 else known[0]


def _settle(unit: Unit, case: CaseRecord, rules: ComplaintRules, also: Iterable[Also], now: datetime) -> int:
    verdict = verdicts.last_of_case(unit, case.id)
    judged = decisions.get(unit, case.decision_id).revision
    waiting = [each for each in appeals.of_case(unit, case.id) if each.state is AppealState.WAITING]
    for each in waiting:
        appealed = decisions.get(unit, each.decision_id).revision
        outcome = _outcome(verdict, is_same_text=appealed == judged)
        _answer(unit, each, outcome, verdict if outcome is not AppealOutcome.GONE else None, rules, now)
        if outcome is AppealOutcome.OVERTURNED:
            _restore(unit, each, rules, also, now)
        elif outcome is AppealOutcome.UPHELD and ledger.last(unit, REOPENED, each.id):
            complaints.remove_again(unit, comments.get(unit, each.comment_id), rules, now=now)
    return len(waiting)


def _outcome(verdict: VerdictRecord | None, *, is_same_text: bool) -> AppealOutcome:
    """A case that is closed without approve or reject was closed because its comment was erased."""
    if verdict is None or verdict.verdict is VerdictKind.UNSURE:
        return AppealOutcome.GONE
    if not is_same_text:
        return AppealOutcome.CHANGED
    return AppealOutcome.OVERTURNED if verdict.verdict is VerdictKind.APPROVE else AppealOutcome.UPHELD


def _answer(
    unit: Unit,
    appeal: AppealRecord,
    outcome: AppealOutcome,
    verdict: VerdictRecord | None,
    rules: ComplaintRules,
    now: datetime,
) -> None:
    verdict_id = verdict.id if verdict else None
    answered = appeals.answer(unit, appeal.id, outcome, answer_id=verdict_id, now=now)
    if answered is None:
        return
    actor = Actor("moderator", verdict.moderator) if verdict else MACHINE
    facts = {"outcome": outcome.value, "answer_id": verdict_id}
    ledger.append(unit, _entry("appeal.resolved", actor, answered, outcome.value, facts), now=now)
    _tell(unit, answered, outcome, verdict, rules, now)


def _restore(unit: Unit, appeal: AppealRecord, rules: ComplaintRules, also: Iterable[Also], now: datetime) -> None:
    """What the verdict did not restore by itself: the measure, the reporters' answers, what others keep."""
    appealed = decisions.get(unit, appeal.decision_id)
    for each in verdicts.of_comment(unit, appeal.comment_id):
        judged = decisions.get(unit, each.decision_id)
        if judged.revision == appealed.revision and measures.holds_for(unit, each):
            versions = judged.decision.versions
            measures.withdraw_for_verdict(unit, each, reason="overturned on appeal", versions=versions, now=now)
            events.measure_withdrawn(unit, each, measures.requested_with(unit, each), by=None, now=now)
    complaints.reverse(unit, appeal.comment_id, rules, now=now)
    for step in also:
        step(unit, appeal, now)


def is_of_machine(look: Reading, appeal: AppealRecord) -> bool:
    """Whether a machine alone had decided what is appealed: no person of the comment, none of what it carried out."""
    if not appeal.is_of_machine:
        return False
    return not carried_out.had_a_part(acted.before_a_verdict(look, appeal.decision_id, at=appeal.created_at))


def _tell(
    unit: Unit,
    appeal: AppealRecord,
    outcome: AppealOutcome,
    verdict: VerdictRecord | None,
    rules: ComplaintRules,
    now: datetime,
) -> None:
    told = answers.of_verdict(unit, verdict.id if verdict else None)
    data: dict[str, Any] = {
        "id": comments.get(unit, appeal.comment_id).external_id,
        "appeal_id": appeal.id,
        "decision_id": appeal.decision_id,
        "verdict_id": verdict.id if verdict else None,
        "outcome": outcome.value,
        "withdrawn": appeal.measure_id if outcome is AppealOutcome.OVERTURNED else None,
        "reasons": [dict(reason) for reason in told.reasons],
        "answer": rules.text_of(APPEAL, outcome, told.template, of_machine=is_of_machine(unit, appeal)).as_dict(),
    }
    outbox.put(
        unit,
        NewEvent(APPEAL_RESOLVED, appeal.id, data, now, once=f"{APPEAL_RESOLVED}:{appeal.id}:{appeal.answer_id}"),
        now=now,
    )


def _entry(kind: str, actor: Actor, appeal: AppealRecord, reason: str, facts: dict[str, Any]) -> ledger.Entry:
    about = {
        "comment_id": appeal.comment_id,
        "decision_id": appeal.decision_id,
        "verdict_id": appeal.verdict_id,
        "measure_id": appeal.measure_id,
        "case_id": appeal.case_id,
    }
    return ledger.Entry(kind, actor, "appeal", appeal.id, reason, "appeals", facts=about | facts)
