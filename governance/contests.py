"""Contests: whoever reported a comment and was told that it stays asks for another look (DSA, article 20).

* **Once for each report, within a stated time** (`[contests]` of `configs/complaints.toml`, else as for appeals), under
  the receipt alone. What is contested is that the very text that was judged stays; one that was changed since is
  reported anew, one that is gone needs nobody.
* **Another moderator**, in the queue of appeals and by its clock, **blind** to the first answer and to the machine: the
  rules of an appeal (`governance/appeals.py`) hold word for word.
* **One look for each verdict.** Of many who were told the same the first gets the look; who comes while it is awaited
  waits with them, and who comes later is told what it came to. So a crowd cannot ask for a hundred looks.
* **Overturned**: the verdict is the comment's decision, with its measure and its label, as any verdict is; everybody
  who was told that this text stays is told that it does not, their report counts as founded, and the first moderator's
  verdict as overturned. Its author may appeal: nobody had done anything about them before.
* **Upheld**: it is final here. What was decided by a second person who knew nothing of the first is contested no
  further, whether an appeal or a contest led to it; the receipt names the bodies outside of the house.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from governance import appeals, complaints, settled
from governance.complaint_rules import ComplaintRules
from moderation.decision import Outcome
from moderation.errors import ConflictError, InvalidInputError
from records import cases, comments, decisions, ledger, verdicts
from records import complaints as stored
from records.complaints import NewComplaint
from records.ledger import Actor
from records.public_values import ComplaintOutcome, ComplaintRecord, ComplaintState
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CommentRecord
from records.waiting import ANEW, CONTEST

_STAYS = (ComplaintOutcome.KEPT, ComplaintOutcome.CHANGED)
"""Answers by which a comment stays."""


class NotContestableError(ConflictError):
    """Why an answer cannot be contested; `why` is a word of `console/public/words/`."""

    def __init__(self, why: str, sentence: str) -> None:
        self.why = why
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Contestable:
    """An answer by which a comment stays, the verdict behind it, and until when it can be contested."""

    complaint: ComplaintRecord
    comment: CommentRecord
    verdict_id: str
    until: datetime


def contestable(look: Reading, complaint: ComplaintRecord, rules: ComplaintRules, *, now: datetime) -> Contestable:
    """What whoever reported can contest. Raises `NotContestableError` with why nothing can be."""
    if complaint.state is ComplaintState.WAITING:
        raise NotContestableError("waiting", "This report waits for its answer.")
    if complaint.outcome not in _STAYS or complaint.verdict_id is None or complaint.answered_at is None:
        raise NotContestableError("nothing", "The answer is not that the comment stays: there is nothing to contest.")
    if stored.contest_of(look, complaint.id) is not None:
        raise NotContestableError("already", "This answer was contested already. The receipt says what became of it.")
    verdict = verdicts.get(look, complaint.verdict_id)
    if cases.get(look, verdict.case_id).why in ANEW or settled.is_after_blind(look, verdict):
        raise NotContestableError(
            "final", "Another person than the first one found that the comment stays: there is no further look here."
        )
    comment = comments.get(look, complaint.comment_id)
    if comment.erased_at is not None:
        raise NotContestableError("gone", "This comment was erased: there is nothing left to look at.")
    judged = decisions.get(look, verdict.decision_id)
    if judged.revision != comment.revision:
        raise NotContestableError("changed", "The comment was changed since: report its new text.")
    if decisions.latest_of(look, comment.id).outcome is Outcome.BLOCK:
        raise NotContestableError("hidden", "The comment is not shown any more.")
    found = Contestable(
        complaint, comment, verdict.id, rules.contest_until(complaint.answered_at, judged.decision.versions.policy)
    )
    if now > found.until:
        raise NotContestableError("late", f"It could be contested until {found.until:%Y-%m-%d %H:%M} UTC.")
    return found


def make(unit: Unit, complaint_id: str, note: str, rules: ComplaintRules, *, now: datetime) -> ComplaintRecord:
    """The contest of a complaint's answer, waiting or answered at once; the caller commits.

    Raises `InvalidInputError` with what is wrong with the words, `NotContestableError`, `NotFoundError`.
    """
    if faults := complaints.note_faults(note):
        raise InvalidInputError("The contest cannot be used.", faults)
    comments.lock(unit, stored.get(unit, complaint_id).comment_id)
    found = contestable(unit, stored.get(unit, complaint_id), rules, now=now)
    upheld = stored.upheld(unit, found.verdict_id)
    due_at = now + timedelta(days=rules.contest_days)
    before = found.complaint
    new = NewComplaint(
        comment_id=found.comment.id,
        decision_id=decisions.latest_of(unit, found.comment.id).id,
        revision=found.comment.revision,
        author_index=found.comment.author_index,
        case_id=_case(unit, found.comment, due_at, now).id if upheld is None else None,
        kind=before.kind,
        note=note.strip() or None,
        reporter_index=before.reporter_index,
        source=before.source,
        due_at=due_at,
        contests=before.id,
    )
    made = stored.add(unit, new, now=now)
    facts = {"contests": before.id, "revision": made.revision, "due_at": made.due_at.isoformat()}
    told = complaints.entry("complaint.contested", Actor("public", made.source), made, "asked for another look", facts)
    ledger.append(unit, told, now=now)
    if upheld is None or upheld.verdict_id is None:
        return made
    verdict = verdicts.get(unit, upheld.verdict_id)
    return complaints.answered(unit, made, ComplaintOutcome.KEPT, verdict, rules, now)


def _case(unit: Unit, comment: CommentRecord, due_at: datetime, now: datetime) -> CaseRecord:
    """One look for all: who asks while it is awaited takes it out of nobody's hands."""
    present = cases.undecided_of(unit, comment.id)
    if present is not None and present.why in ANEW:
        return cases.promise(unit, cases.lock(unit, present.id), due_at=due_at)
    is_awaited = present is not None and stored.waits_in(unit, present.id)
    due = min(due_at, present.due_at) if present is not None and is_awaited else due_at
    return appeals.look_anew(unit, comment, why=CONTEST, due_at=due, now=now)
