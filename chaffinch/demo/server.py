"""A real `chaffinch serve` in a process of its own, and a small client that speaks to it as a platform would."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from moderation.errors import ChaffinchError

START_SECONDS = 60
STOP_SECONDS = 15
ANSWER_SECONDS = 30


Document = dict[str, Any]


class Client:
    """Speaks JSON to one server; `key` is sent where the API asks for one."""

    def __init__(self, address: str, key: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=ANSWER_SECONDS, trust_env=False)

    def get(self, path: str) -> Document:
        """The answer's document. Raises `ChaffinchError` with the server's own sentence."""
        return self._sent("GET", path, None)

    def post(self, path: str, body: object) -> Document:
        """The answer's document. Raises `ChaffinchError` with the server's own sentence."""
        return self._sent("POST", path, body)

    def close(self) -> None:
        """Gives the connection back."""
        self._http.close()

    def _sent(self, method: str, path: str, body: object) -> Document:
        try:
            answer = self._http.request(method, path, json=body)
            document: Document = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ChaffinchError(f"{path} was not answered: {error}") from error
        if answer.is_error:
            raise ChaffinchError(f"{path} was answered {answer.status_code}: {_said(document)}")
        return document


@contextmanager
def running(log: Path, *, key: str | None = None) -> Iterator[Client]:
    """A server on a free loopback port, ready to answer; stopped when the block ends, whatever happens in it."""
    port = _free_port()
    command = [sys.executable, "-m", "chaffinch", "serve", "--port", str(port), "--no-access-log"]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL)  # noqa: S603 - our own
    client = Client(f"http://127.0.0.1:{port}", key)
    try:
        _wait(process, client, log)
        yield client
    finally:
        client.close()
        _stop(process)


def _wait(process: subprocess.Popen[bytes], client: Client, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    said = ""
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ChaffinchError(f"The server stopped while starting; {log} says why.")
        try:
            client.get("/readyz")
        except ChaffinchError as error:
            said = str(error)
            time.sleep(0.1)
        else:
            return
    raise ChaffinchError(f"The server was not ready after {START_SECONDS} seconds ({said}); {log} says more.")


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
        port: int = probe.getsockname()[1]
        return port


def _said(problem: Document) -> str:
    """The problem's own words, and its faults."""
    faults = "; ".join(" ".join(fault.values()) for fault in problem.get("errors", []))
    return " ".join(part for part in (problem.get("detail") or problem.get("title"), faults) if part)
