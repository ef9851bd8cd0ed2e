"""What a page says of a verdict over many: where it stands, who took it back, and what became of each comment."""

from __future__ import annotations

import json
from datetime import datetime

from console.people import display_name, name_of
from console.words import Words
from governance import bulk
from records import approvals, ledger
from records.bulk import BulkRecord, BulkState, MemberState
from records.house_values import ApprovalState
from records.unit_of_work import Reading
from review.verdicts import UNDO_WITHIN

STATES = {
    BulkState.WAITING: "bulk.waiting",
    BulkState.RUNNING: "bulk.running",
    BulkState.DONE: "bulk.done",
    BulkState.REFUSED: "bulk.refused",
    BulkState.WITHDRAWING: "bulk.withdrawing",
    BulkState.WITHDRAWN: "bulk.withdrawn",
}
_MEMBERS = {
    MemberState.PENDING: "bulk.pending",
    MemberState.DECIDED: "bulk.decided",
    MemberState.DECIDED_BEFORE: "bulk.decided_before",
    MemberState.CHANGED: "bulk.changed",
    MemberState.ERASED: "bulk.erased",
    MemberState.ESCALATED: "bulk.escalated",
    MemberState.OPENED_AGAIN: "bulk.opened_again",
    MemberState.ASKED: "bulk.asked_already",
    MemberState.LEFT: "bulk.left",
    MemberState.FAVOURED: "bulk.favoured",
    MemberState.SETTLED: "bulk.settled",
}
STOPPED = (BulkState.REFUSED, BulkState.WITHDRAWN, BulkState.WITHDRAWING)
"""States of what decides nothing more, whatever it had left."""


def became_of(made: BulkRecord, state: MemberState) -> str:
    """The word for what became of a comment: of a verdict that was stopped nothing is still to come."""
    if state is MemberState.PENDING and made.state in STOPPED:
        return "bulk.not_decided"
    return _MEMBERS[state]


def standing(look: Reading, made: BulkRecord, words: Words, *, now: datetime) -> str:
    """Where it stands, in a sentence; of what was taken back also by whom and when."""
    if made.state is BulkState.RUNNING and now - made.created_at >= UNDO_WITHIN:
        return words("bulk.begun")
    if made.state not in (BulkState.WITHDRAWING, BulkState.WITHDRAWN):
        return words(STATES[made.state])
    back = _taken_back(look, made, words)
    return f"{back} {words('bulk.opening_again')}" if made.state is BulkState.WITHDRAWING else back


def _taken_back(look: Reading, made: BulkRecord, words: Words) -> str:
    """As the ledger has it; else by whoever withdrew the question to the second person."""
    if entry := bulk.taken_back(look, made):
        told = json.loads(entry.body)
        if told["actor"]["kind"] == ledger.MACHINE.kind:
            return words("bulk.unanswered", at=_at(entry.created_at))
        return words("bulk.taken_back_by", name=display_name(look, told["actor"]["id"]), at=_at(entry.created_at))
    for asked in approvals.of_subject(look, made.id, state=ApprovalState.WITHDRAWN):
        return words("bulk.taken_back_by", name=name_of(look, asked.answered_by), at=_at(asked.answered_at))
    return words(STATES[made.state])


def _at(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
