"""A server in a process of its own, on a free port of loopback: started, waited for, stopped."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from moderation.errors import ChaffinchError

START_SECONDS = 300.0
"""A process that lives is waited for: on a busy machine, loading a model alone takes more than a minute."""
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Server:
    """A running server: its process, and where it listens on loopback."""

    pid: int
    port: int


@contextmanager
def running(
    command: Sequence[str],
    *,
    ready: str,
    log: Path,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """A Python server, once it answers `ready`; stopped when the block ends, whatever happens in it.

    `command` follows the interpreter and is given `--port`; what it prints goes to the end of `log`. Raises
    `ChaffinchError` with its last words where it stops before, or is not ready in time.
    """
    port = _free_port()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        process = subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, *command, "--port", str(port)], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=sink, stderr=sink,
        )  # fmt: skip
        try:
            _wait(process, port, ready, log)
            yield Server(process.pid, port)
        finally:
            _stop(process)


def _wait(process: subprocess.Popen[bytes], port: int, ready: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if _answers(port, ready):
            return
        time.sleep(0.1)
    what = f"was not ready after {START_SECONDS:.0f} seconds" if process.poll() is None else "stopped while starting"
    last = log.read_text(errors="replace").strip().splitlines()[-5:]
    raise ChaffinchError("\n".join([f"The server {what}. {log} says more; last:", *last]))


def _answers(port: int, path: str) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as link:
        try:
            link.request("GET", path)
            return link.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
