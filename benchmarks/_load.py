"""Load over HTTP from raw sockets, as raw time stamps: closed loop and open loop. Run by itself it does nothing."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, cast

import numpy as np
import uvloop
from _serving import tree
from numpy.typing import NDArray

from moderation.errors import ChaffinchError

CONNECTIONS = 512
"""An open loop needs as many as answers are under way; who finds none free waits, and that counts."""

WAIT_SECONDS = 1.0
"""How long a refused client of a closed loop waits: what `Retry-After` says."""

CLOCK = os.sysconf("SC_CLK_TCK")
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_DEGRADED = b'"degraded":true'


@dataclass
class Stamps:
    """Of every request `perf_counter` seconds: when it was due, when it was answered. The client's and server's CPU."""

    due: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    refused: int = 0
    """Answers that were no 200 (an open loop may be refused, and a closed one that bears it)."""
    degraded: int = 0
    """Answers for which a part did not answer in time."""
    wall: float = 0.0
    client: float = 0.0
    server: float = 0.0

    @property
    def latencies(self) -> NDArray[np.float64]:
        """Milliseconds, in no order."""
        late: NDArray[np.float64] = (np.array(self.answered) - np.array(self.due)) * 1e3
        return late

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.answered) / self.wall if self.wall else 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds: one of the latencies, never something between two."""
        found = np.sort(self.latencies)
        return float(found[min(len(found) - 1, int(share * len(found)))]) if len(found) else float("nan")

    @property
    def cost(self) -> float:
        """Milliseconds of the server's processor for each answer: what a busy machine does not change."""
        return self.server / len(self.answered) * 1e3 if self.answered else float("nan")


def http_request(body: bytes) -> bytes:
    """The body as a request of `POST /v1/score`."""
    head = f"POST /v1/score HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\n"
    return f"{head}content-type: application/json\r\n\r\n".encode() + body


class Connection(asyncio.Protocol):
    """One connection, one request under way."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._held = b""
        self.degraded = False
        """Whether the last answer was."""
        self._answer: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio's."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's has no such base class

    def data_received(self, data: bytes) -> None:
        """Asyncio's."""
        self._held += data
        end = self._held.find(_END)
        if end < 0 or self._answer is None:
            return
        head = self._held[:end].lower()
        length = int(head.split(_LENGTH, 1)[1].split(b"\r\n", 1)[0])
        if len(self._held) < end + len(_END) + length:
            return
        self.degraded = _DEGRADED in self._held
        answer, self._answer, self._held = self._answer, None, b""
        if not answer.done():
            answer.set_result(int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        """Asyncio's."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ChaffinchError(f"The server closed a connection ({error})."))

    async def open(self) -> Self:
        """Connects."""
        self._held = b""
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self._port)
        return self

    async def ask(self, request: bytes) -> int:
        """The answer's status. A connection that the server closed while it was idle is opened anew."""
        if self._transport is None or self._transport.is_closing():
            await self.open()
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Gives it back."""
        if self._transport is not None:
            self._transport.close()


def closed(
    server: tuple[int, int], requests: Sequence[bytes], *, clients: int, seconds: float, bearing: bool = False
) -> Stamps:
    """Each client asks again once it is answered. `server` is `(pid, port)`.

    Raises `ChaffinchError` at a refusal, unless it is `bearing` with them: then it counts them and comes back later.
    """
    return _measured(server, lambda port, stamps: _closed(port, requests, clients, seconds, stamps, bearing))


def opened(
    server: tuple[int, int], requests: Sequence[bytes], *, rate: float, seconds: float, connections: int = CONNECTIONS
) -> Stamps:
    """Requests become due at random moments (Poisson, by a seed), whether or not the ones before were answered.

    A latency counts from the moment a request was due, so that a server that stalls is seen to stall.
    """
    gaps = np.random.default_rng(0).exponential(1 / rate, size=max(1, int(rate * seconds)))
    return _measured(server, lambda port, stamps: _opened(port, requests, gaps, connections, stamps))


def _measured(server: tuple[int, int], work: Callable[[int, Stamps], Coroutine[None, None, None]]) -> Stamps:
    pid, port = server
    stamps = Stamps()
    cpu, theirs, begin = time.process_time(), processor(pid), time.perf_counter()
    uvloop.run(work(port, stamps))
    stamps.wall = time.perf_counter() - begin
    stamps.client, stamps.server = time.process_time() - cpu, processor(pid) - theirs
    return stamps


async def _closed(
    port: int, requests: Sequence[bytes], clients: int, seconds: float, stamps: Stamps, bearing: bool
) -> None:
    connections = await _connections(port, clients)
    waiting = _for_ever(requests)
    until = time.perf_counter() + seconds

    async def one(connection: Connection) -> None:
        while (begin := time.perf_counter()) < until:
            status = await connection.ask(next(waiting))
            if status != 200 and not bearing:
                raise ChaffinchError(f"A closed loop was answered {status}.")
            if status != 200:
                stamps.refused += 1
                await asyncio.sleep(WAIT_SECONDS)
                continue
            stamps.degraded += connection.degraded
            stamps.due.append(begin)
            stamps.answered.append(time.perf_counter())

    try:
        await asyncio.gather(*(one(each) for each in connections))
    finally:
        for each in connections:
            each.close()


async def _opened(port: int, requests: Sequence[bytes], gaps: NDArray[np.float64], count: int, stamps: Stamps) -> None:
    free: asyncio.Queue[Connection] = asyncio.Queue()
    connections = await _connections(port, count)
    for each in connections:
        free.put_nowait(each)
    dues = (time.perf_counter() + np.cumsum(gaps)).tolist()
    waiting = _for_ever(requests)

    async def one(due: float) -> None:
        connection = await free.get()
        status = await connection.ask(next(waiting))
        if status == 200:
            stamps.due.append(due)
            stamps.answered.append(time.perf_counter())
        else:
            stamps.refused += 1
        free.put_nowait(connection)

    try:
        async with asyncio.TaskGroup() as group:
            for due in dues:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(one(due))
    finally:
        for each in connections:
            each.close()


async def _connections(port: int, count: int) -> list[Connection]:
    return [await Connection(port).open() for _ in range(count)]


def _for_ever(requests: Sequence[bytes]) -> Iterator[bytes]:
    while True:
        yield from requests


def processor(pid: int) -> float:
    """Seconds of processor that a process and its children have used, from Linux's /proc."""
    return sum(_used(each) for each in tree(pid))


def _used(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / CLOCK
