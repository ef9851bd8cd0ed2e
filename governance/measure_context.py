"""What a second person sees of a measure before they say yes: what it is for, what was before, what holds already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from governance import credit, once
from moderation.credit import Explained
from moderation.decision import Outcome
from moderation.ladder import Step
from moderation.policy import Policy
from records import decisions, measures
from records.standing_values import MeasureRecord
from records.unit_of_work import Reading

EARLIER = 10
"""Earlier measures that are shown, the newest."""


@dataclass(frozen=True, slots=True)
class Rung:
    """Where the ladder of the policy stands for it: the step that comes next, its number, of how many."""

    step: Step
    number: int
    of: int
    is_it: bool
    """Whether the measure is that step, and not another that somebody named."""


@dataclass(frozen=True, slots=True)
class Context:
    """`cause_outcome` is what holds of the comment it is for; `holds` what makes a yes do nothing."""

    cause_outcome: Outcome | None
    rung: Rung | None
    earlier: tuple[MeasureRecord, ...]
    earlier_count: int
    holds: MeasureRecord | None
    replaces: MeasureRecord | None
    credit: Explained | None


def context_of(look: Reading, made: MeasureRecord, policies: Mapping[str, Policy], *, now: datetime) -> Context:
    """Of one measure that waits; on a comment or a thread without ladder and credit."""
    policy = policies.get((made.policy or "").partition("@")[0])
    before = [each for each in measures.beside(look, made) if each.starts_at is not None]
    return Context(
        cause_outcome=None if made.cause_id is None else decisions.latest_of(look, made.cause_id).outcome,
        rung=None if policy is None else _rung(look, made, policy, now),
        earlier=tuple(before[:EARLIER]),
        earlier_count=len(before),
        holds=once.in_the_way(look, made, now=now),
        replaces=None if made.replaces is None else measures.get(look, made.replaces),
        credit=_credit(look, made, policy, now),
    )


def _rung(look: Reading, made: MeasureRecord, policy: Policy, now: datetime) -> Rung | None:
    ladder = policy.ladder
    if ladder is None or made.author_id is None:
        return None
    taken = once.rungs(look, made.author_id, now - timedelta(days=ladder.counted_days), cause_id=made.cause_id)
    step = ladder.step_after(taken)
    is_it = (step.measure, step.days, step.closed) == (made.measure, made.days, made.closed)
    return Rung(step, min(taken + 1, len(ladder.steps)), len(ladder.steps), is_it)


def _credit(look: Reading, made: MeasureRecord, policy: Policy | None, now: datetime) -> Explained | None:
    if policy is None or policy.credit is None or made.author_id is None:
        return None
    return credit.explain(look, made.author_id, policy.credit, now=now)
