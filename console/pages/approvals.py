"""What waits for a second person, and the answer of one: the same door as `POST /v1/approvals/{id}`."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from starlette.responses import RedirectResponse, Response

from console.approval_view import ApprovalView, view_approval
from console.finding_words import ANSWERS as FINDING_ANSWERS
from console.finding_words import says
from console.in_hand import note_reading
from console.looking import trace, trace_list
from console.many_view import view_many
from console.pages.backtests import note_shown
from console.pages.measures import named_in
from console.pages.rules import code_titles
from console.refusals import RefusalError
from console.rendering import render
from console.rule_view import JUST_NOW, refused
from console.visit import Visit
from console.vouch_view import to_vouch
from governance import bulk, four_eyes
from governance.approvals import MAX_WORDS, NotSecondError
from governance.four_eyes import Word
from governance.rules import GO_LIVE, Standards
from moderation.errors import ConflictError, ForbiddenError, InvalidInputError
from records import approvals
from records.house_values import ApprovalRecord, ApprovalState

ANSWERS = {"approve": True, "decline": False}
SETTLED = tuple(state for state in ApprovalState if state is not ApprovalState.WAITING)
OLD = 20
"""Settled questions on a page."""


def show(visit: Visit) -> Response:
    """GET /approvals: what waits, the oldest first; below it what was settled, the newest first."""
    cursor = visit.query.get("cursor", "") or None
    with visit.parts.database.reading() as look:
        waiting = [view_approval(look, visit, each) for each in approvals.waiting(look)]
        page = approvals.page(look, states=SETTLED, limit=OLD, cursor=cursor)
        settled = [view_approval(look, visit, each) for each in page.items]
        accounts = to_vouch(look, visit)
    return render(
        visit,
        "approvals.html",
        waiting=waiting,
        settled=settled,
        to_vouch=accounts,
        next_cursor=page.next_cursor,
        is_later=cursor is not None,
    )


def show_one(visit: Visit) -> Response:
    """GET /approvals/{approval_id}."""
    return _page(visit)


def answer(visit: Visit) -> Response:
    """POST /approvals/{approval_id}: yes or no, with a note. Who answers is who is logged in."""
    approve = ANSWERS.get(visit.form.one("answer"))
    if approve is None:
        raise RefusalError("error.invalid", 422)
    approval_id = visit.path_values["approval_id"]
    word = Word(visit.me.name, approve, visit.form.one("note"), visit.parts.keyring)
    if approve and (unread := _unread(visit, approval_id)):
        return _page(visit, unread, status=422)
    try:
        with visit.parts.database.unit() as unit:
            four_eyes.answer(unit, approval_id, word, standards=_standards(visit), now=visit.now)
            unit.commit()
    except ConflictError as error:
        return _page(visit, "approvals.too_late", status=409, detail=str(error))
    except NotSecondError as error:
        return _page(visit, f"approval_not.{error.why}", status=403, detail=str(error))
    except ForbiddenError as error:
        return _page(visit, "approvals.not_you", status=403, detail=str(error))
    except InvalidInputError as error:
        return _page(visit, named_in(error) or "approvals.no_note", status=422)
    return RedirectResponse(visit.url(f"/approvals/{approval_id}"), status_code=303)


def _unread(visit: Visit, approval_id: str) -> str:
    """Why nobody says yes yet: the texts of a verdict over many were not all before their eyes. Else empty."""
    with visit.parts.database.reading() as look:
        record = approvals.get(look, approval_id)
        if record.kind != bulk.ASKED or record.state is not ApprovalState.WAITING:
            return ""
        if view_approval(look, visit, record).why_not:
            return ""  # who may not answer at all is told that
        many = view_many(look, visit, record.subject_id)
    return "" if many.is_read else "error.asked_blind" if many.is_hidden else "approvals.not_opened"


def withdraw(visit: Visit) -> Response:
    """POST /approvals/{approval_id}/withdraw: whoever asked takes their question back, with why."""
    approval_id, why = visit.path_values["approval_id"], visit.form.one("why")
    if not why.strip():
        return _page(visit, "approvals.no_why", status=422)
    try:
        with visit.parts.database.unit() as unit:
            standards, keyring = _standards(visit), visit.parts.keyring
            four_eyes.withdraw(
                unit, approval_id, by=visit.me.name, why=why, standards=standards, keyring=keyring, now=visit.now
            )
            unit.commit()
    except ConflictError as error:
        return _page(visit, "approvals.too_late", status=409, detail=str(error))
    except ForbiddenError as error:
        return _page(visit, "approvals.not_yours", status=403, detail=str(error))
    except InvalidInputError as error:
        return _page(visit, named_in(error) or "approvals.no_why", status=422)
    return RedirectResponse(visit.url(f"/approvals/{approval_id}"), status_code=303)


def _standards(visit: Visit) -> Standards:
    parts = visit.parts
    policies = tuple(parts.policies().values())
    return Standards(parts.taxonomy, visit.now.date(), parts.rules_tried_first, policies, parts.trials)


def _page(visit: Visit, problem: str = "", *, status: int = 200, detail: str = "") -> Response:
    """With `detail`, what the service said, where the question still waits; who was refused finds no buttons."""
    with visit.parts.database.reading() as look:
        view = view_approval(look, visit, approvals.get(look, visit.path_values["approval_id"]), with_texts=True)
        others = [each.id for each in approvals.waiting(look)]
        kept_back = refused(look, visit.parts, visit.now.date()) if _went_live(view.record, visit.now) else ()
    _trace(visit, view)
    note_shown(visit, view.backtest)
    place = others.index(view.record.id) if view.record.id in others else -1
    is_open = view.record.state is ApprovalState.WAITING
    return render(
        visit,
        "approval.html",
        status=status,
        view=view,
        problem="approvals.unusable" if problem == "approvals.too_late" and is_open else problem,
        detail=detail if is_open else "",
        refused=kept_back,
        was_refused=status == HTTPStatus.FORBIDDEN,
        note=visit.form.one("note") if problem else "",
        next_id=others[place + 1] if place + 1 < len(others) else None,
        previous_id=others[place - 1] if place > 0 else None,
        max_words=MAX_WORDS,
        titles=code_titles(visit),
        says=says,
        finding_answers=FINDING_ANSWERS,
    )


def _trace(visit: Visit, view: ApprovalView) -> None:
    """Whoever is shown what an account wrote, and what was done to it, leaves a trace; whoever asked knows it."""
    if view.many is not None and view.many.lines:
        trace_list(visit, "approval", len(view.many.lines), ("texts",))
    if view.many is not None and not view.is_own:
        note_reading(visit, [each for line in view.many.lines for each in line.comment_ids], whole=True)
    told = [each for each in view.targets if each.asked is not None]
    if told and not view.is_own:
        accounts = [("account", each.name) for each in told if each.kind == "author" and each.name]
        note_reading(visit, [each.cause_id for each in told if each.cause_id], whole=True)
        trace(visit, "approval", accounts, behind=[each.cause_id for each in told if each.cause_id])


def _went_live(record: ApprovalRecord, now: datetime) -> bool:
    """Whether a rule went live by it just now."""
    is_yes = record.kind == GO_LIVE and record.state is ApprovalState.APPROVED
    return is_yes and record.answered_at is not None and now - record.answered_at < JUST_NOW
