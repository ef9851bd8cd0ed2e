"""Campaigns beside their entries: which comments belong to each, by the entries of its opening and of who joined.

What a campaign is weighed and decided by is its members. Each is in an entry that was written with it, so one that is
gone, or that nobody saw joining, is found. Campaigns from before their entries named members are not compared. An
erasure takes texts and accounts and leaves ids, here as in the entries: it changes nothing of this.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from moderation.behaviour import BurstKind
from records.campaigns import JOINED, MEMBERS
from records.retold import at
from records.tables import campaign_comments, campaigns
from records.tampering import Finding, What
from records.told_entries import Entry, entries_about, number, subject_of
from records.underlying_beside import of_kind
from records.underlying_cases import EARLIER_PROGRAMS
from records.unit_of_work import Reading

OPENED = "campaign.opened"
_KINDS = frozenset({OPENED, JOINED})
_TOLD = 3
"""Comments that a finding names."""


def campaign_differences(look: Reading) -> Iterator[Finding]:
    """Campaigns that are gone or were inserted, and members that are gone or that no entry tells of."""
    first: Entry | None = None
    for opened in of_kind(look, OPENED):
        if MEMBERS in opened.body["facts"]:
            first = first or opened
            yield from _of_one(look, opened, at(first.body) + EARLIER_PROGRAMS)
    if first is not None:
        yield from _inserted(look, subject_of(first.body))


def _of_one(look: Reading, opened: Entry, since: datetime) -> Iterator[Finding]:
    """`since`: from then on no earlier program adds comments without an entry."""
    campaign_id = subject_of(opened.body)
    if look.execute(select(campaigns.c.id).where(campaigns.c.id == campaign_id)).first() is None:
        gone = f"The campaign {campaign_id}, of which entry {number(opened)} tells, is gone from the table campaigns."
        yield _finding(gone, opened)
        return
    entries = list(entries_about(look, {campaign_id}, _KINDS))
    told = {name: each for each in entries for name in each.body["facts"].get(MEMBERS, ())}
    columns = campaign_comments.c.comment_id, campaign_comments.c.created_at
    rows = look.execute(select(*columns).where(campaign_comments.c.campaign_id == campaign_id))
    held = {row.comment_id: row.created_at for row in rows}
    if missing := sorted(told.keys() - held.keys()):
        yield _finding(
            f"{_many(missing)} of the campaign {campaign_id} that entries tell of are gone from the table "
            f"campaign_comments: {_named(missing)}.",
            told[missing[0]],
        )
    if added := sorted(name for name in held.keys() - told.keys() if held[name] > since):
        yield _finding(
            f"{_many(added)} of the campaign {campaign_id} are told of by no entry: they were inserted, or their entry "
            f"was removed: {_named(added)}.",
            opened,
        )


def _inserted(look: Reading, first: str) -> Iterator[Finding]:
    """Campaigns of today that no entry opened; ids are ordered by time."""
    kinds = campaigns.c.kind.in_([kind.value for kind in BurstKind])
    known = {subject_of(each.body) for each in of_kind(look, OPENED)}
    for name in look.execute(select(campaigns.c.id).where(kinds, campaigns.c.id >= first)).scalars():
        if name not in known:
            told = f"The campaign {name} has no entry: it was removed, or the campaign inserted."
            yield Finding(What.MISSING, told)


def _many(names: list[str]) -> str:
    return f"{len(names)} comment{'s' if len(names) > 1 else ''}"


def _named(names: list[str]) -> str:
    return ", ".join(names[:_TOLD]) + (", ..." if len(names) > _TOLD else "")


def _finding(told: str, entry: Entry) -> Finding:
    return Finding(What.RECORD, told, entry.number, entry.number, entry.id)
