"""One connection: items are taken in order, worked on side by side, stored in order and answered in order.

Three loops hand items on: `_take` reads them, `_store` sees to it that they are stored in the order in which they came
(two edits of one comment must not change places), `_tell` sends the answers. As many items as `most` are under way at
once; beyond that nothing is read, and TCP makes the client wait. Nothing that was taken stays without an answer, but
for a client that is gone or does not read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Generic, Protocol, TypeVar

from starlette.types import Receive, Send

STOP = "chaffinch.stop"
"""The message by which the server says that it ends (`protocol.py`): what came before it is answered."""

GIVE_UP_SECONDS = 1.0
"""How long the last frame may take to get on its way."""

W = TypeVar("W")


class Close(IntEnum):
    """How a connection ends, as the WebSocket's close code (RFC 6455, section 7.4; from 4000 on they are ours)."""

    NORMAL = 1000
    FAILED = 1011
    RESTART = 1012
    KEY = 4401
    IDLE = 4408
    SLOW = 4420


REASONS = {
    Close.NORMAL: "",
    Close.FAILED: "Something failed in this server. Its log has the request id.",
    Close.RESTART: "The server stops. What was taken is answered; send the rest again, elsewhere or later.",
    Close.KEY: "The key no longer holds.",
    Close.IDLE: "Nothing came for too long.",
    Close.SLOW: "Answers were not read. Read them while you send.",
}
"""At most 123 bytes each."""


@dataclass(frozen=True, slots=True)
class Taken(Generic[W]):
    """An item that was taken: the work on it, and how the connection ends after it, if it does."""

    work: Coroutine[Any, Any, W]
    ends: Close | None = None


class Answers(Protocol[W]):
    """What a conversation is about; `answering.Answering` is the real one."""

    async def take(self, body: bytes) -> Taken[W]: ...  # noqa: D102 - the item, once there is room for it
    async def give(self, work: W) -> str: ...  # noqa: D102 - its answer, once it may be given


class Conversation(Generic[W]):
    """Run it once; times are seconds. It does not accept the connection, and closes it at the end."""

    def __init__(
        self, receive: Receive, send: Send, answers: Answers[W], *, most: int, idle: float, patience: float
    ) -> None:
        self.taken = 0
        self._receive = receive
        self._send = send
        self._answers = answers
        self._idle = idle
        self._patience = patience
        self._room = asyncio.Semaphore(most)
        self._working: asyncio.Queue[asyncio.Future[W] | None] = asyncio.Queue()
        self._giving: asyncio.Queue[asyncio.Future[str] | None] = asyncio.Queue()
        self._gone = False

    async def run(self) -> Close:
        """Until one of the two ends it; how it ended."""
        async with asyncio.TaskGroup() as group:
            taking = group.create_task(self._take(group))
            group.create_task(self._store(group))
            telling = group.create_task(self._tell(taking))
        how = Close.SLOW if telling.result() else taking.result()
        await self._close(how)
        return how

    async def _take(self, group: asyncio.TaskGroup) -> Close:
        try:
            while True:
                await self._room.acquire()
                body = await self._next()
                if isinstance(body, Close):
                    return body
                self.taken += 1
                taken = await self._answers.take(body)
                self._working.put_nowait(group.create_task(taken.work))
                if taken.ends is not None:
                    return taken.ends
        finally:
            self._working.put_nowait(None)

    async def _next(self) -> bytes | Close:
        try:
            async with asyncio.timeout(self._idle):
                message = await self._receive()
        except TimeoutError:
            return Close.IDLE
        if message["type"] == STOP:
            return Close.RESTART
        if message["type"] != "websocket.receive":
            self._gone = True
            return Close.NORMAL
        text: str | None = message.get("text")
        body: bytes = message["bytes"] if text is None else text.encode(errors="surrogatepass")
        return body

    async def _store(self, group: asyncio.TaskGroup) -> None:
        """Lets items be stored one after the other: a task begins where the one before has begun."""
        while (working := await self._working.get()) is not None:
            work = await working
            self._giving.put_nowait(group.create_task(self._answers.give(work)))
        self._giving.put_nowait(None)

    async def _tell(self, taking: asyncio.Task[Close]) -> bool:
        """Sends the answers; whether it had to stop because nobody read them."""
        slow = False
        while (giving := await self._giving.get()) is not None:
            answer = await giving
            if not self._gone and not await self._sent({"type": "websocket.send", "text": answer}, self._patience):
                slow = self._gone = True
                taking.cancel()
            self._room.release()
        return slow

    async def _sent(self, message: dict[str, Any], patience: float) -> bool:
        """Whether it is on its way; to a client that is gone everything is."""
        try:
            async with asyncio.timeout(patience):
                await self._send(message)
        except TimeoutError:
            return False
        except OSError:  # the client is gone, and the next message says so
            self._gone = True
        return True

    async def _close(self, how: Close) -> None:
        if how is Close.SLOW or not self._gone:
            await self._sent({"type": "websocket.close", "code": int(how), "reason": REASONS[how]}, GIVE_UP_SECONDS)
