"""uvicorn's WebSockets, but for three ends of a connection.

* A server that stops tells the application and lets it answer what it took and close; uvicorn's own closes at once.
* A close frame waits for nobody: a client that reads nothing is told on the same connection, behind what it has not
  read; one that has not gone `CUT_SECONDS` later is cut off (a reset, whatever lies in buffers), which is logged and
  counted. uvicorn's own would wait until it has read.
* A pong that lies behind items which are not read yet is not missing: uvicorn's own would end the stream of a client
  that sends far ahead.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from serving.bodies import MAX_BODY
from serving.logs import log
from serving.streams.conversation import REASONS, STOP, Close

MAX_FRAME = 2 * MAX_BODY
"""Bytes of a message that are read at all (beyond them the connection is closed with 1009): an item that is somewhat
too large is refused in its place."""

SETTINGS: dict[str, Any] = {
    "ws": "serving.streams.protocol:StreamProtocol",
    "ws_max_size": MAX_FRAME,
    "ws_per_message_deflate": False,  # as bodies: what is compressed is not read, and costs memory for each client
    "ws_ping_interval": 20.0,
    "ws_ping_timeout": 20.0,
}
"""For `uvicorn.Config`."""


CUT_SECONDS = 5.0
"""How long a client may take to read the close frame, and what lies before it, and to go."""

ON_CUT = "on_cut"
"""What a connection's state may hold: it is called with the close code of who was cut off."""


class StreamProtocol(WebSocketsSansIOProtocol):
    """One connection."""

    def shutdown(self) -> None:
        """The server stops."""
        if self.handshake_complete and not self.close_sent and not self.disconnected:
            stop: Any = {"type": STOP}  # no message of ASGI's own
            self.queue.put_nowait(stop)
        else:
            super().shutdown()

    def keepalive_timeout(self) -> None:
        """No pong came in time."""
        if self.read_paused:
            self.pong_timer = self.pending_ping_payload = None
            self.schedule_ping()
        else:
            super().keepalive_timeout()

    async def send(self, message: Any) -> None:  # noqa: ANN401 - uvicorn's own types are private
        """ASGI's send."""
        if message["type"] == "websocket.close":
            self.writable.set()
            self.loop.call_later(CUT_SECONDS, self._cut, message.get("code", 1000))
        await super().send(message)

    def _cut(self, code: int) -> None:
        """The time to go is over."""
        if self.disconnected:
            return
        state = self.scope.get("state", {})
        unread, request_id = self.transport.get_write_buffer_size(), state.get("request_id")
        log.warning("stream_cut", code=int(code), why=_why(code), unread_bytes=unread, request_id=request_id)
        state.get(ON_CUT, _nobody)(code)
        self.transport.abort()


def _why(code: int) -> str:
    return REASONS.get(Close(code), "") if code in list(Close) else ""


def _nobody(_: int) -> None:
    return None
