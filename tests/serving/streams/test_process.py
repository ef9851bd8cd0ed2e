"""Streams of a real server in a process of its own, asked with the `websockets` client."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from websockets.asyncio.client import ClientConnection

from records import comments, keys
from records.database import Database
from serving.parts import utc_now
from serving.streams.protocol import MAX_FRAME
from tests.proofs import full, report
from tests.serving.asking import CLEAN, question
from tests.serving.processes import Server, running, stored_at

WAIT = 120
WINDOWS = 72
"""MiB that the windows of behaviour grow to by themselves (`moderation/behaviour/watching.py`)."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("streams") / "home"


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with running(home, CHAFFINCH_STREAM_IN_FLIGHT="8") as started:
        yield started


def connect(server: Server, **more: Any) -> websockets.connect:
    address = server.address.replace("http://", "ws://") + "/v1/stream"
    return websockets.connect(address, proxy=None, open_timeout=WAIT, close_timeout=WAIT, **more)


def item(name: str, text: str = CLEAN, **more: Any) -> str:
    return json.dumps(question(text, id=name, deadline_ms=30_000, **more))


async def answers(stream: ClientConnection, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(WAIT):
        return [json.loads(await stream.recv()) for _ in range(count)]


async def one_client(server: Server, client: int, count: int) -> None:
    """Sends as far ahead as it may and reads meanwhile; every answer is that of its item, and stored."""
    names, heard = [f"{client}-{number}" for number in range(count)], list[dict[str, Any]]()
    async with connect(server) as stream:
        assert stream.response is not None
        ahead = asyncio.Semaphore(int(stream.response.headers["X-Chaffinch-In-Flight"]))

        async def send() -> None:
            for name in names:
                await ahead.acquire()
                await stream.send(item(name, context={"thread_id": f"t-{client}"}))

        async def hear() -> None:
            for _ in names:
                heard.extend(await answers(stream, 1))
                ahead.release()

        await asyncio.gather(send(), hear())
    assert names == [answer.get("id") for answer in heard]
    assert [] == [answer for answer in heard if "decision_id" not in answer]


def memory_of(server: Server) -> int:
    """Resident bytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) * 1024


async def many_clients(server: Server, clients: int, count: int) -> int:
    """All at once; the most memory that the server had meanwhile."""
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, memory_of(server))
            await asyncio.sleep(0.2)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(one_client(server, client, count) for client in range(clients)))
    watching.cancel()
    return most


def check_order_on_disk(home: Path, clients: int, count: int) -> None:
    """Every item once, each thread's in the order in which they were sent."""
    database = Database(f"sqlite:///{home / 'chaffinch.db'}")
    with database.reading() as look:
        for client in range(clients):
            found, cursor = list[str | None](), None
            while True:
                page = comments.of_thread(look, f"t-{client}", limit=200, cursor=cursor)
                found += [comment.external_id for comment in page.items]
                cursor = page.next_cursor
                if cursor is None:
                    break
            assert [f"{client}-{number}" for number in range(count)] == found
    database.close()


def test_streams_at_once_keep_their_order_and_lose_nothing(server: Server, home: Path) -> None:
    asyncio.run(many_clients(server, clients=6, count=25))
    check_order_on_disk(home, 6, 25)


@pytest.mark.proof
@pytest.mark.timeout(7200)
def test_two_hundred_streams_of_five_hundred_items(tmp_path: Path) -> None:
    # Four ahead each: 800 items wait in turn, none for as long as its 30 seconds, also on a machine with little time.
    clients = full(200)
    with running(tmp_path, "--no-access-log", CHAFFINCH_STREAM_IN_FLIGHT="4") as server:
        asyncio.run(one_client(server, 1000, 200))
        before = memory_of(server)
        most = asyncio.run(many_clients(server, clients=clients, count=500))
        assert 0 == server.stop()
    assert most - before < (WINDOWS + 96) << 20, f"{(most - before) >> 20} MiB more than before"
    assert clients * 500 + 200 == len(stored_at(f"sqlite:///{tmp_path / 'chaffinch.db'}"))
    check_order_on_disk(tmp_path, clients, 500)
    report("streams", streams=clients, items=500, grown_mb=(most - before) >> 20, lost=0, out_of_order=0)


async def until_it_ends(stream: ClientConnection) -> tuple[list[dict[str, Any]], int | None]:
    """Every answer that still comes, and the close code."""
    heard = []
    while True:
        try:
            heard += await answers(stream, 1)
        except websockets.ConnectionClosed as ended:
            return heard, ended.rcvd and ended.rcvd.code


def test_a_message_beyond_all_bounds_ends_the_stream(server: Server) -> None:
    async def talk() -> int | None:
        async with connect(server) as stream:
            await stream.send(item("large", "a" * (MAX_FRAME // 2 + 1)))
            (refused,) = await answers(stream, 1)
            assert ("large", 413) == (refused["id"], refused["error"]["status"])
            with suppress(websockets.ConnectionClosed):
                await stream.send("a" * (MAX_FRAME + 1))
            _, code = await until_it_ends(stream)
            return code

    assert 1009 == asyncio.run(talk())


async def told_by_the_server(server: Server, line: str) -> None:
    async with httpx.AsyncClient(base_url=server.address, timeout=WAIT, trust_env=False) as client:
        while line not in (await client.get("/metrics")).text:
            await asyncio.sleep(0.2)


def test_who_does_not_read_is_told_and_closed_and_others_are_answered(server: Server) -> None:
    """Each answer is some 40 KB: what may be in flight, then buffers fill up, and nothing more is taken."""
    faulty = json.dumps(question() | {f"field_{number:03}": 1 for number in range(500)})
    asked = 300

    async def talk() -> tuple[int, int | None]:
        async with connect(server, max_queue=1, ping_interval=None) as stream:
            sending = asyncio.create_task(send_all(stream))
            await one_client(server, 77, 3)
            await told_by_the_server(server, 'chaffinch_streams_closed_total{code="4420"} 1.0')
            heard, code = await until_it_ends(stream)
            sending.cancel()
            return len(heard), code

    async def send_all(stream: ClientConnection) -> None:
        with suppress(websockets.ConnectionClosed):
            for _ in range(asked):
                await stream.send(faulty)

    heard, code = asyncio.run(talk())
    assert 0 < heard < asked
    assert 4420 == code


def test_who_never_reads_is_cut_off_and_counted(server: Server) -> None:
    """A plain socket that sends and reads nothing: no close frame gets through, and it ends all the same."""
    faulty = json.dumps(question() | {f"field_{number:03}": 1 for number in range(500)}).encode()
    host, port = server.address.removeprefix("http://").split(":")

    async def talk() -> None:
        reader, writer = await asyncio.open_connection(host, int(port), limit=1)
        writer.write(HANDSHAKE)
        with suppress(ConnectionError):
            for _ in range(300):
                writer.write(frame(faulty))
                await asyncio.wait_for(writer.drain(), WAIT)
        await told_by_the_server(server, 'chaffinch_streams_cut_total{code="4420"} 1.0')
        with suppress(ConnectionError):
            await asyncio.wait_for(reader.read(), WAIT)
        assert reader.at_eof() or reader.exception()
        writer.close()

    asyncio.run(talk())


HANDSHAKE = (
    b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def frame(text: bytes) -> bytes:
    """A text message, masked by nothing but zeros (RFC 6455, section 5.2)."""
    return b"\x81\xfe" + len(text).to_bytes(2) + bytes(4) + text


def test_by_plain_http_it_is_told_what_it_speaks(server: Server) -> None:
    with server.client() as client:
        assert 426 == client.get("/v1/stream").status_code


def test_the_log_tells_of_a_stream_without_address_query_or_text(server: Server) -> None:
    async def talk() -> None:
        address = server.address.replace("http://", "ws://") + "/v1/stream?canary=canary-query"
        headers = {"x-request-id": "stream-log"}
        async with websockets.connect(address, proxy=None, additional_headers=headers) as stream:
            await stream.send(item("x", "canary-text"))
            await stream.send('{"canary-json')
            await answers(stream, 2)

    async def logged() -> dict[str, Any]:
        async with asyncio.timeout(WAIT):
            while True:
                for line in server.logged:
                    if "stream-log" in line:
                        told: dict[str, Any] = json.loads(line)
                        return told
                await asyncio.sleep(0.05)

    asyncio.run(talk())
    line = asyncio.run(logged())
    assert ("WS", "/v1/stream", 101, 2, 1000) == tuple(
        line[name] for name in ("method", "path", "status", "items", "closed")
    )
    assert "canary" not in "".join(server.logged)
    assert "[accepted]" not in "".join(server.logged)


def test_a_key_opens_it_and_a_server_that_stops_answers_what_it_took(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'chaffinch.db'}"
    database = Database(url)
    database.migrate()
    with database.unit() as unit:
        _, key = keys.create(unit, "shop", scopes=["score"], now=utc_now())
        unit.commit()
    database.close()

    async def talk(server: Server) -> tuple[list[dict[str, Any]], int | None]:
        with pytest.raises(websockets.InvalidStatus) as refused:
            await connect(server).__aenter__()
        assert 401 == refused.value.response.status_code
        assert b"urn:chaffinch:problem:unauthorized" in refused.value.response.body
        async with connect(server, additional_headers={"Authorization": f"Bearer {key}"}) as stream:
            for number in range(40):
                await stream.send(item(f"{number}"))
            heard = await answers(stream, 1)
            server.process.send_signal(signal.SIGTERM)
            rest, code = await until_it_ends(stream)
            return heard + rest, code

    with running(tmp_path) as server:
        heard, code = asyncio.run(talk(server))
        assert 0 == server.process.wait(60)
    assert 1012 == code
    assert [f"{number}" for number in range(len(heard))] == [answer["id"] for answer in heard]
    assert {answer["decision_id"] for answer in heard} == set(stored_at(url))
