"""The same request sent twice is one request: `Idempotency-Key` (24 hours; the answer is kept without any text)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request

from moderation.errors import ChaffinchError
from records import idempotency
from records.idempotency import Replay, Started
from records.storing import Stored
from records.unit_of_work import Unit
from serving.keys import Caller
from serving.writer import Then, Writer

HEADER = "idempotency-key"
REPLAYED = "idempotency-replayed"


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


async def begin(writer: Writer, asked: idempotency.Request, now: Callable[[], datetime]) -> Once | Replay:
    """Ours to do, or done before. Raises `ConflictError` in progress, `InvalidInputError` for another body."""
    begun = await writer.run(lambda unit: idempotency.begin(unit, asked, now=now()))
    return Once(begun) if isinstance(begun, Started) else begun


async def abandon(writer: Writer, once: Once) -> None:
    """The work was refused: the key is as if never used. If that cannot be said now, its lock runs out by itself."""
    try:
        await writer.run(lambda unit: idempotency.abandon(unit, once.started))
    except ChaffinchError:
        return
