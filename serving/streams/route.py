"""The handshake of `WS /v1/stream`: who may, and how many at once.

The key goes in the header `Authorization`, as everywhere. A page in a browser cannot send that header, and should not
be able to: a key in a page is everybody's. So there is no key in the address (addresses are logged) and none in
`Sec-WebSocket-Protocol`; a platform's own server speaks here, and browsers speak to that. A server that runs open
answers only pages of its own machine (`keys.check_local`), since WebSockets know no same-origin rule.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Send
from starlette.types import Scope as Connection

from moderation.errors import ChaffinchError
from serving.errors import TooManyStreamsError, UpgradeRequiredError
from serving.idempotency import Claims
from serving.keys import Caller, Gate, Scope
from serving.metrics import Metrics
from serving.parts import Options
from serving.problems import problem_of, respond
from serving.scoring import Scoring
from serving.streams.answering import PATH, Answering, Studio
from serving.streams.conversation import Close, Conversation

IN_FLIGHT = b"x-chaffinch-in-flight"
"""Tells in the handshake's answer how many items may be sent ahead."""


class StreamRoutes:
    """The address, for WebSockets and for who asks it by plain HTTP."""

    def __init__(self, scoring: Scoring, claims: Claims, gate: Gate, metrics: Metrics, options: Options) -> None:
        self._studio = Studio(scoring, claims, gate, metrics, options, asyncio.Semaphore(options.most_streaming))
        self._open: Counter[str] = Counter()
        metrics.streams(self._open.total)

    def routes(self) -> list[BaseRoute]:
        """For the router."""
        return [WebSocketRoute(PATH, _Handshake(self)), Route(PATH, self.plain, methods=["GET"])]

    async def plain(self, request: Request) -> Response:
        """Not a WebSocket's handshake: 426."""
        await self._studio.gate.require(request, Scope.SCORE)
        raise UpgradeRequiredError("This address speaks WebSocket: connect to it with a WebSocket client.")

    async def converse(self, scope: Connection, receive: Receive, send: Send) -> None:
        """One connection, from the handshake to its end."""
        connection = HTTPConnection(scope)
        await receive()  # websocket.connect
        try:
            caller = await self._studio.gate.require(connection, Scope.SCORE)
            self._check_room(caller)
        except ChaffinchError as error:
            await respond(problem_of(error), connection)(scope, receive, send)
            return
        self._open[caller.id] += 1
        try:
            most = str(self._studio.options.stream_in_flight).encode()
            await send({"type": "websocket.accept", "headers": [(IN_FLIGHT, most)]})
            await self._answer(connection, receive, send)
        finally:
            self._open[caller.id] -= 1
            self._open += Counter()  # forgets who has none

    async def _answer(self, connection: HTTPConnection, receive: Receive, send: Send) -> None:
        options, answering = self._studio.options, Answering(self._studio, connection)
        conversation = Conversation(
            receive,
            send,
            answering,
            most=options.stream_in_flight,
            idle=options.stream_idle,
            patience=options.stream_patience,
        )
        connection.state.on_cut = self._studio.metrics.stream_cut
        how = Close.FAILED
        try:
            how = await conversation.run()
        finally:
            answering.close()
            connection.state.items = conversation.taken
            connection.state.closed = int(how)
            self._studio.metrics.stream_closed(how)

    def _check_room(self, caller: Caller) -> None:
        options = self._studio.options
        if self._open[caller.id] >= options.streams_of_one:
            raise TooManyStreamsError(options.streams_of_one, whose="under this key")
        if self._open.total() >= options.most_streams:
            raise TooManyStreamsError(options.most_streams, whose="here")


class _Handshake:
    """An ASGI application, so that the router hands over `receive` and `send` as they are."""

    def __init__(self, streams: StreamRoutes) -> None:
        self._streams = streams

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        await self._streams.converse(scope, receive, send)
