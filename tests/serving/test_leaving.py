"""A server that was asked to stop answers whoever has asked, before it goes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Coroutine
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import uvicorn
import uvloop
from starlette.testclient import TestClient

from chaffinch import leaving
from chaffinch.commands.serve import listen
from chaffinch.leaving import LeavingServer
from serving.edge import LEAVING, Edge
from tests.serving.asking import score
from tests.serving.crowds import Notebook, asking, wait_until
from tests.serving.processes import running, stored_at

ASK = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def hello(scope: Any, _: Any, send: Any) -> None:
    assert "http" == scope["type"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"hi"})


async def started(listening: socket.socket) -> LeavingServer:
    """As `chaffinch serve` runs it."""
    config = uvicorn.Config(
        Edge(hello, access_log=False), http="httptools", lifespan="off", log_config=None, timeout_graceful_shutdown=5
    )
    config.load()
    server = LeavingServer(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listening])
    return server


def connected(listening: socket.socket) -> socket.socket:
    link = socket.create_connection(listening.getsockname(), timeout=20)
    link.setblocking(False)
    return link


async def told(link: socket.socket) -> bytes:
    """What is answered next, with its two bytes; nothing where the connection is cut."""
    loop, got = asyncio.get_running_loop(), b""
    while not got.endswith(b"hi"):
        more = await asyncio.wait_for(loop.sock_recv(link, 4096), 20)
        if not more:
            break
        got += more
    return got


def run(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


def test_who_stands_in_the_queue_when_the_socket_closes_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "LISTENS_ON", 0.0)

    async def ask_late() -> None:
        listening = listen("127.0.0.1", 0)
        server = await started(listening)
        late = connected(listening)  # the loop has no turn in which it could be let in
        late.send(ASK)
        await server.shutdown([listening])
        answer = await told(late)
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in answer
        with pytest.raises(OSError, match=r"refused|descriptor"):
            connected(listening)
        late.close()

    run(ask_late())


def test_a_connection_that_is_kept_is_not_cut_but_told_that_it_ends() -> None:
    async def ask_again() -> None:
        listening = listen("127.0.0.1", 0)
        server = await started(listening)
        kept = connected(listening)
        kept.send(ASK)
        assert b"connection: close" not in await told(kept)
        ending = asyncio.create_task(server.shutdown([listening]))
        await asyncio.sleep(0)
        kept.send(ASK)
        assert b"connection: close" in await told(kept)
        await ending
        kept.close()

    run(ask_again())


def test_it_is_ready_no_more_and_every_answer_ends_its_connection(client: TestClient) -> None:
    sign = Event()
    client.app_state[LEAVING] = sign
    assert (200, None) == ((told := client.get("/readyz")).status_code, told.headers.get("connection"))
    sign.set()
    told = client.get("/readyz")
    assert (503, ["process"], "close") == (told.status_code, told.json()["missing"], told.headers["connection"])
    scored = score(client)
    assert (200, "close") == (scored.status_code, scored.headers["connection"])


def test_clients_of_several_processes_are_answered_until_nobody_takes_their_connections(tmp_path: Path) -> None:
    notes = Notebook()
    with (
        running(tmp_path, "--workers", "2", "--no-worker", "--no-access-log") as server,
        asking(server, notes, "l", clients=8),
    ):
        wait_until(lambda: len(notes.answered) > 16)
        assert 0 == server.stop()
    assert (set(), [], 8) == (notes.unanswered, notes.refused, len(notes.turned_away))
    assert set(notes.answered.values()) == stored_at(f"sqlite:///{tmp_path / 'chaffinch.db'}").keys()
