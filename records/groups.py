"""Groups of cases as stored: rows of `campaigns` of their own kinds, so that a verdict over many is the same thing.

Which cases belong together is `review/groups.py`'s business. The case that stands for the others is the group's
`case_id`; the others carry its id (`cases.group_id`), and nobody is given them while that one is undecided
(`records/waiting.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update

from records import cases as stored
from records import decisions
from records.campaigns import FOUND, CampaignRecord, collect, is_dismissed, was_dismissed
from records.campaigns import open_one as open_group
from records.ids import first_id_of
from records.mapping import value_of
from records.opening import suspicion
from records.public_values import ComplaintState
from records.tables import campaign_comments, campaigns, cases, comments, complaints, skips
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CaseState, Purpose
from records.waiting import (
    ANEW,
    APPEALS,
    CAMPAIGNS,
    COMPLAINT,
    COMPLAINTS,
    DECIDES,
    DISAGREEMENT,
    FLAGGED,
    UNDECIDED,
    is_being_decided,
)

MOST_READ = 5000
"""Waiting cases that are looked through, the newest."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that waits by itself or in a group that still stands (`group_id`, of `group_kind`).

    `thread` and `account` say whose comment it is about, written at `written_at`; None where the platform did not say.
    """

    case_id: str
    comment_id: str
    thread: str | None
    account: str | None
    written_at: datetime
    turn_at: datetime
    group_id: str | None = None
    group_kind: str | None = None


def waiting(look: Reading, since: datetime, *, but_queues: Collection[str]) -> list[Waiting]:
    """Cases opened since then that may be decided together, by turn.

    Not those in somebody's hands or kept for them, that one person passed over for good, that decide between two, that
    somebody of the public asked for, that nobody waits for, that a verdict over many is about to decide, or in which
    people look at a campaign.
    """
    group, first = campaigns.alias("own"), cases.alias("first")
    stands = and_(first.c.id == group.c.case_id, first.c.state.in_(UNDECIDED))
    query = (
        select(
            cases.c.id, cases.c.comment_id, cases.c.turn_at, cases.c.group_id, comments.c.thread_id,
            comments.c.author_index, comments.c.created_at, group.c.kind, first.c.id.label("first"),
        )
        .join(comments, comments.c.id == cases.c.comment_id)
        .outerjoin(group, group.c.id == cases.c.group_id)
        .outerjoin(first, stands)
        .where(cases.c.id >= first_id_of(since), _may_join(but_queues), comments.c.erased_at.is_(None))
        .order_by(cases.c.id.desc())
        .limit(MOST_READ)
    )  # fmt: skip
    found = [
        Waiting(
            row.id, row.comment_id, row.thread_id, row.author_index, row.created_at, row.turn_at,
            row.group_id if row.first else None, row.kind if row.first else None,
        )
        for row in look.execute(query)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.turn_at, one.case_id))


def spread(look: Reading, *, kinds: Collection[str], but_queues: Collection[str]) -> dict[str, list[str]]:
    """Cases that wait by themselves about comments of campaigns of these kinds: by campaign, each by turn.

    Of several campaigns the newest, and none of which a person said that it is none. Not the case by which people look
    at it, and none that `waiting` leaves out.
    """
    group, first = campaigns.alias("own"), cases.alias("first")
    stands = and_(first.c.id == group.c.case_id, first.c.state.in_(UNDECIDED))
    spread_in = campaigns.alias("spread_in")
    newest = func.max(spread_in.c.id).label("campaign_id")
    query = (
        select(cases.c.id, cases.c.turn_at, newest)
        .join(campaign_comments, campaign_comments.c.comment_id == cases.c.comment_id)
        .join(spread_in, and_(spread_in.c.id == campaign_comments.c.campaign_id, spread_in.c.kind.in_(list(kinds))))
        .outerjoin(group, group.c.id == cases.c.group_id)
        .outerjoin(first, stands)
        .where(_may_join(but_queues), first.c.id.is_(None), ~is_dismissed(spread_in.c.id))
        .group_by(cases.c.id, cases.c.turn_at)
        .order_by(cases.c.turn_at, cases.c.id)
        .limit(MOST_READ)
    )
    found: dict[str, list[str]] = {}
    for row in look.execute(query):
        found.setdefault(row.campaign_id, []).append(row.id)
    return found


def _may_join(but_queues: Collection[str]) -> ColumnElement[bool]:
    refused = exists().where(skips.c.case_id == cases.c.id, skips.c.until.is_(None))
    watched = exists().where(
        campaigns.c.case_id == cases.c.id, campaigns.c.id.is_distinct_from(cases.c.group_id), campaigns.c.kind != FOUND
    )
    return and_(
        cases.c.state == CaseState.OPEN,
        cases.c.ahead.is_distinct_from(FLAGGED),  # it waits for nobody else's turn
        DECIDES,
        cases.c.priority >= 0,
        cases.c.kept_for.is_(None),
        cases.c.why != DISAGREEMENT,
        ~_is_asked_for(),
        cases.c.queue.not_in(list(but_queues)),
        ~refused,
        ~watched,
        ~is_being_decided(),
    )


def _is_asked_for() -> ColumnElement[bool]:
    """Whether somebody of the public asked for the case: it was promised to them, and waits by itself."""
    waits = exists().where(complaints.c.case_id == cases.c.id, complaints.c.state == ComplaintState.WAITING)
    return or_(cases.c.queue.in_((COMPLAINTS, APPEALS)), cases.c.why.in_((COMPLAINT, *ANEW)), waits)


def is_asked_for(look: Reading, case_id: str) -> bool:
    """Whether somebody of the public asked for this case."""
    return look.execute(select(cases.c.id).where(cases.c.id == case_id, _is_asked_for())).first() is not None


def open_one(
    unit: Unit, kind: str, case_ids: Sequence[str], *, least: int, now: datetime
) -> tuple[CampaignRecord, list[CaseRecord]] | None:
    """A group of those of the cases, given by turn, that nobody took meanwhile; None where fewer than `least` are left.

    The first of the queue whose promise ends first stands for all, so that whoever works that queue is given it; it is
    as urgent as the most urgent of them.
    """
    found = still_free(unit, case_ids)
    if len(found) < least:
        return None
    first = _first_of(found)
    made = open_group(unit, kind, None, first.id, now=now)
    take_in(unit, made.id, found, now)
    place: dict[str, Any] = {
        "priority": max(one.priority for one in found),
        "weight": max(one.weight for one in found),
        "due_at": min(one.due_at for one in found),
        "turn_at": found[0].turn_at,
    }
    unit.execute(update(cases).where(cases.c.id == first.id).values(place))
    return made, found


def join(unit: Unit, group_id: str, case_ids: Sequence[str], *, now: datetime) -> int:
    """Takes cases into a group that still stands; how many. Its own case is not later than any of them asks for."""
    group = get(unit, group_id)
    first = None if group is None else stored.lock(unit, group.case_id)
    if first is None or first.state is CaseState.CLOSED:
        return 0
    found = still_free(unit, case_ids)
    if found:
        take_in(unit, group_id, found, now)
        place: dict[str, Any] = {
            "due_at": min(one.due_at for one in (first, *found)),
            "turn_at": min(first.turn_at, found[0].turn_at),
        }
        lead = _first_of([first, *found]) if first.state is CaseState.OPEN else first
        if lead.queue != first.queue:
            stand_for(unit, group_id, lead.id)
            place |= {"priority": max(first.priority, lead.priority), "weight": max(first.weight, lead.weight)}
        else:
            lead = first
        unit.execute(update(cases).where(cases.c.id == lead.id).values(place))
    return len(found)


def _first_of(found: Sequence[CaseRecord]) -> CaseRecord:
    """Of these, given by turn, the first of the queue whose promise ends first."""
    queue = min(found, key=lambda one: one.due_at).queue
    return next(one for one in found if one.queue == queue)


def get(look: Reading, group_id: str) -> CampaignRecord | None:
    """The group; None where there is none."""
    found = look.execute(select(campaigns).where(campaigns.c.id == group_id)).one_or_none()
    return None if found is None else value_of(CampaignRecord, found)


def led_by(look: Reading, case: CaseRecord) -> CampaignRecord | None:
    """The group for whose other cases this one stands; None where it stands for itself."""
    group = None if case.group_id is None else get(look, case.group_id)
    return group if group is not None and group.case_id == case.id else None


def led_before(look: Reading, case: CaseRecord, *, kinds: Collection[str]) -> CampaignRecord | None:
    """The newest group of these kinds to which the comment of a case belongs that is in no group any more."""
    if case.group_id is not None:
        return None
    joined = campaigns.join(campaign_comments, campaign_comments.c.campaign_id == campaigns.c.id)
    mine = (campaign_comments.c.comment_id == case.comment_id, campaigns.c.kind.in_(list(kinds)))
    query = select(*campaigns.c).select_from(joined).where(*mine).order_by(campaigns.c.id.desc()).limit(1)
    found = look.execute(query).one_or_none()
    return None if found is None else value_of(CampaignRecord, found)


def others(look: Reading, group: CampaignRecord) -> list[CaseRecord]:
    """What else of the group waits, by turn: in nobody's hands, and not about to be decided."""
    query = select(cases).where(_waits_in(group)).order_by(cases.c.turn_at, cases.c.id)
    return [value_of(CaseRecord, row, state=CaseState, purpose=Purpose) for row in look.execute(query)]


def members(look: Reading, group: CampaignRecord) -> list[CaseRecord]:
    """All cases of the group, decided or not, by turn."""
    query = select(cases).where(cases.c.group_id == group.id).order_by(cases.c.turn_at, cases.c.id)
    return [value_of(CaseRecord, row, state=CaseState, purpose=Purpose) for row in look.execute(query)]


def part(unit: Unit, campaign_id: str) -> None:
    """What waits behind the campaign's case waits by itself again, each in its own queue; the caller has it locked.

    So does that case, by the promise of its comment's queue, unless somebody has it in hand or it waits elsewhere.
    """
    group = get(unit, campaign_id)
    stored.lock_where(unit, or_(cases.c.group_id == campaign_id, cases.c.id == (group.case_id if group else None)))
    lead = None if group is None else stored.get(unit, group.case_id)
    unit.execute(update(cases).where(cases.c.group_id == campaign_id).values(group_id=None))
    if lead is None or lead.state is not CaseState.OPEN or lead.queue != CAMPAIGNS:
        return
    surface = unit.execute(select(comments.c.surface).where(comments.c.id == lead.comment_id)).scalar_one()
    why = suspicion(surface, decisions.get(unit, lead.decision_id).decision, unit.queues.harm).why
    due = lead.created_at + unit.queues.promises.of(surface)
    stored.give_to(unit, lead, queue=surface, why=why, label=lead.label, due_at=due)


def leave(unit: Unit, case_id: str) -> None:
    """From now on the case is by itself."""
    unit.execute(update(cases).where(cases.c.id == case_id).values(group_id=None))


def stand_for(unit: Unit, group_id: str, case_id: str) -> None:
    """From now on this case stands for the others of its group."""
    unit.execute(update(campaigns).where(campaigns.c.id == group_id).values(case_id=case_id))


def _waits_in(group: CampaignRecord) -> ColumnElement[bool]:
    mine = and_(cases.c.group_id == group.id, cases.c.id != group.case_id)
    return and_(mine, cases.c.state == CaseState.OPEN, ~is_being_decided())


def still_free(unit: Unit, case_ids: Sequence[str]) -> list[CaseRecord]:
    """Those of the cases that nobody holds just now and nobody of the public asked for, locked, by turn."""
    free = (cases.c.state == CaseState.OPEN, ~_is_asked_for())
    query = select(cases).where(cases.c.id.in_(list(case_ids)), *free)
    query = query.order_by(cases.c.turn_at, cases.c.id).with_for_update(skip_locked=True, key_share=True)
    return [value_of(CaseRecord, row, state=CaseState, purpose=Purpose) for row in unit.execute(query)]


def take_in(unit: Unit, group_id: str, found: Sequence[CaseRecord], now: datetime) -> None:
    """From now on these cases wait behind the one that stands for the group; not where a person parted it meanwhile."""
    if was_dismissed(unit, group_id):
        return
    mine: dict[str, Any] = {"group_id": group_id}
    unit.execute(update(cases).where(cases.c.id.in_([one.id for one in found])).values(mine))
    collect(unit, [(group_id, one.comment_id) for one in found], now=now)
