"""`POST /v1/score` and `POST /v1/score:batch`: plain Starlette routes, for they are on the path of every comment.

The body goes through pydantic once and the answer through orjson once; `openapi.py` describes both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from moderation.errors import ChaffinchError, InvalidInputError, PartUnavailableError
from moderation.pipeline import Engine
from serving.batches import as_body, items_of, refused
from serving.bodies import body_of
from serving.errors import NotStoredError, OverloadedError
from serving.idempotency import Claims, request_of
from serving.keys import ANYBODY, Caller, Gate, Scope
from serving.metrics import Metrics
from serving.once import Work, give_once
from serving.parts import Options
from serving.schemas import ScoreRequest, named_policy, parse
from serving.scoring import Result, Scoring

JSON = "application/json"

AT_A_TIME = 8
"""Items of a batch that are read in one go, each some hundred microseconds: nobody else is answered meanwhile."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class ScoreRoutes:
    """The two endpoints."""

    scoring: Scoring
    claims: Claims
    gate: Gate
    metrics: Metrics
    options: Options

    def routes(self) -> list[Route]:
        """For the router."""
        return [
            Route("/v1/score", self.score, methods=["POST"]),
            Route("/v1/score:batch", self.batch, methods=["POST"]),
        ]

    async def score(self, request: Request) -> Response:
        """One comment, one answer."""
        caller = ANYBODY
        try:
            caller = await self.gate.require(request, Scope.SCORE)
            body = await body_of(request)
            asked = self._asked(body, caller)
            keyed = caller if asked.asked.store else None
            deadline_ms = asked.asked.deadline_ms or self.options.deadline_ms
            return await self._answer(request, body, keyed, lambda: self._one(request, asked), deadline_ms)
        except InvalidInputError as error:
            policy = self.gate.policy_for(caller, None)
            raise await self.scoring.every_fault(error, await body_of(request), policy=policy) from None
        except OverloadedError as error:
            self.metrics.refused(error.part)
            raise
        except PartUnavailableError as error:
            self.metrics.unavailable(error.part)
            raise NotStoredError(error, held=self._holds(await body_of(request), caller)) from error

    async def batch(self, request: Request) -> Response:
        """Up to 256 comments, each answered or refused on its own."""
        caller = ANYBODY
        try:
            caller = await self.gate.require(request, Scope.SCORE)
            body = await body_of(request)
            items = items_of(body)
            self.gate.charge(caller, len(items) - 1)
            deadline_ms = self.options.batch_deadline_ms
            return await self._answer(request, body, caller, lambda: self._many(request, items, caller), deadline_ms)
        except OverloadedError as error:
            self.metrics.refused(error.part)
            raise
        except PartUnavailableError as error:
            self.metrics.unavailable(error.part)
            held = any(self._holds(as_body(item), caller) for item in items_of(await body_of(request)))
            raise NotStoredError(error, held=held) from error

    async def _one(self, request: Request, asked: ScoreRequest) -> Work:
        arrived: float = request.state.arrived
        by: str = request.state.caller
        result = await self.scoring.judge(asked, arrived=arrived, deadline_ms=self.options.deadline_ms, by=by)
        return Work(result.answer, [result])

    async def _many(self, request: Request, items: list[Any], caller: Caller) -> Work:
        engine = self.scoring.holder.engine  # the same for all: another may come while they begin
        outcomes = await _in_turn([self._item(request, item, engine, caller) for item in items])
        answers = [outcome.answer if isinstance(outcome, Result) else outcome for outcome in outcomes]
        return Work({"items": answers}, [outcome for outcome in outcomes if isinstance(outcome, Result)])

    async def _item(self, request: Request, item: object, engine: Engine, caller: Caller) -> Result | dict[str, Any]:
        """The item's result, or what stands in its place in the answer."""
        body, arrived, by = as_body(item), request.state.arrived, request.state.caller
        try:
            asked = self._asked(body, caller)
            deadline_ms = self.options.batch_deadline_ms
            return await self.scoring.judge(asked, arrived=arrived, deadline_ms=deadline_ms, engine=engine, by=by)
        except InvalidInputError as error:
            policy = self.gate.policy_for(caller, None)
            return refused(item, await self.scoring.every_fault(error, body, policy=policy))
        except ChaffinchError as error:
            if isinstance(error, OverloadedError):
                self.metrics.refused(error.part)
            return refused(item, error)

    async def _answer(
        self,
        request: Request,
        body: bytes,
        caller: Caller | None,
        work: Callable[[], Awaitable[Work]],
        deadline_ms: int,
    ) -> Response:
        """The answer, once all of it is on disk; with an `Idempotency-Key`, the one that was given before."""
        asked = request_of(request, caller, body) if caller else None
        until = request.state.arrived + deadline_ms / 1000
        given = await give_once(self.scoring, self.claims, asked, work, until=until)
        return Response(orjson.dumps(given.answer), given.status, given.headers, JSON)

    def _asked(self, body: bytes, caller: Caller) -> ScoreRequest:
        """The request, under the policy that judges it. Raises `OtherPolicyError`, and as `parse`."""
        asked = parse(ScoreRequest, body)
        return asked.under(self.gate.policy_for(caller, named_policy(asked)))

    def _holds(self, body: bytes, caller: Caller) -> bool:
        """Whether a comment that could not be stored is held: its surface is seen before publication."""
        try:
            return self.scoring.holds(self._asked(body, caller))
        except ChaffinchError:
            return False


async def _in_turn(items: Sequence[Coroutine[Any, Any, Item]]) -> list[Item]:
    """What becomes of each. They wait for the model together, but begin a few at a time: others come between."""
    async with asyncio.TaskGroup() as group:
        begun = []
        for at, item in enumerate(items):
            begun.append(group.create_task(item))
            if at % AT_A_TIME == AT_A_TIME - 1:
                await asyncio.sleep(0)
    return [task.result() for task in begun]
