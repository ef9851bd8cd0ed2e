"""What a request may say in its query: one place for every route.

A parameter that an operation does not have is refused, with its name and those that there are; ignoring it would answer
another question than was asked, and so would one of two values of a parameter that is given twice. Where anything in a
query is wrong, the faults of the other parameters and of the body are told with it. Requests without a query pass as
they come, and so do those to drop-ins, whose own services ignore what they do not know (Google's clients send
`alt=json` along).

Whoever sends no good key where one is needed is told that first: which queues there are is nobody else's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.dependencies.utils import request_params_to_args
from fastapi.routing import APIRoute, APIRouter
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from moderation.errors import ChaffinchError, Fault, InvalidInputError
from records.paging import cursor_fault
from serving.bodies import body_of
from serving.forms import form_of
from serving.keys import ANYBODY, Gate
from serving.problems import MAX_NAME, NAMED, problem_with, respond
from serving.schemas import NOTHING, SUMMARY, loosely, read
from serving.sentences import sentence
from serving.vocabulary import Vocabulary

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    """What one method of one path takes. `fields` are FastAPI's own; a route without any tells its faults itself."""

    path: str
    pattern: re.Pattern[str]
    method: str
    names: tuple[str, ...]
    needs_key: bool
    body: str | None = None
    fields: Sequence[Any] = ()


class Queries:
    """Wraps the application, inside of the edge."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        operations: Sequence[Operation],
        gate: Gate,
        vocabulary: Vocabulary,
        bodies: Mapping[str, type[BaseModel]],
    ) -> None:
        self._app = app
        self._operations = operations
        self._gate = gate
        self._vocabulary = vocabulary
        self._bodies = bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what has no query, or a good one."""
        if scope["type"] == "http" and scope["query_string"] and form_of(scope["path"]) is None:
            request = Request(scope, receive)
            try:
                await self._check(request)
            except ChaffinchError as error:
                await respond(problem_with(error, request), request)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _check(self, request: Request) -> None:
        """Raises `InvalidInputError` with every fault, `UnauthenticatedError` where nobody known asks."""
        operation = self._operation(request)
        if operation is None:
            return
        request.scope.setdefault("route", operation)  # what is refused here is named by its route too (`tracing.py`)
        query = request.query_params
        faults = [*_unknown(operation, query), *_repeated(operation, query), *_unusable(operation, query)]
        asks_names = query.keys() & set(operation.names) & {"queue", "label"}
        if not (faults or asks_names):
            return
        caller = await self._gate.identify(request) if operation.needs_key else ANYBODY
        if asks_names:
            faults += await run_in_threadpool(self._filters, query)
        if faults:
            self._gate.count(caller)
            raise InvalidInputError(SUMMARY, [*faults, *await self._in_body(operation, request)])

    def _filters(self, query: QueryParams) -> list[Fault]:
        return list(self._vocabulary.filter_faults(query))

    async def _in_body(self, operation: Operation, request: Request) -> Sequence[Fault]:
        if operation.body is None:
            return ()
        schema = self._bodies.get(operation.body)
        body = await body_of(request) or NOTHING
        if schema is None:
            return ()
        beyond = await run_in_threadpool(self._vocabulary.body_faults, schema, loosely(body))
        asked = read(schema, body)
        found = asked.faults if isinstance(asked, InvalidInputError) else ()
        return tuple(dict.fromkeys([*found, *beyond]))

    def _operation(self, request: Request) -> Operation | None:
        method = "GET" if request.method == "HEAD" else request.method
        raw: bytes = request.scope.get("raw_path") or b""
        paths = raw.decode("latin-1"), request.scope["path"]
        found = (each for each in self._operations if each.method == method and any(map(each.pattern.match, paths)))
        return next(found, None)


def operations_of(routers: Iterable[APIRouter], plain: Mapping[str, Mapping[str, Any]]) -> list[Operation]:
    """What FastAPI's routes take, and what the other ones do by what the OpenAPI says of them."""
    routes = (route for router in routers for route in router.routes if isinstance(route, APIRoute))
    found = [operation for route in routes for operation in _of_route(route)]
    return found + [
        _of_paths(path, method, said) for path, methods in plain.items() for method, said in methods.items()
    ]


def _of_route(route: APIRoute) -> Iterator[Operation]:
    said, fields = route.openapi_extra or {}, route.dependant.query_params
    names = tuple(sorted(field.alias for field in fields))
    needs_key = route.path.startswith("/v1/") and said.get("security") != []
    for method in (route.methods or set()) - {"HEAD"}:
        yield Operation(route.path, compile_path(route.path)[0], method, names, needs_key, _body(said), fields)


def _of_paths(path: str, method: str, said: Mapping[str, Any]) -> Operation:
    names = sorted(each["name"] for each in said.get("parameters", ()) if each["in"] == "query")
    return Operation(path, compile_path(path)[0], method.upper(), tuple(names), bool(said.get("security")), _body(said))


def _body(said: Mapping[str, Any]) -> str | None:
    """The name of its schema."""
    reference: str = said.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", {}).get("$ref", "")
    return reference.rpartition("/")[2] or None


def _unknown(operation: Operation, query: QueryParams) -> Iterator[Fault]:
    there = f"there are: {', '.join(operation.names)}" if operation.names else "it has none"
    for name in query:
        if name not in operation.names:
            yield Fault(f"{NAMED}{name[:MAX_NAME]}", f"is not a parameter of this operation; {there}")


def _repeated(operation: Operation, query: QueryParams) -> Iterator[Fault]:
    """No operation takes a list in its query."""
    for name in query:
        if name in operation.names and (count := len(query.getlist(name))) > 1:
            yield Fault(name, f"is given {count} times; give it once")


def _unusable(operation: Operation, query: QueryParams) -> Iterator[Fault]:
    _, errors = request_params_to_args(operation.fields, query)
    for item in errors:
        yield Fault(str(item["loc"][-1]), sentence(item))
    if (
        operation.fields
        and "cursor" in operation.names
        and "cursor" in query
        and (fault := cursor_fault(query["cursor"]))
    ):
        yield fault
