"""Several processes on one socket, by uvicorn's supervisor: one that dies is replaced at once."""

from __future__ import annotations

import socket

import uvicorn
from uvicorn.supervisors import multiprocess

from chaffinch.leaving import LeavingServer


class Process(multiprocess.Process):
    """A serving process whose death the supervisor hears of.

    uvicorn asks each process for a sign of life and waits for the answer. Its own end of the line that the process
    answers on stays open in the supervisor, so that of one that died after it was asked (one killed while it starts
    cannot have answered yet) nothing is ever heard: nothing is replaced, and no signal handled, until the whole time
    for an answer is over. With that end closed the line breaks with the process.
    """

    def start(self) -> None:
        """Starts it; the end that only the process uses is closed here."""
        super().start()
        self.child_conn.close()

    @property
    def server(self) -> uvicorn.Server:
        """What serves, in the process itself."""
        if self._server is None:
            self._server = LeavingServer(self.config)
        return self._server


class Supervisor(multiprocess.Multiprocess):
    """Lets the socket go before its processes do: what it holds open alone answers nobody, but takes connections."""

    def terminate_all(self) -> None:
        """Asks each to stop."""
        super().terminate_all()
        for listening in self.sockets:
            listening.close()


def serve_together(config: uvicorn.Config, listening: socket.socket) -> None:
    """Returns when it was told to stop (SIGTERM, SIGINT); SIGHUP replaces the processes one after the other."""
    multiprocess.Process = Process  # type: ignore[misc]  # uvicorn names the class there and takes no other
    Supervisor(config, sockets=[listening]).run()
