"""The work page: one case, one verdict, the next case. Every form works without script; htmx only makes it quick.

Whatever comes in between (an expired lease, a second tab, a colleague, an edit) is said in a sentence, and what was
chosen and written stays on the page. Labels are never ticked beforehand: the verdict trains the next model, and must be
the person's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from console import desk, escalation
from console.desk import Chosen, Desk
from console.permissions import Action
from console.refusals import RefusalError
from console.rendering import render
from console.visit import Visit
from governance import verdicts
from governance.measures import BY_VERDICT
from governance.verdicts import HouseRules
from moderation.errors import ConflictError, InvalidInputError, NotFoundError
from records import cases
from records import verdicts as records_verdicts
from records.cases import ESCALATED
from records.unit_of_work import Unit
from records.values import CaseRecord, CaseState, Judgement, VerdictKind
from review import queue
from review.checks import MAX_NOTE


@dataclass(frozen=True, slots=True)
class Done:
    """What an action leaves: the case that comes next.

    Where no verdict speaks for itself also a sentence, or the case that was `escalated`.
    """

    case: CaseRecord | None
    sentence: str = ""
    escalated: str = ""


def show(visit: Visit) -> Response:
    """GET /work: the case in hand, or the next one, claimed."""
    if desk.asked_queue(visit) == ESCALATED and not visit.may(Action.DECIDE_ESCALATED):
        raise RefusalError("error.forbidden", 403)
    with visit.parts.database.unit() as unit:
        laid = desk.lay(unit, visit, desk.next_case(unit, visit), escalated=visit.query.get("escalated", ""))
        unit.commit()
    return _page(visit, laid)


def act(visit: Visit) -> Response:
    """POST /work/{case_id}: a verdict, or what else a moderator does with a case. All of it, or nothing."""
    action = _ACTIONS.get(visit.form.one("action"))
    if action is None:
        raise RefusalError("error.form_unreadable", 400)
    try:
        with visit.parts.database.unit() as unit:
            _check_level(unit, visit)
            done = action(unit, visit, visit.path_values["case_id"])
            laid = desk.lay(unit, visit, done.case, sentence=done.sentence, escalated=done.escalated)
            unit.commit()
    except (ConflictError, NotFoundError, InvalidInputError) as error:
        return _explain(visit, error)
    return _go_on(visit, laid)


def undo(visit: Visit) -> Response:
    """POST /work/{case_id}/undo: the last verdict or escalation is taken back; its case is on the desk again."""
    case_id = visit.path_values["case_id"]
    late = "conflict.undo_late"
    try:
        with visit.parts.database.unit() as unit:
            case = cases.get(unit, case_id)
            if desk.is_for_seniors(case) and case.state is not CaseState.CLOSED:
                late = "conflict.escalated_already"
            laid = desk.lay(unit, visit, _take_back(unit, visit, case_id), sentence=visit.words("said.undone"))
            unit.commit()
    except (ConflictError, NotFoundError):
        return _show_problem(visit, visit.words(late), status=409)
    return _go_on(visit, laid)


def _take_back(unit: Unit, visit: Visit, case_id: str) -> CaseRecord:
    """A case that waits for the seniors was escalated; any other was decided. Raises `ConflictError`."""
    if cases.get(unit, case_id).state is CaseState.ESCALATED:
        return escalation.take_back(unit, case_id, visit.me.id, now=visit.now)
    return verdicts.take_back(unit, case_id, moderator=visit.me.id, now=visit.now)


def renew(visit: Visit) -> Response:
    """POST /work/{case_id}/renew: the lease's clock, set anew while the page is in use."""
    try:
        with visit.parts.database.unit() as unit:
            case = queue.renew(unit, visit.path_values["case_id"], visit.me.id, visit.form.one("lease"), now=visit.now)
            laid = desk.lay(unit, visit, case)
            unit.commit()
    except (ConflictError, NotFoundError):
        return render(visit, "_lease_over.html")
    return render(visit, "_lease.html", view=laid.view)


def _verdict(kind: VerdictKind) -> Callable[[Unit, Visit, str], Done]:
    def give(unit: Unit, visit: Visit, case_id: str) -> Done:
        verdicts.give(
            unit,
            HouseRules(visit.parts.taxonomy, visit.parts.policies()),
            case_id,
            _judgement(visit, kind),
            moderator=visit.me.id,
            token=visit.form.one("lease"),
            now=visit.now,
        )
        return Done(desk.next_case(unit, visit))

    return give


def _escalate(unit: Unit, visit: Visit, case_id: str) -> Done:
    queue.escalate(unit, case_id, visit.me.id, visit.form.one("lease"), now=visit.now, reason="by the moderator")
    return Done(desk.next_case(unit, visit), escalated=case_id)


def _skip(unit: Unit, visit: Visit, case_id: str) -> Done:
    """Another case is taken before this one goes back, or it would be the next again."""
    held = queue.held(unit, case_id, visit.me.id, visit.form.one("lease"), now=visit.now)
    other = desk.another(unit, visit, case_id)
    if other is None:
        return Done(held, visit.words("said.only_one"))
    queue.release(unit, case_id, visit.me.id, visit.form.one("lease"), now=visit.now, reason="skipped")
    return Done(other, visit.words("said.skipped"))


_ACTIONS: dict[str, Callable[[Unit, Visit, str], Done]] = {
    **{kind.value: _verdict(kind) for kind in VerdictKind},
    "escalate": _escalate,
    "skip": _skip,
}


def _judgement(visit: Visit, kind: VerdictKind) -> Judgement:
    """What the form says. A measure chosen before "approve" or "not sure" was pressed asks for nothing."""
    form = visit.form
    return Judgement(
        verdict=kind,
        # Doubt has no labels; ticks beside "approve" contradict it, and the check says so.
        labels=() if kind is VerdictKind.UNSURE else form.all("labels"),
        measure=(form.one("measure") or None) if kind is VerdictKind.REJECT else None,
        note=form.one("note").replace("\r\n", "\n") or None,
    )


def _check_level(unit: Unit, visit: Visit) -> None:
    """Escalated cases take more than a moderator, whichever way the form came."""
    case = cases.get(unit, visit.path_values["case_id"])
    if desk.is_for_seniors(case) and case.state is not CaseState.CLOSED and not visit.may(Action.DECIDE_ESCALATED):
        raise ConflictError("escalated")


def _explain(visit: Visit, error: ConflictError | NotFoundError | InvalidInputError) -> Response:
    """Says what came in between; nothing was changed. The case stays on the desk where it still can be decided."""
    if isinstance(error, InvalidInputError):
        return _show_problem(visit, _fault_sentence(visit), status=422, keep=True)
    if isinstance(error, NotFoundError):
        return _show_problem(visit, visit.words("conflict.gone"), status=409)
    with visit.parts.database.unit() as unit:
        case = cases.lock(unit, visit.path_values["case_id"])
        key, mine = _what_happened(unit, visit, case)
        laid = desk.lay(unit, visit, mine or desk.next_case(unit, visit))
        unit.commit()
    return _page(visit, laid, problem=visit.words(key), status=409, keep=mine is not None)


def _what_happened(unit: Unit, visit: Visit, case: CaseRecord) -> tuple[str, CaseRecord | None]:
    """The sentence, and the case if it is the visitor's (again)."""
    if case.state is CaseState.CLOSED:
        return _who_closed(unit, visit, case), None
    if desk.is_for_seniors(case) and not visit.may(Action.DECIDE_ESCALATED):
        return "conflict.escalated_already", None
    if not desk.is_mine(case, visit) and not desk.waits(case, visit):
        return "conflict.taken", None
    again = case if desk.is_mine(case, visit) else desk.take_again(unit, visit, case)
    edited = visit.form.one("seen") != case.decision_id
    return ("conflict.changed" if edited else "conflict.lease_over"), again


def _who_closed(unit: Unit, visit: Visit, case: CaseRecord) -> str:
    """A case without a verdict was closed because its comment was erased."""
    verdict = records_verdicts.last_of_case(unit, case.id)
    if verdict is None:
        return "conflict.erased"
    return "conflict.decided_by_me" if verdict.moderator == visit.me.id else "conflict.decided"


def _fault_sentence(visit: Visit) -> str:
    """What is wrong with the form, in the reader's language."""
    labels, action = visit.form.all("labels"), visit.form.one("action")
    if any(name not in visit.parts.taxonomy.names for name in labels):
        return visit.words("conflict.label_unknown")
    if action == VerdictKind.REJECT and not labels:
        return visit.words("conflict.no_label")
    if action == VerdictKind.APPROVE and labels:
        return visit.words("conflict.approve_with_labels")
    return visit.words("error.invalid")


def _show_problem(visit: Visit, problem: str, *, status: int, keep: bool = False) -> Response:
    with visit.parts.database.unit() as unit:
        case = cases.get(unit, visit.path_values["case_id"]) if keep else None
        on_desk = case if case is not None and desk.is_mine(case, visit) else desk.next_case(unit, visit)
        laid = desk.lay(unit, visit, on_desk)
        unit.commit()
    return _page(visit, laid, problem=problem, status=status, keep=keep)


def _go_on(visit: Visit, laid: Desk) -> Response:
    """The next case at once for htmx; without script the page is loaded anew, so that no reload sends a form twice."""
    return _page(visit, laid) if visit.is_htmx else RedirectResponse(_address(visit, laid), status_code=303)


def _address(visit: Visit, laid: Desk) -> str:
    """Where this very desk can be seen again: after a reload, in another language."""
    case_id = laid.view.case.id if laid.view else None
    asked = {"case": case_id, "queue": desk.asked_queue(visit), "escalated": laid.escalated}
    query = urlencode({name: value for name, value in asked.items() if value})
    return visit.url("/work") + (f"?{query}" if query else "")


def _page(visit: Visit, laid: Desk, *, problem: str = "", status: int = 200, keep: bool = False) -> Response:
    """`keep`: the form as it was sent; else a note that would be lost stands in the message."""
    form = visit.form
    sent = Chosen(form.all("labels"), form.one("measure"), form.one("note"))
    response = render(
        visit,
        "_work.html" if visit.is_htmx else "work.html",
        status=status,
        view=laid.view,
        said=None if problem else laid.said,
        previous=laid.previous,
        problem=problem,
        kept_note="" if keep or not problem else sent.note,
        chosen=sent if keep else Chosen(),
        queue=desk.asked_queue(visit) or "",
        measures=[measure.value for measure in BY_VERDICT],
        max_note=MAX_NOTE,
    )
    if visit.is_htmx:
        response.headers["HX-Replace-Url"] = _address(visit, laid)
    return response
