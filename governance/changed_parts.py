"""Files that decide and are not as shipped: who stands for them, two people or nobody.

Whoever may write to `CHAFFINCH_CONFIGS` asks nobody first. One person says what was changed and why (`ask`), another
agrees; that holds for just these files: with the next letter that changes, nobody stands for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from governance import approvals, reach
from governance.approvals import ByKey
from governance.beginning import beginnings, unread
from governance.rules import as_document
from moderation.decision import Outcome
from moderation.errors import ConflictError, InvalidInputError
from moderation.rules import RuleState
from moderation.shipped import digest_of
from moderation.taxonomy import Words
from records import approvals as questions
from records import epoch, rule_packs, rules
from records.house_values import ApprovalRecord, ApprovalState, EpochPart, RuleVersionRecord
from records.ledger import MACHINE
from records.unit_of_work import Reading, Unit

ASKED = rule_packs.AGREED
"""The question to a second person whether files that were changed here may decide."""


def ask(
    unit: Unit, differs: Mapping[str, str], *, by: str, why: str, now: datetime, of_laws: Sequence[Words] = ()
) -> ApprovalRecord:
    """Asks for a second person, who reads `of_laws`: what legal profiles no longer ask as they were shipped.

    Rules that would begin to block are counted over the comments of late (`reach`).

    Raises `InvalidInputError` where nothing differs, `ConflictError` where it is asked, or no server took up a pack.
    """
    who, reason = approvals.person(unit, by, needs=approvals.MAY_APPROVE), approvals.words("why", why)
    if not differs:
        raise InvalidInputError("Every file that decides is as shipped: there is nothing to stand for.", [])
    _check_read(unit, differs)
    facts: dict[str, Any] = {"parts": dict(differs)}
    if begins := beginnings(unit, differs):
        facts["reaches"] = reach.of_rules(unit, {each.rule.id: as_document(each.rule) for each in begins}, now=now)
    if of_laws:
        facts["of_laws"] = [each.as_dict() for each in of_laws]
    return approvals.ask(unit, ASKED, digest_of(differs), facts=facts, by=who, why=reason, now=now)


def answer(unit: Unit, approval_id: str, *, by: str | ByKey, approve: bool, note: str, now: datetime) -> ApprovalRecord:
    """A second person's word. Agreed, rules of these packs block that only held comments until then.

    Raises `ConflictError` where a pack cannot be read by who agrees, since no server ever took it up.
    """
    if approve:
        _check_read(unit, questions.get(unit, approval_id).facts["parts"])
    told = approvals.answer(unit, approval_id, by=by, approve=approve, note=approvals.words("note", note), now=now)
    if told.state is ApprovalState.APPROVED:
        epoch.bump(unit, EpochPart.RULES)
    return told


def _check_read(look: Reading, parts: Mapping[str, str]) -> None:
    """Raises `ConflictError` where somebody would agree to rules that nobody can show them."""
    if unknown := unread(look, parts):
        raise ConflictError(
            f"No server took up {', '.join(unknown)} with this text, so a second person cannot be shown its rules. A "
            "server on these files does, two seconds after they were written (chaffinch doctor says what keeps it)."
        )


def stands(look: Reading, differs: Mapping[str, str]) -> ApprovalRecord | None:
    """The question by which two people stand for just these files; None where nobody does."""
    agreed = questions.about(look, ASKED, digest_of(differs), state=ApprovalState.APPROVED)
    return agreed[-1] if agreed else None


def approved(look: Reading, version: RuleVersionRecord) -> ApprovalRecord | None:
    """The question by which a second person let a rule go live or stay, in this version."""
    for each in questions.of_subject(look, version.rule_id, state=ApprovalState.APPROVED):
        asked_of = each.facts.get("version")
        if (each.kind, asked_of) in (("rule.live", version.version - 1), ("rule.stays", version.version)):
            return each
    return None


def live_by_one(look: Reading) -> list[RuleVersionRecord]:
    """Rules of the database that hold or block by one person's word; those that the machine brought back are not."""
    return [
        each
        for each in rules.all_held(look)
        if each.state is RuleState.LIVE
        and each.document.get("action") in (Outcome.REVIEW, Outcome.BLOCK)
        and each.author != MACHINE.id
        and each.untried_until is None
        and approved(look, each) is None
    ]
