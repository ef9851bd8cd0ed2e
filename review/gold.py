"""Known answers: comments about which there is no doubt, mixed in among the others, unseen.

A lead or senior vouches for one after a case was decided, best one about which several people agreed. Each person is
asked each of them once, and never one of whose comment they said something before; what they say measures them and
changes nothing else. A known answer looks like any case of its queue. It says of itself what a case about its comment
would say, by its own surface, thread and suspicion, and it asks for the skills that such a case asks for: nobody who is
given English and abuse alone meets a Chinese advertisement, and no special training is gone around.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from moderation.errors import ConflictError
from records import cases, comments, complaints, decisions, edge_cases, gold, leases, ledger, verdicts
from records.cases import AsOpened
from records.opening import suspected_label, suspicion
from records.turns import turn_of, weight_of
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CaseState, CommentRecord, GoldRecord, Purpose, VerdictRecord
from records.waiting import UNKNOWN, Wanted
from review.checks import check_reason


def vouch(unit: Unit, case_id: str, *, why: str, author: str, now: datetime) -> GoldRecord:
    """The verdict that holds in a decided case becomes a known answer; the caller commits.

    Raises `InvalidInputError` without a reason, `ConflictError` where the case is undecided or the comment is known or
    gone, `NotFoundError`.
    """
    reason = check_reason(why, needed=True)
    case = cases.get(unit, case_id)
    comment = comments.lock(unit, case.comment_id)
    verdict = verdicts.holding_for(unit, case.decision_id)
    if case.state is not CaseState.CLOSED or case.purpose is not Purpose.DECIDE or verdict is None:
        raise ConflictError("This case has no verdict that holds: decide it first.")
    if not verdict.teaches:
        raise ConflictError("This was rejected on a ground that no label names: known answers measure labels.")
    if comment.erased_at is not None:
        raise ConflictError("This comment was erased: nobody can be asked about it.")
    if edge_cases.labels_of(unit, comment.id):
        raise ConflictError("This stands beside a label's policy, where people read the answer.")
    if gold.of_comment(unit, comment.id) is not None:
        raise ConflictError("The answer for this comment is known already. Retire that one first.")
    known = gold.add(unit, case, verdict.verdict, verdict.labels, why=reason, author=author, now=now)
    ledger.append(unit, _entry("gold.added", known, author, reason), now=now)
    return known


def is_alone(look: Reading, held: GoldRecord | VerdictRecord) -> bool:
    """Whether nobody beside the one who decided has said just this of the comment: one slipped key may have made it."""
    said = verdicts.opinions_on(look, held.decision_id)
    alike = {one.moderator for one in said if one.verdict is held.verdict and {*one.labels} == {*held.labels}}
    return len(alike) == 1


def retire(unit: Unit, gold_id: str, *, why: str, author: str, now: datetime) -> GoldRecord:
    """It is asked no more. Raises `InvalidInputError` without a reason, `NotFoundError`."""
    reason = check_reason(why, needed=True)
    known = gold.retire(unit, gold_id, now=now)
    ledger.append(unit, _entry("gold.retired", known, author, reason), now=now)
    return known


def hand_out(unit: Unit, moderator: str, wanted: Wanted, *, expires_at: datetime, now: datetime) -> CaseRecord | None:
    """A known answer in the moderator's hands; None where none is for them, or nothing waits to hide it among.

    Nor where something urgent waits, which no measure overtakes.
    """
    if leases.anything_urgent(unit, moderator, now=now, wanted=wanted):
        return None
    like = leases.peek(unit, moderator, now=now, wanted=wanted)
    known = None if like is None else next(askable(unit, moderator, wanted), None)
    if like is None or known is None:
        return None
    case = as_opened(unit, known, _as_if_opened(unit, known, like, now))
    return cases.put_in_hand(unit, known, moderator, case, purpose=Purpose.GOLD, expires_at=expires_at, now=now)


def askable(look: Reading, moderator: str, wanted: Wanted) -> Iterator[GoldRecord]:
    """Known answers that the moderator was never asked and would be given as cases of `wanted`, the least asked first.

    `wanted` says what they lack the skill for (`skills.narrowed`): a known answer is no way around it.
    """
    return (known for known in gold.unasked(look, moderator) if _is_for(look, known, wanted))


def put_off(look: Reading, moderator: str, wanted: Wanted) -> int:
    """How many more they can be asked later, for a case waits about their comment just now."""
    return sum(_is_for(look, known, wanted) for known in gold.put_off(look, moderator))


def as_opened(look: Reading, known: GoldRecord, opened: datetime) -> AsOpened:
    """What a case about the comment of `known` would say of itself, had it been opened then.

    All of its own: surface, thread, suspicion. What was borrowed from another case would give it away.
    """
    comment = comments.get(look, known.comment_id)
    found = suspicion(comment.surface, decisions.get(look, known.decision_id).decision, look.queues.harm)
    reach = cases.reach_of(look, comment.id)
    weight = weight_of(found.priority, reach=reach, unsureness=found.unsureness)
    turn = turn_of(comment.surface, found.priority, weight, opened=opened, promises=look.queues.promises)
    return AsOpened(found.label, found.priority, reach, weight, turn.due_at, turn.turn_at, opened)


def _as_if_opened(look: Reading, known: GoldRecord, like: CaseRecord, now: datetime) -> datetime:
    """Since when it might have waited: its turn would be now, before `like` that is next. No longer than that one."""
    at_once = as_opened(look, known, now)
    return min(now, max(like.created_at, like.turn_at - (at_once.turn_at - now)))


def _is_for(look: Reading, known: GoldRecord, wanted: Wanted) -> bool:
    """Whether they have the skill for its language, for what it is and was suspected of, and for where it waited."""
    comment = comments.get(look, known.comment_id)
    suspected = suspected_label(decisions.get(look, known.decision_id).decision)
    about = {*known.labels, *filter(None, (suspected,))}
    waited_in = {comment.surface, *cases.queues_of(look, comment.id)}
    reads = wanted.languages is None or comment.lang in (*wanted.languages, UNKNOWN)
    judges = wanted.subjects is None or about <= {*wanted.subjects}
    lacks = (
        comment.lang in wanted.not_languages
        or about & {*wanted.but, *wanted.not_labels}
        or waited_in & {*wanted.not_queues}
        or {one.kind for one in complaints.of_comment(look, comment.id)} & {*wanted.but_complaints}
    )
    return reads and judges and not lacks and _is_asked_for(look, known, comment, wanted)


def _is_asked_for(look: Reading, known: GoldRecord, comment: CommentRecord, wanted: Wanted) -> bool:
    """Whether its case is of the queue, label, language and training asked for, by what it says of itself.

    It waits where its comment came from: none is of the queues that a person's doubt or the public opens.
    """
    decision = decisions.get(look, known.decision_id).decision
    label = suspicion(comment.surface, decision, look.queues.harm).label
    named = ((wanted.queue, comment.surface), (wanted.label, label), (wanted.lang, comment.lang))
    asking = wanted.asking
    needs_it = asking is None or (
        comment.surface in asking.queues or label in asking.labels or comment.lang in asking.languages
    )
    return needs_it and all(asked in (None, own) for asked, own in named)


def _entry(kind: str, known: GoldRecord, author: str, reason: str) -> ledger.Entry:
    return ledger.Entry(
        kind=kind,
        actor=ledger.Actor("moderator", author),
        subject_kind="comment",
        subject_id=known.comment_id,
        reason=reason,
        ground="",
        facts={"gold_id": known.id, "verdict": known.verdict.value, "labels": list(known.labels)},
    )
