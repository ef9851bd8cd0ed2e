"""What a decision would have come to had another model scored the same text: everything else stays as it was.

What rules, lists, account and surface asked for is kept, the model's own reasons are replaced; so whatever differs
comes from the model. Thresholds are the other model's own, unless the policy states some, exactly as for the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from moderation.decision import Decision, LabelScore, Outcome, Source
from moderation.policy import Policy, label_outcome, label_scores
from moderation.ports import Thresholds
from moderation.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Shadowed:
    """The outcome with the other model's scores; `cause` is the code of its severest reason, None for a pass."""

    outcome: Outcome
    cause: str | None
    labels: tuple[LabelScore, ...]


def shadowed(
    decision: Decision, policy: Policy, taxonomy: Taxonomy, scores: Sequence[float], chosen: Mapping[str, Thresholds]
) -> Shadowed:
    """`decision` again with these `scores` (the taxonomy's order) and the thresholds that were `chosen` for them."""
    labels = label_scores(policy, taxonomy, scores, chosen)
    kept = [(reason.outcome, reason.code) for reason in decision.reasons if reason.source is not Source.MODEL]
    asked = [*kept, *((label_outcome(label), label.name) for label in labels)]
    outcome, cause = max(asked, key=lambda each: each[0].severity)
    return Shadowed(outcome, None if outcome is Outcome.PASS else cause, labels)


def cause_of(decision: Decision) -> str | None:
    """The code of the severest reason of a decision as it was answered; None for a pass."""
    return None if decision.outcome is Outcome.PASS or not decision.reasons else decision.reasons[0].code
