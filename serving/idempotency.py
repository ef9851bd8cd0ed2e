"""The same request sent twice is one request: `Idempotency-Key` (24 hours; the answer is kept without any text)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from starlette.requests import Request

from moderation.errors import ChaffinchError, PartUnavailableError
from records import idempotency
from records.idempotency import Replay, Started
from records.personal import Keyring
from records.storing import Stored
from records.unit_of_work import Unit
from serving.keys import Caller
from serving.writer import Then, Writer

HEADER = "idempotency-key"
REPLAYED = "idempotency-replayed"
STREAMED = "WS"
"""What stands for the method of an item of a stream."""
PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "The same key and body within 24 hours give the answer that was given before.",
}
"""The header in the OpenAPI."""

AGAIN_SECONDS = 0.5
RENEWED_SECONDS = 2.0
"""Requests that are under way for so long keep their locks; most are answered long before."""

MOST_GIVEN_UP = 1024
"""Remembered while the database is gone; what is beyond is free once its lock has run out."""


def request_of(
    request: Request, caller: Caller, body: bytes, *, secret: Callable[[str], str] | None = None
) -> idempotency.Request | None:
    """What must be the same next time; None where the client gave no key.

    `secret` is a keyed hash, for requests whose path or body tells who somebody is: a plain hash can be guessed.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    path = request.url.path
    if secret is not None:
        path, body = secret(path), secret(body.decode("utf-8", "backslashreplace")).encode()
    return idempotency.Request(caller.id, key, request.method, path, hashlib.sha256(body).digest())


def item_of(caller: str, key: str, path: str, body: bytes) -> idempotency.Request:
    """The same for an item of a stream, whose key is a member of it. No request over HTTP is the same."""
    return idempotency.Request(caller, key, STREAMED, path, hashlib.sha256(body).digest())


@dataclass(frozen=True, slots=True)
class Once:
    """A request under way that will be answered once; give `then` to the transaction that does its work."""

    started: Started

    def then(self, answer: Mapping[str, Any], status: int = 200) -> Then:
        """Keeps the answer in the transaction of the work itself."""

        def finish(unit: Unit, _: Sequence[Stored]) -> None:
            idempotency.finish(unit, self.started, status=status, response=answer)

        return finish


class Claims:
    """Keys claimed for requests under way. A claim whose request failed is given up, also where the database is gone.

    It is remembered until the database has taken it back. Whoever sends the same key to this process again finds it
    free at once, and to another process within a second of the database's return. A process that is gone renews no
    lock, and what it worked on is free once that has run out.
    """

    def __init__(self, writer: Writer, now: Callable[[], datetime], keyring: Keyring) -> None:
        self._writer = writer
        self._keyring = keyring
        self._now = now
        self._given_up: list[Started] = []
        self._releasing: asyncio.Task[None] | None = None
        self._under_way: dict[str, Started] = {}
        self._renewing: asyncio.Task[None] | None = None

    async def begin(self, asked: idempotency.Request, *, until: float | None = None) -> Once | Replay:
        """Ours to do, or done before; `until` is the deadline, in `perf_counter` seconds.

        Raises `InProgressError`, and `InvalidInputError` for another body.
        """
        started = idempotency.to_start(idempotency.keyed(asked, self._keyring))
        before = [one for one in self._given_up if (one.request.scope, one.request.key) == (asked.scope, asked.key)]

        def claim(unit: Unit) -> Started | Replay:
            _abandon(unit, before)
            return idempotency.begin(unit, started, now=self._now())

        try:
            begun = await self._writer.run(claim, by=asked.scope, until=until)
        except (PartUnavailableError, asyncio.CancelledError):  # it may stand in the database all the same
            self._give_up(started)
            raise
        if isinstance(begun, Replay):
            return begun
        self._under_way[begun.owner_token] = begun
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew())
        return Once(begun)

    def done(self, once: Once) -> None:
        """The work is on disk with its answer."""
        self._under_way.pop(once.started.owner_token, None)

    def give_up(self, once: Once) -> None:
        """The work was refused or failed: the key will be as if never used."""
        self.done(once)
        self._give_up(once.started)

    async def _renew(self) -> None:
        """While anything is under way. What came only since the last look has a lock that is new enough."""
        before: set[str] = set()
        while self._under_way:
            long = [started for token, started in self._under_way.items() if token in before]
            before = set(self._under_way)
            if long:
                with suppress(ChaffinchError):
                    await self._writer.run(partial(idempotency.renew, under_way=long, now=self._now()))
            await asyncio.sleep(RENEWED_SECONDS)

    def _give_up(self, started: Started) -> None:
        if len(self._given_up) < MOST_GIVEN_UP:
            self._given_up.append(started)
        if self._releasing is None or self._releasing.done():
            self._releasing = asyncio.create_task(self._release())

    async def _release(self) -> None:
        while self._given_up:
            given_up = tuple(self._given_up)
            try:
                await self._writer.run(partial(_abandon, given_up=given_up))
            except ChaffinchError:
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                del self._given_up[: len(given_up)]


def _abandon(unit: Unit, given_up: Sequence[Started]) -> None:
    for started in given_up:
        idempotency.abandon(unit, started)
