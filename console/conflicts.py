"""What came in between while a case lay on the desk: an edit, a colleague, a lease that ran out."""

from __future__ import annotations

from console import desk, who_decides
from console.permissions import Action
from console.visit import Visit
from records import knowing, verdicts
from records.unit_of_work import Unit
from records.values import CaseRecord, CaseState, Purpose


def what_happened(unit: Unit, visit: Visit, case: CaseRecord) -> tuple[str, CaseRecord | None]:
    """The sentence, and the case if it is the visitor's (again)."""
    if case.state is CaseState.CLOSED:
        return _who_closed(unit, visit, case), None
    if key := _why_not(unit, visit, case):
        return key, None
    again = case if desk.is_mine(case, visit) else desk.take_again(unit, visit, case)
    edited = visit.form.one("seen") != case.decision_id
    return ("conflict.changed" if edited else "conflict.lease_over"), again


def _why_not(unit: Unit, visit: Visit, case: CaseRecord) -> str | None:
    """Why the visitor may not have the case (again); None where they may."""
    mine = desk.is_mine(case, visit)
    barred = (
        (who_decides.is_for_seniors(case) and not visit.may(Action.DECIDE_ESCALATED), "conflict.escalated_already"),
        (not knowing.may_be_asked(unit, case, visit.me.id), "conflict.has_read"),
        (not who_decides.may_decide(unit, case, visit.me.id), _not_another(case)),
        (not mine and not desk.waits(case, visit), "conflict.taken"),
        (visit.me.trainee and case.purpose is not Purpose.LESSON, "conflict.gone"),
        (not mine and not who_decides.is_able(unit, visit.me, case), "conflict.no_skill"),
    )
    return next((key for is_so, key in barred if is_so), None)


def _not_another(case: CaseRecord) -> str:
    return "not_another.own" if knowing.is_blind(case) else "not_another.favour"


def _who_closed(unit: Unit, visit: Visit, case: CaseRecord) -> str:
    """A case without a verdict was closed because its comment was erased; a mere question, also for other reasons."""
    verdict = verdicts.last_of_case(unit, case.id)
    if verdict is None and case.purpose is not Purpose.DECIDE:
        return "conflict.gone"
    if verdict is None:
        return "conflict.erased"
    return "conflict.decided_by_me" if verdict.moderator == visit.me.id else "conflict.decided"
