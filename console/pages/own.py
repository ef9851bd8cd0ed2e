"""A person's own account: another password, and the sessions in which they are logged in."""

from __future__ import annotations

from http import HTTPStatus

from starlette.responses import RedirectResponse, Response

from console import passwords
from console.pages.login import let_in
from console.passwords import MAX_LENGTH, MIN_LENGTH
from console.rendering import render
from console.visit import Visit
from governance import own_account
from moderation.errors import InvalidInputError, NotFoundError
from records import sessions

DONE = ("password", "session", "sessions")


def show(visit: Visit) -> Response:
    """GET /own."""
    return _page(visit)


def change_password(visit: Visit) -> Response:
    """POST /own/password: the one that holds is asked for; every other session ends, and this one begins anew."""
    current, fresh = visit.form.as_typed("current"), visit.form.as_typed("password")
    made = visit.parts.throttle.take(visit.me.name, visit.address, visit.now)
    if made.wait:
        return _page(visit, visit.words("login.wait", seconds=made.wait), status=429, retry_after=made.wait)
    if not passwords.verify(current, visit.me.password_hash):
        return _page(visit, visit.words("own.wrong"), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    visit.parts.throttle.succeeded(made)
    if problem := _unusable(visit, current, fresh):
        return _page(visit, problem, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    hashed = passwords.hash_password(fresh)
    with visit.parts.database.unit() as unit:
        user = own_account.set_password(unit, visit.me.id, hashed, now=visit.now)
        unit.commit()
    return let_in(visit, user, visit.url("/own?done=password"))


def end_sessions(visit: Visit) -> Response:
    """POST /own/sessions: one of them, or all but this one."""
    mine, chosen = visit.logged_in.session.id, visit.form.one("session")
    with visit.parts.database.unit() as unit:
        if chosen:
            try:
                own_account.end_session(unit, visit.me, chosen, now=visit.now)
            except NotFoundError:
                return _page(visit, visit.words("own.ended_already"), status=HTTPStatus.CONFLICT)
        else:
            own_account.end_other_sessions(unit, visit.me, mine, now=visit.now)
        unit.commit()
    return RedirectResponse(visit.url(f"/own?done={'session' if chosen else 'sessions'}"), status_code=303)


def _unusable(visit: Visit, current: str, fresh: str) -> str:
    """Why a password cannot be the next one; empty where it can."""
    if fresh != visit.form.as_typed("again"):
        return visit.words("invitation.differ")
    if fresh == current:
        return visit.words("own.same")
    try:
        passwords.check_length(fresh)
    except InvalidInputError:
        return visit.words("invitation.length", least=MIN_LENGTH, most=MAX_LENGTH)
    return ""


def _page(visit: Visit, problem: str = "", *, status: int = 200, retry_after: int = 0) -> Response:
    with visit.parts.database.reading() as look:
        mine = sessions.of_user(look, visit.me.id, now=visit.now, idle=visit.parts.session_idle)
    done = visit.query.get("done", "")
    response = render(
        visit,
        "own.html",
        status=status,
        problem=problem,
        done="" if problem or done not in DONE else done,
        sessions=mine,
        here=visit.logged_in.session.id,
        idle=visit.parts.session_idle,
        longest=sessions.LIFETIME,
        least=MIN_LENGTH,
        most=MAX_LENGTH,
    )
    if retry_after:
        response.headers["retry-after"] = str(retry_after)
    return response
