"""A real `chaffinch serve` in a process of its own, and a small client that speaks to it as a platform would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from chaffinch import own_server
from moderation.errors import ChaffinchError

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
    command = ["-m", "chaffinch", "serve", "--no-access-log"]
    with (
        own_server.running(command, ready="/readyz", log=log) as server,
        closing(Client(f"http://127.0.0.1:{server.port}", key)) as client,
    ):
        yield client


def _said(problem: Document) -> str:
    """The problem's own words, and its faults."""
    faults = "; ".join(" ".join(fault.values()) for fault in problem.get("errors", []))
    return " ".join(part for part in (problem.get("detail") or problem.get("title"), faults) if part)
