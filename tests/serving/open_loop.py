"""Requests at a stated rate whatever the server does, over many connections, timed from when each was due.

Raw sockets: a client that costs as much as the server measures itself. A request for which no connection is free waits
for one, and its wait counts.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Measured:
    """Milliseconds by status, from the moment at which a request was due, and from that at which it was sent.

    Where this machine cannot send as much as it should they part: what lies between is the client's own.
    """

    wanted: int
    seconds: float = 0.0
    milliseconds: dict[int, list[float]] = field(default_factory=dict)
    sent: dict[int, list[float]] = field(default_factory=dict)
    degraded: int = 0
    without_retry: int = 0

    def add(self, other: Measured) -> None:
        """What another run of the same found, as if it had been one."""
        self.wanted += other.wanted
        self.seconds += other.seconds
        self.degraded += other.degraded
        self.without_retry += other.without_retry
        for mine, others in ((self.milliseconds, other.milliseconds), (self.sent, other.sent)):
            for status, each in others.items():
                mine.setdefault(status, []).extend(each)

    @property
    def counts(self) -> Counter[int]:
        return Counter({status: len(each) for status, each in self.milliseconds.items()})

    @property
    def rate(self) -> float:
        """Answers a second, of whatever kind: what was really offered."""
        return sum(self.counts.values()) / self.seconds

    def quantile(self, status: int, share: float, *, sent: bool = False) -> float:
        """In milliseconds from when it was due, or sent; 0 where nothing was answered so."""
        ordered = sorted((self.sent if sent else self.milliseconds).get(status, [0.0]))
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def request_bytes(body: bytes, key: str) -> bytes:
    head = f"POST /v1/score HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {key}\r\ncontent-length: {len(body)}"
    return head.encode() + b"\r\ncontent-type: application/json\r\n\r\n" + body


async def offer(port: int, requests: Sequence[bytes], *, rate: float, connections: int) -> Measured:
    """All of `requests` in order, `rate` a second."""
    found, began = Measured(len(requests)), time.perf_counter()
    due: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
    hands = [asyncio.create_task(_work(port, due, found)) for _ in range(connections)]
    for number, request in enumerate(requests):
        at = began + number / rate
        await asyncio.sleep(max(0.0, at - time.perf_counter()))
        due.put_nowait((at, request))
    for _ in hands:
        due.put_nowait(None)
    await asyncio.gather(*hands)
    found.seconds = time.perf_counter() - began
    return found


async def _work(port: int, due: asyncio.Queue[tuple[float, bytes] | None], found: Measured) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (next_one := await due.get()) is not None:
        at, request = next_one
        sent = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        body = await reader.readexactly(length)
        status = int(lines[0].split()[1])
        found.milliseconds.setdefault(status, []).append((time.perf_counter() - at) * 1000)
        found.sent.setdefault(status, []).append((time.perf_counter() - sent) * 1000)
        found.degraded += status == 200 and b'"degraded":true' in body
        found.without_retry += status == 429 and not any(line.startswith(b"retry-after:") for line in lines)
    writer.close()
    await writer.wait_closed()
