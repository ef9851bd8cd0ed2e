"""What a second person sees of a measure before they say yes: what it is for, what was before, what holds already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from governance import credit, once
from moderation.credit import Explained
from moderation.decision import Outcome
from moderation.ladder import Step
from moderation.policy import Policy
from records import decisions, measures
from records.standing_values import MeasureRecord, MeasureState
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
    """`cause_outcome` is what holds of the comment it is for; `holds` what makes a yes do nothing.

    `held` holds the account now, the harshest first; `waiting` else waits for a second person.
    """

    cause_outcome: Outcome | None
    rung: Rung | None
    earlier: tuple[MeasureRecord, ...]
    earlier_count: int
    holds: MeasureRecord | None
    replaces: MeasureRecord | None
    held: tuple[MeasureRecord, ...]
    waiting: tuple[MeasureRecord, ...]
    credit: Explained | None


def context_of(look: Reading, made: MeasureRecord, policies: Mapping[str, Policy], *, now: datetime) -> Context:
    """Of one measure that waits, or is looked at anew; on a comment or a thread without ladder and credit.

    What holds already is no step that comes next, and nothing that is in its own way.
    """
    waits = made.state is MeasureState.WAITING
    policy = policies.get((made.policy or "").partition("@")[0])
    before = [each for each in measures.beside(look, made) if each.starts_at is not None]
    return Context(
        cause_outcome=None
        if made.cause_id is None
        else decisions.of_text_at(look, made.cause_id, made.created_at).outcome,
        rung=None if policy is None or not waits else _rung(look, made, policy, now),
        earlier=tuple(before[:EARLIER]),
        earlier_count=len(before),
        holds=once.in_the_way(look, made, now=now) if waits else None,
        replaces=None if made.replaces is None else measures.get(look, made.replaces),
        held=tuple(each for each in _held(look, made, now) if each.id != made.id),
        waiting=tuple(each for each in _waiting(look, made) if each.id != made.id),
        credit=_credit(look, made, policy, now),
    )


def _held(look: Reading, made: MeasureRecord, now: datetime) -> list[MeasureRecord]:
    return once.holding(look, made.author_id, now=now) if made.author_id else []


def _waiting(look: Reading, made: MeasureRecord) -> list[MeasureRecord]:
    return once.waiting(look, made.author_id) if made.author_id else []


def _rung(look: Reading, made: MeasureRecord, policy: Policy, now: datetime) -> Rung | None:
    ladder = policy.ladder
    if ladder is None or made.author_id is None:
        return None
    place = once.place_on(look, made.author_id, ladder, now=now, cause_id=made.cause_id, but=made.replaces)
    step = ladder.steps[place]
    is_it = (step.measure, step.days, step.closed) == (made.measure, made.days, made.closed)
    return Rung(step, place + 1, len(ladder.steps), is_it)


def _credit(look: Reading, made: MeasureRecord, policy: Policy | None, now: datetime) -> Explained | None:
    if policy is None or policy.credit is None or made.author_id is None:
        return None
    return credit.explain(look, made.author_id, policy.credit, now=now)
