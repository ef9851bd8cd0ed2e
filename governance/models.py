"""A model becomes champion with the words of as many second people as the gate asks for.

    wanted     what the words of others are asked for: this bundle, in place of this champion, through this gate
    ask        asks for the next of them
    answer     a second person's word; where more are needed, the next question is asked at once
    consents   who has said yes to exactly this

The words are kept here, in the records; the champion's pointer is a file, and MLflow's alias stands in a server that
this column knows nothing of. So nothing moves here: `chaffinch promote` moves both once the words are there, and looks
again whether the gate's answer still holds. A yes to one bundle in place of one champion is none to any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from governance import approvals
from governance.approvals import ASKED_FROM, ByKey
from moderation.errors import ForbiddenError
from records import approvals as questions
from records.house_values import ApprovalRecord, ApprovalState
from records.unit_of_work import Reading, Unit

CHAMPION: Final = "model.champion"
"""The kind of a question whether a model may become champion."""

ANSWERED_FROM: Final = "answered_by_os_users"
"""The fact of a question that goes on: from which accounts of the operating system a yes was typed before."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked: `bundle`, `champion` (empty for the first) and `gate` are hashes, `needed` the people it takes."""

    version: str
    bundle: str
    champion: str
    gate: str
    needed: int

    @property
    def subject(self) -> str:
        """As questions name it."""
        return f"chaffinch@{self.version}"


def ask(unit: Unit, wanted: Wanted, *, sentence: str, by: str, why: str, now: datetime) -> ApprovalRecord:
    """Asks for the next second person; what was asked before of another bundle, champion or gate is overtaken.

    Raises `ConflictError` where one is asked already, `ForbiddenError` for who may change nothing, `InvalidInputError`
    without a name or a reason.
    """
    who, reason = approvals.person(unit, by), approvals.words("why", why)
    if any(not _is_about(each, wanted) for each in _waiting(unit, wanted.subject)):
        questions.overtake(unit, wanted.subject, now=now)
    facts = asdict(wanted) | {"sentence": sentence}
    return approvals.ask(unit, CHAMPION, wanted.subject, facts=facts, by=who, why=reason, now=now)


def waiting(look: Reading, wanted: Wanted) -> ApprovalRecord | None:
    """The question about exactly this that waits, if there is one."""
    return next((each for each in _waiting(look, wanted.subject) if _is_about(each, wanted)), None)


def consents(look: Reading, wanted: Wanted) -> list[ApprovalRecord]:
    """The yeses to exactly this, the oldest first; one person's second word counts once."""
    said: list[ApprovalRecord] = []
    for each in questions.about(look, CHAMPION, wanted.subject, state=ApprovalState.APPROVED):
        if _is_about(each, wanted) and not _said_already(look, each.answered_by or "", said):
            said.append(each)
    return said


def answer(unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime) -> ApprovalRecord:
    """A second person's word on a model; where it is a yes and more people are needed, the next is asked for.

    Raises `ForbiddenError` for who asked or has said yes to this already, `ConflictError` where it is settled,
    `NotFoundError`.
    """
    asked = approvals.question(unit, approval_id, CHAMPION, "a model")
    before = consents(unit, wanted := _wanted(asked))
    _check_account(unit, asked)
    told = approvals.words("note", note)
    answered = approvals.answer(unit, approval_id, by=by, approve=approve, note=told, now=now)
    if _said_already(unit, answered.answered_by or "", before):
        raise ForbiddenError(f"{answered.answered_by} has approved this already: somebody else has to answer.")
    if answered.state is ApprovalState.APPROVED and len(before) + 1 < wanted.needed:
        _go_on(unit, asked, now)
    return answered


def _check_account(unit: Unit, asked: ApprovalRecord) -> None:
    """A command line believes names: two of them from one account are no two people. Raises `ForbiddenError`."""
    if unit.os_user is not None and unit.os_user in asked.facts.get(ANSWERED_FROM, ()):
        raise ForbiddenError(
            f"The user {unit.os_user} of the operating system has approved this already; the next person answers from "
            "another account, or where they prove who they are: in the console under Approvals."
        )


def _go_on(unit: Unit, asked: ApprovalRecord, now: datetime) -> None:
    """The same question for the next person, still in the name of who asked first."""
    typed = [] if unit.os_user is None else [unit.os_user]
    facts = {**asked.facts, ANSWERED_FROM: [*asked.facts.get(ANSWERED_FROM, ()), *typed]}
    if ASKED_FROM not in facts:
        facts[ASKED_FROM] = ""  # it was asked over the network: whoever types an answer did not ask it
    approvals.ask(unit, CHAMPION, asked.subject_id, facts=facts, by=asked.asked_by, why=asked.why, now=now)


def _waiting(look: Reading, subject: str) -> list[ApprovalRecord]:
    return [each for each in questions.waiting(look, subject_id=subject) if each.kind == CHAMPION]


def _wanted(asked: ApprovalRecord) -> Wanted:
    told = asked.facts
    return Wanted(told["version"], told["bundle"], told["champion"], told["gate"], told["needed"])


def _is_about(asked: ApprovalRecord, wanted: Wanted) -> bool:
    return _wanted(asked) == wanted


def _said_already(look: Reading, who: str, said: Sequence[ApprovalRecord]) -> bool:
    return any(approvals.is_one_hand(look, who, each.answered_by or "") for each in said)
