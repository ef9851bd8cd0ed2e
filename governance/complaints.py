"""Complaints: anybody reports a comment, gets a receipt and a promise, and an answer with its reason (2017 art. 10).

* **A report** opens a case in the queue `complaints`, or joins the comment's undecided one: one comment, one case,
  however many report it. The clock of its kind (`configs/complaints.toml`) is the case's promise from then on.
* **Priority** is what the machine thinks of the comment, the harm of the kind, and the word of those who report: that
  at least one of them is right, each weighed by what became of their earlier reports (`governance/reporters.py`).
  Where a person found that many reports against the author are one campaign, all of them count as one word.
* **Trusted flaggers'** notices come before all of these, after what threatens life, by a promise of their own
  (`governance/flaggers.py`).
* **Suspended** is the handling of reports of whoever was warned and went on reporting without ground
  (`governance/misuse.py`): they are kept and answered with the sentence that says so, and open no case, but for what
  may threaten life.
* **Who allowed** what is reported, by an entry of a list, does not answer (`governance/another.py`).
* **Answered at once** is what nobody needs to look at: a comment that is not shown any more, and a text that a person
  found in order a few days ago for a complaint of the same kind. Else a hundred reports would ask for a hundred looks.
  What may threaten life by its kind is looked at also where the comment is gone, until a person looked for that very
  danger: who removed an advert, a machine above all, has not looked for somebody in need of help.
* **The answer** follows the verdict once it cannot be taken back, so that nobody is told what is not so. It is told on
  the receipt's page and by webhook, with the labels and grounds of the verdict and words that the moderator chose.
  Of what had been removed before it says by whom, a machine alone or what people had decided, and the reasons
  (`removed_before.py`).
* The answer of an erased comment is that it is gone. One that a later appeal restores is told to have been reversed,
  and so is an answer that it stays where another person finds otherwise once it is contested (`contests.py`).

Who reports is known as a keyed hash alone, and stands nowhere in the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from governance import another, flaggers, misuse, removed_before
from governance.complaint_rules import COMPLAINT, CONTEST, ComplaintRules
from governance.events import COMPLAINT_RESOLVED
from governance.reporters import reliability_of, shares_of, weight_of
from moderation.decision import Outcome
from moderation.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from records import acted, answers, cases, comments, complaints, decisions, ledger, outbox, report_floods, verdicts
from records.cases import NewCase
from records.complaints import NewComplaint
from records.ledger import MACHINE, Actor
from records.opening import suspicion, threatens_life
from records.outbox import NewEvent
from records.personal import Keyring
from records.public_values import ComplaintOutcome, ComplaintRecord, ComplaintState, FloodState
from records.unit_of_work import Reading, Unit
from records.values import (
    CaseRecord,
    CaseState,
    CommentRecord,
    DecisionRecord,
    VerdictKind,
    VerdictRecord,
)
from records.waiting import APPEALS, COMPLAINTS, ESCALATED, FLAGGED, LIFE
from records.waiting import COMPLAINT as WHY
from review import groups
from review.verdicts import SETTLED_AFTER

MAX_NOTE = 2_000
"""The longest words of a complaint or an appeal, in code points."""

PLATFORM, ADDRESS, KEY = "platform", "address", flaggers.KEY
_VOICES = 20
"""So many reporters say together all that many can say."""

REOPENED = "complaint.reopened"

_STAYS_IN = (ESCALATED, APPEALS)
"""Queues that a complaint does not take a case out of."""

FLOOD_HOLDS_FOR = timedelta(days=7)
"""After a person found that reports against an author are one campaign, they count as one word for so long."""

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports: a pseudonym that the `platform` tells, the `key` of a flagger, or the `address` of a network.

    Only its hash is kept.
    """

    source: str
    value: str

    def index(self, keyring: Keyring) -> str:
        """What is kept."""
        return keyring.index(f"reporter {self.source}", self.value)

    def indexes(self, keyring: Keyring) -> tuple[str, ...]:
        """What earlier reports may have, under every key."""
        return keyring.indexes(f"reporter {self.source}", self.value)


@dataclass(frozen=True, slots=True)
class Report:
    """What is reported. `comment_id` is the platform's own id of it."""

    comment_id: str
    kind: str
    note: str
    reporter: Reporter


def make(unit: Unit, report: Report, rules: ComplaintRules, *, keyring: Keyring, now: datetime) -> ComplaintRecord:
    """The complaint, waiting or answered at once; the caller commits.

    Raises `InvalidInputError` with every fault, `NotFoundError` for a comment that nobody knows here, `ConflictError`
    for one that was erased.
    """
    note = _checked(report, rules)
    comment = _comment_of(unit, report.comment_id)
    latest = decisions.latest_of(unit, comment.id)
    reporter = report.reporter.indexes(keyring)
    notice = _notice(unit, report.kind, reporter, latest, rules, now)
    clock = rules.clocks[report.kind]
    held = misuse.suspension_of(unit, reporter, now=now)
    if held is not None and _may_threaten(unit, report.kind, latest, rules):
        held = None
    new = NewComplaint(
        comment_id=comment.id,
        decision_id=latest.id,
        revision=comment.revision,
        author_index=comment.author_index,
        case_id=None,
        kind=report.kind,
        note=note,
        reporter_index=report.reporter.index(keyring),
        source=report.reporter.source,
        due_at=now + (min(clock, notice.within) if notice else clock),
        flagger_id=notice.flagger.id if notice else None,
        suspended_by=held.id if held else None,
    )
    known = _known_answer(unit, new, latest, rules, now) if held is None else (ComplaintOutcome.SUSPENDED, None)
    if known is None:
        new = replace(new, case_id=_case(unit, comment, latest, new, reporter, rules, now).id)
    made = complaints.add(unit, new, now=now)
    ledger.append(unit, _made(made), now=now)
    return made if known is None else answered(unit, made, *known, rules, now)


def _notice(
    unit: Unit, kind: str, reporter: Sequence[str], latest: DecisionRecord, rules: ComplaintRules, now: datetime
) -> flaggers.Notice | None:
    """The trusted flagger's notice that it is, if it is one."""
    decision = latest.decision
    about = {reason.code for reason in decision.reasons} | {
        label.name for label in decision.labels if label.score >= label.review_threshold
    }
    policy = decision.versions.policy
    return flaggers.notice_of(unit, reporter, rules, kind=kind, about=about, policy=policy, now=now)


def _may_threaten(unit: Unit, kind: str, latest: DecisionRecord, rules: ComplaintRules) -> bool:
    """Whether life or safety may be threatened: by the kind of the report, or by what the machine thinks."""
    return rules.kinds[kind].life or threatens_life(latest.decision, unit.queues.harm)


def settle(unit: Unit, rules: ComplaintRules, *, now: datetime, limit: int = _AT_ONCE) -> int:
    """Answers those whose case was decided and cannot be taken back any more; how many. The caller commits."""
    count = 0
    for case_id in complaints.to_settle(unit, before=now - SETTLED_AFTER, limit=limit):
        comment = comments.lock(unit, cases.get(unit, case_id).comment_id)
        case = cases.get(unit, case_id)
        if case.state is CaseState.CLOSED:
            count += _settle(unit, case, comment, rules, now)
    return count


def reverse(unit: Unit, comment_id: str, rules: ComplaintRules, *, now: datetime) -> None:
    """An appeal restored the comment: those whose reports, or contests, had removed it are told."""
    for each in complaints.reverse(unit, comment_id, now=now):
        ledger.append(unit, entry("complaint.reversed", MACHINE, each, "restored on appeal", {}), now=now)
        _tell(unit, each, rules, now, told_as="reversed")
    for each in complaints.hold_again(unit, comment_id):
        ledger.append(unit, entry("complaint.stands", MACHINE, each, "restored on appeal", {}), now=now)
        if not _contested(unit, each):
            _tell(unit, each, rules, now, told_as="stands")


def remove_again(unit: Unit, comment: CommentRecord, rules: ComplaintRules, *, now: datetime) -> None:
    """What had restored the comment was reversed: those who had reported it are told."""
    for each in complaints.hold_acted(unit, comment.id):
        ledger.append(unit, entry("complaint.stands", MACHINE, each, _THIRD, {}), now=now)
        _tell(unit, each, rules, now, told_as="stands")
    for each in complaints.reverse_kept_of(unit, comment.id, comment.revision, now=now):
        ledger.append(unit, entry("complaint.reversed", MACHINE, each, _THIRD, {}), now=now)
        if not _contested(unit, each):
            _tell(unit, each, rules, now, told_as="reversed")


def wait_again(unit: Unit, verdict_id: str, case: CaseRecord, *, now: datetime) -> None:
    """Contests that this verdict answered wait for a third person's, in this case."""
    for each in complaints.wait_again(unit, verdict_id, case):
        facts = {"due_at": each.due_at.isoformat(), "earlier_verdict_id": verdict_id}
        ledger.append(unit, entry(REOPENED, MACHINE, each, "a third person is asked", facts), now=now)


_THIRD = "a third person looked"


def is_shown(look: Reading, comment_id: str) -> bool | None:
    """Whether the comment may be shown as things stand; None once it is erased, and while nobody has decided."""
    outcome = decisions.latest_of(look, comment_id).outcome
    if comments.get(look, comment_id).erased_at is not None or outcome is Outcome.REVIEW:
        return None
    return outcome is Outcome.PASS


def _checked(report: Report, rules: ComplaintRules) -> str | None:
    """The words, None for none. Raises `InvalidInputError`."""
    faults = [*note_faults(report.note)]
    if report.kind not in rules.kinds:
        faults.append(Fault("/kind", f"must be one of {', '.join(rules.kinds)}"))
    if faults:
        raise InvalidInputError("The complaint cannot be used.", faults)
    return report.note.strip() or None


def note_faults(note: str) -> Sequence[Fault]:
    """What is wrong with the words of a complaint or an appeal."""
    faults = []
    if len(note) > MAX_NOTE:
        faults.append(Fault("/text", f"is longer than {MAX_NOTE:,} characters"))
    if "\0" in note or any("\ud800" <= character <= "\udfff" for character in note):
        faults.append(Fault("/text", "holds a NUL or a lone surrogate"))
    return faults


def _comment_of(unit: Unit, external_id: str) -> CommentRecord:
    known = comments.known_ids(unit, [external_id])
    if external_id not in known:
        raise NotFoundError("There is no comment with this number here.")
    comment = comments.lock(unit, known[external_id])
    if comment.erased_at is not None:
        raise ConflictError("This comment was erased: there is nothing left to look at.")
    return comment


def _known_answer(
    unit: Unit, new: NewComplaint, latest: DecisionRecord, rules: ComplaintRules, now: datetime
) -> tuple[ComplaintOutcome, VerdictRecord | None] | None:
    """The answer that is known already, and the verdict that it follows."""
    holds = acted.holding(unit, latest)
    holding = None if holds.taken else holds.verdict
    if latest.outcome is Outcome.BLOCK:
        is_known = not rules.kinds[new.kind].life or _was_looked_for(unit, new.kind, holding)
        return (ComplaintOutcome.ACTED, holding) if is_known else None
    if latest.outcome is not Outcome.PASS:
        return None
    since = now - timedelta(days=rules.complaints.same_answer_days)
    alike = complaints.answered_alike(unit, new.comment_id, kind=new.kind, revision=new.revision, since=since)
    if alike is None or alike.verdict_id is None:
        return None
    return ComplaintOutcome.KEPT, verdicts.get(unit, alike.verdict_id)


def _was_looked_for(look: Reading, kind: str, holding: VerdictRecord | None) -> bool:
    """Whether who removed the comment looked for this danger: they named it, or the same report lay before them."""
    if holding is None:
        return False
    return kind in holding.codes or any(each.kind == kind for each in complaints.of_case(look, holding.case_id))


def _case(
    unit: Unit,
    comment: CommentRecord,
    latest: DecisionRecord,
    new: NewComplaint,
    reporter: Sequence[str],
    rules: ComplaintRules,
    now: datetime,
) -> CaseRecord:
    """The comment's case, as urgent as what is said by all who reported it, by the earliest promise.

    In the queue of complaints, unless somebody has it or it needs other eyes.
    """
    present = cases.undecided_of(unit, comment.id)
    word = _word(unit, present, comment, reporter, rules, now)
    said = suspicion(COMPLAINTS, latest.decision, unit.queues.harm)
    opening = replace(said, why=WHY, priority=round(said.priority + rules.kinds[new.kind].harm + word, 6))
    wanted = NewCase(comment.id, latest.id, opening, may_have_one=True)
    opened = cases.open_or_join(unit, [wanted], edited=(), opened_by=WHY, now=now)[comment.id]
    case = cases.lock(unit, opened)
    groups.set_apart(unit, case)
    case = another.keep_from_doubt(unit, case, now)
    threatens = _may_threaten(unit, new.kind, latest, rules)
    ahead = LIFE if threatens else FLAGGED if new.flagger_id else None
    stays = case.queue in (*_STAYS_IN, COMPLAINTS) or case.state is not CaseState.OPEN
    if present is not None and stays:
        return cases.promise(unit, case, due_at=new.due_at, ahead=ahead)
    due = new.due_at if present is None else min(new.due_at, case.due_at)
    return cases.give_to(unit, case, queue=COMPLAINTS, why=WHY, label=case.label, due_at=due, ahead=ahead)


def _word(
    unit: Unit,
    present: CaseRecord | None,
    comment: CommentRecord,
    reporter: Sequence[str],
    rules: ComplaintRules,
    now: datetime,
) -> float:
    """What all who report weigh together, 0 to 1."""
    others = [] if present is None else complaints.reporters_in(unit, present.id, limit=_VOICES)
    mine = reliability_of(unit, reporter, rules.reporters, now=now).share
    theirs = shares_of(unit, [each for each in others if each not in reporter], rules.reporters, now=now)
    voices = [mine, *theirs]
    return max(voices) if _is_flood(unit, comment, now) else weight_of(voices)


def _is_flood(unit: Unit, comment: CommentRecord, now: datetime) -> bool:
    if comment.author_index is None:
        return False
    found = report_floods.newest_against(unit, comment.author_index)
    if found is None or found.state is not FloodState.CONFIRMED or found.answered_at is None:
        return False
    return now - found.answered_at < FLOOD_HOLDS_FOR


def _settle(unit: Unit, case: CaseRecord, comment: CommentRecord, rules: ComplaintRules, now: datetime) -> int:
    verdict = verdicts.last_of_case(unit, case.id)
    judged = decisions.get(unit, case.decision_id).revision
    waiting = [each for each in complaints.of_case(unit, case.id) if each.state is ComplaintState.WAITING]
    for each in waiting:
        outcome = _outcome(verdict, each, judged)
        answered(unit, each, outcome, verdict if outcome is not ComplaintOutcome.GONE else None, rules, now)
        if each.contests is not None and outcome is ComplaintOutcome.ACTED:
            _overturn(unit, each, rules, now)
        if each.contests is not None and outcome is ComplaintOutcome.KEPT and ledger.last(unit, REOPENED, each.id):
            reverse(unit, comment.id, rules, now=now)
    return len(waiting)


def _overturn(unit: Unit, contest: ComplaintRecord, rules: ComplaintRules, now: datetime) -> None:
    """Those who were told that the comment stays are told that it does not; who contested it was just told so."""
    for each in complaints.reverse_kept(unit, contest, now=now):
        ledger.append(unit, entry("complaint.reversed", MACHINE, each, "removed on contest", {}), now=now)
        if not _contested(unit, each):
            _tell(unit, each, rules, now, told_as="reversed")


def _contested(look: Reading, complaint: ComplaintRecord) -> bool:
    """Whether who reported is told by the answer of their own contest."""
    return complaints.contest_of(look, complaint.id) is not None


def _outcome(verdict: VerdictRecord | None, complaint: ComplaintRecord, judged: int) -> ComplaintOutcome:
    """A case that is closed without approve or reject was closed because its comment was erased."""
    if verdict is None or verdict.verdict is VerdictKind.UNSURE:
        return ComplaintOutcome.GONE
    if verdict.verdict is VerdictKind.REJECT:
        return ComplaintOutcome.ACTED
    return ComplaintOutcome.KEPT if complaint.revision == judged else ComplaintOutcome.CHANGED


def answered(
    unit: Unit,
    complaint: ComplaintRecord,
    outcome: ComplaintOutcome,
    verdict: VerdictRecord | None,
    rules: ComplaintRules,
    now: datetime,
) -> ComplaintRecord:
    """Answers one that waits, a contest too: in the ledger and by webhook. One that was answered stays as it is."""
    verdict_id = verdict.id if verdict else None
    told = complaints.answer(unit, complaint.id, outcome, verdict_id=verdict_id, now=now)
    if told is None:
        return complaints.get(unit, complaint.id)
    actor = Actor("moderator", verdict.moderator) if verdict else MACHINE
    facts = {"outcome": outcome.value, "verdict_id": verdict_id}
    ledger.append(unit, entry("complaint.answered", actor, told, outcome.value, facts), now=now)
    _tell(unit, told, rules, now, told_as="answered")
    return told


def _tell(unit: Unit, complaint: ComplaintRecord, rules: ComplaintRules, now: datetime, *, told_as: str) -> None:
    """By webhook, once as what it is told: `answered`, then `reversed`, then that the first answer `stands` again."""
    told = removed_before.of_complaint(unit, complaint)
    outcome, is_reversed = complaint.outcome or ComplaintOutcome.GONE, complaint.reversed_at is not None
    whom = CONTEST if complaint.contests else COMPLAINT
    now_said, first = rules.words_now(
        whom, outcome, told.template, is_reversed=is_reversed, of_machine=told.automated, instead=told.words
    )
    holds = answers.that_hold(unit, complaint.comment_id)
    data: dict[str, Any] = {
        "id": comments.get(unit, complaint.comment_id).external_id,
        "complaint_id": complaint.contests or complaint.id,
        "decision_id": complaint.decision_id,
        "verdict_id": complaint.verdict_id,
        "kind": complaint.kind,
        "contest": complaint.contests is not None,
        "outcome": outcome.value,
        "reversed": is_reversed,
        "automated": told.automated,
        "removed_by": told.removed_by,
        "reasons": [dict(reason) for reason in (holds if is_reversed else told).reasons],
        "answer": now_said.as_dict(),
        "first_answer": first and first.as_dict(),
        "first_reasons": [dict(reason) for reason in told.reasons] if is_reversed else None,
    }
    turn = complaint.verdict_id if told_as == "answered" else now.isoformat()
    once = f"{COMPLAINT_RESOLVED}:{complaint.id}:{told_as}:{turn}"
    outbox.put(unit, NewEvent(COMPLAINT_RESOLVED, complaint.id, data, now, once=once), now=now)


def _made(complaint: ComplaintRecord) -> ledger.Entry:
    facts: dict[str, Any] = {"revision": complaint.revision, "due_at": complaint.due_at.isoformat()}
    for name in ("flagger_id", "suspended_by"):
        if (told := getattr(complaint, name)) is not None:
            facts[name] = told
    return entry("complaint", Actor("public", complaint.source), complaint, complaint.kind, facts)


def entry(kind: str, actor: Actor, complaint: ComplaintRecord, reason: str, facts: dict[str, Any]) -> ledger.Entry:
    """What the ledger keeps of a complaint or a contest: neither words nor who they are of."""
    about = {
        "kind": complaint.kind,
        "comment_id": complaint.comment_id,
        "decision_id": complaint.decision_id,
        "case_id": complaint.case_id,
    }
    return ledger.Entry(kind, actor, "complaint", complaint.id, reason, "complaints", facts=about | facts)
