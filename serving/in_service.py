"""A service whose records were copied to another database does nothing more for anybody.

Reads and answers that are not stored would tell a state that is nobody's any more: keys that were revoked over there,
authors that were erased. So every request but those of what watches the process is refused, and a stream takes no
further item. `Alarm` looks once a second; a request costs no look.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.forms import form_of
from serving.problems import moved_problem, respond
from serving.streams.conversation import STOP
from serving.whereabouts import Whereabouts

WATCHING = frozenset({"/healthz", "/readyz", "/metrics"})
"""Addresses that answer all the same."""

_SCORES = "/v1/score"


class InService:
    """Wraps the application, inside of the edge."""

    def __init__(self, app: ASGIApp, *, whereabouts: Whereabouts, refused: Callable[[], object]) -> None:
        """`refused` is called for each request that is."""
        self._app = app
        self._refused = refused
        self._whereabouts = whereabouts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what comes while the records are here."""
        if scope["type"] not in ("http", "websocket") or scope["path"] in WATCHING:
            await self._app(scope, receive, send)
        elif self._whereabouts.moved is not None:
            self._refused()
            await _refuse(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._app(scope, self._until_moved(receive), send)
        else:
            await self._app(scope, receive, send)

    def _until_moved(self, receive: Receive) -> Receive:
        """What a stream is sent, and its end instead of the first item that comes too late."""

        async def received() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and self._whereabouts.moved is not None:
                return {"type": STOP}
            return message

        return received


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()  # websocket.connect
    request = HTTPConnection(scope)
    await respond(moved_problem(held=_judges(scope)), request)(scope, receive, send)


def _judges(scope: Scope) -> bool:
    """Whether a comment may be held for its answer: nobody reads any more on which surface it stands."""
    path: str = scope["path"]
    return scope.get("method") == "POST" and (path.startswith(_SCORES) or form_of(path) is not None)
