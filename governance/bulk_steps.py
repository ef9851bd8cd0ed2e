"""What a worker does of verdicts over many: comment after comment, each with its own case, verdict, label and entry.

Each comment is decided in a transaction of its own, so that a worker that dies goes on where it stopped, and none is
decided twice. Of one that was taken back what it has decided is opened again; one that nobody answers is over.
`bulk.py` has how such a verdict is given, answered and taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from governance import another, deciding, settled, spoken, verdicts, waiting_many
from governance.bulk import ANSWERED_WITHIN, ASKED, MOST, TAKEN_BACK, entry_of, taken_back_by
from governance.deciding import Who
from governance.verdicts import HouseRules
from governance.waiting_many import AskedAlreadyError
from records import approvals as questions
from records import bulk, cases, comments, decisions, knowing, leases, ledger
from records import verdicts as given_verdicts
from records.bulk import BulkRecord, BulkState, MemberRecord, MemberState
from records.cases import ESCALATED
from records.database import Database
from records.house_values import ApprovalState
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CaseState
from review import of_many
from review.queue import open_case, until

AT_ONCE = 100
"""Comments that a worker decides before it looks at its other work."""


def step(database: Database, rules: Callable[[], HouseRules], now: datetime) -> int:
    """Does some of what is due; how many comments were dealt with. Safe to repeat, and by several workers at once."""
    with database.reading() as look:
        due = bulk.due(look, now=now)
        unanswered = bulk.unanswered(look, before=now - ANSWERED_WITHIN)
    for bulk_id in unanswered:
        with database.unit() as unit:
            _give_up(unit, bulk_id, now)
            unit.commit()
    return sum(_some(database, made, rules, now) for made in due)


def _give_up(unit: Unit, bulk_id: str, now: datetime) -> None:
    """Nobody answered: it is over as if taken back, and its comments are anybody's again."""
    made = bulk.get(unit, bulk_id, lock=True)
    if made.state is not BulkState.WAITING:
        return
    questions.overtake(unit, made.id, now=now)
    bulk.change(unit, made.id, BulkState.WITHDRAWN, ended_at=now)
    entry = entry_of(TAKEN_BACK, made, made.moderator, "no second person answered in time", decided=0)
    ledger.append(unit, replace(entry, actor=ledger.MACHINE), now=now)


def _some(database: Database, made: BulkRecord, rules: Callable[[], HouseRules], now: datetime) -> int:
    back = made.state is BulkState.WITHDRAWING
    states = (MemberState.DECIDED,) if back else (MemberState.PENDING,)
    with database.reading() as look:
        found = bulk.members(look, made.id, states=states, limit=AT_ONCE)
        asked = next(iter(questions.about(look, ASKED, made.id, state=ApprovalState.APPROVED)), None)
        is_found = deciding.is_found(look, made)
        size = bulk.counts(look, made.id).total()
    house = replace(rules(), together=size)
    done = 0
    for member in found:
        if is_found and not back:
            why = asked.why if asked else verdicts.DECIDED_ANEW
            deciding.decide_member(database, house, member, by=Who(made.moderator), why=why, now=now)
            done += 1
            continue
        with database.unit() as unit:
            told = _open_again(unit, member, now) if back else _decide(unit, member, house, now)
            unit.commit()
        done += told
    if not found:
        with database.unit() as unit:
            end(unit, made.id, house, now)
            unit.commit()
    return done


def _decide(unit: Unit, member: MemberRecord, rules: HouseRules, now: datetime) -> bool:
    """The verdict on one comment; False where it has to wait for a colleague, or somebody else was first."""
    made, member = _locked(unit, member)
    if made.state is not BulkState.RUNNING or member.state is not MemberState.PENDING:
        return False
    comment = comments.lock(unit, member.comment_id)
    why = _passed_over(unit, made, member, comment.revision)
    if why is not None:
        bulk.set_member(unit, member, why)
        return True
    latest = decisions.latest_of(unit, comment.id)
    undecided = cases.undecided_of(unit, comment.id)
    case = undecided or open_case(unit, comment.id, latest.id, opened_by="bulk", now=now)
    if _is_in_other_hands(cases.lock(unit, case.id), made.moderator, now):
        return False
    try:
        waiting_many.check_free(unit, comment.id, made.moderator)
    except AskedAlreadyError:
        bulk.set_member(unit, member, MemberState.ASKED)
        return True
    leased = leases.lease(unit, case.id, made.moderator, expires_at=until(unit, case, now=now))
    given = verdicts.give(
        unit,
        rules,
        case.id,
        made.judgement,
        moderator=made.moderator,
        token=leased.lease_token,
        now=now,
    )
    bulk.set_member(unit, member, MemberState.DECIDED, verdict_id=given.verdict.id)
    return True


def _open_again(unit: Unit, member: MemberRecord, now: datetime) -> bool:
    """A case for what the bulk decided, so that a person decides it anew; none where somebody did meanwhile."""
    made, member = _locked(unit, member)
    if made.state is not BulkState.WITHDRAWING or member.state is not MemberState.DECIDED:
        return False
    comment = comments.lock(unit, member.comment_id)
    latest = decisions.latest_of(unit, comment.id)
    holding = given_verdicts.holding_for(unit, latest.id)
    stands = holding is not None and holding.id == member.verdict_id
    if stands and comment.erased_at is None and cases.undecided_of(unit, comment.id) is None:
        opened = open_case(unit, comment.id, latest.id, opened_by="reopened", now=now)
        ledger.append(unit, _reopened(unit, opened, made), now=now)
    bulk.set_member(unit, member, MemberState.OPENED_AGAIN)
    return True


def _locked(unit: Unit, member: MemberRecord) -> tuple[BulkRecord, MemberRecord]:
    return bulk.get(unit, member.bulk_id, lock=True), bulk.member(unit, member.bulk_id, member.comment_id)


def end(unit: Unit, bulk_id: str, rules: HouseRules, now: datetime) -> None:
    """Nothing of it is left to be done. Of what it decided at least one is looked at again by somebody else, blind."""
    made = bulk.get(unit, bulk_id, lock=True)
    if made.state is BulkState.RUNNING:
        _look_again(unit, made, rules, now)
    ends = {BulkState.RUNNING: BulkState.DONE, BulkState.WITHDRAWING: BulkState.WITHDRAWN}
    if made.state in ends:
        bulk.change(unit, made.id, ends[made.state], ended_at=now)
        told = {state.value: number for state, number in bulk.counts(unit, made.id).items()}
        who = taken_back_by(unit, made)
        ledger.append(unit, entry_of(f"bulk.{ends[made.state]}", made, who, "", members=told), now=now)


def _look_again(unit: Unit, made: BulkRecord, rules: HouseRules, now: datetime) -> None:
    members = bulk.members(unit, made.id, states=(MemberState.DECIDED,), limit=MOST)
    of_many.draw_one(
        unit,
        [one.verdict_id for one in members if one.verdict_id is not None],
        rules.quality.second_share,
        together=bulk.counts(unit, made.id).total(),
        now=now,
        somebody=lambda case, verdict: another.is_there(unit, case, verdict.moderator),
    )


def _passed_over(look: Reading, made: BulkRecord, member: MemberRecord, revision: int) -> MemberState | None:
    """Why nothing is decided about the comment; None where something is."""
    if comments.get(look, member.comment_id).erased_at is not None:
        return MemberState.ERASED
    if revision != member.revision:
        return MemberState.CHANGED
    undecided = cases.undecided_of(look, member.comment_id)
    if undecided is not None and (why := _of_others(look, undecided, made)):
        return why
    return _said_before(look, made, undecided, member.comment_id)


def _said_before(look: Reading, made: BulkRecord, undecided: CaseRecord | None, comment_id: str) -> MemberState | None:
    """Why what people said of the comment before keeps it from being decided; None where nothing does."""
    if settled.why_not(look, comment_id, made.judgement, made.moderator):
        return MemberState.SETTLED
    if not _may_choose(look, made, undecided, comment_id):
        return MemberState.FAVOURED
    if undecided is not None:
        return None
    held = given_verdicts.holding_for(look, decisions.latest_of(look, comment_id).id)
    return None if held is None else MemberState.DECIDED_BEFORE


def _may_choose(look: Reading, made: BulkRecord, undecided: CaseRecord | None, comment_id: str) -> bool:
    """Whether no entry of who gives the verdict, or agreed to it, spared what it approves; asked of them was one."""
    if undecided is not None and undecided.id == made.case_id:
        return True
    case = undecided or replace(cases.get(look, made.case_id), comment_id=comment_id)
    try:
        another.check_choice(look, case, made.judgement, made.moderator, *spoken.agreed_to(look, made.id))
    except another.NotAnotherError:
        return False
    return True


def _of_others(look: Reading, case: CaseRecord, made: BulkRecord) -> MemberState | None:
    """Why a case that waits is not for who gives a verdict over many; None where it is."""
    if not another.may_answer(look, case, made.moderator):
        return MemberState.FAVOURED
    if case.id == made.case_id:
        return None
    if knowing.is_blind(case):
        return MemberState.LEFT
    return MemberState.ESCALATED if case.queue == ESCALATED else None


def _is_in_other_hands(case: CaseRecord, moderator: str, now: datetime) -> bool:
    runs = case.lease_expires_at is not None and case.lease_expires_at > now
    return case.state is CaseState.CLAIMED and runs and case.lease_owner != moderator


def _reopened(look: Reading, case: CaseRecord, made: BulkRecord) -> ledger.Entry:
    return ledger.Entry(
        kind="case.reopened",
        actor=ledger.Actor("moderator", taken_back_by(look, made)),
        subject_kind="case",
        subject_id=case.id,
        reason="a verdict over its campaign was taken back",
        ground="",
        facts={"bulk_id": made.id, "comment_id": case.comment_id, "decision_id": case.decision_id},
    )
