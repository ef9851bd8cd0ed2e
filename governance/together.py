"""One verdict over what somebody ticked in a list, and the way back from every verdict over many.

A list is a search, an account's or a thread's story. What is ticked there is decided at once, each comment with its own
case, verdict, label and ledger entry, and noted as a verdict over many (`governance/bulk.py`), so that one limit holds
wherever comments are decided together: over it nothing is touched before a second person agreed.

**Within ten seconds it is as if not given**, each with its record that it was taken back. What waited waits again, and
so does what a search led to: somebody thought that it should be looked at. Later it is opened again by a worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from governance import bulk, deciding, groups, verdicts
from governance.measures import checked
from governance.verdicts import HouseRules
from moderation.errors import ConflictError, Fault, InvalidInputError
from records import approvals, campaigns, cases, comments, decisions, leases, ledger
from records import bulk as stored
from records import verdicts as given_verdicts
from records.bulk import BulkRecord, BulkState, MemberState, NewBulk
from records.house_values import UserRecord
from records.unit_of_work import Unit
from records.values import CaseRecord, Judgement
from review.checks import check_judgement, check_reason
from review.queue import open_case
from review.verdicts import UNDO_WITHIN


def give(  # noqa: PLR0913 - each by its name
    unit: Unit,
    rules: HouseRules,
    comment_ids: Sequence[str],
    judgement: Judgement,
    *,
    by: UserRecord,
    alone: int,
    why: str,
    now: datetime,
) -> BulkRecord:
    """Notes the verdict over these stored comments; the caller commits, and decides them where nobody is asked.

    More than `alone` wait for a second person, and so does a single one where the hour left none.
    Raises `InvalidInputError` with what is wrong.
    """
    reason = check_reason(why, needed=True)
    check_judgement(judgement, rules.taxonomy.names, length=0, grounds=rules.taxonomy.grounds_beside)
    if judgement.measure is not None:
        checked(judgement.measure, judgement.verdict)
    seen = {each: comments.get(unit, each).revision for each in comment_ids}
    if not 0 < len(seen) <= bulk.MOST:
        raise InvalidInputError("There is nothing to decide.", [Fault("/comments", f"1 to {bulk.MOST} of them")])
    case = _case(unit, comment_ids[0], now)
    found = campaigns.open_found(unit, case.id, comment_ids, now=now)
    new = NewBulk(found.id, case.id, by.id, judgement)
    return bulk.note(unit, new, seen, by=by, needs_two=len(seen) > alone, why=reason, now=now)


def _case(unit: Unit, comment_id: str, now: datetime) -> CaseRecord:
    """A case about the first of them: the one that waits, the last one, or a new one."""
    waits = cases.undecided_of(unit, comment_id)
    before = cases.page(unit, comment_id=comment_id).items
    if waits is not None or before:
        return waits or before[-1]
    latest = decisions.latest_of(unit, comment_id)
    return open_case(unit, comment_id, latest.id, opened_by=deciding.OPENED_BY, now=now)


def take_back(unit: Unit, bulk_id: str, *, by: str, any_ones: bool, why: str, now: datetime) -> BulkRecord:
    """Whatever way it was given: within ten seconds by its giver as if not given, later as `bulk.take_back` has it.

    Raises as `bulk.take_back` does.
    """
    made = stored.get(unit, bulk_id, lock=True)
    is_fresh = made.moderator == by and now - made.created_at < UNDO_WITHIN
    is_fresh &= not bulk.is_agreed(unit, made)
    if is_fresh and made.state in (BulkState.RUNNING, BulkState.DONE) and deciding.is_found(unit, made):
        return _undo(unit, made, by, check_reason(why), now)
    is_with_case = is_fresh and groups.is_with_case(unit, made)
    if is_with_case:
        bulk.give_case_up(unit, made)
    taken = bulk.take_back(unit, bulk_id, by=by, any_ones=any_ones, why=why, now=now)
    if is_with_case:
        verdicts.take_back(unit, made.case_id, moderator=by, now=now)
    elif is_fresh:
        bulk.take_up_again(unit, made, now)
    return taken


def _undo(unit: Unit, made: BulkRecord, by: str, why: str, now: datetime) -> BulkRecord:
    """All of it that nobody took on meanwhile. Raises `ConflictError` where somebody did so with every one."""
    decided = stored.members(unit, made.id, states=(MemberState.DECIDED,), limit=bulk.MOST)
    undone = 0
    for member in decided:
        case_id = given_verdicts.get(unit, str(member.verdict_id)).case_id
        try:
            case = verdicts.take_back(unit, case_id, moderator=by, now=now)
        except ConflictError:
            continue
        leases.put_back(unit, case)
        stored.set_member(unit, member, MemberState.OPENED_AGAIN)
        undone += 1
    if decided and not undone:
        raise ConflictError("Nothing of it is left to be taken back.")
    approvals.overtake(unit, made.id, now=now)
    ledger.append(unit, bulk.entry_of(bulk.TAKEN_BACK, made, by, why, decided=undone), now=now)
    return stored.change(unit, made.id, BulkState.WITHDRAWN, ended_at=now)
