"""What a second person sees of a measure beside its terms: its comment, the ladder, what was before, credit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from console.harshness import Heeded, harsh_together
from console.marks import Piece, pieces
from console.permissions import Action
from console.visit import Visit
from governance.measure_context import Context, context_of
from records import comments, decisions
from records.standing_values import MeasureRecord
from records.unit_of_work import Reading


@dataclass(frozen=True, slots=True)
class Cause:
    """The comment for which an account is measured; `text` None once erased, `harsh` why it is blurred at first."""

    text: tuple[Piece, ...] | None
    lang: str
    harsh: tuple[str, ...]
    link: str | None


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
    """Of one that waits."""
    context = context_of(look, made, visit.parts.policies(), now=visit.now)
    credit, rung = context.credit, context.rung
    step = ""
    if rung is not None:
        days = "" if rung.step.days is None else f" {visit.words('approvals.days', n=f'{rung.step.days:g}')}"
        step = visit.words.name_of("measure", rung.step.measure) + days
    return AskedMeasure(
        context,
        None if made.cause_id is None else _cause(look, visit, made.cause_id),
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


def _cause(look: Reading, visit: Visit, comment_id: str) -> Cause:
    comment, record = comments.get(look, comment_id), decisions.latest_of(look, comment_id)
    heeded = Heeded(visit.parts.taxonomy, visit.parts.complaints, visit.preferences.locale)
    harsh = harsh_together(look, heeded, [record], told=[comment_id])[comment_id]
    link = visit.url(f"/decisions/{record.id}") if visit.may(Action.SEE_DECISION) else None
    return Cause(None if comment.text is None else pieces(comment.text), comment.lang, harsh, link)
