"""`/v1/webhooks`: a platform manages where it is told what was decided. The command line calls the same functions.

A secret is answered once, with what made it. What is kept for an `Idempotency-Key` does not hold it: given again, the
answer takes it from where it is encrypted, for as long as it signs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from governance import webhooks as governing
from governance.approvals import ByKey
from governance.targets import Targets
from records import outbox, webhooks
from records.house_values import DeliveryRecord, DeliveryState, EndpointRecord
from records.paging import DEFAULT_LIMIT, MAX_LIMIT
from records.personal import Keyring
from records.unit_of_work import Reading, Unit
from serving.desk import Complete, Desk, Document
from serving.faults import located
from serving.keys import Caller, Scope
from serving.openapi import described, takes
from serving.schemas import EndpointReason, EndpointRequest, ReplayRequest, RotateRequest
from serving.views import moment
from serving.vocabulary import ENDPOINT_FIELDS
from serving.webhooks.answers import DeliveryPage, EndpointAnswer, EndpointPage, ReplayAnswer, SecretAnswer

ALL = "/v1/webhooks"
ONE = "/v1/webhooks/{endpoint_id}"
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Change = Callable[..., EndpointRecord]


def router(desk: Desk, keyring: Keyring, targets: Targets) -> APIRouter:
    """The endpoints; all ask for scope `admin`, since a URL may hold a token and an endpoint hears of everybody."""
    routes = APIRouter(tags=["webhooks"])
    _reading(routes, desk)
    _making(routes, desk, keyring, targets)
    _changing(routes, desk)
    return routes


def _reading(routes: APIRouter, desk: Desk) -> None:
    @routes.get(ALL, **described(EndpointPage))
    async def endpoints(request: Request, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None) -> Response:
        """Every endpoint, how it is and what waits for it."""

        def find(look: Reading) -> Document:
            found = webhooks.page(look, limit=limit, cursor=cursor)
            return {"items": _documents(look, found.items), "next_cursor": found.next_cursor}

        return await desk.read(request, Scope.ADMIN, find)

    @routes.get(ONE, **described(EndpointAnswer, 404))
    async def endpoint(endpoint_id: str, request: Request) -> Response:
        """One endpoint."""
        return await desk.read(request, Scope.ADMIN, lambda look: _document(look, webhooks.get(look, endpoint_id)))

    @routes.get(f"{ONE}/deliveries", **described(DeliveryPage, 404))
    async def deliveries(
        endpoint_id: str,
        request: Request,
        state: DeliveryState = DeliveryState.DEAD,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Response:
        """What was given up, waits, or was delivered in the last week."""

        def find(look: Reading) -> Document:
            webhooks.get(look, endpoint_id)
            found = outbox.page(look, state, endpoint_id=endpoint_id, limit=limit, cursor=cursor)
            return {"items": [_delivery(each) for each in found.items], "next_cursor": found.next_cursor}

        return await desk.read(request, Scope.ADMIN, find)


def _making(routes: APIRouter, desk: Desk, keyring: Keyring, targets: Targets) -> None:
    complete = _with_secret(keyring, desk.now)

    @routes.post(ALL, **described(SecretAnswer, 409), openapi_extra=takes(EndpointRequest))
    async def add(request: Request) -> Response:
        """Tells an endpoint of what happens from now on. The answer alone holds its secret."""

        def make(unit: Unit, caller: Caller, asked: EndpointRequest) -> Document:
            wish = governing.Wish(asked.url, asked.events, ByKey(caller.prefix), asked.description)
            now = desk.now()
            with located(lambda where: ENDPOINT_FIELDS.get(where, where)):
                added, _ = governing.add(unit, wish, targets=targets, keyring=keyring, now=now)
            return {**_document(unit, added), "made_at": moment(now)}

        return await desk.change(request, Scope.ADMIN, EndpointRequest, make, complete=complete)

    @routes.post(f"{ONE}/rotate", **described(SecretAnswer, 404, 409), openapi_extra=takes(RotateRequest))
    async def rotate(endpoint_id: str, request: Request) -> Response:
        """A new secret; those before sign too for `overlap_hours`, at once no more where that is 0."""

        def make(unit: Unit, caller: Caller, asked: RotateRequest) -> Document:
            now, overlap = desk.now(), timedelta(hours=asked.overlap_hours)
            by = ByKey(caller.prefix)
            endpoint, _ = governing.rotate(
                unit, endpoint_id, overlap=overlap, by=by, why=asked.reason, keyring=keyring, now=now
            )
            return {**_document(unit, endpoint), "made_at": moment(now)}

        return await desk.change(request, Scope.ADMIN, RotateRequest, make, complete=complete)


def _changing(routes: APIRouter, desk: Desk) -> None:
    async def change(request: Request, endpoint_id: str, how: Change) -> Response:
        def do(unit: Unit, caller: Caller, asked: EndpointReason) -> Document:
            by = ByKey(caller.prefix)
            return _document(unit, how(unit, endpoint_id, by=by, why=asked.reason, now=desk.now()))

        return await desk.change(request, Scope.ADMIN, EndpointReason, do)

    @routes.post(f"{ONE}/disable", **described(EndpointAnswer, 404, 409), openapi_extra=takes(EndpointReason))
    async def disable(endpoint_id: str, request: Request) -> Response:
        """Nothing is sent there; what waits, and what happens from now on, becomes dead letters."""
        return await change(request, endpoint_id, governing.disable)

    @routes.post(f"{ONE}/enable", **described(EndpointAnswer, 404, 409), openapi_extra=takes(EndpointReason))
    async def enable(endpoint_id: str, request: Request) -> Response:
        """Events are sent there again; dead letters stay until they are replayed."""
        return await change(request, endpoint_id, governing.enable)

    @routes.delete(ONE, **described(EndpointAnswer, 404, 409), openapi_extra=takes(EndpointReason))
    async def remove(endpoint_id: str, request: Request) -> Response:
        """Taken away, with its secrets and whatever was not delivered."""
        return await change(request, endpoint_id, governing.remove)

    @routes.post(f"{ONE}/replay", **described(ReplayAnswer, 404, 409), openapi_extra=takes(ReplayRequest))
    async def replay(endpoint_id: str, request: Request) -> Response:
        """Dead letters wait again, under the same `webhook-id`: those of `ids`, or all."""

        def send(unit: Unit, caller: Caller, asked: ReplayRequest) -> Document:
            by = ByKey(caller.prefix)
            count = governing.replay(unit, endpoint_id, by=by, ids=asked.ids, now=desk.now())
            return {"endpoint_id": endpoint_id, "replayed": count}

        return await desk.change(request, Scope.ADMIN, ReplayRequest, send)


def _with_secret(keyring: Keyring, now: Callable[[], datetime]) -> Complete:
    """Adds the secret that was made with the document, if it signs still."""

    def complete(look: Reading, document: Document) -> Document:
        stored = webhooks.secrets_of(look, document["id"], now=now())
        made = [each for each in stored if moment(each.created_at) == document["made_at"]]
        return {**document, "secret": webhooks.reveal(keyring, made[0]) if made else None}

    return complete


def _document(look: Reading, endpoint: EndpointRecord) -> Document:
    return _documents(look, [endpoint])[0]


def _documents(look: Reading, endpoints: Sequence[EndpointRecord]) -> list[Document]:
    held = outbox.held(look, [each.id for each in endpoints])
    return [_shown(each, *held[each.id]) for each in endpoints]


def _shown(endpoint: EndpointRecord, waiting: int, dead: int) -> Document:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "description": endpoint.description,
        "state": governing.state_of(endpoint),
        "waiting": waiting,
        "dead": dead,
        "delivered": endpoint.delivered,
        "failed": endpoint.failed,
        "failing_since": moment(endpoint.failing_since),
        "disabled_at": moment(endpoint.disabled_at),
        "disabled_why": endpoint.disabled_why,
        "by": endpoint.author,
        "created_at": moment(endpoint.created_at),
    }


def _delivery(delivery: DeliveryRecord) -> Document:
    return {
        "id": delivery.id,
        "event_id": delivery.event_id,
        "type": delivery.type,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "status": delivery.status,
        "error": delivery.error,
        "happened_at": moment(delivery.happened_at),
        "next_at": moment(delivery.next_at),
        "settled_at": moment(delivery.settled_at),
        "data": dict(delivery.data),
    }
