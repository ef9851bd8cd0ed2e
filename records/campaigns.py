"""Campaigns as stored: one thing spread by many, the one case about it, and the comments that belong to it.

What makes a campaign, and when one is over, is `governance/campaigns.py`'s business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, exists, func, insert, select, text, tuple_

from moderation.behaviour import Burst, BurstKind
from records.ids import new_id
from records.inserting import insert_into
from records.mapping import signed, value_of
from records.tables import campaign_comments, campaign_findings, campaign_marks, campaigns
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord

_OPENING = 0x43414D50
"""The number of the lock under which campaigns are opened on PostgreSQL."""


NO_CAMPAIGN = "no_campaign"
"""What a person says of comments that have nothing to do with each other (`records/campaign_findings.py`)."""

FOUND = "found"
"""The kind of what is no campaign: comments that somebody ticked in a list, under one verdict."""

JOINED = "campaign.joined"
"""An entry that says which comments joined a campaign that was there."""

MEMBERS = "members"
"""The fact of an entry with their ids; that of the opening has those with which it began."""

_AT_ONCE = 500
"""Ids in one question to the database."""

MOST_SPREAD = 10_000
"""Comments of campaigns that are told apart by id."""


@dataclass(frozen=True, slots=True)
class CampaignRecord:
    """What is spread (`text`, `contact`, or the `thread` that many rush to), and the case in which people look at it.

    `signature` is that of the text, or of the first text with the contact; None where none was long enough.
    """

    id: str
    kind: str
    signature: bytes | None
    case_id: str
    created_at: datetime


def lock_opening(unit: Unit) -> None:
    """Whoever opens campaigns takes turns from here to the end of the unit. SQLite has one writer anyway."""
    if unit.dialect == "postgresql":
        unit.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _OPENING})


def lock(unit: Unit, campaign_id: str) -> None:
    """Whoever decides over the campaign takes turns from here to the end of the unit."""
    unit.execute(select(campaigns.c.id).where(campaigns.c.id == campaign_id).with_for_update(key_share=True)).one()


def by_bursts(look: Reading, bursts: Collection[Burst]) -> dict[Burst, CampaignRecord]:
    """The latest campaign of each burst that ever had one."""
    if not bursts:
        return {}
    marks = {(burst.kind.value, signed(burst.mark)): burst for burst in bursts}
    named = campaign_marks.c
    query = select(campaigns, named.kind.label("mark_kind"), named.mark).join_from(campaigns, campaign_marks)
    found = look.execute(query.where(tuple_(named.kind, named.mark).in_(list(marks))))
    return {marks[row.mark_kind, row.mark]: value_of(CampaignRecord, row) for row in found}


def of_texts(look: Reading, since: datetime) -> list[CampaignRecord]:
    """Campaigns of which a text is known, opened since then, newest first."""
    mine = campaigns.c.signature.is_not(None), campaigns.c.created_at >= since
    query = select(campaigns).where(*mine).order_by(campaigns.c.created_at.desc())
    return [value_of(CampaignRecord, row) for row in look.execute(query)]


def open_one(unit: Unit, kind: str, signature: bytes | None, case_id: str, *, now: datetime) -> CampaignRecord:
    """A new campaign, or a group of cases (`records/groups.py`)."""
    made = CampaignRecord(new_id(), kind, signature, case_id, now)
    values = {name: getattr(made, name) for name in ("id", "kind", "signature", "case_id", "created_at")}
    unit.execute(insert(campaigns).values(**values))
    return made


def name(unit: Unit, campaign_id: str, bursts: Iterable[Burst]) -> None:
    """From now on these bursts belong to this campaign."""
    rows = [{"kind": b.kind.value, "mark": signed(b.mark), "campaign_id": campaign_id} for b in bursts]
    if rows:
        statement = insert_into(campaign_marks, unit.dialect)
        latest = {"campaign_id": statement.excluded.campaign_id}
        unit.execute(statement.on_conflict_do_update(index_elements=["kind", "mark"], set_=latest), rows)


def collect(unit: Unit, joined: Iterable[tuple[str, str]], *, now: datetime) -> dict[str, list[str]]:
    """Adds comments to campaigns: (campaign id, comment id); who is new, by campaign. One that is there stays."""
    wanted: dict[str, set[str]] = {}
    for campaign, comment in joined:
        wanted.setdefault(campaign, set()).add(comment)
    new = {campaign: sorted(ids - _members_of(unit, campaign, sorted(ids))) for campaign, ids in wanted.items()}
    rows = [
        {"campaign_id": campaign, "comment_id": comment, "created_at": now}
        for campaign, ids in sorted(new.items())
        for comment in ids
    ]
    if rows:
        unit.execute(insert_into(campaign_comments, unit.dialect).on_conflict_do_nothing(), rows)
    return new


def _members_of(look: Reading, campaign_id: str, comment_ids: Sequence[str]) -> set[str]:
    """Those of the comments that belong to it."""
    found: set[str] = set()
    for first in range(0, len(comment_ids), _AT_ONCE):
        some = campaign_comments.c.comment_id.in_(comment_ids[first : first + _AT_ONCE])
        query = select(campaign_comments.c.comment_id).where(campaign_comments.c.campaign_id == campaign_id, some)
        found |= set(look.execute(query).scalars())
    return found


def last_joined(look: Reading, campaign_id: str) -> datetime | None:
    """When the newest comment joined."""
    query = select(func.max(campaign_comments.c.created_at)).where(campaign_comments.c.campaign_id == campaign_id)
    found: datetime | None = look.execute(query).scalar()
    return found


def open_found(unit: Unit, case_id: str, comment_ids: Sequence[str], *, now: datetime) -> CampaignRecord:
    """What somebody ticked in a list, so that a verdict over it is like any other over many."""
    made = open_one(unit, FOUND, None, case_id, now=now)
    collect(unit, [(made.id, each) for each in comment_ids], now=now)
    return made


def of_case(look: Reading, case_id: str) -> CampaignRecord | None:
    """The newest campaign that people look at in this case."""
    mine = (campaigns.c.case_id == case_id, campaigns.c.kind != FOUND)
    query = select(campaigns).where(*mine).order_by(campaigns.c.id.desc()).limit(1)
    found = look.execute(query).one_or_none()
    return None if found is None else value_of(CampaignRecord, found)


def is_dismissed(campaign_id: Column[str]) -> ColumnElement[bool]:
    """Whether a person said of it that it is no campaign."""
    said = campaign_findings.c
    return exists().where(said.campaign_id == campaign_id, said.answer == NO_CAMPAIGN)


def was_dismissed(look: Reading, campaign_id: str) -> bool:
    """The same of one campaign."""
    query = select(campaigns.c.id).where(campaigns.c.id == campaign_id, is_dismissed(campaigns.c.id))
    return look.execute(query).one_or_none() is not None


def about(look: Reading, case: CaseRecord) -> CampaignRecord | None:
    """The campaign that people look at in this case, or the newest of those to which its comment belongs.

    None of which a person said that it is none.
    """
    found = of_case(look, case.id)
    if found is not None and found.kind in tuple(BurstKind) and not was_dismissed(look, found.id):
        return found
    kinds = campaigns.c.kind.in_([*BurstKind])
    mine = (campaign_comments.c.comment_id == case.comment_id, kinds, ~is_dismissed(campaigns.c.id))
    joined = campaigns.join(campaign_comments, campaign_comments.c.campaign_id == campaigns.c.id)
    query = select(*campaigns.c).select_from(joined).where(*mine).order_by(campaigns.c.id.desc()).limit(1)
    row = look.execute(query).one_or_none()
    return None if row is None else value_of(CampaignRecord, row)


def spread_with(look: Reading, comment_id: str) -> set[str]:
    """The other comments of every campaign of a text or contact to which this one belongs."""
    beside = campaign_comments.alias("beside")
    joined = campaign_comments.join(campaigns, campaigns.c.id == campaign_comments.c.campaign_id)
    joined = joined.join(beside, beside.c.campaign_id == campaign_comments.c.campaign_id)
    mine = (campaign_comments.c.comment_id == comment_id, beside.c.comment_id != comment_id)
    kinds = campaigns.c.kind.in_((BurstKind.TEXT, BurstKind.CONTACT))
    query = select(beside.c.comment_id).select_from(joined).where(*mine, kinds).limit(MOST_SPREAD)
    return set(look.execute(query).scalars())


def spread_beside(look: Reading, comment_ids: Sequence[str]) -> list[tuple[str, str]]:
    """The same of several comments, each with every other one that a campaign of a text or contact spreads with it."""
    beside = campaign_comments.alias("beside")
    joined = campaign_comments.join(campaigns, campaigns.c.id == campaign_comments.c.campaign_id)
    joined = joined.join(beside, beside.c.campaign_id == campaign_comments.c.campaign_id)
    kinds = campaigns.c.kind.in_((BurstKind.TEXT, BurstKind.CONTACT))
    pairs = select(campaign_comments.c.comment_id, beside.c.comment_id.label("copy")).select_from(joined)
    found = []
    for first in range(0, len(comment_ids), _AT_ONCE):
        some = comment_ids[first : first + _AT_ONCE]
        mine = (campaign_comments.c.comment_id.in_(some), beside.c.comment_id != campaign_comments.c.comment_id)
        rows = look.execute(pairs.where(*mine, kinds).limit(MOST_SPREAD * len(some)))
        found += [(row.comment_id, row.copy) for row in rows]
    return found


def spread_of_many(look: Reading, comment_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Comment and campaign ids, of those of the comments that a campaign of a text or contact spreads."""
    joined = campaign_comments.join(campaigns, campaigns.c.id == campaign_comments.c.campaign_id)
    query = select(campaign_comments.c.comment_id, campaigns.c.id).select_from(joined)
    query = query.where(campaigns.c.kind.in_((BurstKind.TEXT, BurstKind.CONTACT)))
    found = []
    for first in range(0, len(comment_ids), _AT_ONCE):
        mine = campaign_comments.c.comment_id.in_(comment_ids[first : first + _AT_ONCE])
        found += [(row.comment_id, row.id) for row in look.execute(query.where(mine))]
    return found


def size(look: Reading, campaign_id: str) -> int:
    """How many comments belong to it."""
    query = select(func.count()).where(campaign_comments.c.campaign_id == campaign_id)
    return int(look.execute(query).scalar_one())


def comments_of(look: Reading, campaign_id: str, *, limit: int = 1000, newest_first: bool = False) -> list[str]:
    """Ids of the campaign's comments, in the order in which they were first stored."""
    comment_id = campaign_comments.c.comment_id
    query = select(comment_id).where(campaign_comments.c.campaign_id == campaign_id)
    query = query.order_by(comment_id.desc() if newest_first else comment_id)
    return list(look.execute(query.limit(limit)).scalars())
