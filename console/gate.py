"""The one place every request passes: where it comes from, who sends it, what they may do, and only then the page.

In this order: a form is read within bounds; a foreign origin is refused; the session is found; whoever must log in is
sent to; the role is asked; the form's token is compared. A page that is not in `console/routes.py` is not served.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from console import apart, cookies, csrf, forms, preferences, sights
from console.cookies import Jar
from console.forms import EMPTY, MAX_BYTES, Form
from console.parts import ConsoleParts
from console.permissions import Action
from console.refusals import RefusalError, refusal_of
from console.rendering import render_refusal
from console.visit import Person, Visit
from console.visitors import address_of, is_secure
from governance.approvals import LOOKS_ALONE
from moderation.errors import ChaffinchError, PartUnavailableError
from records import ledger, sessions

_SOON = 5
"""Seconds until whoever found too many before them comes again."""

_BY_ITSELF = ("/live", "/renew")
"""How the addresses end that an open page asks again and again, whether or not somebody sits there."""

_USED_AGAIN = timedelta(minutes=1)
_REFUSED, _ASKED_AGAIN = "inspector.refused", timedelta(minutes=1)
_OWN_ENTRIES = frozenset({None, Action.USE_OWN_SESSION, Action.READ_EVIDENCE})
_NUMBERS_AGAIN = frozenset({"/state/live", "/rules/{rule_id}/backtest/live"})
"""Asked every few seconds by a page that was noted when it was opened."""

_MOST_OF_BROWSER = 400

Serve = Callable[[Visit], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """A method and a path, what it takes to be let in (None: nothing, as for the log-in form), and who answers."""

    method: str
    path: str
    action: Action | None
    serve: Serve
    most: int = MAX_BYTES
    """Bytes of a form that it takes."""
    is_apart: bool = False
    """Whether it works long on a password, and is served apart from all others."""


def endpoint(page: Page, parts: ConsoleParts) -> Endpoint:
    """`page` behind the gate, as Starlette calls it."""

    async def answer(request: Request) -> Response:
        form, refusal = EMPTY, None
        if page.method == "POST":
            try:
                form = await forms.read(request, page.most)
            except RefusalError as error:
                refusal = error
        if page.is_apart and refusal is None:
            try:
                return await apart.run(partial(_answer, page, parts, request, form, None))
            except RefusalError as error:
                refusal = error
        # Pages read and write the database, which blocks: they run beside the event loop.
        return await run_in_threadpool(_answer, page, parts, request, form, refusal)

    return answer


def refused(request: Request, parts: ConsoleParts, refusal: RefusalError) -> Response:
    """A page that says no, for what never reached one: an unknown address, a method that is not served.

    It reads the database, which blocks. Whoever is logged in keeps their language and their way back; where that
    cannot be found out (it may be what failed), the page is a stranger's.
    """
    try:
        visit = _arrive(request, parts, EMPTY)
    except Exception:  # the answer to one failure must not be another
        visit = _anonymous(request, parts, EMPTY)
    return _with_door(render_refusal(visit, refusal), visit, request)


def _answer(page: Page, parts: ConsoleParts, request: Request, form: Form, refusal: RefusalError | None) -> Response:
    visit = _anonymous(request, parts, form)
    try:
        visit = _arrive(request, parts, form)
        if refusal is not None:
            raise refusal
        forms.check_address(visit.query, visit.path_values)
        if page.method == "POST":
            csrf.check_origin(request.headers)
        _check_person(page, visit)
        _note_use(page, visit)
        if page.method == "POST":
            csrf.check_token(visit.csrf_token, form.one(csrf.FIELD))
            sights.asked_for(visit)
        response = page.serve(visit)
        _note_reading(page, visit, response)
    except ChaffinchError as error:
        response = _refuse(visit, page, refusal_of(error))
    return _with_door(response, visit, request)


def _note_reading(page: Page, visit: Visit, response: Response) -> None:
    """What an inspector reads is in the ledger before it is shown; evidence has entries of its own.

    Raises `PartUnavailableError` where it cannot be written: then nothing is shown.
    """
    is_own = page.action in _OWN_ENTRIES or page.path in _NUMBERS_AGAIN
    if page.method != "GET" or is_own or response.status_code != 200 or visit.person is None:
        return
    if visit.me.role == LOOKS_ALONE:
        actor = ledger.Actor("user", visit.me.name)
        entry = ledger.Entry("inspector.read", actor, "page", page.path, "looked", "", facts=dict(visit.path_values))
        with visit.parts.database.unit() as unit:
            ledger.append(unit, entry, now=visit.now)
            unit.commit()


def _check_person(page: Page, visit: Visit) -> None:
    if page.action is None:
        return
    if visit.person is None:
        raise RefusalError("error.unauthenticated", 401)
    if not visit.person.may(page.action):
        looks_alone = visit.me.role == LOOKS_ALONE
        if looks_alone:
            _note_refusal(page, visit)
        raise RefusalError("error.inspector" if looks_alone and page.method == "GET" else "error.forbidden", 403)


def _note_use(page: Page, visit: Visit) -> None:
    """That the session is in use, once a minute; what a page asks by itself is nobody's use.

    Where it cannot be written the page is shown all the same.
    """
    if visit.person is None or page.path.endswith(_BY_ITSELF):
        return
    session = visit.person.session
    if visit.now - session.last_used_at < _USED_AGAIN:
        return
    with suppress(PartUnavailableError), visit.parts.database.unit() as unit:
        sessions.use(unit, session.id, now=visit.now)
        unit.commit()


def _note_refusal(page: Page, visit: Visit) -> None:
    """That an inspector asked for what is closed to them: one entry for a page and a minute, however often they ask."""
    actor, database = ledger.Actor("user", visit.me.name), visit.parts.database
    with database.reading() as look:
        before = ledger.last(look, _REFUSED, page.path)
    if before and visit.now - before.created_at < _ASKED_AGAIN and json.loads(before.body)["actor"]["id"] == actor.id:
        return
    entry = ledger.Entry(_REFUSED, actor, "page", page.path, "the role does not open it", "")
    with database.unit() as unit:
        ledger.append(unit, entry, now=visit.now)
        unit.commit()


def _refuse(visit: Visit, page: Page, refusal: RefusalError) -> Response:
    """Whoever is not logged in goes to the log-in form and comes back; everything else is a page with a sentence."""
    if refusal.status != 401:
        response = render_refusal(visit, refusal)
        if refusal.status == 429:
            response.headers["retry-after"] = str(_SOON)
        return response
    sent = page.method == "POST"
    back = visit.local(_page_of(visit), "/") if sent else visit.place
    target = visit.url(f"/login?next={quote(back, safe='/')}{'&ended=1' if sent else ''}")
    if visit.is_htmx:
        return Response(status_code=401, headers={"HX-Redirect": target})
    return RedirectResponse(target, status_code=303)


def _page_of(visit: Visit) -> str:
    """The page whose form was sent, as far as the browser says."""
    referer = urlsplit(visit.referer)
    return referer.path + (f"?{referer.query}" if referer.query else "")


def _arrive(request: Request, parts: ConsoleParts, form: Form) -> Visit:
    """The visit with its person, if a live session says who. Raises `PartUnavailableError` where nobody can say."""
    token = Jar(parts.secret).opened(cookies.SESSION, request.cookies.get(cookies.SESSION), cookies.SESSION_SECONDS)
    if token is None:
        return _anonymous(request, parts, form)
    with parts.database.reading() as look:
        found = sessions.find(look, token, now=parts.now(), idle=parts.session_idle)
        is_disabled = found is None and sessions.is_of_disabled(look, token)
    visit = _visit(request, parts, form, Person(found[1], found[0]) if found else None)
    return replace(visit, is_disabled=is_disabled)


def _anonymous(request: Request, parts: ConsoleParts, form: Form) -> Visit:
    return _visit(request, parts, form, None)


def _visit(request: Request, parts: ConsoleParts, form: Form, person: Person | None) -> Visit:
    base = request.scope.get("root_path", "").rstrip("/")
    path = request.url.path
    query = f"?{request.url.query}" if request.url.query else ""
    door = Jar(parts.secret).opened(cookies.DOOR, request.cookies.get(cookies.DOOR), cookies.DOOR_SECONDS)
    door = door or cookies.new_door()
    return Visit(
        parts=parts,
        base=base,
        path=path,
        place=path + query,
        path_values=request.path_params,
        query=request.query_params,
        form=form,
        person=person,
        door=door,
        preferences=preferences.read(
            request.cookies.get(preferences.COOKIE),
            request.headers.get("accept-language", ""),
            person.user.locale if person else None,
        ),
        address=address_of(request, parts.proxies),
        referer=request.headers.get("referer", ""),
        agent=request.headers.get("user-agent", "")[:1000],
        secure=is_secure(request, parts.proxies),
        is_htmx="hx-request" in request.headers,
        now=parts.now(),
        csrf_token=csrf.token(parts.secret, person.session.csrf_secret if person else door),
        no_break_yet=cookies.LATER in request.cookies,
        seen=_seen(request, parts),
        browser=request.headers.get("user-agent", "")[:_MOST_OF_BROWSER],
    )


def _seen(request: Request, parts: ConsoleParts) -> tuple[str, ...]:
    told = Jar(parts.secret).opened(cookies.SEEN, request.cookies.get(cookies.SEEN), cookies.SEEN_SECONDS)
    return tuple(told.split(",")) if told else ()


def _with_door(response: Response, visit: Visit, request: Request) -> Response:
    """Whoever is not logged in gets the nonce that the log-in form is bound to."""
    jar = Jar(visit.parts.secret)
    known = jar.opened(cookies.DOOR, request.cookies.get(cookies.DOOR), cookies.DOOR_SECONDS)
    if visit.person is None and known is None:
        sealed = jar.sealed(cookies.DOOR, visit.door)
        cookies.put(
            response, cookies.DOOR, sealed,
            seconds=cookies.DOOR_SECONDS, base=visit.base, secure=visit.secure, strict=True,
        )  # fmt: skip
    return response
