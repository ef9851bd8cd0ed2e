"""Taking what people wrote out of a record of the house's own: two people say so, and the entry of it says which.

Reasons of holds, requests, incidents and emergencies stand beside the ledger. What names an account by its pseudonym
goes with that account; what names a person otherwise, nobody can find by itself: somebody asks for it here. Why an
account was erased or its records given out goes by itself once its time is over (`governance/retention.py`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from governance import approvals
from governance.approvals import ByKey
from moderation.errors import ConflictError
from records import entry_words, ledger, words_of_house
from records.house_values import ApprovalRecord, ApprovalState
from records.ledger import Actor
from records.unit_of_work import Unit
from records.words_gone import REMOVED
from records.words_of_house import ERASURE, Record
from records.words_taken import by_table

ASKED = "words.remove"
"""The kind of a question whether the words of a record are removed."""

_GROUND = "personal data"


def ask(unit: Unit, entry_id: str, *, by: str | ByKey, why: str, now: datetime) -> ApprovalRecord:
    """Asks a second person; the caller commits. `entry_id` is an entry that the words belong to.

    Raises `NotFoundError` for an entry that has none of the house's, `ConflictError` where they are gone.
    """
    who, reason = approvals.asker(unit, by, needs=approvals.LOOK_AFTER), approvals.words("why", why)
    record = words_of_house.record_of(unit, entry_id)
    if not entry_words.kept_beside(unit, [entry_id]):
        raise ConflictError(f"The words of entry {entry_id} are gone already.")
    facts = {"record": record.kind, "record_id": record.id}
    return approvals.ask(unit, ASKED, entry_id, facts=facts, by=who, why=reason, now=now)


def answer(unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime) -> ApprovalRecord:
    """A second person's word; approved, the words are gone. Raises as `approvals.answer`."""
    asked = approvals.question(unit, approval_id, ASKED, "words of a record")
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=approvals.words("note", note), now=now)
    if answered.state is ApprovalState.APPROVED:
        record = words_of_house.record_of(unit, asked.subject_id)
        facts = {**_forget(unit, record), "asked_by": asked.asked_by, "approval_id": approval_id}
        who = approvals.named(answered.answered_by or "")
        entry = ledger.Entry(REMOVED, who, record.kind, record.id, answered.note or "", _GROUND, facts=facts)
        ledger.append(unit, entry, now=now)
    return answered


def forget_old(unit: Unit, erasure_id: str, *, by: Actor, days: int, now: datetime) -> None:
    """Removes why somebody was erased or their records given out, once its time is over; the entry names which."""
    record = Record(ERASURE, erasure_id)
    facts = {**_forget(unit, record), "days": days}
    entry = ledger.Entry(REMOVED, by, record.kind, record.id, f"kept for {days} days", _GROUND, facts=facts)
    ledger.append(unit, entry, now=now)


def _forget(unit: Unit, record: Record) -> dict[str, Any]:
    """Removes the words; what the entry says of it: by what entries tell of them, and out of which rows they went."""
    told = words_of_house.named(unit, record)
    return {"of": told, "words": by_table(words_of_house.forget(unit, record))}
