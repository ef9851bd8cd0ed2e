"""What is wrong with a form of a verdict, in a sentence that says which field to look at."""

from __future__ import annotations

from console.verdict_form import note
from console.visit import Visit
from moderation.errors import InvalidInputError
from records.values import VerdictKind
from review.checks import MAX_NOTE

_FIELDS = {
    "labels": "work.labels",
    "ground": "work.other_ground",
    "span": "work.words",
    "measure": "work.measure",
    "confidence": "work.confidence",
    "answer": "work.answer",
    "note": "work.note",
    "reason": "work.reason",
    "skip_reason": "work.skip_why",
}
"""What the form calls each field that a fault can be about."""


def fault_sentence(visit: Visit, error: InvalidInputError) -> str:
    """What is wrong with the form, in the reader's language; at the least which fields to look at."""
    labels, ground, action = visit.form.all("labels"), visit.form.one("ground"), visit.form.one("action")
    taxonomy = visit.parts.taxonomy
    if len(note(visit)) > MAX_NOTE:
        return visit.words("conflict.note_too_long", n=MAX_NOTE)
    odd = (
        (action == "hand_over", "conflict.no_colleague"),
        ([fault.detail for fault in error.faults] == ["say why, in a sentence"], "conflict.third_says_why"),
        (any(name not in taxonomy.names for name in labels), "conflict.label_unknown"),
        (bool(ground) and ground not in taxonomy.grounds_beside, "conflict.ground_unknown"),
        (action == VerdictKind.REJECT and not labels and not ground, "conflict.no_label"),
        (action == VerdictKind.APPROVE and bool(labels or ground), "conflict.approve_with_labels"),
    )
    if key := next((key for is_so, key in odd if is_so), None):
        return visit.words(key)
    found = dict.fromkeys(fault.where.lstrip("/").split("/")[0] for fault in error.faults)
    over_many = {
        "comments": "group.nothing",
        "case": "group.nothing",
        "why": "bulk.why_missing",
        "revealed": "group.unread",
    }
    if key := next((over_many[where] for where in found if where in over_many), None):
        return visit.words(key)
    if action == VerdictKind.REJECT and (form_span := visit.form.one("words")) and not visit.form.one("span"):
        return visit.words("conflict.words_unknown", words=form_span[:40])
    named = [f"“{visit.words(_FIELDS[where])}”" for where in found if where in _FIELDS]
    return (
        visit.words("conflict.fields", fields=visit.words("work.comma").join(named))
        if named
        else (visit.words("error.invalid"))
    )
