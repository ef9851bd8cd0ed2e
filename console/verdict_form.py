"""What a form of a verdict says, on the work page of one case and on the pages of many."""

from __future__ import annotations

from console.refusals import RefusalError
from console.spans import span_in
from console.visit import Visit
from governance import answering
from moderation.errors import Fault, InvalidInputError
from records import cases, comments
from records.cases import DISAGREEMENT
from records.unit_of_work import Unit
from records.values import Judgement, VerdictKind

CONFIDENCES = {"sure": 0.95, "fairly": 0.75, "barely": 0.55}
"""What a moderator can say of how sure they are; nothing said is nothing known."""


def judgement(unit: Unit, visit: Visit, case_id: str, kind: VerdictKind) -> Judgement:
    """What the form says. A measure, an answer or words chosen before another button was pressed say nothing."""
    form, case = visit.form, cases.get(unit, case_id)
    if case.why == DISAGREEMENT and kind is not VerdictKind.UNSURE and not note(visit).strip():
        raise InvalidInputError("The verdict cannot be used.", [Fault("/note", "say why, in a sentence")])
    text = comments.get(unit, case.comment_id).text or ""
    is_reject = kind is VerdictKind.REJECT
    outcome = answering.outcome_of(kind, case)
    fitting = [] if outcome is None else visit.parts.complaints.fitting(answering.whom(case), outcome)
    return Judgement(
        verdict=kind,
        # Doubt has no labels; ticks beside "approve" contradict it, and the check says so.
        labels=() if kind is VerdictKind.UNSURE else form.all("labels"),
        ground=None if kind is VerdictKind.UNSURE else form.one("ground") or None,
        measure=(form.one("measure") or None) if is_reject else None,
        span=span_in(text, place=form.one("span"), words=form.one("words")) if is_reject else None,
        note=note(visit) or None,
        confidence=_confidence(form.one("confidence")),
        answer=next((name for name in form.all("answer") if name in fitting), None),
    )


def _confidence(said: str) -> float | None:
    """None where nothing is said. Raises `InvalidInputError`."""
    if said and said not in CONFIDENCES:
        known = ", ".join(CONFIDENCES)
        raise InvalidInputError("The verdict cannot be used.", [Fault("/confidence", f"give one of {known}")])
    return CONFIDENCES.get(said)


def judgement_over_many(visit: Visit) -> Judgement:
    """What the form says of all of them. Refused where it says no verdict."""
    form, kind = visit.form, visit.form.one("action")
    if kind not in (VerdictKind.APPROVE, VerdictKind.REJECT):
        raise RefusalError("error.form_unreadable", 400)
    return Judgement(
        verdict=VerdictKind(kind),
        labels=form.all("labels"),
        ground=form.one("ground") or None,
        measure=(form.one("measure") or None) if kind == VerdictKind.REJECT else None,
        note=note(visit) or None,
        confidence=CONFIDENCES.get(form.one("confidence")),
    )


def note(visit: Visit) -> str:
    """As typed: a browser sends two characters for each new line."""
    return visit.form.one("note").replace("\r\n", "\n")
