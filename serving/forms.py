"""Refusals in the form of the service that an address stands in for, whoever refuses: route, router or edge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import Response

if TYPE_CHECKING:
    from serving.problems import Problem

Form = Callable[["Problem"], Response]

DECISION = "x-chaffinch-decision"
"""The header of every drop-in's answer, and of a refusal that holds the comment."""

JSON = "application/json"
PLAIN = "text/plain; charset=utf-8"
RPC = "type.googleapis.com/google.rpc."

_GOOGLE: Mapping[int, str] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    408: "DEADLINE_EXCEEDED",
    409: "ABORTED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
"""google.rpc.Code by the HTTP status that it is sent with; a body too large has no code of its own."""

_OPENAI: Mapping[int, str] = {429: "rate_limit_exceeded", 500: "server_error", 503: "server_error"}


def form_of(path: str) -> Form | None:
    """How refusals at this address are written; None for our own form."""
    if path.startswith(("/v1alpha1/", "/$discovery/")):
        return google
    if path == "/v1/moderations":
        return openai
    return akismet if path.startswith(("/1.1/", "/1.2/")) else None


def google(problem: Problem) -> Response:
    """`{"error": {"code", "message", "status", "details"}}`."""
    status = _plain(problem.status)
    details = problem.more.get("details") or list(_details(problem))
    error = {
        "code": status,
        "message": _message(problem),
        "status": _GOOGLE.get(status, "UNKNOWN"),
        "details": details,
    }
    return _answer(orjson.dumps({"error": error}), status, problem, JSON)


def openai(problem: Problem) -> Response:
    """`{"error": {"message", "type", "param", "code"}}`."""
    status, more = _plain(problem.status), problem.more
    kind = "server_error" if status >= 500 else "requests" if status == 429 else "invalid_request_error"
    error = {
        "message": _message(problem),
        "type": more.get("type", kind),
        "param": more.get("param"),
        "code": more.get("code", _OPENAI.get(status)),
    }
    return _answer(orjson.dumps({"error": error}), status, problem, JSON)


def akismet(problem: Problem) -> Response:
    """A sentence, and the same in the header that clients look for it in."""
    message = _message(problem)
    response = _answer(message.encode(), _plain(problem.status), problem, PLAIN)
    response.headers["x-akismet-debug-help"] = header(message)
    return response


def header(text: str) -> str:
    """The text as a header may hold it."""
    return "".join(char if " " <= char <= "~" else "?" for char in text)


def _answer(body: bytes, status: int, problem: Problem, media_type: str) -> Response:
    held = {DECISION: problem.more["decision"]} if "decision" in problem.more else {}
    return Response(body, status, {**problem.headers, **held}, media_type)


def _plain(status: int) -> int:
    """None of these services answers 422."""
    return 400 if status == 422 else status


def _message(problem: Problem) -> str:
    return " ".join([problem.detail, *(f"{fault}." for fault in problem.faults)])


def _details(problem: Problem) -> Iterator[dict[str, Any]]:
    if problem.faults:
        yield bad_request([(fault.where, fault.detail) for fault in problem.faults])
    missing = problem.more.get("missing")
    if missing:
        held = {"decision": problem.more["decision"]} if "decision" in problem.more else {}
        told = {"reason": "PART_UNAVAILABLE", "domain": "chaffinch", "metadata": {"missing": ", ".join(missing)} | held}
        yield {"@type": f"{RPC}ErrorInfo", **told}


def bad_request(violations: list[tuple[str, str]]) -> dict[str, Any]:
    """google.rpc.BadRequest of (field, what is wrong with it)."""
    found = [{"field": field, "description": text} for field, text in violations]
    return {"@type": f"{RPC}BadRequest", "fieldViolations": found}
