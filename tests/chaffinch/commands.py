"""Asks `tests.chaffinch.nursery` for commands and for servers."""

from __future__ import annotations

import atexit
import functools
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from select import select
from tempfile import TemporaryDirectory, TemporaryFile
from typing import BinaryIO, TextIO

from chaffinch.settings import CHECKOUT
from tests import cpu

SECONDS = 240


def environment(home: Path, **more: str) -> dict[str, str]:
    """This machine's environment without its Chaffinch settings, with this home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHAFFINCH_")}
    return {**kept, "CHAFFINCH_HOME": str(home), "COLUMNS": "200", **more}


class Child:
    """A command that runs, with the words of `subprocess.Popen` that tests use."""

    def __init__(self, answers: TextIO, stdout: BinaryIO | None = None, stderr: BinaryIO | None = None) -> None:
        self.stdout, self.stderr = stdout, stderr
        self.returncode: int | None = None
        self._answers = answers
        self.pid = int(answers.readline())

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float) -> int:
        """The exit code, after at most so many seconds."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired("chaffinch", timeout)
        return code

    def send_signal(self, number: int) -> None:
        """To a process that still runs: its number may be another's afterwards."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, seconds: float) -> int | None:
        if self.returncode is None and select([self._answers], [], [], seconds)[0]:
            code, used = self._answers.readline().split()
            self._answers.close()
            self.returncode = int(code)
            cpu.tell(float(used))
        return self.returncode


class Nursery:
    """A process of `tests.chaffinch.nursery`; several threads may ask it."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, TemporaryDirectory(prefix="chaffinch-") as nowhere:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaffinch.nursery", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=CHECKOUT,
                env=environment(Path(nowhere)),
            )

    def close(self) -> None:
        self._line.close()
        self._process.wait(SECONDS)

    def run(
        self, arguments: tuple[str, ...], given: bytes, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """As `subprocess.run`, after at most `SECONDS`."""
        with TemporaryFile() as into, TemporaryFile() as out, TemporaryFile() as errors:
            into.write(given)
            into.seek(0)
            child = Child(self._asked(arguments, environment, into.fileno(), out.fileno(), errors.fileno()))
            try:
                code = child.wait(SECONDS)
            finally:
                child.kill()
                child.wait(SECONDS)
            said = [each.read().decode("utf-8") for each in (out, errors) if not each.seek(0)]
        return subprocess.CompletedProcess(arguments, code, *said)

    def start(self, arguments: tuple[str, ...], environment: dict[str, str]) -> Child:
        """As `subprocess.Popen`: nothing on its standard input, and pipes for the other two."""
        out, said = os.pipe()
        errors, complained = os.pipe()
        with Path(os.devnull).open("rb") as nothing:
            try:
                answers = self._asked(arguments, environment, nothing.fileno(), said, complained)
            finally:
                os.close(said)
                os.close(complained)
        return Child(answers, os.fdopen(out, "rb"), os.fdopen(errors, "rb"))

    def _asked(self, arguments: tuple[str, ...], environment: dict[str, str], *streams: int) -> TextIO:
        told = json.dumps({"arguments": arguments, "environment": environment, "folder": str(CHECKOUT)})
        heard, says = os.pipe()
        try:
            socket.send_fds(self._line, [told.encode()], [*streams, says])
        finally:
            os.close(says)
        return os.fdopen(heard, encoding="ascii", buffering=1)


@functools.cache
def the_nursery() -> Nursery:
    """The program, read once for all commands and servers of this process."""
    made = Nursery()
    atexit.register(made.close)
    return made
