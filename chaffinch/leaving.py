"""A server that leaves without breaking a request: whoever has sent one when it goes is answered.

uvicorn's own closes its socket, and every connection on which nothing is asked just then, at the moment it is told to
stop. A client that keeps its connection and asks a millisecond later is cut off, and so is whoever connected and was
not taken yet. Here there are three steps. For `LISTENS_ON` seconds nothing is closed: `/readyz` says 503, so that what
spreads the load looks elsewhere, and every answer says `Connection: close`. Then the socket is closed, and those who
stood in its queue are let in. For `LINGERS` seconds at most, while anybody is connected, what is still asked is
answered. Only then are connections closed on which nothing is asked, and what is under way has uvicorn's grace.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from threading import Event

import uvicorn

from serving.edge import LEAVING

LISTENS_ON = 1.0
LINGERS = 1.0
TICK = 0.02


class LeavingServer(uvicorn.Server):
    """uvicorn's, but for its end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.leaving = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Every connection's state has the sign of leaving."""
        self.lifespan.state[LEAVING] = self.leaving
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """It was asked to stop. A second Ctrl-C goes at once."""
        self.leaving.set()
        await self._while(lambda: True, seconds=LISTENS_ON)
        await self._close(sockets or ())
        await self._while(lambda: bool(self.server_state.connections), seconds=LINGERS)
        await super().shutdown(sockets)

    async def _while(self, condition: Callable[[], bool], *, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and condition() and not self.force_exit:
            await asyncio.sleep(TICK)

    async def _close(self, sockets: Sequence[socket.socket]) -> None:
        """Listens no more. Who is in the queue by then has perhaps asked already, and a closed socket resets them."""
        queues = [listening.dup() for listening in sockets]
        for server in self.servers:
            server.close()
        for listening in sockets:
            listening.close()
        await asyncio.sleep(TICK)  # uvloop closes its own in the next turn of the loop
        for queue in queues:
            taken = _all_of(queue)
            queue.close()
            for connection in taken:
                await asyncio.get_running_loop().connect_accepted_socket(self._protocol, connection)

    def _protocol(self) -> asyncio.Protocol:
        made: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return made


def _all_of(queue: socket.socket) -> list[socket.socket]:
    """Everybody who stands in the socket's queue."""
    queue.setblocking(False)
    taken = []
    while True:
        try:
            taken.append(queue.accept()[0])
        except BlockingIOError:
            return taken
