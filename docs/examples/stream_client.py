"""A client of Chaffinch's live streams: sends comments as they come and reads the answers meanwhile.

    pip install websockets
    CHAFFINCH_KEY=ck_... python docs/examples/stream_client.py ws://127.0.0.1:8700/v1/stream < comments.jsonl

One JSON item a line in, one answer a line out. What has no answer when a connection ends is sent again on the next one,
under the same `idempotency_key`: what was stored meanwhile is answered and not stored twice. The tests run this file.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

AGAIN = (409, 429, 503)
"""Still under way on a connection that ended, no room, or something does not answer: the same item is worth sending
again after `retry_after` seconds."""

KEY = 4401
"""The close code of a stream whose key no longer holds: a new connection would not help."""

Item = dict[str, Any]


async def answers(address: str, items: Iterable[Item], key: str = "") -> AsyncIterator[tuple[Item, Item]]:
    """Each item with its answer, in order; one that was told to come back comes later."""
    to_send = deque({"idempotency_key": uuid4().hex} | item for item in items)
    sent, headers = deque[Item](), {"Authorization": f"Bearer {key}"} if key else {}
    while to_send or sent:
        to_send.extendleft(reversed(sent))
        sent.clear()
        try:
            async with connect(address, additional_headers=headers) as stream:
                async for pair in _over(stream, to_send, sent):
                    yield pair
        except ConnectionClosed as ended:
            if ended.rcvd and ended.rcvd.code == KEY:
                raise
            await asyncio.sleep(1)


async def _over(stream: ClientConnection, to_send: deque[Item], sent: deque[Item]) -> AsyncIterator[tuple[Item, Item]]:
    sending = asyncio.create_task(_send(stream, to_send, sent))
    try:
        while to_send or sent:
            answer = json.loads(await stream.recv())
            item = sent.popleft()  # answers come in the order of the items
            error = answer.get("error")
            if error and error["status"] in AGAIN:
                await asyncio.sleep(error.get("retry_after", 1))
                to_send.append(item)
            else:
                yield item, answer
    finally:
        sending.cancel()


async def _send(stream: ClientConnection, to_send: deque[Item], sent: deque[Item]) -> None:
    """Sends no further ahead than the server works: more would lie unread, and this client's pings behind it."""
    ahead = int(stream.response.headers.get("X-Chaffinch-In-Flight", "1")) if stream.response else 1
    while True:
        while to_send and len(sent) < ahead:
            sent.append(to_send.popleft())
            await stream.send(json.dumps(sent[-1]))
        await asyncio.sleep(0.01)


async def main(address: str) -> None:
    """From standard input to standard output."""
    items = [json.loads(line) for line in sys.stdin if line.strip()]
    async for _, answer in answers(address, items, os.environ.get("CHAFFINCH_KEY", "")):
        print(json.dumps(answer, ensure_ascii=False))  # noqa: T201 - the answer


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
