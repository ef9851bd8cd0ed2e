"""Taking an escalation back within ten seconds: a slip of the finger is no decision, with this key as with the others.

Whose it was, when and from which queue stands in the ledger, so that nothing else needs to be kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from moderation.errors import ConflictError, NotFoundError
from records import case_words, cases, comments, leases, ledger
from records.house_values import LedgerEntry
from records.ledger import Actor, Entry
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CaseState, Purpose
from review.queue import until
from review.verdicts import UNDO_WITHIN

CLAIMED, ESCALATED = "case.claimed", "case.escalated"


@dataclass(frozen=True, slots=True)
class Escalation:
    """One that may still be taken back: its case, the queue it came from, and for how long still."""

    case: CaseRecord
    queue: str
    left: timedelta


def find(look: Reading, case_id: str, moderator: str, *, now: datetime) -> Escalation | None:
    """The moderator's escalation of this case, if it was the last thing that happened to it, a moment ago."""
    try:
        case = cases.get(look, case_id)
    except NotFoundError:
        return None
    return _of(look, case, moderator, now)


def take_back(unit: Unit, case_id: str, moderator: str, *, now: datetime) -> CaseRecord:
    """The case in the moderator's hands again, of the queue it came from; the caller commits.

    Raises `ConflictError` where it is too late, not theirs, or the case went on, and `NotFoundError`.
    """
    comments.lock(unit, cases.get(unit, case_id).comment_id)  # the comment before the case, as everywhere
    case = cases.lock(unit, case_id)
    found = _of(unit, case, moderator, now)
    if found is None:
        raise ConflictError("This escalation can no longer be taken back: the case is with the seniors.")
    back = leases.put_back(unit, case, queue=found.queue)
    case_words.take_back(unit, case_id, moderator)
    ledger.append(unit, _entry(back, moderator), now=now)
    return leases.lease(unit, case_id, moderator, expires_at=until(unit, back, now=now))


def _of(look: Reading, case: CaseRecord, moderator: str, now: datetime) -> Escalation | None:
    is_known = case.purpose is Purpose.GOLD and case.state is CaseState.CLOSED  # nothing tells it from the others
    if case.state is not CaseState.ESCALATED and not is_known:
        return None
    history = _history(look, case.id)
    last = history[-1] if history else None
    if last is None or last.kind != ESCALATED or json.loads(last.body)["actor"]["id"] != moderator:
        return None
    left = UNDO_WITHIN - (now - last.created_at)
    return Escalation(case, _queue_before(look, case, history), left) if left > timedelta(0) else None


def _history(look: Reading, case_id: str) -> list[LedgerEntry]:
    entries, cursor = list[LedgerEntry](), None
    while True:
        page = ledger.page(look, subject_id=case_id, limit=200, cursor=cursor)
        entries.extend(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return entries


def _queue_before(look: Reading, case: CaseRecord, history: list[LedgerEntry]) -> str:
    """Where it was claimed from; a case that was opened in somebody's hands belongs to its surface."""
    claims = [entry for entry in history if entry.kind == CLAIMED]
    if claims:
        return str(json.loads(claims[-1].body)["facts"]["queue"])
    return comments.get(look, case.comment_id).surface


def _entry(case: CaseRecord, moderator: str) -> Entry:
    return Entry(
        kind="case.escalation_undone",
        actor=Actor("moderator", moderator),
        subject_kind="case",
        subject_id=case.id,
        reason="taken back within ten seconds",
        ground="",
        facts={"queue": case.queue, "comment_id": case.comment_id, "decision_id": case.decision_id},
    )
