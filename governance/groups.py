"""A group of cases that are decided together: what a moderator may decide of it, and one verdict over what they picked.

The case in hand stands for the others (`review/groups.py`). Who decides picks some or all of what the page showed and
gives one verdict over them: that of the case in hand at once, the others' as a verdict over many (`governance/bulk.py`:
each its own record, ten seconds in which it can be taken back, a second person over a stated size). What is left waits
behind the next of it, which can be decided likewise: nobody has to judge all alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from governance import bulk, verdicts
from governance.bulk import Wish
from governance.verdicts import HouseRules
from moderation.errors import Fault, InvalidInputError
from records import campaigns, cases, comments, groups
from records.bulk import BulkRecord
from records.campaigns import CampaignRecord
from records.house_values import UserRecord
from records.overview import Unskilled
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord
from records.waiting import UNDECIDED
from review import skills
from review.groups import Kind


@dataclass(frozen=True, slots=True)
class Group:
    """A group by the case in hand. `others` wait, and who asks may decide them; `not_theirs` more take other skills."""

    record: CampaignRecord
    kind: Kind
    others: tuple[CaseRecord, ...]
    not_theirs: int


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a verdict over some of a group: the verdict over many, if it took one; who stands for the rest."""

    bulk: BulkRecord | None
    next_case: CaseRecord | None


def find(look: Reading, case: CaseRecord, who: UserRecord) -> Group | None:
    """The group for which this case stands; None where nothing else of it waits."""
    record = groups.led_by(look, case)
    waiting = [] if record is None else groups.others(look, record)
    if record is None or record.kind not in tuple(Kind) or not waiting:
        return None  # of a campaign `governance/bulk.py` decides
    able = skills.skills_of(who)
    mine = tuple(one for one in waiting if skills.can(able, look.queues, _asked(one)))
    return Group(record, Kind(record.kind), mine, len(waiting) - len(mine))


def decide(
    unit: Unit, rules: HouseRules, case: CaseRecord, wish: Wish, *, by: UserRecord, alone: int, now: datetime
) -> Decided:
    """Gives one verdict over the comments in `wish.seen` (their revisions as shown); the caller commits.

    Those that were edited, erased or decided since are left as they are. Raises `InvalidInputError` where nothing is
    picked or with what is wrong with the verdict, `ConflictError` where the case is no longer theirs.
    """
    group = find(unit, case, by)
    if group is not None:
        campaigns.lock(unit, group.record.id)
    seen = wish.seen
    picked = {
        one.comment_id: seen[one.comment_id]
        for one in (group.others if group else ())
        if seen.get(one.comment_id) == comments.get(unit, one.comment_id).revision
    }
    has_case = case.comment_id in seen
    if not picked and not has_case:
        raise InvalidInputError("There is nothing to decide.", [Fault("/comments", "pick one that still waits")])
    made = None
    if picked:
        own = {case.comment_id: seen[case.comment_id]} if has_case else {}
        over = Wish(wish.judgement, picked | own, wish.why)
        made = bulk.give(unit, rules, case, over, by=by, alone=alone, now=now)
    else:
        verdicts.give(unit, rules, case.id, wish.judgement, moderator=by.id, token=case.lease_token, now=now)
    return Decided(made, _left(unit, group, case, is_given=has_case))


def is_with_case(look: Reading, made: BulkRecord) -> bool:
    """Whether the case in hand was decided by the same verdict, so that taking back one takes back the other."""
    case = cases.get(look, made.case_id)
    return case.closed_at == made.created_at


def is_of_group(look: Reading, made: BulkRecord) -> bool:
    """Whether the verdict was given over a part of a group, not over a campaign."""
    record = groups.get(look, made.campaign_id)
    return record is not None and record.kind in tuple(Kind)


def _left(look: Reading, group: Group | None, case: CaseRecord, *, is_given: bool) -> CaseRecord | None:
    """The case that stands for what is left of the group; None where nothing is, but what waits for a second person."""
    record = None if group is None else groups.get(look, group.record.id)
    first = cases.get(look, case.id if record is None else record.case_id)
    is_held = is_given and first.id == case.id
    return first if first.state in UNDECIDED and not is_held else None


def _asked(case: CaseRecord) -> Unskilled:
    return Unskilled(case.queue, case.lang, case.label, 1, case.created_at)
