"""An item of a stream: judged, stored and answered as by `POST /v1/score`; what is refused is refused in its place.

Items of all streams share a bounded number of places, taken in turn, so that neither many streams nor a busy one
keeps the others from being answered. An item that finds no place within its deadline is told to come back: 429.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from starlette.requests import HTTPConnection

from moderation.errors import (
    ChaffinchError,
    ForbiddenError,
    InvalidInputError,
    PartUnavailableError,
    UnauthenticatedError,
)
from records.idempotency import Replay
from serving.batches import as_member, repeatable_id
from serving.bodies import MAX_BODY
from serving.errors import NotStoredError, OtherPolicyError, OverloadedError, TooLargeError
from serving.idempotency import PARAMETER, Claims, Once, item_of
from serving.keys import ANYBODY, Caller, Gate, Scope
from serving.logs import frames, log
from serving.metrics import Metrics
from serving.parts import Options
from serving.problems import problem_of
from serving.schemas import StreamItem, named_policy, parse
from serving.scoring import Result, Scoring
from serving.streams.conversation import Close, Taken

PART = "stream"
PATH = "/v1/stream"
PERHAPS_STORED = (
    "The database fell silent while it stored, and nobody knows whether it did. Send the item again in a moment: under "
    "the same id it is the same comment."
)
PERHAPS_STORED_ONCE = (
    "The database fell silent while it stored, and nobody knows whether it did. Send the same item again in a moment, "
    "with the same idempotency_key: what was stored is then answered and not stored twice."
)
OWN_SHARE = 0.5
"""Of an item's deadline, what the stream's own items before it may take; the rest is for storing and for others."""
KEY_FIELD = "/idempotency_key"
REPLAYED = "idempotency_replayed"
"""The member that tells a repeated answer."""


@dataclass(frozen=True, slots=True)
class Studio:
    """What all streams of a process share."""

    scoring: Scoring
    claims: Claims
    gate: Gate
    metrics: Metrics
    options: Options
    places: asyncio.Semaphore


@dataclass(slots=True)
class Item:
    """One item and what becomes of it: a result, an answer given before, or a refusal in its place.

    `once` is its claim to its `idempotency_key` until it is answered; `over` is set then.
    """

    number: int
    body: bytes
    arrived: float
    """When its turn came: its deadline counts from then."""
    caller: Caller = ANYBODY
    asked: StreamItem | None = None
    once: Once | None = None
    before: Replay | None = None
    result: Result | None = None
    refusal: Exception | None = None
    has_place: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def key(self) -> str | None:
        """Its `idempotency_key`, where anything is to be stored under it."""
        return self.asked.idempotency_key if self.asked and self.asked.asked.store else None

    @property
    def is_judged(self) -> bool:
        """Whether it may be waiting for the model."""
        return self.has_place and self.result is None and self.before is None and self.refusal is None

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """What no other item of the stream may have at the same time: the comment's id and the item's key."""
        named = ("id", self.asked.id if self.asked else None), ("key", self.key)
        return tuple((kind, name) for kind, name in named if name is not None)


class Answering:
    """The items of one connection; close it at the end."""

    def __init__(self, studio: Studio, connection: HTTPConnection) -> None:
        self._studio = studio
        self._connection = connection
        self._request_id: str = connection.state.request_id
        self._count = 0
        self._open: dict[int, Item] = {}
        self._named: dict[tuple[str, str], Item] = {}
        self._turn = asyncio.Lock()

    def close(self) -> None:
        """Gives back the places of items that nobody waits for any more."""
        for item in tuple(self._open.values()):
            self._end(item)

    async def take(self, body: bytes) -> Taken[Item]:
        """The item, or what is wrong with it. Waits for nothing: what is not read lets no ping through either."""
        self._count += 1
        item = self._open[self._count] = Item(self._count, body, time.perf_counter())
        try:
            item.caller = await self._studio.gate.require(self._connection, Scope.SCORE)
            item.asked = self._read(body, item.caller)
        except Exception as error:  # one item must not end the others
            self._refuse(item, error)
        return Taken(self._judge(item), Close.KEY if _ends(item.refusal) else None)

    async def give(self, item: Item) -> str:
        """The answer, once what it needs is on disk."""
        try:
            if item.refusal is None and item.before is not None:
                return orjson.dumps(item.before.response | {REPLAYED: True}).decode()
            if item.refusal is None and item.asked is not None and item.result is not None:
                result = await self._store(item, item.asked, item.result)
                return orjson.dumps(result.answer).decode()
        except Exception as error:  # as above
            self._refuse(item, error)
        finally:
            self._end(item)
        return orjson.dumps(await self._refused(item)).decode()

    async def _store(self, item: Item, asked: StreamItem, judged: Result) -> Result:
        """With its key, if it has one: both are on disk, or neither is. What holds, where a person had decided it."""
        once, scoring, first = item.once, self._studio.scoring, [judged]

        async def do() -> Result:
            result = first.pop() if first else await self._scored(item, asked)
            await scoring.give([result], once.then(result.answer) if once else None)
            return result

        result = await scoring.said_before.heeding(do)
        if once:
            self._studio.claims.done(once)
            item.once = None
        return result

    async def _scored(self, item: Item, asked: StreamItem) -> Result:
        by: str = self._connection.state.caller
        deadline_ms = self._studio.options.deadline_ms
        own = sum(each.is_judged for number, each in self._open.items() if number < item.number)
        return await self._studio.scoring.judge(asked, arrived=item.arrived, deadline_ms=deadline_ms, by=by, own=own)

    async def _after_its_like(self, item: Item) -> None:
        """Of two texts of one comment the second waits until the first is stored: the last one sent is the one kept.

        So does an item that was sent twice: the second is answered what the first was.
        """
        for name in item.names:
            before = self._named.get(name)
            if before is not None:
                await before.over.wait()
            self._named[name] = item

    async def _claim(self, item: Item) -> None:
        """Its key, for it alone; or what it was answered before. Raises `InProgressError`, `InvalidInputError`."""
        if item.asked is None or item.key is None:
            return
        by: str = self._connection.state.caller
        said = item.asked.model_dump_json().encode()  # spaces and the order of members make no other item
        deadline_ms = item.asked.asked.deadline_ms or self._studio.options.deadline_ms
        until = item.arrived + deadline_ms / 1000
        begun = await self._studio.claims.begin(item_of(by, item.key, PATH, said), until=until)
        if isinstance(begun, Replay):
            item.before = begun
        else:
            item.once = begun

    async def _take_place(self, item: Item, deadline_ms: int | None) -> None:
        within = (deadline_ms or self._studio.options.deadline_ms) / 1000 - (time.perf_counter() - item.arrived)
        try:
            async with asyncio.timeout(within):
                await self._studio.places.acquire()
        except TimeoutError:
            raise OverloadedError(PART) from None
        item.has_place = True

    async def _in_time(self, item: Item, deadline_ms: int) -> None:
        """Waits until no more of the stream's own items are before it than the model answers within its deadline.

        That counts from then on: a client that sends as far ahead as it may is not refused for what it sent itself.
        """
        while before := [each for number, each in self._open.items() if number < item.number]:
            if len(before) < self._studio.scoring.fitting(int(deadline_ms * OWN_SHARE)):
                break
            await before[0].over.wait()
        item.arrived = time.perf_counter()

    async def _judge(self, item: Item) -> Item:
        deadline = self._studio.options.deadline_ms
        try:
            if item.refusal is None and item.asked is not None:
                async with self._turn:  # one item of a stream waits for a place, so that streams take turns
                    await self._after_its_like(item)
                    await self._in_time(item, item.asked.asked.deadline_ms or deadline)
                    await self._take_place(item, item.asked.asked.deadline_ms)
                await self._claim(item)
                if item.before is None:
                    item.result = await self._scored(item, item.asked)
        except Exception as error:  # as above
            self._refuse(item, error)
        return item

    def _refuse(self, item: Item, error: Exception) -> None:
        item.refusal = error
        if isinstance(error, OverloadedError):
            self._studio.metrics.refused(error.part)

    def _end(self, item: Item) -> None:
        item.over.set()
        self._open.pop(item.number, None)
        for name in item.names:
            if self._named.get(name) is item:
                del self._named[name]
        if item.once is not None:
            self._studio.claims.give_up(item.once)
            item.once = None
        if item.has_place:
            item.has_place = False
            self._studio.places.release()

    async def _refused(self, item: Item) -> dict[str, Any]:
        """What stands in the place of its answer."""
        error, asked = await self._told(item), _loosely(item.body)
        request_id = f"{self._request_id}:{item.number}"
        if not isinstance(error, ChaffinchError):
            log.error("failed", error=type(error).__name__, where=frames(error), request_id=request_id)
        problem = problem_of(error)
        if isinstance(error, NotStoredError) and error.perhaps:
            problem = replace(problem, detail=PERHAPS_STORED if item.key is None else PERHAPS_STORED_ONCE)
        return {
            "id": repeatable_id(asked),
            "error": {**as_member(problem), "instance": PATH, "request_id": request_id},
        }

    async def _told(self, item: Item) -> Exception:
        error = item.refusal or RuntimeError("neither a result nor a refusal")
        if isinstance(error, InvalidInputError):
            policy = self._studio.gate.policy_for(item.caller, None)
            return await self._studio.scoring.every_fault(_in_an_item(error), item.body, policy=policy)
        if isinstance(error, PartUnavailableError):
            self._studio.metrics.unavailable(error.part)
            return NotStoredError(error, held=self._holds(item))
        return error

    def _holds(self, item: Item) -> bool:
        """Whether a comment that could not be stored is held: its surface is seen before publication."""
        try:
            return self._studio.scoring.holds(item.asked or self._read(item.body, item.caller))
        except ChaffinchError:
            return False

    def _read(self, body: bytes, caller: Caller) -> StreamItem:
        """The item, under the policy that judges it."""
        if len(body) > MAX_BODY:
            raise TooLargeError(f"The item is over {MAX_BODY // 1024} KiB. Send a shorter one.")
        asked = parse(StreamItem, body)
        return asked.under(self._studio.gate.policy_for(caller, named_policy(asked)))


def _ends(refusal: Exception | None) -> bool:
    """Whether the key no longer holds: an item under a policy that the key is not for is refused alone."""
    if isinstance(refusal, OtherPolicyError):
        return False
    return isinstance(refusal, UnauthenticatedError | ForbiddenError)


def _in_an_item(error: InvalidInputError) -> InvalidInputError:
    """What is a header of a request is a member of an item."""
    faults = [replace(fault, where=KEY_FIELD) if fault.where == PARAMETER["name"] else fault for fault in error.faults]
    return InvalidInputError(error.summary, faults)


def _loosely(body: bytes) -> object:
    """Python's reader knows the id of an item that pydantic's cannot read for half a surrogate pair."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
