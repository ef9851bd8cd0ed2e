"""A moderator's verdict: applied once, and all that follows from it in the same transaction.

Approve and reject close the case, become the comment's label record and the decision's final outcome. It is
*overturned* where the person says otherwise than the machine did: approve what it suspected, reject what it passed. A
reject for another label than the machine's is no overturn; the label record tells the difference. Unsure decides
nothing and labels nothing: the case waits for other eyes. Within ten seconds a verdict is taken back as if not given;
later the case is opened anew, with a reason, and what is decided then stands beside what was decided before.

A reject on a ground that no label names (`Taxonomy.grounds`) becomes no label record and ends the one before: of the
labels nobody said anything, and a model learns nothing. The machine was not asked for it, so nothing is overturned.

A second opinion, and an answer to what is known, decide nothing: the case is closed, and what held holds. What follows
from them (`review/quality.py`) follows once they can no longer be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from moderation.decision import Decision, Outcome
from moderation.errors import ConflictError
from records import cases, comments, decisions, draws, labels, leases, ledger, verdicts
from records.draws import Draw
from records.known_as import known_as
from records.opening import suspects_harm
from records.retold import DRAWN
from records.unit_of_work import Unit
from records.values import (
    KNOWN_ANSWER,
    CaseRecord,
    CaseState,
    CommentRecord,
    DecisionRecord,
    Judgement,
    LabelRecord,
    Purpose,
    VerdictKind,
    VerdictRecord,
)
from records.waiting import ANEW, APPEALS, COMPLAINT, COMPLAINTS, SECOND_LOOK
from review import quality, second_looks, similar
from review.checks import check_judgement, check_reason
from review.queue import LEASE, held, open_case, until

UNDO_WITHIN = timedelta(seconds=10)

SETTLED_AFTER = UNDO_WITHIN + timedelta(seconds=2)
"""Two seconds for the clocks of two machines."""


@dataclass(frozen=True, slots=True)
class Given:
    """A verdict and what became of it; `label` is None for unsure, and for a reject on a ground alone."""

    verdict: VerdictRecord
    case: CaseRecord
    decision: DecisionRecord
    label: LabelRecord | None

    @property
    def decides(self) -> bool:
        """Whether it settled what becomes of the comment: neither a doubt, nor a check on somebody."""
        return self.verdict.purpose is Purpose.DECIDE and self.verdict.verdict is not VerdictKind.UNSURE


def give_verdict(  # noqa: PLR0913 - each by its name
    unit: Unit,
    names: Sequence[str],
    case_id: str,
    judgement: Judgement,
    *,
    moderator: str,
    token: str | None,
    now: datetime,
    grounds: Sequence[str] = (),
) -> Given:
    """Applies it; the caller commits. `names` are the taxonomy's labels and `grounds` its other grounds.

    `token` is the lease's (None: owner is enough).

    Raises `InvalidInputError` with every fault, `ConflictError` where the case is decided or in other hands,
    `NotFoundError`.
    """
    case = held(unit, case_id, moderator, token, now=now)
    comment, decision = comments.get(unit, case.comment_id), decisions.get(unit, case.decision_id)
    check_judgement(judgement, names, length=len(comment.text or ""), grounds=grounds)
    overturned = not _is_beside(judgement) and overturns(judgement.verdict, decision.decision)
    verdict = verdicts.add(unit, case, judgement, moderator=moderator, overturned=overturned, now=now)
    if quality.is_compared(case, verdict):
        verdicts.weigh_from(unit, verdict.id, now + SETTLED_AFTER)
    ledger.append(unit, _entry(verdict, comment, decision), now=now)
    if case.purpose in KNOWN_ANSWER:
        return Given(verdict, leases.close(unit, case.id, now=now), decision, None)
    if verdict.verdict is VerdictKind.UNSURE:
        return Given(verdict, leases.put_back(unit, case, queue=_for_other_eyes(case)), decision, None)
    if case.purpose is Purpose.OPINION:
        return Given(verdict, leases.close(unit, case.id, now=now), decision, None)
    label = _teach(unit, verdict, decision, names)
    similar.remember(unit, comment, decision)
    _set_final(unit, verdict)
    closed = leases.close(unit, case.id, now=now)
    return Given(verdict, closed, decisions.get(unit, decision.id), label)


def ask_second(
    unit: Unit, given: Given, share: float, *, now: datetime, together: int = 1,
    somebody: Callable[[], bool] = lambda: True,
) -> None:  # fmt: skip
    """Draws verdicts about which a second person will be asked, once they can no longer be taken back.

    Of what is drawn nothing comes where `somebody` says that nobody could answer: it would wait for ever.

    `share` (0 to 1) of them; of a queue or of newcomers what `configs/queues.toml` says (`[second_looks]`), and more
    where people agree little (`review/second_looks.py`). A text that was drawn stays drawn: deciding it again, or
    taking the verdict back, leads past nobody. Of what was given over several at once (`together`) at least one is
    looked at again (`review/of_many.py`), so that each is likelier to be.
    """
    bound = draws.before(unit, given.verdict.comment_id, given.decision.revision, but=given.verdict.id)
    own = own_chance(unit, given, share)
    chance = bound[0].chance if bound else quality.chance_among(own, together)
    checked = quality.may_be_checked(given.case, given.verdict, is_own=_drew_own(unit, given.verdict, bound))
    if checked and (bound or quality.is_drawn(own)) and somebody():
        draw(unit, given.verdict, chance, now=now)


def draw(unit: Unit, verdict: VerdictRecord, chance: float, *, now: datetime) -> None:
    """A second person will be asked about it; `chance` is that with which it was drawn."""
    verdicts.weigh_from(unit, verdict.id, now + SETTLED_AFTER, chance=chance)
    ledger.append(unit, _drawn(verdict, chance), now=now)


def own_chance(unit: Unit, given: Given, share: float) -> float:
    """With which a verdict is drawn by itself, as its queue, its labels and who gave it have it."""
    looks = unit.queues.second_looks
    before = verdicts.count_of(unit, given.verdict.moderator, most=looks.new_verdicts + 1) - 1
    about = {*given.verdict.labels, *filter(None, (given.case.label,))}
    usual = looks.share(share, given.case.queue, before)
    return second_looks.chance_of(unit, given.decision.surface or given.case.queue, about, usual)


def _drew_own(unit: Unit, verdict: VerdictRecord, bound: Sequence[Draw]) -> bool:
    """Whether a verdict of the same person was drawn: nobody is the second person for themselves."""
    mine = known_as(unit, verdict.moderator) if bound else ()
    return any(draw.moderator in mine for draw in bound)


def overturns(verdict: VerdictKind, decision: Decision) -> bool:
    """Whether a person says otherwise than the machine; never where either had no opinion."""
    thought = suspects_harm(decision)
    if verdict is VerdictKind.UNSURE or thought is None:
        return False
    return thought != (verdict is VerdictKind.REJECT)


def undo(unit: Unit, case_id: str, *, moderator: str, now: datetime, lease: timedelta = LEASE) -> CaseRecord:
    """Takes the moderator's last verdict back, within ten seconds; the case is in their hands again.

    Raises `ConflictError` where it is too late, not theirs, or the case went on, and `NotFoundError`.
    """
    comments.lock(unit, cases.get(unit, case_id).comment_id)  # the comment before the case, as everywhere
    case = cases.lock(unit, case_id)
    verdict = _undoable(unit, case, moderator, now)
    verdicts.mark_undone(unit, verdict.id, now=now)
    if verdict.verdict is not VerdictKind.UNSURE and case.purpose is Purpose.DECIDE:
        labels.supersede(unit, case.comment_id, now=now)
        if (before := verdicts.holding_of(unit, case.comment_id)) is not None:
            labels.hold_again(unit, case.comment_id, before.id)
        _restore_final(unit, case.decision_id)
    ledger.append(unit, _undone(verdict), now=now)
    if case.queue == SECOND_LOOK:
        asked_for = COMPLAINTS if case.why == COMPLAINT else comments.get(unit, case.comment_id).surface
        leases.put_back(unit, case, queue=asked_for)
    return leases.reopen(unit, case.id, moderator, expires_at=until(unit, case, now=now, lease=lease))


def reopen(
    unit: Unit, case_id: str, *, moderator: str, reason: str, now: datetime, lease: timedelta = LEASE
) -> CaseRecord:
    """A new case about the comment of a decided one, in the moderator's hands. Its verdict is a new decision.

    Raises `InvalidInputError` without a reason, `ConflictError` where a case about the comment waits already.
    """
    why = check_reason(reason, needed=True)
    before = cases.get(unit, case_id)
    comment = comments.lock(unit, before.comment_id)
    if cases.undecided_of(unit, comment.id) is not None:
        raise ConflictError("A case about this comment is waiting already. Claim that one.")
    if comment.erased_at is not None:
        raise ConflictError("This comment was erased: there is nothing left to decide.")
    latest = decisions.latest_of(unit, comment.id)
    opened = open_case(unit, comment.id, latest.id, opened_by="reopened", now=now)
    ledger.append(unit, reopened(opened, case_id, moderator, why), now=now)
    return leases.lease(unit, opened.id, moderator, expires_at=until(unit, opened, now=now, lease=lease))


def _for_other_eyes(case: CaseRecord) -> str:
    """Where a case waits about which somebody was unsure: an appeal stays with those who know nothing of it."""
    return APPEALS if case.why in ANEW else SECOND_LOOK


def _is_beside(given: Judgement) -> bool:
    """Whether it rejects for something that the machine is not asked about."""
    return given.verdict is VerdictKind.REJECT and not given.labels


def _teach(
    unit: Unit, verdict: VerdictRecord, decision: DecisionRecord, names: Sequence[str]
) -> LabelRecord | None:  # fmt: skip
    """The comment's label record, in the place of an earlier one; None where the verdict says nothing of labels."""
    if verdict.teaches:
        before = labels.in_force(unit, verdict.comment_id)
        made = labels.add(unit, verdict, revision=decision.revision, labels=vector(verdict, names))
        return _agreed_before(unit, before, made)
    labels.supersede(unit, verdict.comment_id, now=verdict.created_at)
    return None


def _agreed_before(unit: Unit, before: LabelRecord | None, made: LabelRecord) -> LabelRecord:
    """What says just what held keeps how many had been asked of it, blind to each other, and how many agreed."""
    said = (made.revision, made.verdict, dict(made.labels))
    if before is None or before.agreement is None or said != (before.revision, before.verdict, dict(before.labels)):
        return made
    labels.set_agreement(unit, made.id, asked=before.asked, agreement=before.agreement)
    return replace(made, asked=before.asked, agreement=before.agreement)


def vector(verdict: VerdictRecord, names: Sequence[str]) -> dict[str, int]:
    """Every label: a person who rejects for some says that the others are not the case."""
    return {name: int(name in verdict.labels) for name in names}


def outcome_of(verdict: VerdictRecord, machine: Outcome) -> Outcome:
    """What becomes of a comment by a verdict; by a doubt what the machine said."""
    return {VerdictKind.REJECT: Outcome.BLOCK, VerdictKind.APPROVE: Outcome.PASS}.get(verdict.verdict, machine)


def as_if_it_decided(given: Given) -> CaseRecord:
    """The case of a known answer as one looks that was decided, or about which somebody was unsure."""
    if given.verdict.verdict is not VerdictKind.UNSURE:
        return given.case
    return replace(given.case, state=CaseState.OPEN, queue=SECOND_LOOK)


def _set_final(unit: Unit, verdict: VerdictRecord) -> None:
    outcome = outcome_of(verdict, Outcome.PASS)
    decisions.set_final(unit, verdict.decision_id, outcome=outcome, overturned=verdict.overturned)


def _restore_final(unit: Unit, decision_id: str) -> None:
    """What an earlier verdict made of the decision holds again, or nothing."""
    earlier = verdicts.holding_for(unit, decision_id)
    if earlier is None:
        decisions.set_final(unit, decision_id, outcome=None, overturned=None)
    else:
        _set_final(unit, earlier)


def _undoable(unit: Unit, case: CaseRecord, moderator: str, now: datetime) -> VerdictRecord:
    verdict = verdicts.last_of_case(unit, case.id)
    if verdict is None or verdict.moderator != moderator:
        raise ConflictError("You gave no verdict in this case that could be taken back.")
    if verdict.purpose is Purpose.LESSON:
        raise ConflictError("The answer was told: a lesson is not taken back.")
    if now - verdict.created_at > UNDO_WITHIN:
        raise ConflictError("More than ten seconds have passed. Open the case again, with a reason, to decide anew.")
    if case.state is not CaseState.CLOSED and (case.state, case.queue) != (CaseState.OPEN, _for_other_eyes(case)):
        raise ConflictError("Another moderator has taken this case on.")
    if case.state is CaseState.CLOSED and case.purpose is not Purpose.DECIDE:
        return verdict
    if case.state is CaseState.CLOSED:
        if cases.undecided_of(unit, case.comment_id) is not None:
            raise ConflictError("A new case about this comment was opened meanwhile. Decide that one.")
        if comments.get(unit, case.comment_id).erased_at is not None:
            raise ConflictError("This comment was erased: there is nothing left to decide.")
    return verdict


def _entry(verdict: VerdictRecord, comment: CommentRecord, decision: DecisionRecord) -> ledger.Entry:
    facts = {
        "verdict_id": verdict.id,
        "comment_id": comment.id,
        "decision_id": decision.id,
        "revision": decision.revision,
        "text_commitment": comment.commitment.hex(),
        "verdict": verdict.verdict.value,
        "labels": list(verdict.labels),
        **({} if verdict.ground is None else {"ground": verdict.ground}),
        "measure": verdict.measure,
        "span": None if verdict.span is None else [verdict.span.start, verdict.span.end],
        "confidence": verdict.confidence,
        "overturned": verdict.overturned,
        "second_chance": None,
    }
    return ledger.Entry(
        kind="verdict" if verdict.purpose is Purpose.DECIDE else verdict.purpose.value,
        actor=ledger.Actor("moderator", verdict.moderator),
        subject_kind="case",
        subject_id=verdict.case_id,
        reason=",".join(verdict.codes) or verdict.verdict.value,
        ground=verdict.ground or "",
        versions=decision.decision.versions,
        facts=facts,
    )


def _drawn(verdict: VerdictRecord, chance: float) -> ledger.Entry:
    facts = {"verdict_id": verdict.id, "decision_id": verdict.decision_id, "chance": chance}
    return ledger.Entry(
        DRAWN, ledger.MACHINE, "case", verdict.case_id, "drawn for a second person", "second looks", facts=facts
    )  # fmt: skip


def _undone(verdict: VerdictRecord) -> ledger.Entry:
    return ledger.Entry(
        kind="verdict.undone",
        actor=ledger.Actor("moderator", verdict.moderator),
        subject_kind="case",
        subject_id=verdict.case_id,
        reason="taken back within ten seconds",
        ground="",
        facts={"verdict_id": verdict.id, "decision_id": verdict.decision_id},
    )


def reopened(case: CaseRecord, before: str, moderator: str, reason: str) -> ledger.Entry:
    """What the ledger says of a case that is opened again."""
    return ledger.Entry(
        kind="case.reopened",
        actor=ledger.Actor("moderator", moderator),
        subject_kind="case",
        subject_id=case.id,
        reason=reason,
        ground="",
        facts={"earlier_case_id": before, "comment_id": case.comment_id, "decision_id": case.decision_id},
    )
