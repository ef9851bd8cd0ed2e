"""The same request sent twice is one request: `Idempotency-Key` (24 hours; the answer is kept without any text)."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request

from moderation.errors import ChaffinchError, PartUnavailableError
from records import idempotency
from records.idempotency import Replay, Started
from records.storing import Stored
from records.unit_of_work import Unit
from serving.keys import Caller
from serving.writer import Then, Writer

HEADER = "idempotency-key"
REPLAYED = "idempotency-replayed"

AGAIN_SECONDS = 0.5
MOST_GIVEN_UP = 1024
"""Remembered while the database is gone; what is beyond is free once its lock has run out."""


def request_of(request: Request, caller: Caller, body: bytes) -> idempotency.Request | None:
    """What must be the same next time; None where the client gave no key."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    return idempotency.Request(caller.id, key, request.method, request.url.path, hashlib.sha256(body).digest())


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

    It is remembered until the database answers. The writer does one thing after the other, so that whoever sends the
    same key to this process again finds it free, and to another process within a second.
    """

    def __init__(self, writer: Writer, now: Callable[[], datetime]) -> None:
        self._writer = writer
        self._now = now
        self._given_up: list[Started] = []
        self._releasing: asyncio.Task[None] | None = None

    async def begin(self, asked: idempotency.Request) -> Once | Replay:
        """Ours to do, or done before. Raises `InProgressError`, and `InvalidInputError` for another body."""
        await self._release()
        started = idempotency.to_start(asked)
        try:
            begun = await self._writer.run(lambda unit: idempotency.begin(unit, started, now=self._now()))
        except (PartUnavailableError, asyncio.CancelledError):  # it may stand in the database all the same
            self._remember([started])
            raise
        return Once(begun) if isinstance(begun, Started) else begun

    def give_up(self, once: Once) -> None:
        """The work was refused or failed: the key will be as if never used."""
        self._remember([once.started])

    def _remember(self, given_up: Sequence[Started]) -> None:
        self._given_up = [*self._given_up, *given_up][:MOST_GIVEN_UP]
        if self._releasing is None or self._releasing.done():
            self._releasing = asyncio.create_task(self._release_all())

    async def _release_all(self) -> None:
        await self._release()
        while self._given_up:
            await asyncio.sleep(AGAIN_SECONDS)
            await self._release()

    async def _release(self) -> None:
        given_up, self._given_up = self._given_up, []
        if not given_up:
            return
        try:
            await self._writer.run(lambda unit: _abandon(unit, given_up))
        except ChaffinchError:  # later, then
            self._remember(given_up)
        except asyncio.CancelledError:
            self._remember(given_up)
            raise


def _abandon(unit: Unit, given_up: Sequence[Started]) -> None:
    for started in given_up:
        idempotency.abandon(unit, started)
