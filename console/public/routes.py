"""Every public page in one table, and the one place every request passes before it reaches one.

Mount it: `app.mount("/public", application(parts))`. It answers its own errors with pages and sets its own headers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from console import assets, csrf, forms
from console.forms import EMPTY, Form
from console.headers import SECURITY, SecurityHeaders
from console.public import pages
from console.public.pages import refused
from console.public.reader import PublicParts, Reader, language_of
from console.refusals import RefusalError, refusal_of
from console.visitors import address_of
from moderation.errors import ChaffinchError

Serve = Callable[[Reader], Response]

HEADERS = SECURITY | {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-robots-tag": "noindex",
}
"""No script at all."""


@dataclass(frozen=True, slots=True)
class PublicPage:
    """A method, a path, and who answers."""

    method: str
    path: str
    serve: Serve


PAGES = (
    PublicPage("GET", "/", pages.home),
    PublicPage("GET", "/complaints", pages.complain),
    PublicPage("POST", "/complaints", pages.send_complaint),
    PublicPage("GET", "/complaints/{receipt}", pages.complaint),
    PublicPage("POST", "/contests", pages.send_contest),
    PublicPage("GET", "/appeals", pages.contest),
    PublicPage("POST", "/appeals", pages.send_appeal),
    PublicPage("GET", "/appeals/{receipt}", pages.appeal),
    PublicPage("GET", "/collected", pages.collected),
    PublicPage("GET", "/civility", pages.civility),
    PublicPage("GET", "/agreement", pages.agreement),
    PublicPage("GET", "/agreement/{version}", pages.earlier_agreement),
)

_KEYS = {404: "error.not_found", 405: "error.method"}


def application(parts: PublicParts) -> ASGIApp:
    """The pages, ready to be mounted; it starts nothing."""

    async def refuse(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        refusal = RefusalError(_KEYS.get(status, "error.internal"), status)
        return await run_in_threadpool(refused, _reader(request, parts, EMPTY), refusal)

    inner = Starlette(
        routes=[
            Route("/static/{name}", assets.serve),
            *(Route(page.path, _endpoint(page, parts), methods=[page.method]) for page in PAGES),
        ],
        exception_handlers={HTTPException: refuse, 500: refuse},
    )
    inner.router.redirect_slashes = False
    # Around all of it: Starlette answers an error of the program outside of its middleware.
    return SecurityHeaders(inner, headers=HEADERS)


def _endpoint(page: PublicPage, parts: PublicParts) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        form, refusal = EMPTY, None
        if page.method == "POST":
            try:
                form = await forms.read(request)
                csrf.check_origin(request.headers)
            except RefusalError as error:
                refusal = error
        # Pages read and write the database, which blocks: they run beside the event loop.
        return await run_in_threadpool(_answer, page, _reader(request, parts, form), refusal)

    return answer


def _answer(page: PublicPage, reader: Reader, refusal: RefusalError | None) -> Response:
    try:
        if refusal is not None:
            raise refusal
        forms.check_address(reader.query, reader.path_values)
        return page.serve(reader)
    except ChaffinchError as error:
        return refused(reader, refusal_of(error))


def _reader(request: Request, parts: PublicParts, form: Form) -> Reader:
    locale, chosen = language_of(request.query_params, request.headers.get("accept-language", ""))
    return Reader(
        parts=parts,
        base=request.scope.get("root_path", "").rstrip("/"),
        path=request.url.path,
        path_values=request.path_params,
        query=request.query_params,
        form=form,
        address=address_of(request, parts.proxies),
        now=parts.now(),
        locale=locale,
        chosen=chosen,
    )
