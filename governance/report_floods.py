"""Floods: many reports against one author within a day are a finding with its evidence; a person decides.

Reports of a spammer are many and founded: those are no finding. It is one where what was answered says that they were
not (with 95 % confidence, however few the answers), or where it is too early to say and at least half of them use the
same words. The evidence is numbers: who reports is never shown, and not what they wrote.

Nothing follows by itself. Once a person says that it is a campaign, its reports count as one word in the queue, for a
week; none is dropped, since one of them may be right. Real people who agree beforehand whom to report look much like
people who are angry at the same thing: the finding says how many and how like, and cannot say why.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from governance import approvals
from governance.complaint_rules import ComplaintRules, FloodRules
from governance.reporters import beta_interval
from records import complaints, jobs, ledger, report_floods
from records.ledger import MACHINE, Actor
from records.public_values import ComplaintOutcome, ComplaintRecord, FloodRecord, FloodState
from records.report_floods import Found
from records.unit_of_work import Unit

_HALF = 0.5
_JEFFREYS = 0.5
"""The prior of a share of which nothing is known (Jeffreys)."""


def look(unit: Unit, rules: ComplaintRules, *, now: datetime) -> int:
    """Looks at whoever was reported much of late; how many new findings there are. The caller commits."""
    jobs.take_turns(unit, "report_floods")  # two workers would each find it
    since = now - timedelta(hours=rules.floods.hours)
    count = 0
    for author in complaints.authors_reported(unit, since=since, reports=rules.floods.reports):
        found = _found(unit, author, since, rules.floods)
        if found is not None:
            noted, is_new = report_floods.note(unit, found, now=now)
            count += is_new
            if is_new:
                ledger.append(unit, _entry("report_flood.found", MACHINE, noted, "many reports, one author"), now=now)
    return count


def decide(unit: Unit, flood_id: str, *, is_campaign: bool, by: str, note: str, now: datetime) -> FloodRecord:
    """What a person says of it; the caller commits.

    Raises `InvalidInputError` without a reason, `ConflictError` where somebody was first, `ForbiddenError`,
    `NotFoundError`.
    """
    who, why = approvals.person(unit, by, needs=approvals.MAY_APPROVE), approvals.words("note", note)
    state = FloodState.CONFIRMED if is_campaign else FloodState.DISMISSED
    decided = report_floods.decide(unit, flood_id, state, by=who, note=why, now=now)
    ledger.append(unit, _entry(f"report_flood.{state}", Actor("user", who), decided, why), now=now)
    return decided


def _found(unit: Unit, author: str, since: datetime, rules: FloodRules) -> Found | None:
    """What was counted since then, or since a person last decided about this author."""
    before = report_floods.newest_against(unit, author)
    if before is not None and before.answered_at is not None:
        since = max(since, before.answered_at)
    told = complaints.against(unit, author, since=since)
    evidence = evidence_of(told)
    if evidence["reports"] < rules.reports or evidence["reporters"] < rules.reporters:
        return None
    enough = evidence["judged"] >= rules.judged
    unfounded = enough and evidence["founded_high"] < rules.founded_below
    alike = not enough and evidence["same_words"] >= _HALF * evidence["reports"]
    waits = before is not None and before.state is FloodState.WAITING
    return Found(author, evidence, unfounded, told[0].created_at) if unfounded or alike or waits else None


def evidence_of(told: Sequence[ComplaintRecord]) -> dict[str, Any]:
    """Reports in numbers; `founded_low` and `founded_high` are the 90 % interval of the share that is founded."""
    # A contest is one more report against the author, and says nothing more of what was found about the first.
    reported = [each for each in told if each.contests is None]
    judged = [each for each in reported if each.outcome in (ComplaintOutcome.ACTED, ComplaintOutcome.KEPT)]
    founded = sum((each.outcome is ComplaintOutcome.ACTED) is (each.reversed_at is None) for each in judged)
    low, high = beta_interval(founded + _JEFFREYS, len(judged) - founded + _JEFFREYS)
    words = Counter(_folded(each.note) for each in told if each.note)
    return {
        "reports": len(told),
        "reporters": len({each.reporter_index for each in told}),
        "comments": len({each.comment_id for each in told}),
        "judged": len(judged),
        "founded": founded,
        "founded_low": round(low, 4),
        "founded_high": round(high, 4),
        "same_words": max(words.values(), default=0),
        "busiest_hour": _busiest_hour([each.created_at for each in told]),
        "kinds": dict(Counter(each.kind for each in told)),
        "last_at": told[-1].created_at.isoformat() if told else None,
    }


def _busiest_hour(moments: Sequence[datetime]) -> int:
    """Most reports within any hour; `moments` are in order."""
    most = first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] > timedelta(hours=1):
            first += 1
        most = max(most, last - first + 1)
    return most


def _folded(words: str) -> str:
    """Words without what is changed so that they look different."""
    plain = unicodedata.normalize("NFKC", words).casefold()
    return "".join(char for char in plain if char.isalnum())


def _entry(kind: str, actor: Actor, flood: FloodRecord, reason: str) -> ledger.Entry:
    facts = {"evidence": dict(flood.evidence), "is_unfounded": flood.is_unfounded}
    return ledger.Entry(kind, actor, "report_flood", flood.id, reason, "complaints", facts=facts)
