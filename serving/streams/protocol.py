"""uvicorn's WebSockets, but for three ends of a connection.

* A server that stops tells the application and lets it answer what it took and close; uvicorn's own closes at once.
* A close frame waits for nobody: a client that reads nothing is told on the same connection, behind what it has not
  read, and is cut off if it has not gone some seconds later; uvicorn's own would wait until it has read.
* A pong that lies behind items which are not read yet is not missing: uvicorn's own would end the stream of a client
  that sends far ahead.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from serving.bodies import MAX_BODY
from serving.streams.conversation import STOP

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
            self.loop.call_later(self.close_timeout, self.transport.abort)
        await super().send(message)
