"""One verdict over a campaign, and still a record for each of its comments.

    touched    what it would decide, comment by comment: shown before anybody says yes
    give       the verdict is noted; over a stated size it waits for a second person
    answer     that person's word; its comments wait for it so long (`ANSWERED_WITHIN`), in nobody's hands
    take_back  stops it; what it has decided is opened again, for people to decide anew

What was given a worker decides, comment after comment (`bulk_steps.py`).

**Only what the moderator saw is decided.** A comment that was edited since, that a person decided before, that waits
for seniors or was erased is passed over, and the page says so. One that a colleague has in hand waits until they are
done. The case in hand is one of them: it is decided at once, and waits as the others do where a second person is
asked. Of the others nothing is touched for ten seconds: within them the verdict is taken back as if not given.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from governance import approvals, hour, verdicts
from governance.approvals import ByKey
from governance.measures import checked
from governance.verdicts import HouseRules
from moderation.behaviour import BurstKind
from moderation.errors import ConflictError, Fault, ForbiddenError, InvalidInputError
from records import approvals as questions
from records import bulk, campaigns, cases, groups, leases, ledger, users
from records import verdicts as given_verdicts
from records.bulk import BulkRecord, BulkState, MemberState, NewBulk, Standing
from records.cases import ESCALATED
from records.columns import as_bytes
from records.house_values import OVER_MANY, ApprovalRecord, ApprovalState, LedgerEntry, UserRecord
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CaseState, Judgement, Purpose, VerdictKind
from review import groups as behind
from review.checks import check_judgement, check_reason
from review.queue import until
from review.verdicts import SETTLED_AFTER, UNDO_WITHIN

ASKED: Final = OVER_MANY
"""The kind of a question whether a verdict may be given over a whole campaign."""

BACK: Final = "campaign.taking_back"
"""The kind of a question whether one that two agreed on is taken back."""

MOST = bulk.MOST
"""Comments that one verdict may be given over."""

ALIKE = (BurstKind.TEXT, BurstKind.CONTACT)
"""Campaigns over which one verdict is given. Over a group (`governance/groups.py`) several are, each over
a part of it."""

TAKEN_BACK = "bulk.taken_back"

ANSWERED_WITHIN = timedelta(hours=2)
"""So long its comments wait for a second person; unanswered it is over, and they are handed out again."""


class BackAskedError(ConflictError):
    """A second person is asked already whether a verdict over many that two agreed on is taken back."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A campaign with what a verdict over it would decide (`revisions` by comment id) and pass over, by why."""

    campaign_id: str
    revisions: Mapping[str, int]
    passed_over: Mapping[MemberState, int]
    size: int


@dataclass(frozen=True, slots=True)
class Wish:
    """A verdict over what the moderator saw: `seen` has revisions by comment id, `why` is read by who approves."""

    judgement: Judgement
    seen: Mapping[str, int]
    why: str = ""


def touched(look: Reading, case: CaseRecord, *, as_of: datetime | None = None) -> Touched | None:
    """What a verdict over the campaign of this case would touch; None where it is about none, or about a rush.

    Who rushes to a thread writes words of their own: each is judged by itself.

    `as_of` is when the moderator looked: what was stored or edited since then is passed over as changed.
    """
    campaign = campaigns.about(look, case)
    if campaign is None or campaign.kind not in ALIKE:
        return None
    revisions, passed_over = dict[str, int](), Counter[MemberState]()
    found = [one for one in bulk.standing(look, campaign.id, limit=MOST) if one.comment_id != case.comment_id]
    for one in found:
        is_new = as_of is not None and one.updated_at > as_of
        why = MemberState.CHANGED if is_new and not one.is_erased else _why_not(one)
        if why is None:
            revisions[one.comment_id] = one.revision
        else:
            passed_over[why] += 1
    return Touched(campaign.id, revisions, passed_over, len(found) + 1)


def _why_not(one: Standing) -> MemberState | None:
    """Why nothing is decided about the comment; None where something is."""
    if one.is_erased:
        return MemberState.ERASED
    if one.queue is not None:
        return MemberState.ESCALATED if one.queue == ESCALATED else None
    return MemberState.DECIDED_BEFORE if one.is_decided else None


def give(
    unit: Unit,
    rules: HouseRules,
    case: CaseRecord,
    wish: Wish,
    *,
    by: UserRecord,
    alone: int,
    now: datetime,
) -> BulkRecord:
    """Notes the verdict over what the moderator saw; the caller commits.

    More than `alone` comments wait for a second person. The case in hand, where its comment is among `wish.seen`, is
    one of them: decided now, or waiting with the others. Raises `InvalidInputError` with what is wrong,
    `ConflictError` where a verdict over the campaign is under way already, and what `verdicts.give` raises.
    """
    judgement, seen = wish.judgement, wish.seen
    if judgement.verdict is VerdictKind.UNSURE or judgement.span is not None:
        raise InvalidInputError("The verdict cannot be used.", [Fault("/verdict", "approve or reject them together")])
    check_judgement(judgement, rules.taxonomy.names, length=0, grounds=rules.taxonomy.grounds_beside)
    if judgement.measure is not None:
        checked(judgement.measure, judgement.verdict)
    campaign = groups.led_by(unit, case) or campaigns.about(unit, case)
    if campaign is None or campaign.kind == BurstKind.THREAD or not seen.keys() - {case.comment_id}:
        raise InvalidInputError("There is nothing to decide.", [Fault("/case", "it has no other comments that wait")])
    campaigns.lock(unit, campaign.id)
    if campaign.kind in ALIKE and bulk.under_way(unit, campaign.id) is not None:
        raise ConflictError("A verdict over this campaign is under way already.")
    known = {case.comment_id, *campaigns.comments_of(unit, campaign.id, limit=MOST)}
    theirs = {comment_id: revision for comment_id, revision in seen.items() if comment_id in known}
    new = NewBulk(campaign.id, case.id, by.id, judgement)
    made = note(unit, new, theirs, by=by, needs_two=len(seen) > alone, why=wish.why, now=now)
    _give_back(unit, case, theirs.keys(), by=by.id, now=now)
    if case.comment_id in theirs:
        _give_in_case(unit, rules, case, made, now)
    return made


def _give_in_case(unit: Unit, rules: HouseRules, case: CaseRecord, made: BulkRecord, now: datetime) -> None:
    """The case in hand is decided at once, and held with the others where a second person is asked.

    One that measures somebody decides nothing, and is answered at once.
    """
    is_held = made.state is BulkState.WAITING
    if is_held and case.purpose is Purpose.DECIDE:
        leases.put_back(unit, cases.lock(unit, case.id))
        behind.hand_on(unit, case)
        return
    house = replace(rules, together=bulk.counts(unit, made.id).total())
    given = verdicts.give(
        unit, house, case.id, made.judgement, moderator=made.moderator, token=case.lease_token, now=now
    )  # fmt: skip
    if not is_held:
        own = bulk.member(unit, made.id, case.comment_id)
        bulk.set_member(unit, own, MemberState.DECIDED, verdict_id=given.verdict.id)


def note(
    unit: Unit, new: NewBulk, members: Mapping[str, int], *, by: UserRecord, needs_two: bool, why: str, now: datetime
) -> BulkRecord:
    """The verdict over these (revisions by comment id), noted; with its question where it takes a second person."""
    made = bulk.add(
        unit,
        new,
        members,
        state=BulkState.WAITING if needs_two else BulkState.RUNNING,
        starts_at=None if needs_two else now + SETTLED_AFTER,
        now=now,
    )
    ledger.append(unit, entry_of("bulk.given", made, by.id, "", comments=len(members)), now=now)
    if needs_two:
        reason = approvals.words("why", check_reason(why))
        approvals.ask(unit, ASKED, made.id, facts=_facts(made, len(members)), by=by.name, why=reason, now=now)
    return made


def alone_now(look: Reading, moderator: str, *, at_once: int, an_hour: int, now: datetime) -> int:
    """Over how many comments they may give a verdict just now without a second person.

    What they decided so within the hour counts, by whichever page and however few at once: page after page, and form
    after form, is the same act. What the queue hands them counts nothing, and waits for nobody.
    """
    return min(max(at_once, 1), hour.left(look, moderator, an_hour=an_hour, now=now))


def _give_back(unit: Unit, case: CaseRecord, members: Set[str], *, by: str, now: datetime) -> None:
    """What they took ahead and have now said something of waits with the others."""
    for held in leases.leased_by(unit, by, now=now):
        if held.id != case.id and held.comment_id in members:
            leases.put_back(unit, cases.lock(unit, held.id))


def answer(unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime) -> ApprovalRecord:
    """A second person's word. Raises as `approvals.answer` does, and `ConflictError` where it was taken back."""
    asked = questions.get(unit, approval_id)
    made = bulk.get(unit, asked.subject_id, lock=True)
    if made.state is not BulkState.WAITING:
        raise ConflictError("The verdict over this campaign was taken back.")
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=approvals.words("note", note), now=now)
    if answered.state is ApprovalState.APPROVED:
        bulk.change(unit, made.id, BulkState.RUNNING, starts_at=now)
    else:
        withdrawn = answered.state is ApprovalState.WITHDRAWN
        bulk.change(unit, made.id, BulkState.WITHDRAWN if withdrawn else BulkState.REFUSED, ended_at=now)
    return answered


def take_back(unit: Unit, bulk_id: str, *, by: str, any_ones: bool, why: str, now: datetime) -> BulkRecord:
    """Stops it, whatever it has done; what it decided is opened again by a worker, recorded as such.

    One that two agreed on goes on until a second person agrees to take it back as well (`BACK`).
    Raises `InvalidInputError` without a reason, later than ten seconds, `ForbiddenError` where it is another's and not
    `any_ones`, `ConflictError` where nothing is left to take back, `BackAskedError`, `NotFoundError`.
    """
    made = bulk.get(unit, bulk_id, lock=True)
    if made.moderator != by and not any_ones:
        raise ForbiddenError("Another moderator gave this verdict.")
    agreed = is_agreed(unit, made)
    reason = check_reason(why, needed=agreed or made.moderator != by or now - made.created_at >= UNDO_WITHIN)
    if made.state in (BulkState.REFUSED, BulkState.WITHDRAWN, BulkState.WITHDRAWING):
        raise ConflictError("Nothing of it is left to be taken back.")
    if agreed:
        _ask_back(unit, made, by, reason, now)
        return made
    return _stop(unit, made, by, reason, now)


def _ask_back(unit: Unit, made: BulkRecord, by: str, reason: str, now: datetime) -> None:
    if questions.waiting(unit, subject_id=made.id):
        raise BackAskedError("A second person is asked already whether this verdict is taken back.")
    facts = _facts(made, bulk.counts(unit, made.id)[MemberState.DECIDED])
    approvals.ask(unit, BACK, made.id, facts=facts, by=users.get(unit, by).name, why=reason, now=now)


def answer_back(
    unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime
) -> ApprovalRecord:  # fmt: skip
    """A second person's word whether what two agreed on is taken back, in the name and for the reason of who asked.

    Raises as `approvals.answer` does, and `ConflictError` where it is over.
    """
    asked = approvals.question(unit, approval_id, BACK, "taking a verdict over many back")
    made = bulk.get(unit, asked.subject_id, lock=True)
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=approvals.words("note", note), now=now)
    if answered.state is not ApprovalState.APPROVED:
        return answered
    if made.state not in (BulkState.RUNNING, BulkState.DONE):
        raise ConflictError("Nothing of it is left to be taken back.")
    who = users.by_name(unit, asked.asked_by)
    _stop(unit, made, asked.asked_by if who is None else who.id, asked.why, now)
    return answered


def _stop(unit: Unit, made: BulkRecord, by: str, reason: str, now: datetime) -> BulkRecord:
    questions.overtake(unit, made.id, now=now)
    decided = bulk.counts(unit, made.id)[MemberState.DECIDED]
    ledger.append(unit, entry_of(TAKEN_BACK, made, by, reason, decided=decided), now=now)
    if decided:
        return bulk.change(unit, made.id, BulkState.WITHDRAWING, starts_at=now)
    return bulk.change(unit, made.id, BulkState.WITHDRAWN, ended_at=now)


def taken_back(look: Reading, made: BulkRecord) -> LedgerEntry | None:
    """What the ledger says of its being taken back; None where nobody took it back by itself."""
    for entry in ledger.of_kind(look, made.campaign_id, TAKEN_BACK):
        if json.loads(as_bytes(entry.body))["facts"]["bulk_id"] == made.id:
            return entry
    return None


def taken_back_by(look: Reading, made: BulkRecord) -> str:
    """Who took it back."""
    entry = taken_back(look, made)
    return made.moderator if entry is None else str(json.loads(as_bytes(entry.body))["actor"]["id"])


def is_agreed(look: Reading, made: BulkRecord) -> bool:
    """Whether a second person said yes to it."""
    return bool(questions.about(look, ASKED, made.id, state=ApprovalState.APPROVED))


def take_back_with(unit: Unit, case_id: str, *, by: str, now: datetime) -> None:
    """The verdict in the campaign's case was taken back within seconds: so is what went with it."""
    made = bulk.of_case(unit, case_id)
    if made is None or not _went_with(unit, made) or is_agreed(unit, made):
        return
    if made.moderator == by and made.state in (BulkState.WAITING, BulkState.RUNNING):
        give_case_up(unit, made)
        take_back(unit, made.id, by=by, any_ones=False, why="the verdict was taken back", now=now)


def take_up_again(unit: Unit, made: BulkRecord, now: datetime) -> None:
    """The case in which it was given, held with the others, is in its giver's hands again unless it went on."""
    own = cases.lock(unit, made.case_id)
    held = bulk.members(unit, made.id, states=(MemberState.PENDING,), limit=MOST)
    if own.state is not CaseState.OPEN or own.comment_id not in {one.comment_id for one in held}:
        return
    leased = leases.lease(unit, own.id, made.moderator, expires_at=until(unit, own, now=now))
    behind.hand_back(unit, leased, by=made.moderator, now=now)


def give_case_up(unit: Unit, made: BulkRecord) -> None:
    """The case in which it was given is no longer decided by it: its verdict is undone, as if not given."""
    about = cases.get(unit, made.case_id).comment_id
    for one in bulk.members(unit, made.id, states=(MemberState.DECIDED,), limit=MOST):
        if one.comment_id == about:
            bulk.set_member(unit, one, MemberState.OPENED_AGAIN)


def _went_with(look: Reading, made: BulkRecord) -> bool:
    """Whether it was given with the verdict in its case: over a part of a group one may be given before that."""
    group, last = groups.get(look, made.campaign_id), given_verdicts.last_of_case(look, made.case_id)
    is_part = group is not None and group.kind not in tuple(BurstKind)
    return not is_part or (last is not None and last.created_at == made.created_at)


def _facts(made: BulkRecord, count: int) -> dict[str, object]:
    return {
        "campaign_id": made.campaign_id,
        "comments": count,
        "verdict": made.verdict.value,
        "labels": list(made.labels),
        **({} if made.ground is None else {"ground": made.ground}),
        "measure": made.measure,
    }


def entry_of(kind: str, made: BulkRecord, who: str, reason: str, **more: object) -> ledger.Entry:
    """What the ledger says of a verdict over many."""
    return ledger.Entry(
        kind=kind,
        actor=ledger.Actor("moderator", who),
        subject_kind="campaign",
        subject_id=made.campaign_id,
        reason=reason or ",".join((*made.labels, *filter(None, (made.ground,)))) or made.verdict.value,
        ground="",
        facts={"bulk_id": made.id, "case_id": made.case_id, "verdict": made.verdict.value, **more},
    )
