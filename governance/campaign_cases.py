"""The cases of a campaign wait behind one of them, as those of an account's day do (`review/groups.py`).

Forty copies of one advert are one question. The campaign's case stands for the others, in the queue `campaigns` with
its promise, whatever queue each of them came into; nobody is given one of them by itself while that one is undecided. A
verdict over the campaign decides them together (`governance/bulk.py`); a verdict on the one in hand hands on to the
next. However the case that stands for them ends, decided or erased, another takes its place. What somebody of the
public asked for stands for none and waits behind none: it was promised to them.

A rush to a thread is none: who rushes there writes words of their own, and each is judged by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from governance.bulk import ALIKE
from governance.campaigns import wait_as_campaigns
from records import campaigns, cases, groups, jobs
from records.database import Database
from records.unit_of_work import Unit
from records.values import CaseState
from review.groups import APART


def gather(database: Database, now: datetime) -> int:
    """Puts members that wait by themselves behind their campaign's case; how many. For a worker."""
    with database.reading() as look:
        found = groups.spread(look, kinds=ALIKE, but_queues=APART)
    count = 0
    for campaign_id, case_ids in found.items():
        with database.unit() as unit:
            jobs.take_turns(unit, "groups")
            count += _behind_one(unit, campaign_id, case_ids, now)
            unit.commit()
    return count


def _behind_one(unit: Unit, campaign_id: str, case_ids: Sequence[str], now: datetime) -> int:
    campaigns.lock(unit, campaign_id)
    campaign = groups.get(unit, campaign_id)
    free = groups.still_free(unit, case_ids)
    if campaign is None or not free:
        return 0
    lead = cases.lock(unit, campaign.case_id)
    if lead.state is CaseState.CLOSED or groups.is_asked_for(unit, lead.id):
        lead, *free = free
        groups.stand_for(unit, campaign_id, lead.id)
    groups.take_in(unit, campaign_id, [lead, *free], now)
    oldest = min(one.created_at for one in (lead, *free))
    wait_as_campaigns(unit, lead, due_at=min(one.due_at for one in (lead, *free)), since=oldest)
    return len(free)
