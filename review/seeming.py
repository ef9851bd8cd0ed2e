"""How a case looks to whoever decides it, so that nobody can tell what measures them from what decides.

A second look says of itself what the first one said: the same age, promise and origin, as if nobody had looked yet. A
known answer says since when it might have waited (`review/gold.py`), and its comment seems as old as that. To programs,
and to people who ask for their cases by a key, neither looks like a measure; and what is chosen to teach or prove
something, the random slice among it, says nothing of what the machine thinks.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from records import cases, decisions
from records.cases import BY_DECISION, GOLD
from records.opening import suspicion
from records.unit_of_work import Reading
from records.values import KNOWN_ANSWER, CaseRecord, CaseState, CommentRecord, Purpose
from review.chosen import Why

CHOSEN = "chosen"
"""Told in place of why a case was chosen (`review/chosen.py`) while it waits."""


def as_shown(look: Reading, case: CaseRecord) -> CaseRecord:
    """With the age, promise and origin that a page may show; all else is the case's own."""
    if case.purpose is Purpose.OPINION:
        first = cases.before(look, case)
        due_at = cases.due_by_itself(first, case.queue, look.queues.promises)
        told = {name: getattr(first, name) for name in ("created_at", "turn_at", "opened_by")}
        return replace(case, due_at=due_at, **told)
    return case


def as_told(look: Reading, case: CaseRecord) -> CaseRecord:
    """The same with nothing left by which it is known, to be told over HTTP; a closed one as it is."""
    if case.state is CaseState.CLOSED:
        return case
    if case.why in tuple(Why):
        return replace(case, why=CHOSEN, label=None)
    if case.purpose is Purpose.GOLD:
        decision = decisions.get(look, case.decision_id).decision
        why = suspicion(case.queue, decision, look.queues.harm).why if case.why == GOLD else case.why
        return replace(case, purpose=Purpose.DECIDE, why=why, opened_by=BY_DECISION, gold_id=None)
    return replace(as_shown(look, case), purpose=Purpose.DECIDE)


def written(case: CaseRecord, comment: CommentRecord) -> datetime:
    """When the comment seems to have been written."""
    return case.created_at if case.purpose in KNOWN_ANSWER else comment.created_at
