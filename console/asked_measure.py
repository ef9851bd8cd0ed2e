"""What a second person sees of a measure beside its terms: its comment, the ladder, what was before, credit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from console.cause_view import Cause, cause_of
from console.visit import Visit
from governance.measure_context import Context, context_of
from records.standing_values import MeasureRecord
from records.unit_of_work import Reading


@dataclass(frozen=True, slots=True)
class AskedMeasure:
    """The context with its comment as pages show it, and what credit and the ladder's step are called.

    `held` and `waiting` are in words what holds the account now, and what else waits for a second person.
    """

    context: Context
    cause: Cause | None
    level: str
    step: str
    held: str
    waiting: str


def asked_measure(look: Reading, visit: Visit, made: MeasureRecord) -> AskedMeasure:
    """Of one that waits, or is appealed."""
    context = context_of(look, made, visit.parts.policies(), now=visit.now)
    credit, rung = context.credit, context.rung
    step = ""
    if rung is not None:
        days = "" if rung.step.days is None else f" {visit.words('approvals.days', n=f'{rung.step.days:g}')}"
        step = visit.words.name_of("measure", rung.step.measure) + days
    return AskedMeasure(
        context,
        cause_of(look, visit, made),
        "" if credit is None else getattr(credit.level.title, visit.preferences.locale),
        step,
        called(visit, context.held),
        called(visit, context.waiting),
    )


def called(visit: Visit, measures: Iterable[MeasureRecord]) -> str:
    """Measures by their names, each with the day until which it holds; nothing of none."""
    return visit.words("work.comma").join(_called(visit, each) for each in measures)


def _called(visit: Visit, made: MeasureRecord) -> str:
    name = visit.words.name_of("measure", made.measure)
    if made.ends_at is not None:
        return visit.words("standing.until", measure=name, day=made.ends_at.strftime("%Y-%m-%d"))
    return name if made.days is None else f"{name} {visit.words('approvals.days', n=f'{made.days:g}')}"
