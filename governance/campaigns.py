"""Campaigns: what is spread by many is shown to people as one case, which collects its comments.

`moderation/behaviour` says what is a burst. The first comment that makes it one opens the campaign and, in the queue
`campaigns`, the case; it joins the comment's own case where there is one. Every later copy joins the campaign without a
case of its own on that account. Copies that came before, so far as they are still known, are collected at the opening.

**One campaign a burst.** Workers that see a burst at the same moment take turns, and the second finds the first's. What
a comment spreads at once (a text and a contact in it) is one campaign, and so is a text that is near one whose campaign
was opened within a day: two workers may have met different copies first, and one advert may name several contacts in
turn, each of which is spread by itself. A campaign is over once its case is decided
and a day has passed in which nothing joined; the same text is then another campaign.

Nothing here decides about a comment: what people see in the case is evidence, not a measure.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from moderation.behaviour import Burst, is_like
from moderation.decision import Decision
from records import behaviour, campaigns, cases, ledger
from records.campaigns import JOINED, MEMBERS, CampaignRecord
from records.cases import NewCase
from records.opening import suspicion
from records.unit_of_work import Unit
from records.values import CaseRecord, CaseState
from records.waiting import COMPLAINTS
from review.groups import APART

QUEUE = "campaigns"
WHY = "campaign"
"""The code by which a case says that it was opened for a campaign."""

STAYS_IN = (*APART, COMPLAINTS, QUEUE)
"""Queues out of which a campaign takes no case."""

CALM = timedelta(days=1)
LOOK_BACK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Spread:
    """A stored comment that belongs to bursts."""

    comment_id: str
    decision_id: str
    decision: Decision
    bursts: tuple[Burst, ...]
    signature: bytes | None = None
    """Of its own text, also where it is a contact in it that is spread."""


def collect(unit: Unit, spread: Sequence[Spread], *, now: datetime) -> None:
    """Opens what is to be opened and adds every comment to its campaign, in the caller's transaction."""
    bursts = {burst for each in spread for burst in each.bursts}
    known = _running(unit, bursts, now)
    if bursts - known.keys():
        campaigns.lock_opening(unit)
        known = _running(unit, bursts, now)
    joined: list[tuple[str, str]] = []
    opened: dict[str, tuple[CampaignRecord, Spread]] = {}
    for each in spread:
        campaign = next((known[burst] for burst in each.bursts if burst in known), None)
        if campaign is None:
            campaign, earlier, is_new = _opened(unit, each, now)
            if is_new:
                opened[campaign.id] = campaign, each
            joined += [(campaign.id, comment_id) for comment_id in earlier]
        campaigns.name(unit, campaign.id, [burst for burst in each.bursts if burst not in known])
        known |= dict.fromkeys(each.bursts, campaign)
        joined.append((campaign.id, each.comment_id))
    members = campaigns.collect(unit, joined, now=now)
    entries = [
        _entry(*opened[name], ids) if name in opened else _joined(name, ids) for name, ids in members.items() if ids
    ]
    ledger.append_all(unit, entries, now=now)


def _running(unit: Unit, bursts: Collection[Burst], now: datetime) -> dict[Burst, CampaignRecord]:
    """The campaigns of these bursts that are not over."""
    found = campaigns.by_bursts(unit, bursts)
    over = {campaign.id for campaign in found.values() if _is_over(unit, campaign, now)}
    return {burst: campaign for burst, campaign in found.items() if campaign.id not in over}


def _is_over(unit: Unit, campaign: CampaignRecord, now: datetime) -> bool:
    if cases.get(unit, campaign.case_id).state is not CaseState.CLOSED:
        return False
    last = campaigns.last_joined(unit, campaign.id)
    return last is None or last < now - CALM


def _opened(unit: Unit, first: Spread, now: datetime) -> tuple[CampaignRecord, list[str], bool]:
    """The campaign of this comment, a near one's or a new one, with what came before; whether it is new."""
    earlier = [c for burst in first.bursts for c in behaviour.comments_of(unit, burst, now - LOOK_BACK)]
    near = _near(unit, first, now)
    if near is not None:
        return near, earlier, False
    burst = first.bursts[0]
    signature = burst.signature or first.signature
    campaign = campaigns.open_one(unit, burst.kind, signature, _case(unit, first, now), now=now)
    return campaign, earlier, True


def _near(unit: Unit, first: Spread, now: datetime) -> CampaignRecord | None:
    """A campaign of a day in which nearly this text is spread, with whatever contact."""
    texts = [each for each in (first.signature, *(burst.signature for burst in first.bursts)) if each is not None]
    if not texts:
        return None
    opened = campaigns.of_texts(unit, now - CALM)
    return next((one for one in opened if any(is_like(one.signature or b"", text) for text in texts)), None)


def _case(unit: Unit, first: Spread, now: datetime) -> str:
    """The id of the case about it."""
    said = suspicion(QUEUE, first.decision, unit.queues.harm)
    opening = replace(said, why=WHY, priority=said.priority + 1)
    wanted = NewCase(first.comment_id, first.decision_id, opening, may_have_one=True)
    present = cases.undecided_of(unit, first.comment_id)
    opened = cases.open_or_join(unit, [wanted], edited=(), opened_by=WHY, now=now)[first.comment_id]
    if present is not None:
        case = cases.lock(unit, opened)
        wait_as_campaigns(unit, case, due_at=case.due_at)
    return opened


def wait_as_campaigns(unit: Unit, case: CaseRecord, *, due_at: datetime, since: datetime | None = None) -> None:
    """A case that waits does so as a campaign's, by `due_at` or the queue's own promise, whichever is sooner.

    Its turn comes as that of one that waits since `since`. Where others' eyes or promises have it, it stays with them
    and is no later. The caller has it locked.
    """
    if case.state is not CaseState.OPEN:
        return
    if case.queue not in STAYS_IN:
        due = min(due_at, case.created_at + unit.queues.promises.of(QUEUE))
        cases.give_to(unit, case, queue=QUEUE, why=WHY, label=case.label, due_at=due, since=since)
    elif due_at < case.due_at:
        cases.promise(unit, case, due_at=due_at, since=since)


def _entry(campaign: CampaignRecord, first: Spread, members: Sequence[str]) -> ledger.Entry:
    return ledger.Entry(
        kind="campaign.opened",
        actor=ledger.MACHINE,
        subject_kind="campaign",
        subject_id=campaign.id,
        reason=campaign.kind,
        ground="",
        facts={
            "case_id": campaign.case_id,
            "comment_id": first.comment_id,
            "comments": len(members),
            MEMBERS: list(members),
        },
    )


def _joined(campaign_id: str, members: Sequence[str]) -> ledger.Entry:
    """Which comments joined one that runs: a campaign's members are evidence, and none goes or comes unnoticed."""
    facts = {MEMBERS: list(members)}
    return ledger.Entry(JOINED, ledger.MACHINE, "campaign", campaign_id, "comments joined", "", facts=facts)
