"""What a neutrality audit found is a question to people: somebody looks into it and says what came of it.

The report lies below the home, where whoever can write there can alter it. So what it came to is read out of the ledger
(`chaffinch/neutrality_audit.py` writes the entry), and the answer is an entry too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from governance import approvals
from moderation.errors import ConflictError, NotFoundError
from records import ledger
from records.unit_of_work import Reading, Unit

AUDITED = "neutrality.audited"
ANSWERED = "neutrality.answered"
SUBJECT = "neutrality"


@dataclass(frozen=True, slots=True)
class Standing:
    """What an audit came to, and what somebody said of its findings."""

    comments: int
    compared: int
    findings: int
    answered_by: str | None
    answer: str | None
    answered_at: str | None

    @property
    def is_open(self) -> bool:
        """Whether somebody has to say something of it."""
        return self.findings > 0 and self.answered_by is None


def standing(look: Reading, at: str) -> Standing | None:
    """Of the audit that was made at this moment, as its report writes it; None where the ledger knows of none."""
    audited, answered = ledger.last(look, AUDITED, at), ledger.last(look, ANSWERED, at)
    if audited is None:
        return None
    told = json.loads(audited.body)["facts"]
    said: dict[str, Any] = json.loads(answered.body) if answered else {}
    return Standing(
        comments=int(told["comments"]),
        compared=int(told["compared"]),
        findings=int(told["findings"]),
        answered_by=said["actor"]["id"] if said else None,
        answer=said.get("reason"),
        answered_at=said.get("at"),
    )


def answer(unit: Unit, at: str, *, by: str, note: str, now: datetime) -> str:
    """The entry: what was looked into, and what was done. The caller commits.

    Raises `InvalidInputError` without words, `NotFoundError` for an audit that the ledger does not know,
    `ConflictError` where there is nothing to answer or somebody did.
    """
    who, said = approvals.person(unit, by, needs=approvals.MAY_APPROVE), approvals.words("note", note)
    found = standing(unit, at)
    if found is None:
        raise NotFoundError("The ledger knows of no such audit: run chaffinch audit neutrality --groups FILE.")
    if not found.is_open:
        told = f"{found.answered_by} answered it" if found.answered_by else "it found nothing"
        raise ConflictError(f"There is nothing to answer: {told}.")
    facts = {"findings": found.findings}
    entry = ledger.Entry(ANSWERED, ledger.Actor("user", who), SUBJECT, at, said, "cn-2017:7", facts=facts)
    return ledger.append(unit, entry, now=now)
