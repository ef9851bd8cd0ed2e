"""A platform's receiver on 127.0.0.1, as well behaved as a test wants it."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Got:
    """A request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def message(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass(frozen=True)
class Reply:
    """How it is answered; `wait` seconds before, `drip` seconds between the pieces of the body."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    pieces: int = 1
    wait: float = 0.0
    drip: float = 0.0


Behave = Callable[[Got], Reply]


@dataclass
class Receiver:
    """Where it listens and what it got; `behave` may be changed at any time."""

    port: int
    behave: Behave = lambda _: Reply()
    got: list[Got] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    pieces_sent: int = 0
    let_go: threading.Event = field(default_factory=threading.Event)
    guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    @property
    def ids(self) -> list[str]:
        return [got.id for got in self.got]

    def wait_for(self, count: int, seconds: float = 120) -> list[Got]:
        until(lambda: len(self.got) >= count, seconds, lambda: f"{len(self.got)} of {count} came")
        return list(self.got)


def until(
    holds: Callable[[], object], seconds: float = 120, told: Callable[[], str] = lambda: "it never came to that"
) -> None:
    """Returns once `holds`."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, told()
        time.sleep(0.01)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what some tests are about."""


@contextmanager
def receiving(behave: Behave = lambda _: Reply(), *, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Listens until the block ends."""
    receiver = Receiver(0, behave)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            got = Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            with receiver.guard:
                receiver.got.append(got)
                receiver.at_once += 1
                receiver.most_at_once = max(receiver.most_at_once, receiver.at_once)
            try:
                self._answer(receiver.behave(got))
            finally:
                with receiver.guard:
                    receiver.at_once -= 1

        def _answer(self, reply: Reply) -> None:
            receiver.let_go.wait(reply.wait)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.body:
                self.send_header("content-length", str(len(reply.body) * reply.pieces))
            else:
                self.send_header("content-length", "0")
            self.end_headers()
            for _ in range(reply.pieces if reply.body else 0):
                self.wfile.write(reply.body)
                self.wfile.flush()
                receiver.pieces_sent += 1
                receiver.let_go.wait(reply.drip)

        def log_message(self, *_: object) -> None:
            """Tests print nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.port = server.socket.getsockname()[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


def unused_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port
