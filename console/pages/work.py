"""The work page: one case, one verdict, the next case. Every form works without script; htmx only makes it quick.

Whatever comes in between (an expired lease, a second tab, a colleague, an edit) is said in a sentence, and what was
chosen and written stays on the page. Labels are never ticked beforehand: the verdict trains the next model, and must be
the person's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from console import alike_offer, desk, escalation, sight_time, who_decides
from console.conflicts import what_happened
from console.desk import Chosen, Desk
from console.fault_words import fault_sentence
from console.permissions import Action
from console.refusals import RefusalError, refusal_of
from console.rendering import render
from console.sight_time import TooSoonError
from console.spans import MAX_WORDS
from console.today import today
from console.verdict_form import CONFIDENCES, judgement, note
from console.visit import Visit
from governance import another, bulk, groups, verdicts
from governance.another import NotAnotherError
from governance.hour import HourOverError
from governance.settled import SettledError
from governance.waiting_many import AskedAlreadyError
from moderation.errors import ConflictError, Fault, ForbiddenError, InvalidInputError, NotFoundError
from records import cases, comments, idempotency, in_other_hands, leases
from records import verdicts as records_verdicts
from records.cases import ESCALATED
from records.idempotency import Replay, TakenBackError
from records.unit_of_work import Unit
from records.values import CaseRecord, CaseState, VerdictKind
from review import queue
from review.agreement import ENOUGH
from review.checks import MAX_NOTE, MAX_REASON
from review.lessons import BAR
from review.queue import Skip
from review.verdicts import UNDO_WITHIN

FILTERS = ("queue", "label", "lang", "skill")
"""What a page of work may be narrowed to."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an action leaves: the case that comes next.

    Where no verdict speaks for itself also a sentence, or the case that was `escalated`, or `skipped`, which can be
    taken back. `is_undone`: nothing was done.
    """

    case: CaseRecord | None
    sentence: str = ""
    escalated: str = ""
    is_undone: bool = False
    skipped: str = ""


ALIKE = "alike"
"""What the form says that asks for all that is like the case."""

_NOT_NOW: Mapping[type[ConflictError], tuple[str, bool]] = {
    TooSoonError: ("conflict.too_soon", True),
    HourOverError: ("conflict.hour_over", True),
    AskedAlreadyError: ("conflict.asked_already", False),
}
"""What a verdict is refused for although nothing came in between; whether the case stays to be decided."""

Act = Callable[[Unit, Visit, str], Done]


def show(visit: Visit) -> Response:
    """GET /work: the case in hand, or the next one, claimed."""
    if desk.asked_queue(visit) == ESCALATED and not visit.may(Action.DECIDE_ESCALATED):
        raise RefusalError("error.forbidden", 403)
    with visit.parts.database.unit() as unit:
        case = desk.next_case(unit, visit)
        case = None if case is None else queue.returned(unit, case, now=visit.now)
        laid = desk.lay(unit, visit, case, escalated=visit.query.get("escalated", ""))
        unit.commit()
    return _page(visit, laid)


def act(visit: Visit) -> Response:
    """POST /work/{case_id}: a verdict, or what else a moderator does with a case. All of it, or nothing."""
    if visit.form.one("action") == ALIKE:
        return _to_campaign(visit)
    action = _ACTIONS.get(visit.form.one("action"))
    if action is None:
        raise RefusalError("error.form_unreadable", 400)
    try:
        with visit.parts.database.unit() as unit:
            done = once(unit, visit, lambda: _done(unit, visit, action))
            laid = desk.lay(
                unit, visit, done.case, sentence=done.sentence, escalated=done.escalated, skipped=done.skipped
            )
            unit.commit()
    except (SettledError, NotAnotherError) as error:
        _keep_from(visit)
        return _show_problem(visit, visit.words(refusal_of(error).key), status=403)
    except ForbiddenError:
        return _show_problem(visit, visit.words("conflict.has_read"), status=403)
    except (TooSoonError, HourOverError, AskedAlreadyError) as error:
        key, keep = _NOT_NOW[type(error)]
        return _show_problem(visit, visit.words(key), status=409, keep=keep)
    except (ConflictError, NotFoundError, InvalidInputError) as error:
        return _explain(visit, error)
    return _go_on(visit, laid)


def _to_campaign(visit: Visit) -> Response:
    """To the list of all that is like the case, or of its group, with what was chosen; nothing is decided yet."""
    case_id = visit.path_values["case_id"]
    with visit.parts.database.reading() as look:
        case = cases.get(look, case_id)
        is_group = desk.is_mine(case, visit) and groups.find(look, case, visit.me) is not None
    place = alike_offer.campaign_address(visit, case_id, visit.form, page="group" if is_group else "campaign")
    if visit.is_htmx:
        return Response(status_code=204, headers={"HX-Redirect": place})
    return RedirectResponse(place, status_code=303)


def _done(unit: Unit, visit: Visit, action: Act) -> Done:
    _check_level(unit, visit)
    return action(unit, visit, visit.path_values["case_id"])


def once(unit: Unit, visit: Visit, do: Callable[[], Done]) -> Done:
    """What `do` does, once for each claim: a form that comes again, as it was, finds that it was done, and goes on.

    Browsers send a form twice where a network lost the answer, a tab was copied or a button was pressed in doubt.
    Raises `ConflictError` where another form was sent under the same claim, or what was done was taken back since.
    """
    request = idempotency.Request(
        scope=visit.me.id,
        key=f"claim:{visit.form.one('lease')[:64]}",
        method="POST",
        path=visit.path,
        body_hash=hashlib.sha256(_as_sent(visit)).digest(),
    )
    started = idempotency.to_start(idempotency.keyed(request, visit.parts.keyring))
    try:
        begun = idempotency.begin(unit, started, now=visit.now)
    except InvalidInputError:
        raise ConflictError("Something else was done under this claim.") from None
    if isinstance(begun, Replay):
        return Done(desk.turn_to(unit, visit), visit.words("said.again"))
    done = do()
    if done.is_undone:
        idempotency.abandon(unit, started)
    else:
        idempotency.finish(unit, started, status=200, response={})
    return done


def _as_sent(visit: Visit) -> bytes:
    """The form without what a page may renew by itself."""
    said = {name: values for name, values in visit.form.values.items() if name not in ("csrf", "ahead")}
    return json.dumps(said, sort_keys=True).encode()


def undo(visit: Visit) -> Response:
    """POST /work/{case_id}/undo: the last verdict, escalation or skip is taken back; its case is on the desk again."""
    case_id = visit.path_values["case_id"]
    late = "conflict.undo_late"
    try:
        with visit.parts.database.unit() as unit:
            case = cases.get(unit, case_id)
            if records_verdicts.last_of_case(unit, case_id) is None:
                late = "conflict.undo_nothing"
            if who_decides.is_for_seniors(case) and case.state is not CaseState.CLOSED:
                late = "conflict.escalated_already"
            again = _take_back(unit, visit, case_id)
            idempotency.withdraw(unit, scope=visit.me.id, path=visit.path.removesuffix("/undo"))
            laid = desk.lay(unit, visit, again, sentence=visit.words("said.undone"), undone=True)
            unit.commit()
    except (ConflictError, NotFoundError):
        return _show_problem(visit, visit.words(late if _is_over(visit, case_id) else "conflict.undone"), status=409)
    return _go_on(visit, laid)


def _is_over(visit: Visit, case_id: str) -> bool:
    """Whether the case is not back in the visitor's hands: the same undo, sent twice, finds that it was done."""
    with visit.parts.database.reading() as look:
        return not any(case.id == case_id for case in leases.leased_by(look, visit.me.id, now=visit.now))


def _take_back(unit: Unit, visit: Visit, case_id: str) -> CaseRecord:
    """A case was skipped, or escalated where seniors have it; any other was decided. Raises `ConflictError`."""
    if leases.skipped_since(unit, case_id, visit.me.id, since=visit.now - UNDO_WITHIN):
        return queue.take_skip_back(unit, case_id, visit.me.id, now=visit.now, within=UNDO_WITHIN)
    if cases.get(unit, case_id).state is CaseState.ESCALATED:
        return escalation.take_back(unit, case_id, visit.me.id, now=visit.now)
    bulk.take_back_with(unit, case_id, by=visit.me.id, now=visit.now)
    return verdicts.take_back(unit, case_id, moderator=visit.me.id, now=visit.now)


def take_put_off(visit: Visit) -> Response:
    """POST /work/again: what the visitor put off may come at once, in its turn, and is not waited for."""
    with visit.parts.database.unit() as unit:
        for case_id in in_other_hands.put_off(unit, visit.me.id, now=visit.now):
            leases.unskip(unit, case_id, visit.me.id)
        laid = desk.lay(unit, visit, desk.next_case(unit, visit))
        unit.commit()
    return _go_on(visit, laid)


def show_today(visit: Visit) -> Response:
    """GET /work/live: what is left and what was done today; empty for who learns."""
    with visit.parts.database.reading() as look:
        found = today(look, visit)
    return Response() if found is None else render(visit, "_today.html", today=found)


def renew(visit: Visit) -> Response:
    """POST /work/{case_id}/renew: the lease's clock, set anew while the page is in use."""
    try:
        with visit.parts.database.unit() as unit:
            case = queue.renew(unit, visit.path_values["case_id"], visit.me.id, visit.form.one("lease"), now=visit.now)
            case = queue.keep_ahead(unit, visit.me.id, case, now=visit.now)
            laid = desk.lay(unit, visit, case)
            unit.commit()
    except (ConflictError, NotFoundError):
        return render(visit, "_lease_over.html")
    return render(visit, "_lease.html", view=laid.view)


def leave(visit: Visit) -> Response:
    """POST /work/{case_id}/leave: the page was left, and its case waits for the next one but for a moment."""
    with suppress(ConflictError, NotFoundError), visit.parts.database.unit() as unit:
        queue.left(unit, visit.path_values["case_id"], visit.me.id, visit.form.one("lease"), now=visit.now)
        unit.commit()
    return Response(status_code=204)


def _verdict(kind: VerdictKind) -> Callable[[Unit, Visit, str], Done]:
    def give(unit: Unit, visit: Visit, case_id: str) -> Done:
        sight_time.check(unit, visit, case_id)
        verdicts.give(
            unit,
            desk.house_rules(visit, visit.parts.quality),
            case_id,
            judgement(unit, visit, case_id, kind),
            moderator=visit.me.id,
            token=visit.form.one("lease"),
            now=visit.now,
        )
        return Done(desk.turn_to(unit, visit))

    return give


def _escalate(unit: Unit, visit: Visit, case_id: str) -> Done:
    queue.escalate(unit, case_id, visit.me.id, visit.form.one("lease"), now=visit.now, **_words(visit))
    return Done(desk.turn_to(unit, visit), escalated=case_id)


def _hand_over(unit: Unit, visit: Visit, case_id: str) -> Done:
    """To a colleague, who gets it first of all."""
    held = queue.held(unit, case_id, visit.me.id, visit.form.one("lease"), now=visit.now)
    to = next((one for one in who_decides.colleagues(unit, visit, held) if one.id == visit.form.one("to")), None)
    if to is None:
        raise InvalidInputError("The case cannot be handed over.", [Fault("/to", "name a colleague who may decide it")])
    queue.hand_over(unit, case_id, visit.me.id, visit.form.one("lease"), to=to.id, now=visit.now, **_words(visit))
    return Done(desk.turn_to(unit, visit), visit.words("said.handed_over", name=to.name))


def _words(visit: Visit) -> dict[str, str]:
    """What whoever has it next reads: the reason, which the ledger keeps too, and the note, which may quote."""
    return {"reason": visit.form.one("reason")[:MAX_REASON], "note": note(visit)}


def _skip(unit: Unit, visit: Visit, case_id: str) -> Done:
    """Another case is taken before this one goes back. It does not come back before its time, whatever else waits."""
    held = queue.held(unit, case_id, visit.me.id, visit.form.one("lease"), now=visit.now)
    why = _skip_reason(visit.form.one("skip_reason"))
    other = desk.another(unit, visit, case_id)
    if other is None and visit.me.trainee:
        return Done(held, visit.words("said.only_one"), is_undone=True)
    queue.skip(unit, case_id, visit.me.id, visit.form.one("lease"), why=why, now=visit.now, note=note(visit))
    turned = (
        None if other is None else leases.prolong(unit, other.id, expires_at=queue.until(unit, other, now=visit.now))
    )
    sentence = visit.words("said.skipped" if why is Skip.LATER else "said.skipped_for_good")
    return Done(turned, sentence, skipped=case_id)


def _skip_reason(said: str) -> Skip:
    """Later where nothing is said. Raises `InvalidInputError`: why a case is never given again is not guessed."""
    if said and said not in tuple(Skip):
        raise InvalidInputError(
            "The case cannot be skipped.", [Fault("/skip_reason", f"give one of {', '.join(Skip)}")]
        )
    return Skip(said or Skip.LATER)


_ACTIONS: dict[str, Act] = {
    **{kind.value: _verdict(kind) for kind in VerdictKind},
    "escalate": _escalate,
    "skip": _skip,
    "hand_over": _hand_over,
}


def _check_level(unit: Unit, visit: Visit) -> None:
    """Escalated cases take more than a moderator, whichever way the form came."""
    case = cases.get(unit, visit.path_values["case_id"])
    is_open = case.state is not CaseState.CLOSED
    if is_open and who_decides.is_for_seniors(case) and not desk.may_decide_escalated(visit):
        raise ConflictError("escalated")


def _explain(visit: Visit, error: ConflictError | NotFoundError | InvalidInputError) -> Response:
    """Says what came in between; nothing was changed. The case stays on the desk where it still can be decided."""
    if isinstance(error, InvalidInputError):
        return _show_problem(visit, fault_sentence(visit, error), status=422, keep=True)
    if isinstance(error, NotFoundError):
        return _show_problem(visit, visit.words("conflict.gone"), status=409)
    with visit.parts.database.unit() as unit:
        case = cases.lock(unit, visit.path_values["case_id"])
        key, mine = what_happened(unit, visit, case)
        if isinstance(error, TakenBackError) and key == "conflict.lease_over":
            key = "conflict.taken_back"
        laid = desk.lay(unit, visit, mine or desk.next_case(unit, visit))
        unit.commit()
    return _page(visit, laid, problem=visit.words(key), status=409, keep=mine is not None)


def _show_problem(visit: Visit, problem: str, *, status: int, keep: bool = False) -> Response:
    with visit.parts.database.unit() as unit:
        case = cases.get(unit, visit.path_values["case_id"]) if keep else None
        on_desk = case if case is not None and desk.is_mine(case, visit) else desk.next_case(unit, visit)
        laid = desk.lay(unit, visit, on_desk)
        unit.commit()
    return _page(visit, laid, problem=problem, status=status, keep=keep)


def _keep_from(visit: Visit) -> None:
    """The case goes on to others, where a doubt about it is not the visitor's to answer."""
    with visit.parts.database.unit() as unit:
        case = cases.get(unit, visit.path_values["case_id"])
        comments.lock(unit, case.comment_id)
        case = cases.lock(unit, case.id)
        if case.lease_owner == visit.me.id and not another.may_answer(unit, case, visit.me.id):
            another.keep_from_doubted(unit, case, visit.now)
        unit.commit()


def _go_on(visit: Visit, laid: Desk) -> Response:
    """The next case at once for htmx; without script the page is loaded anew, so that no reload sends a form twice."""
    return _page(visit, laid) if visit.is_htmx else RedirectResponse(_address(visit, laid), status_code=303)


def _address(visit: Visit, laid: Desk) -> str:
    """Where this very desk can be seen again: after a reload, in another language."""
    case_id = laid.view.case.id if laid.view else None
    filters = {name: desk.asked(visit, name) for name in FILTERS}
    asked = {"case": case_id, **filters, "escalated": laid.escalated}
    query = _query(asked)
    return visit.url("/work") + (f"?{query}" if query else "")


def _query(asked: Mapping[str, str | None]) -> str:
    return urlencode({name: value for name, value in asked.items() if value})


def _page(visit: Visit, laid: Desk, *, problem: str = "", status: int = 200, keep: bool = False) -> Response:
    """`keep`: the form as it was sent; else a note that would be lost stands in the message."""
    form, below = visit.form, None
    if not visit.is_htmx:
        with visit.parts.database.reading() as look:
            below = today(look, visit)
    typed = {name: form.one(name) for name in ("measure", "note", "confidence", "words", "span", "ground")}
    sent = Chosen(form.all("labels"), answers=form.all("answer"), **typed)
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
        ahead=laid.ahead,
        colleagues=laid.colleagues,
        nothing_chosen=Chosen(),
        nested=False,
        filters={name: desk.asked(visit, name) or "" for name in FILTERS},
        narrowed=_query({name: desk.asked(visit, name) for name in FILTERS}),
        skips=[why.value for why in Skip],
        confidences=list(CONFIDENCES),
        max_reason=MAX_REASON,
        max_note=MAX_NOTE,
        max_words=MAX_WORDS,
        lesson=laid.lesson,
        worked=laid.worked,
        spared_until=laid.spared_until,
        put_off_until=laid.put_off_until,
        is_other=laid.is_other,
        alike=laid.alike,
        elsewhere=laid.elsewhere,
        not_free=laid.not_free,
        bar=BAR,
        enough=ENOUGH,
        today=below,
    )
    if visit.is_htmx:
        response.headers["HX-Replace-Url"] = _address(visit, laid)
    return response
