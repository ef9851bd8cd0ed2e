"""Several processes on one socket, by uvicorn's supervisor: one that dies is replaced at once.

Before any of them served, what one refuses all refuse: the server ends with its sentence, as one process alone does.
Later one that cannot start is begun again until it can, beside those that serve.
"""

from __future__ import annotations

import signal
import socket
import sys
import time
from multiprocessing import Pipe
from pickle import UnpicklingError

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import multiprocess

from chaffinch.hang_up import Terminal
from chaffinch.leaving import LeavingServer
from moderation.errors import ChaffinchError
from serving.logs import log

LOOKED_AFTER = 0.1
"""Seconds after which a process that leaves is looked at again."""

MOST_ENDED = 5
"""Processes that may end, without a word, before the first one served."""

LEFT_AFTER = 25.0
"""Seconds in which a process that was asked to stop has left, below systemd's thirty: one that has not hangs."""


class Process(multiprocess.Process):
    """A serving process whose death the supervisor hears of, and that it never waits for.

    uvicorn asks each process for a sign of life and waits for the answer: while one hangs no other is looked after, and
    no signal handled. Here one is asked at one look, and answers by another. uvicorn's own end of the line that the
    process answers on stays open in the supervisor, so that of one that died after it was asked nothing is ever heard.
    With that end closed the line breaks with the process.
    """

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket]) -> None:
        self.has_served = False
        self._asked_at: float | None = None
        self._hears, self._tells = Pipe(duplex=False)
        super().__init__(config, sockets)

    def start(self) -> None:
        """Starts it; the ends that only the process uses are closed here."""
        super().start()
        self.child_conn.close()
        self._tells.close()

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """What the process runs; why it does not serve goes to the supervisor, and no stack trace to the log.

        What a closing terminal tells everybody (SIGHUP) is the supervisor's to answer.
        """
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            super().target(sockets)
        except (ChaffinchError, OSError) as error:
            self._tells.send(str(error))
            sys.exit(1)

    def refusal(self) -> str:
        """Why a process that ended could not serve; empty where it did not say."""
        try:
            return str(self._hears.recv()) if self._hears.poll() else ""
        except (EOFError, OSError):
            return ""

    def is_well(self, within: float) -> bool:
        """Whether it runs and has given a sign of life, or has some of so many seconds left to; at once."""
        if not self.process.is_alive():
            return False
        try:
            return self._answers(within)
        except (OSError, EOFError, UnpicklingError):
            return False

    def _answers(self, within: float) -> bool:
        if self._asked_at is None:
            self.parent_conn.send(b"ping")
            self._asked_at = time.monotonic()
        while self.parent_conn.poll():
            self.has_served = self.parent_conn.recv() is True or self.has_served
            self._asked_at = None
        return self._asked_at is None or time.monotonic() - self._asked_at < within

    def leave(self, until: float) -> None:
        """Returns once it has left; one that has not by that moment (of `time.monotonic`) is killed."""
        self.process.join(max(0.0, until - time.monotonic()))
        if self.process.is_alive():
            log.error("process_hung", pid=self.pid)
            self.kill()
            self.process.join()

    @property
    def server(self) -> uvicorn.Server:
        """What serves, in the process itself."""
        if self._server is None:
            self._server = LeavingServer(self.config)
        return self._server


class Supervisor(multiprocess.Multiprocess):
    """Lets the socket go before its processes do: what it holds open alone answers nobody, but takes connections.

    `refused` is why the server ends though nobody asked it to; empty while it need not.
    """

    processes: list[Process]  # type: ignore[assignment]  # as `serve_together` has uvicorn make them

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], terminal: Terminal) -> None:
        super().__init__(config, sockets)
        self._leaving: list[Process] = []
        self._terminal = terminal
        self.refused = ""
        self._has_served = False
        self._ended = 0

    def keep_subprocess_alive(self) -> None:
        """Replaces those that ended or hang, unless none ever served and there is no hope; waits for nobody."""
        for place, process in enumerate(self.processes):
            if self.is_set():
                return
            is_well = process.is_well(self.config.timeout_worker_healthcheck)
            self._has_served = self._has_served or process.has_served
            if not is_well:
                self._replace(place, process)

    def handle_hup(self) -> None:
        """Replaces the processes, unless it was the terminal, which closed: then nobody asked for new ones."""
        if self._terminal.has_closed():
            self.should_exit.set()
        else:
            super().handle_hup()

    def _replace(self, place: int, process: Process) -> None:
        process.kill()  # one that does not answer still runs
        process.join()
        self._ended += 1
        why = process.refusal()
        log.error("process_ended", pid=process.pid, code=process.exitcode, detail=why)
        if not self._has_served and (why or process.exitcode == STARTUP_FAILURE or self._ended >= MOST_ENDED):
            self.refused = why or "The server did not start; the log above says why."
            self.should_exit.set()
            return
        self.processes[place] = Process(self.config, self.sockets)
        self.processes[place].start()

    def restart_all(self) -> None:
        """Puts a new process in the place of each, one after the other, each ready before the old one leaves.

        Being told to stop ends it at once: the one that is still starting is killed, and nobody waits for one that
        leaves before the others are asked to.
        """
        for place, old in enumerate(self.processes):
            if self.is_set():
                return
            new = Process(self.config, self.sockets)
            new.start()
            if not new.wait_until_ready(self.config.timeout_worker_healthcheck, self):  # type: ignore[arg-type]
                new.kill()
                new.join()
                if not self.is_set():
                    log.error("replacement_not_ready", pid=new.pid, kept=old.pid)
                return
            old.terminate()
            self.processes[place] = new
            self._leaving.append(old)
            self._let_go(old)

    def _let_go(self, old: Process) -> None:
        """Waits until it has left, or for nobody where all are to stop."""
        until = time.monotonic() + LEFT_AFTER
        while old.process.is_alive() and not self.is_set():
            if time.monotonic() >= until:
                old.leave(until)
            old.process.join(LOOKED_AFTER)

    def is_set(self) -> bool:
        """Whether it was told to stop, which uvicorn looks at between two turns only."""
        told = (signal.SIGTERM, signal.SIGINT)
        return self.should_exit.is_set() or any(number in told for number in tuple(self.signal_queue))

    def join_all(self) -> None:
        """Waits until all have left, those that were replaced too; who hangs is killed."""
        until = time.monotonic() + LEFT_AFTER
        for process in (*self.processes, *self._leaving):
            process.leave(until)

    def terminate_all(self) -> None:
        """Asks each to stop."""
        super().terminate_all()
        for listening in self.sockets:
            listening.close()


def serve_together(config: uvicorn.Config, listening: socket.socket) -> None:
    """Returns when it was told to stop (SIGTERM, SIGINT, a terminal that closed); SIGHUP puts new processes in place.

    Raises `ChaffinchError` where they cannot start.
    """
    multiprocess.Process = Process  # type: ignore[misc]  # uvicorn names the class there and takes no other
    supervisor = Supervisor(config, [listening], Terminal())
    supervisor.run()
    if supervisor.refused:
        raise ChaffinchError(supervisor.refused)
