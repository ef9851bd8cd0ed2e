"""Logging in and out."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from console import cookies, passwords
from console.cookies import Jar
from console.rendering import render
from console.visit import Visit
from console.visitors import browser_in, shortened
from governance import accounts
from records import sessions, users
from records.house_values import UserRecord
from records.sessions import Began


def show(visit: Visit) -> Response:
    """GET /login: the form, or which command makes the first user."""
    if visit.person is not None:
        return RedirectResponse(visit.local(visit.query.get("next", ""), "/"), status_code=303)
    return _form(visit)


def submit(visit: Visit) -> Response:
    """POST /login. A wrong name and a wrong password take as long and read the same."""
    name, password = visit.form.one("name").casefold(), visit.form.as_typed("password")
    throttle = visit.parts.throttle
    made = throttle.take(name, visit.address, visit.now)
    if made.wait:
        return _form(visit, visit.words("login.wait", seconds=made.wait), status=429, retry_after=made.wait)
    with visit.parts.database.reading() as look:
        user = users.by_name(look, name)
    if not passwords.verify(password, user.password_hash if user else None) or user is None:
        return _form(visit, visit.words("login.wrong"), status=403)
    if user.disabled_at is not None:
        return _form(visit, visit.words("login.disabled"), status=403)
    throttle.succeeded(made)
    return let_in(visit, user, visit.local(visit.form.one("next"), "/"))


def leave(visit: Visit) -> Response:
    """POST /logout: the session ends in the table, whatever copies of the cookie there are.

    Whoever is logged in nowhere else leaves nothing in hand: it waits for others at once.
    """
    with visit.parts.database.unit() as unit:
        sessions.revoke(unit, visit.logged_in.session.id, now=visit.now)
        accounts.gone(unit, visit.me.id, now=visit.now, idle=visit.parts.session_idle)
        unit.commit()
    response = RedirectResponse(visit.url("/login"), status_code=303)
    cookies.drop(response, cookies.SESSION, base=visit.base, secure=visit.secure)
    return response


def let_in(visit: Visit, user: UserRecord, to: str) -> Response:
    """A fresh session, whatever cookie the browser came with; then to the page."""
    began = Began(shortened(visit.address), browser_in(visit.agent))
    with visit.parts.database.unit() as unit:
        _, token = sessions.create(unit, user.id, now=visit.now, began=began)
        unit.commit()
    response = RedirectResponse(to, status_code=303)
    told = (
        (cookies.SESSION, token, cookies.SESSION_SECONDS),
        (cookies.SEEN, cookies.remembered(visit.seen, user.id), cookies.SEEN_SECONDS),
    )
    for name, value, seconds in told:
        sealed = Jar(visit.parts.secret).sealed(name, value)
        cookies.put(response, name, sealed, seconds=seconds, base=visit.base, secure=visit.secure)
    return response


def _form(visit: Visit, problem: str = "", *, status: int = 200, retry_after: int = 0) -> Response:
    """Whoever has the cookie of an account that was disabled since is told that, and not that time ran out."""
    with visit.parts.database.reading() as look:
        nobody = not users.page(look, limit=1).items
    if visit.is_disabled and not problem:
        problem = visit.words("login.disabled_meanwhile")
    response = render(
        visit,
        "login.html",
        status=status,
        nobody=nobody,
        problem=problem,
        ended="ended" in visit.query,
        name=visit.form.one("name")[:100],
        next=visit.form.one("next") or visit.query.get("next", ""),
    )
    if retry_after:
        response.headers["retry-after"] = str(retry_after)
    return response
