"""A campaign is a finding with its evidence: accounts, texts, contacts, devices and times; a person decides.

    weigh_some     a worker weighs campaigns that are new or grew (`moderation/behaviour/hands.py` has the signs)
    look_for_rushes   a thread that many rush to becomes a campaign as well, its newcomers' comments its members
    look_for_tied     a text that many accounts repeat, in one thread too, where they hang together by more than words
    gathered       the comments of one with what each shares, as the page draws it
    decide         a person says: one hand, many people, or no campaign; in the ledger with the evidence they saw

Nothing follows from a finding, nor from the answer: no account is measured and no comment decided by it. Who wants to
take a measure takes it by name, and many at once with a second person.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from governance import approvals, campaigns
from governance.campaigns import Spread
from governance.other_sellers import private_contacts
from moderation.behaviour import Burst, BurstKind
from moderation.behaviour.hands import LEAST_ACCOUNTS, Member, Weighed, weigh
from moderation.behaviour.rushes import WINDOW, is_rush
from moderation.normaliser import normalise
from records import behaviour, campaign_findings, decisions, jobs, ledger, rushes
from records import campaigns as stored
from records.campaign_findings import Answer, FindingRecord, MemberRow
from records.database import Database
from records.ledger import MACHINE, Actor
from records.unit_of_work import Reading, Unit

MOST_KNOWN = 10_000
MOST_WEIGHED = 300
"""Comments of a campaign that are read for its signs, the newest."""

AT_ONCE = 5
"""Campaigns that one turn weighs: each is read whole."""

WEIGHED_FOR = timedelta(days=7)
KNOWN_WITHIN, KNOWN_UNTIL = timedelta(days=30), timedelta(days=1)
"""Comments from so long to so long before a campaign say that an account was there before: who warms up new accounts
on the same day is not taken for a regular."""

OLD_ENOUGH = timedelta(days=7)
"""Records that began later than this before a campaign cannot say who is a stranger."""

THREADS, ARRIVALS, USUAL_OF = 5, 1000, 500

TIED_COPIES, TEXTS, REPEATED_WITHIN = 8, 10, timedelta(hours=1)
"""Fewest near copies, texts looked at in one turn, and the time within which they come."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A campaign's comments, row by row with what was read in each, and what they come to."""

    rows: tuple[MemberRow, ...]
    members: tuple[Member, ...]
    weighed: Weighed


def weigh_some(database: Database, now: datetime) -> int:
    """Weighs some that are new or grew; how many. Reading is done before a writer's turn is taken."""
    with database.reading() as look:
        due = campaign_findings.to_weigh(look, since=now - WEIGHED_FOR, limit=AT_ONCE)
        found = [(each, gathered(look, each), stored.size(look, each)) for each in due]
    for campaign_id, told, size in found:
        with database.unit() as unit:
            _note(unit, campaign_id, told, size, now)
            unit.commit()
    return len(found)


def look_for_rushes(database: Database, now: datetime) -> int:
    """Collects the rushes of this moment; how many threads. What has joined before stays."""
    since = now - timedelta(seconds=WINDOW)
    with database.reading() as look:
        threads = rushes.busy(look, since, limit=THREADS)
        usual = rushes.usual(look, since, threads, limit=USUAL_OF) if threads else 0.0
        arrived = {thread: rushes.arrivals(look, thread, since, limit=ARRIVALS) for thread in threads}
        rushed = {
            thread: [each for each in found if each.told.is_new]
            for thread, found in arrived.items()
            if is_rush([each.told for each in found], usual)
        }
        judged = {
            each.decision_id: decisions.get(look, each.decision_id).decision
            for found in rushed.values()
            for each in found
        }
    for thread, found in rushed.items():
        burst = Burst(BurstKind.THREAD, mark_of(thread))
        # The case is about one to which something objects.
        ordered = sorted(found, key=lambda each: not each.told.is_hostile)
        spread = [Spread(each.comment_id, each.decision_id, judged[each.decision_id], (burst,)) for each in ordered]
        with database.unit() as unit:
            campaigns.collect(unit, spread, now=now)
            unit.commit()
    return len(rushed)


def look_for_tied(database: Database, now: datetime) -> int:
    """Collects texts that accounts which hang together repeat, in however few threads; how many texts.

    Under one article many people say the same or quote the same line: that alone opens nothing. A campaign is opened
    where the signs say one hand, very probably, and accounts share devices or a private contact, or came back.
    """
    since = now - REPEATED_WITHIN
    with database.reading() as look:
        texts = behaviour.repeated(look, since, copies=TIED_COPIES, accounts=LEAST_ACCOUNTS, limit=TEXTS)
        tied = [found for burst in texts if (found := _tied(look, burst, since))]
    for spread in tied:
        with database.unit() as unit:
            campaigns.collect(unit, spread, now=now)
            unit.commit()
    return len(tied)


def _tied(look: Reading, burst: Burst, since: datetime) -> list[Spread]:
    """The copies, where they are to become a campaign or to join theirs; nothing where one has them all, or had."""
    ids = behaviour.comments_of(look, burst, since)[:MOST_WEIGHED]
    known = stored.by_bursts(look, [burst]).get(burst)
    if known is not None and (stored.was_dismissed(look, known.id) or _has_all(look, known.id, ids)):
        return []
    rows = campaign_findings.rows_of(look, ids)
    if not _weighed(look, rows, [_member(row) for row in rows]).is_tied:
        return []
    judged = decisions.latest_of_many(look, [row.comment_id for row in rows])
    return [
        Spread(row.comment_id, found.id, found.decision, (burst,), burst.signature)
        for row in rows
        if (found := judged.get(row.comment_id)) is not None
    ]


def _has_all(look: Reading, campaign_id: str, comment_ids: Sequence[str]) -> bool:
    return set(comment_ids) <= set(stored.comments_of(look, campaign_id, limit=MOST_KNOWN))


def mark_of(thread_id: str) -> int:
    """64 bits that name a thread's rush; the same in every process."""
    return int.from_bytes(hashlib.blake2b(thread_id.encode(), digest_size=8).digest(), "little") or 1


def gathered(look: Reading, campaign_id: str) -> Gathered:
    """The campaign's newest comments, and what their signs come to now. Erased ones are not among them."""
    rows = campaign_findings.members(look, campaign_id, limit=MOST_WEIGHED)
    members = tuple(_member(row) for row in rows)
    return Gathered(tuple(rows), members, _weighed(look, rows, members))


def _weighed(look: Reading, rows: Sequence[MemberRow], members: Sequence[Member]) -> Weighed:
    back = campaign_findings.returned(look, {row.author_index for row in rows if row.author_index})
    return weigh(members, _seen_before(look, rows), back)


def decide(unit: Unit, campaign_id: str, answer: Answer, *, by: str, note: str, now: datetime) -> FindingRecord:
    """What a person says of it; the caller commits.

    Raises `InvalidInputError` without a reason, `ConflictError` where somebody was first, `ForbiddenError`,
    `NotFoundError`.
    """
    who, why = approvals.person(unit, by, needs=approvals.MAY_APPROVE), approvals.words("note", note)
    decided = campaign_findings.decide(unit, campaign_id, answer, by=who, note=why, now=now)
    facts = {"hand": decided.hand.value, "confidence": decided.confidence.value, "evidence": dict(decided.evidence)}
    ledger.append(unit, _entry(f"campaign.{answer}", Actor("user", who), campaign_id, why, facts), now=now)
    return decided


def _member(row: MemberRow) -> Member:
    read = normalise(row.text)
    return Member(
        at=row.created_at.timestamp(),
        text=row.text,
        read=read.canonical.text,
        account=row.author_index,
        thread=row.thread_id,
        contacts=tuple(sorted(private_contacts(read))),
        device=row.device_index,
        network=row.network_index,
    )


def _seen_before(look: Reading, rows: Sequence[MemberRow]) -> dict[str, int] | None:
    began = campaign_findings.first_comment(look)
    if not rows or began is None or rows[0].created_at - began < OLD_ENOUGH:
        return None
    authors, first = {row.author_index for row in rows if row.author_index}, rows[0].created_at
    return campaign_findings.seen_before(look, authors, first - KNOWN_WITHIN, first - KNOWN_UNTIL)


def _note(unit: Unit, campaign_id: str, told: Gathered, size: int, now: datetime) -> None:
    """Keeps it, with an entry where the signs say another hand than the row before."""
    jobs.take_turns(unit, "campaign_findings")  # two workers would each take the other's row for the one before
    before, weighed = campaign_findings.find(unit, campaign_id), told.weighed
    evidence = evidence_of(told)
    values = {"hand": weighed.hand.value, "confidence": weighed.confidence.value, "evidence": evidence, "size": size}
    is_kept = campaign_findings.note(unit, campaign_id, values, now=now)
    if is_kept and (before is None or before.hand is not weighed.hand):
        facts = {"confidence": weighed.confidence.value, "evidence": evidence}
        ledger.append(unit, _entry("campaign.weighed", MACHINE, campaign_id, weighed.hand.value, facts), now=now)


def evidence_of(told: Gathered) -> dict[str, Any]:
    """The evidence in numbers, as it is kept: whoever reads it learns of no account and no text."""
    members = told.members
    contacts = Counter(contact for each in members for contact in each.contacts)
    return {
        "comments": len(members),
        "accounts": len({each.account for each in members if each.account}),
        "threads": len({each.thread for each in members if each.thread}),
        "texts": len({each.text for each in members}),
        "contacts": len(contacts),
        "first_at": told.rows[0].created_at.isoformat() if told.rows else None,
        "last_at": told.rows[-1].created_at.isoformat() if told.rows else None,
        "bits": round(told.weighed.bits, 2),
        "signs": [
            {"name": sign.name.value, "value": round(sign.value, 4), "of": sign.of, "bits": sign.bits}
            for sign in told.weighed.signs
        ],
    }


def accounts_of(told: Gathered) -> list[dict[str, Any]]:
    """The accounts of a campaign, the busiest first: each by the comment by which pages speak of it (`handle`).

    Of contacts, texts and threads how many there are; whoever reads it learns of no pseudonym and no words.
    """
    mine: dict[str, list[tuple[MemberRow, Member]]] = {}
    for row, member in zip(told.rows, told.members, strict=True):
        if row.author_index is not None:
            mine.setdefault(row.author_index, []).append((row, member))
    found = [
        {
            "handle": each[-1][0].comment_id,
            "comments": len(each),
            "texts": len({row.text for row, _ in each}),
            "threads": len({row.thread_id for row, _ in each if row.thread_id}),
            "contacts": len({contact for _, member in each for contact in member.contacts}),
            "first_at": each[0][0].created_at.isoformat(),
            "last_at": each[-1][0].created_at.isoformat(),
        }
        for each in mine.values()
    ]
    return sorted(found, key=lambda each: (-int(str(each["comments"])), str(each["first_at"])))


def times_of(told: Gathered) -> list[dict[str, Any]]:
    """How many comments came in each minute in which any did, and from how many accounts."""
    minutes: dict[datetime, list[MemberRow]] = {}
    for row in told.rows:
        minutes.setdefault(row.created_at.replace(second=0, microsecond=0), []).append(row)
    return [
        {
            "minute": minute.isoformat(),
            "comments": len(rows),
            "accounts": len({row.author_index for row in rows if row.author_index}),
        }
        for minute, rows in sorted(minutes.items())
    ]


def _entry(kind: str, actor: Actor, campaign_id: str, reason: str, facts: dict[str, Any]) -> ledger.Entry:
    return ledger.Entry(kind, actor, "campaign", campaign_id, reason, "campaigns", facts=facts)
