"""What every endpoint but scoring does: who asks, read, do it in one unit of work, answer.

What changes something does so once for an `Idempotency-Key`: the key, the work and the answer are one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from moderation.errors import InvalidInputError
from records import idempotency, looks
from records.database import Database
from records.idempotency import Replay
from records.known_as import KEY
from records.personal import Keyring
from records.unit_of_work import Reading, Unit
from serving.bodies import body_of
from serving.idempotency import REPLAYED, request_of
from serving.keys import ANYBODY, Caller, Gate, Scope
from serving.schemas import NOTHING, SUMMARY, loosely, read
from serving.vocabulary import Vocabulary

LONG = timedelta(minutes=10)
"""For so long nobody else with the same key begins what takes long."""

Asked = TypeVar("Asked", bound=BaseModel)
Document = Mapping[str, Any]

Things = Sequence[tuple[str, str]]
"""Of what a document tells: kinds and ids, as `records/looks.py` has them."""

BY_KEY = "api"
"""The page of a trace that a key left; of a list with what it lists: `api_measures`."""

ASKED = "asked"
"""What a keyed hash of a list's filters is bound to."""

Complete = Callable[[Reading, Document], Document]
"""Adds what a kept answer must not hold (texts) to a document; also to one that is answered again."""


def as_it_is(_: Reading, document: Document) -> Document:
    """For documents that hold no text anyway."""
    return document


def answer(document: Document, headers: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """JSON."""
    return Response(orjson.dumps(document), status, dict(headers or {}), "application/json")


@dataclass(frozen=True, slots=True)
class Desk:
    """Made once; the endpoints say what to do."""

    database: Database
    gate: Gate
    now: Callable[[], datetime]
    vocabulary: Vocabulary
    keyring: Keyring

    async def read(self, request: Request, scope: Scope, do: Callable[[Reading], Document]) -> Response:
        """What `do` finds."""
        await self.gate.require(request, scope)
        return await self.found(do)

    async def found(self, do: Callable[[Reading], Document]) -> Response:
        """`read`, for somebody who was let in already."""
        return answer(await run_in_threadpool(self._read, do))

    async def read_one(
        self,
        request: Request,
        scope: Scope,
        do: Callable[[Reading], Document],
        things: Callable[[Document], Things],
        note: Callable[[Caller, Document], None] = lambda _, __: None,
    ) -> Response:
        """`read`, of something about one person, which leaves a trace of whose key read it (`records/looks.py`).

        `note` keeps what else follows from their reading it.
        """
        caller = await self.gate.require(request, scope)

        def find() -> Document:
            document = self._read(do)
            note(caller, document)
            return self.traced(caller, document, things(document))

        return answer(await run_in_threadpool(find))

    def traced_list(self, caller: Caller, request: Request, name: str, document: Document) -> Document:
        """The document, once it is noted that this key read so many `items`, as a page of the console notes it."""
        if caller is not ANYBODY:
            page = f"{BY_KEY}_{name}"
            asked = self.hashed(json.dumps([page, dict(sorted(request.query_params.items()))]))
            with self.database.unit() as unit:
                who, shown = f"{KEY}{caller.prefix}", len(document["items"])
                looks.note_list(unit, who, asked, page, shown, now=self.now())
                unit.commit()
        return document

    def traced(self, caller: Caller, document: Document, things: Things) -> Document:
        """The document, once it is noted that this key read these."""
        if things and caller is not ANYBODY:
            with self.database.unit() as unit:
                looks.note(unit, f"{KEY}{caller.prefix}", things, BY_KEY, now=self.now())
                unit.commit()
        return document

    async def change(
        self,
        request: Request,
        scope: Scope,
        schema: type[Asked],
        do: Callable[[Unit, Caller, Asked], Document],
        *,
        complete: Complete = as_it_is,
        secret: Callable[[str], str] | None = None,
    ) -> Response:
        """What `do` made, committed. Its document holds no text of a comment; `complete` may add it.

        `secret`: as `request_of` has it.
        """
        caller = await self.gate.require(request, scope)
        return await self.change_by(caller, request, schema, do, complete=complete, secret=secret)

    async def change_by(
        self,
        caller: Caller,
        request: Request,
        schema: type[Asked],
        do: Callable[[Unit, Caller, Asked], Document],
        *,
        complete: Complete = as_it_is,
        secret: Callable[[str], str] | None = None,
    ) -> Response:
        """`change`, for somebody who was let in already."""
        body = await body_of(request)
        asked = await self._asked(schema, body)
        key = request_of(request, caller, body, secret=secret)
        document, headers = await run_in_threadpool(self._change, key, lambda unit: do(unit, caller, asked), complete)
        return answer(document, headers)

    async def carry_out(
        self,
        caller: Caller,
        request: Request,
        schema: type[Asked],
        do: Callable[[Asked], Document],
        *,
        secret: Callable[[str], str] | None = None,
    ) -> Response:
        """What `do` made in units of its own, or outside of the records; what it made twice is as if made once.

        Whoever is cut off before the answer was kept does it again.
        """
        body = await body_of(request)
        asked = await self._asked(schema, body)
        key = request_of(request, caller, body, secret=secret)
        document, headers = await run_in_threadpool(self._carry_out, key, lambda: do(asked))
        return answer(document, headers)

    async def _asked(self, schema: type[Asked], body: bytes) -> Asked:
        """The body. Raises `InvalidInputError` with what its schema finds and what only the house knows."""
        asked = read(schema, body or NOTHING)
        beyond = await run_in_threadpool(self.vocabulary.body_faults, schema, loosely(body or NOTHING))
        if isinstance(asked, InvalidInputError):
            raise InvalidInputError(SUMMARY, dict.fromkeys([*asked.faults, *beyond]))
        if beyond:
            raise InvalidInputError(SUMMARY, beyond)
        return asked

    def _carry_out(
        self, key: idempotency.Request | None, do: Callable[[], Document]
    ) -> tuple[Document, dict[str, str]]:
        if key is None:
            return do(), {}
        with self.database.unit() as unit:
            begun = idempotency.begin(unit, self._to_start(key), now=self.now(), locked=LONG)
            unit.commit()
        if isinstance(begun, Replay):
            return begun.response, {REPLAYED: "true"}
        try:
            document = do()
        except BaseException:
            with self.database.unit() as unit:
                idempotency.abandon(unit, begun)
                unit.commit()
            raise
        with self.database.unit() as unit:
            idempotency.finish(unit, begun, status=200, response=document)
            unit.commit()
        return document, {}

    def hashed(self, what: str) -> str:
        """A keyed hash of what a list was asked for (`ASKED`)."""
        return self.keyring.index(ASKED, what)

    def _to_start(self, key: idempotency.Request) -> idempotency.Started:
        return idempotency.to_start(idempotency.keyed(key, self.keyring))

    def _read(self, do: Callable[[Reading], Document]) -> Document:
        with self.database.reading() as look:
            return do(look)

    def _change(
        self, key: idempotency.Request | None, do: Callable[[Unit], Document], complete: Complete
    ) -> tuple[Document, dict[str, str]]:
        with self.database.unit() as unit:
            begun = None if key is None else idempotency.begin(unit, self._to_start(key), now=self.now())
            if isinstance(begun, Replay):
                return complete(unit, begun.response), {REPLAYED: "true"}
            document = do(unit)
            if begun is not None:
                idempotency.finish(unit, begun, status=200, response=document)
            whole = complete(unit, document)
            unit.commit()
        return whole, {}
