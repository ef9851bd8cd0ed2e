"""Every refusal, in one place: from the exception family to HTTP, as `application/problem+json` (RFC 9457).

An answer says what is wrong and what to do. It never carries a stack trace, a path of this machine or a comment's text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from governance.once import MeasuredAlreadyError
from moderation.errors import (
    ConflictError,
    Fault,
    FaultsError,
    ForbiddenError,
    InProgressError,
    InvalidInputError,
    NotFoundError,
    PartUnavailableError,
    UnauthenticatedError,
)
from records.idempotency import is_key, key_fault
from records.moved_away import MovedAwayError
from serving.errors import (
    DropInError,
    MalformedError,
    MaybeStoredError,
    NotErasedError,
    NotStoredError,
    OverloadedError,
    TooLargeError,
    TooOftenError,
    TooSlowError,
    UpgradeRequiredError,
)
from serving.forms import form_of

MEDIA_TYPE = "application/problem+json"
MAX_FAULTS = 500
"""Faults listed: a person reads fewer, and a hostile body must not be answered by ten times its size."""

_STATUSES: Mapping[type[Exception], HTTPStatus] = {
    MalformedError: HTTPStatus.BAD_REQUEST,
    UnauthenticatedError: HTTPStatus.UNAUTHORIZED,
    ForbiddenError: HTTPStatus.FORBIDDEN,
    NotFoundError: HTTPStatus.NOT_FOUND,
    TooSlowError: HTTPStatus.REQUEST_TIMEOUT,
    ConflictError: HTTPStatus.CONFLICT,
    TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    InvalidInputError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UpgradeRequiredError: HTTPStatus.UPGRADE_REQUIRED,
    OverloadedError: HTTPStatus.TOO_MANY_REQUESTS,
    TooOftenError: HTTPStatus.TOO_MANY_REQUESTS,
    PartUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal before it is bound to a request. `more` are members of its own, `headers` go beside it."""

    status: int
    detail: str
    faults: tuple[Fault, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The status in words."""
        return HTTPStatus(self.status).phrase

    def as_dict(self) -> dict[str, Any]:
        """Its members, but for those of the request."""
        out: dict[str, Any] = {
            "type": f"urn:chaffinch:problem:{self.title.lower().replace(' ', '-')}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.more,
        }
        if self.faults:
            out["errors"] = [_located(fault) for fault in self.faults[:MAX_FAULTS]]
        return out


NAMED = "?"
"""Stands before the name of a parameter that a client made up."""

MAX_NAME = 200
"""Characters of such a name that are answered back."""

IDEMPOTENCY_KEY = "Idempotency-Key"
_HEADERS = frozenset({IDEMPOTENCY_KEY})
_PARAMETERS = frozenset(
    {"author_id", "cursor", "label", "lang", "limit", "policy", "queue", "reason", "state", "thread_id", "undone"}
)


def _located(fault: Fault) -> dict[str, str]:
    """A fault under what it lies in: a JSON pointer into the body, a header, or a parameter of query or path."""
    if fault.where.startswith(NAMED):
        return {"parameter": fault.where.removeprefix(NAMED), "detail": fault.detail}
    if fault.where in _HEADERS:
        return {"header": fault.where, "detail": fault.detail}
    if fault.where in _PARAMETERS:
        return {"parameter": fault.where, "detail": fault.detail}
    if fault.where == "" or fault.where.startswith("/"):
        return {"pointer": fault.where, "detail": fault.detail}
    return {"pointer": "", "detail": f"{fault.where} {fault.detail}"}


def problem_of(error: Exception) -> Problem:
    """The refusal that an exception means; anything unknown is a 500 that says nothing of its inside."""
    if isinstance(error, DropInError):
        return Problem(error.status, str(error), more=error.more)
    status = next((_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES), None)
    if status is None:
        return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something failed in this server. Its log has the request id.")
    if isinstance(error, PartUnavailableError):
        return _unavailable(error)
    if isinstance(error, FaultsError):
        return Problem(status, _summary(error), error.faults)
    more = {"measure_id": error.measure_id} if isinstance(error, MeasuredAlreadyError) else {}
    return Problem(status, str(error), more=more, headers=_headers(error))


def _summary(error: FaultsError) -> str:
    more = len(error.faults) - MAX_FAULTS
    return f"{error.summary} {more} more faults are not listed." if more > 0 else error.summary


MOVED = (
    "The records of this service were copied to another database, which is in service in its place: nothing was done "
    "or stored here. Whoever runs it reads at /readyz where they went; send this there."
)
"""Neither a host nor a file of it is for everybody."""


def moved_problem(*, held: bool) -> Problem:
    """The records are in another database; `held`: a comment waits for this answer."""
    more: dict[str, Any] = {"missing": ["database"]}
    if held:
        more["decision"] = "review"
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, MOVED, more=more, headers={"Retry-After": "1"})


def _unavailable(error: PartUnavailableError) -> Problem:
    """The log says which host or file; a client learns which part, and whether anything was kept."""
    if isinstance(error, MovedAwayError) or (isinstance(error, NotStoredError) and error.moved):
        return moved_problem(held=isinstance(error, NotStoredError) and error.held)
    more = {"decision": "review"} if isinstance(error, NotStoredError) and error.held else {}
    detail = f"The {error.part} does not answer, and nothing was stored. Try again in a moment."
    if isinstance(error, MaybeStoredError) or (isinstance(error, NotStoredError) and error.perhaps):
        detail = (
            f"The {error.part} fell silent while it stored, and nobody knows whether it did. Try again in a moment "
            "with the same Idempotency-Key: what was stored is then answered and not stored twice."
        )
    if isinstance(error, NotErasedError):
        detail = "Erasing did not come to its end. Ask again: it goes on with what is still there."
    return Problem(
        HTTPStatus.SERVICE_UNAVAILABLE, detail, more={"missing": [error.part], **more}, headers={"Retry-After": "1"}
    )


def _headers(error: Exception) -> dict[str, str]:
    if isinstance(error, UnauthenticatedError):
        return {"WWW-Authenticate": 'Bearer realm="chaffinch"'}
    if isinstance(error, OverloadedError | TooOftenError | InProgressError):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, UpgradeRequiredError):
        return {"Upgrade": "websocket", "Connection": "Upgrade"}
    return {}


def respond(problem: Problem, request: HTTPConnection) -> Response:
    """The problem as an answer to `request`; to a drop-in's address, in the form of the service it stands in for."""
    form = form_of(request.url.path)
    if form is not None:
        return form(problem)
    members = {
        **problem.as_dict(),
        "instance": request.url.path,
        "request_id": getattr(request.state, "request_id", None),
    }
    return Response(orjson.dumps(members), problem.status, dict(problem.headers), MEDIA_TYPE)


def problem_with(error: Exception, request: HTTPConnection) -> Problem:
    """The refusal that an exception means in answer to `request`: its header's fault is told with all others."""
    if isinstance(error, InvalidInputError):
        told = {fault.where for fault in error.faults}
        more = [fault for fault in _header_faults(request) if fault.where not in told]
        error = InvalidInputError(error.summary, [*error.faults, *more]) if more else error
    return problem_of(error)


def _header_faults(request: HTTPConnection) -> Iterator[Fault]:
    key = request.headers.get(IDEMPOTENCY_KEY)
    takes_it = request.scope.get("method", "GET") not in ("GET", "HEAD")
    if takes_it and key is not None and not is_key(key):
        yield key_fault()


async def on_chaffinch_error(request: Request, error: Exception) -> Response:
    """For the exception family."""
    return respond(problem_with(error, request), request)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """For what the router refuses by itself: no such path, no such method."""
    if not isinstance(error, HTTPException):
        raise error
    detail = _ROUTER_WORDS.get(error.status_code, lambda: str(error.detail))()
    return respond(Problem(error.status_code, detail, headers=dict(error.headers or {})), request)


_ROUTER_WORDS: Mapping[int, Callable[[], str]] = {
    404: lambda: "There is nothing at this address. /docs lists what there is.",
    405: lambda: "This address does not take this method; the Allow header lists those it takes.",
}
