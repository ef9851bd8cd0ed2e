"""A program's verdict and its undoing, with the measure that it asks for: `review` and `governance` in one unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from governance import measures
from moderation.errors import ForbiddenError
from moderation.policy import Policy
from moderation.taxonomy import Taxonomy
from records import decisions, verdicts
from records.cases import ESCALATED
from records.unit_of_work import Unit
from records.values import CaseRecord, Judgement, VerdictKind
from review.verdicts import Given, give_verdict, undo
from serving.keys import Caller, Scope
from serving.schemas import VerdictRequest


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What a verdict is held against: the labels and the policies in force."""

    taxonomy: Taxonomy
    policies: Mapping[str, Policy]

    def policy(self, reference: str) -> Policy:
        """The policy that judged, as it now is; the default one where it was removed."""
        return self.policies.get(reference.partition("@")[0], self.policies["default"])


def judgement_of(asked: VerdictRequest) -> Judgement:
    """As `review` takes it. Raises `InvalidInputError` for a measure that this verdict cannot ask for."""
    kind = VerdictKind(asked.verdict)
    if asked.measure is not None:
        measures.checked(asked.measure, kind)
    return Judgement(
        verdict=kind,
        labels=tuple(asked.labels),
        measure=asked.measure,
        span=asked.span.span() if asked.span else None,
        note=asked.note,
        confidence=asked.confidence,
    )


def decide(
    unit: Unit, rulebook: Rulebook, case_id: str, asked: VerdictRequest, *, moderator: str, now: datetime
) -> Given:
    """Gives the verdict and writes the measure it asks for; the caller commits. Raises as `give_verdict` does."""
    given = give_verdict(
        unit,
        rulebook.taxonomy.names,
        case_id,
        judgement_of(asked),
        moderator=moderator,
        token=asked.lease_token,
        now=now,
    )
    if given.verdict.measure is not None:
        decision = given.decision.decision
        measures.request_for_verdict(
            unit,
            given.verdict,
            reason=measures.reason_of(rulebook.taxonomy, given.verdict.labels),
            ground=measures.ground_of(rulebook.policy(decision.versions.policy), given.verdict.labels),
            versions=decision.versions,
            now=now,
        )
    return given


def take_back(unit: Unit, case_id: str, *, moderator: str, now: datetime) -> CaseRecord:
    """Undoes the verdict and withdraws its measure; the caller commits. Raises as `undo` does."""
    verdict = verdicts.last_of_case(unit, case_id)
    case = undo(unit, case_id, moderator=moderator, now=now)
    if verdict is not None and verdict.measure is not None:
        versions = decisions.get(unit, verdict.decision_id).decision.versions
        measures.withdraw_for_verdict(unit, verdict, reason="the verdict was taken back", versions=versions, now=now)
    return case


def check_queue(caller: Caller, queue: str | None) -> None:
    """Escalated cases are for those who may decide more: of keys, those with scope `admin`."""
    if queue == ESCALATED and Scope.ADMIN not in caller.scopes:
        raise ForbiddenError("Escalated cases need a key with scope 'admin', or a senior moderator in the console.")
