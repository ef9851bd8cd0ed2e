"""Which decisions open a case, where it waits, and how urgent it is.

Whatever the machine answered with `review` waits for a person, in the queue of its surface. What would be gravest comes
first: priority is the most that any suspicion comes to, which is how far its label stands above the review threshold (0
at the threshold, 1 at certainty) plus how grave it would be (`[harm]` of `configs/queues.toml`), and one more
where a rule, a list or an account brought it here whatever the model thinks, since somebody wrote that rule for a
reason. A comment held because something did not answer (`degraded`) has half a point: nobody suspects it, but on a
surface that is seen first it is hidden from its readers until a person has looked.
"""

from __future__ import annotations

from dataclasses import dataclass

from moderation.comment import Comment
from moderation.decision import Decision, LabelScore, Outcome, Reason, Source
from records.house_queues import Harm

_WRITTEN = {Source.RULE, Source.LIST, Source.ACCOUNT}


_FINDERS = _WRITTEN | {Source.BEHAVIOUR}


@dataclass(frozen=True, slots=True)
class Opening:
    """What a new case says of itself. `unsureness` is 0 where the model is sure, 1 where it might toss a coin."""

    queue: str
    label: str | None
    why: str
    priority: float
    unsureness: float = 0.0
    threatens: bool = False
    """Whether what is suspected may threaten life or safety: no flagger's notice overtakes it."""


def opening_of(comment: Comment, decision: Decision, harm: Harm) -> Opening | None:
    """The case that this decision asks for; None where it asks for none."""
    if decision.outcome is not Outcome.REVIEW:
        return None
    return suspicion(comment.context.surface, decision, harm)


def suspicion(queue: str, decision: Decision, harm: Harm) -> Opening:
    """What a case about this decision says, whoever opens it."""
    label = suspected_label(decision)
    why = next((r.code for r in decision.reasons if r.outcome is decision.outcome), label or "unjudged")
    priority, unsure = _priority(decision, harm), unsureness_of(decision, label)
    return Opening(queue, label, why, priority, unsure, threatens_life(decision, harm))


def threatens_life(decision: Decision, harm: Harm) -> bool:
    """Whether a label, a ground or a rule of what is suspected is one of `[harm] life`."""
    suspected = [one.name for one in decision.labels if one.score >= one.review_threshold]
    told = [reason for reason in decision.reasons if reason.outcome is not Outcome.PASS]
    return any(harm.threatens(name) for name in suspected) or any(
        harm.threatens(reason.code, reason.ground, reason.rule_id) for reason in told
    )


def suspected_label(decision: Decision) -> str | None:
    """The label of the severest reason, else the one whose score stands highest above its review threshold."""
    names = {label.name for label in decision.labels}
    named = [reason for reason in decision.reasons if reason.code in names and reason.outcome is not Outcome.PASS]
    if named:
        return max(named, key=lambda reason: reason.outcome.severity).code
    above = [label for label in decision.labels if label.score >= label.review_threshold]
    return max(above, key=_excess).name if above else None


def suspects_harm(decision: Decision) -> bool | None:
    """What the machine thought: True harmful, False harmless, None where it held a comment without suspecting it.

    A block says harmful and a pass harmless; one that the policy alone asks for (comments are closed in an emergency)
    says nothing of the comment. A review is an opinion too where a label reached its review threshold or a
    rule, list, account or behaviour spoke; a surface whose every comment waits for a person, or a model that did not
    answer, is none.
    """
    if decision.outcome is Outcome.PASS:
        return False
    if decision.outcome is Outcome.BLOCK:
        blocking = [r for r in decision.reasons if r.outcome is Outcome.BLOCK]
        return None if blocking and all(r.source is Source.POLICY for r in blocking) else True
    found = any(r.source in _FINDERS and r.outcome is not Outcome.PASS for r in decision.reasons)
    return True if found or suspected_label(decision) is not None else None


def _priority(decision: Decision, harm: Harm) -> float:
    suspected = [_excess(one) + harm.of(one.name) for one in decision.labels if one.score >= one.review_threshold]
    suspected += [
        harm.of(reason.code, reason.ground, reason.rule_id)
        for reason in decision.reasons
        if reason.outcome is not Outcome.PASS and reason.source is not Source.POLICY
    ]
    worst = max(suspected, default=0.0)
    by_people = any(r.source in _WRITTEN and r.outcome is not Outcome.PASS for r in decision.reasons)
    return round(worst + by_people + decision.degraded * 0.5, 6)


def worst_of(decision: Decision, harm: Harm) -> Reason | None:
    """Of all that is held against it the reason of what would be gravest, by what its priority is made of."""
    scores = {one.name: one for one in decision.labels}

    def weight(reason: Reason) -> float:
        score = scores.get(reason.code)
        excess = _excess(score) if score is not None and reason.source is Source.MODEL else 0.0
        return harm.of(reason.code, reason.ground, reason.rule_id) + excess + (reason.source in _WRITTEN)

    told = [one for one in decision.reasons if one.outcome is not Outcome.PASS and one.source is not Source.POLICY]
    return max(told, key=weight, default=None)


def unsureness_of(decision: Decision, label: str | None) -> float:
    """How near a toss-up the model's score for the suspected label is; 0 where nothing is suspected."""
    score = next((each.score for each in decision.labels if each.name == label), 0.0)
    return round(1 - abs(2 * score - 1), 6)


def _excess(label: LabelScore) -> float:
    """0 at or below the review threshold, 1 at a score of 1."""
    room = 1.0 - label.review_threshold
    return max(0.0, label.score - label.review_threshold) / room if room > 0 else 0.0
