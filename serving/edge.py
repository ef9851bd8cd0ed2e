"""The outermost layer: a request id in and out, trace context, security headers, one log line, and no exception beyond.

A server that was asked to stop says with every answer that the connection ends with it (RFC 9112, section 9.6).

Plain ASGI: it is on the path of every comment.
"""

from __future__ import annotations

import re
import time
from contextlib import suppress
from threading import Event
from typing import Any
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.logs import frames, log
from serving.problems import problem_of, respond
from serving.tracing import NO_SPANS, Spans

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")
"""W3C Trace Context, section 3.2."""
_NAMES = re.compile(r"^((?:/v1|/public)?/(?:authors|complaints|appeals))/.*", re.DOTALL)
"""Whoever somebody is, no log says so; and no log holds a receipt, which opens what it is about."""

_OF_STREAMS = ("items", "closed")
"""What a stream tells of itself at its end: items taken, close code."""

SECURITY = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""On every answer that does not set its own."""

_SECURITY = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in SECURITY.items())


LEAVING = "leaving"
"""What a connection's state may hold: a `threading.Event` that is set once the server was asked to stop."""


class Edge:
    """Wraps the application."""

    def __init__(self, app: ASGIApp, *, access_log: bool = True, spans: Spans = NO_SPANS) -> None:
        self._app = app
        self._access_log = access_log
        self._spans = spans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes requests and streams on, everything else as it is."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        headers = Headers(scope=scope)
        state = scope.setdefault("state", {})
        state["arrived"] = started
        state["request_id"] = request_id_of(headers)
        answer = _Answer(send, scope)
        with self._spans.request(scope, headers) as ended:
            try:
                await self._app(scope, receive, answer.send)
            except ClientDisconnect:
                answer.status = 499  # nobody is left to be answered (nginx's number for it)
            except Exception as error:  # nothing of our inside leaves this process
                await self._fail(error, answer, HTTPConnection(scope), receive)
            finally:
                ended(answer.status)
                if self._access_log:
                    _note(scope, headers, answer, started)

    async def _fail(self, error: Exception, answer: _Answer, request: HTTPConnection, receive: Receive) -> None:
        log.error(
            "failed", error=type(error).__name__, where=frames(error), request_id=request.state.request_id
        )  # fmt: skip
        if not answer.status:
            await respond(problem_of(error), request)(request.scope, receive, answer.send)
        elif request.scope["type"] == "websocket":
            with suppress(OSError):  # the client may be gone
                await answer.send({"type": "websocket.close", "code": FAILED})


_STARTS = ("http.response.start", "websocket.http.response.start", "websocket.accept")

SWITCHED = 101
FAILED = 1011
"""The close code for a failure of the server (RFC 6455, section 7.4.1)."""


class _Answer:
    """Sends on, with our headers; remembers the status."""

    def __init__(self, send: Send, scope: Scope) -> None:
        self._send = send
        self._scope = scope
        self.status = 0

    async def send(self, message: Message) -> None:
        """ASGI's send."""
        if message["type"] in _STARTS:
            self.status = message.get("status", SWITCHED)
            given = list(message.get("headers", ()))
            named = {name for name, _ in given}
            given += [(b"x-request-id", self._scope["state"]["request_id"].encode("latin-1"))]
            given += [(name, value) for name, value in _SECURITY if name not in named]
            if self._scope["type"] == "http" and is_leaving(self._scope):
                given += [(b"connection", b"close")]
            message["headers"] = given
        await self._send(message)


def is_leaving(scope: Scope) -> bool:
    """Whether the server that the connection came to was asked to stop."""
    leaving: Event | None = scope["state"].get(LEAVING)
    return leaving is not None and leaving.is_set()


def request_id_of(headers: Headers) -> str:
    """The client's `X-Request-ID` if it is a plain one, else a new one."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def trace_of(headers: Headers) -> dict[str, str]:
    """The W3C trace that this request is part of; empty where it is part of none."""
    found = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return {"trace_id": found[1], "parent_id": found[2]} if found else {}


def _note(scope: Scope, headers: Headers, answer: _Answer, started: float) -> None:
    line: dict[str, Any] = {
        "method": scope.get("method", "WS"),
        "path": _NAMES.sub(r"\1/-", scope["path"])[:200],
        "status": answer.status,
        "ms": round((time.perf_counter() - started) * 1000, 2),
        "request_id": scope["state"]["request_id"],
        **trace_of(headers),
        **{name: scope["state"][name] for name in _OF_STREAMS if name in scope["state"]},
    }
    log.info("request", **line)
