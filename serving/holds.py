"""Holds over HTTP: what an authority or a court asked to keep, asked for by a key and agreed to by a person.

A key of scope `records` reads them, one of `admin` asks and lifts in the name of whom it is named after. Whom a hold is
on is in no answer: a platform that asked knows it, and nobody else has to.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from governance import holds as governing
from governance.approvals import ByKey
from governance.holds import Wish
from records import approvals, holds
from records.holds import HoldKind, HoldRecord
from records.paging import DEFAULT_LIMIT, MAX_LIMIT
from records.personal import Keyring
from records.unit_of_work import Reading, Unit
from serving.approval_answers import ApprovalAnswer
from serving.desk import Desk, Document
from serving.faults import located
from serving.keys import Caller, Scope
from serving.openapi import described, takes
from serving.oversight_answers import HoldAnswer, HoldPage
from serving.oversight_schemas import HoldRequest, WhyRequest
from serving.views import approval_document, moment

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]


def router(desk: Desk, keyring: Keyring) -> APIRouter:
    """The endpoints."""
    routes = APIRouter(tags=["oversight"])

    @routes.get("/v1/holds", **described(HoldPage))
    async def page(request: Request, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None) -> Response:
        """What was ever held, the newest first; whom a hold is on is not told."""

        def find(look: Reading) -> Document:
            found = holds.page(look, limit=limit, cursor=cursor)
            return {"items": [hold_document(each) for each in found.items], "next_cursor": found.next_cursor}

        return await desk.read(request, Scope.RECORDS, find)

    @routes.get("/v1/holds/{hold_id}", **described(HoldAnswer, 404))
    async def one(hold_id: str, request: Request) -> Response:
        """One hold, and where it stands."""
        return await desk.read(request, Scope.RECORDS, lambda look: hold_document(holds.get(look, hold_id)))

    @routes.post("/v1/holds", **described(ApprovalAnswer), openapi_extra=takes(HoldRequest))
    async def ask(request: Request) -> Response:
        """Asks a second person to hold something, which holds meanwhile for three days; `about` is the hold's id."""

        def do(unit: Unit, caller: Caller, asked: HoldRequest) -> Document:
            with located(lambda where: "/reason" if where == "why" else f"/{where}"):
                made = governing.ask(unit, keyring, _wish(caller, asked), now=desk.now())
            [question] = approvals.waiting(unit, subject_id=made.id)
            return approval_document(unit, question)

        return await desk.change(request, Scope.ADMIN, HoldRequest, do)

    @routes.post("/v1/holds/{hold_id}/lift", **described(HoldAnswer, 404, 409), openapi_extra=takes(WhyRequest))
    async def lift(hold_id: str, request: Request) -> Response:
        """It holds no more; an erasure that it stood against has to be asked for again (`withstood_at`)."""

        def do(unit: Unit, caller: Caller, asked: WhyRequest) -> Document:
            by = ByKey(caller.prefix)
            return hold_document(governing.lift(unit, hold_id, by=by, why=asked.reason, now=desk.now()))

        return await desk.change(request, Scope.ADMIN, WhyRequest, do)

    return routes


def hold_document(record: HoldRecord) -> Document:
    """A hold, without whom it is on."""
    return {
        "id": record.id,
        "kind": record.kind.value,
        "inspection_id": record.inspection_id,
        "authority": record.authority,
        "reference": record.reference,
        "ground": record.ground,
        "tell": record.tell,
        "until": moment(record.until),
        "review_at": moment(record.review_at),
        "state": record.state.value,
        "asked_by": record.asked_by,
        "approved_by": record.approved_by,
        "set_at": moment(record.set_at),
        "withstood_at": moment(record.withstood_at),
        "ended_at": moment(record.ended_at),
        "ended_by": record.ended_by,
        "ended_why": record.ended_why,
        "created_at": moment(record.created_at),
    }


def _wish(caller: Caller, asked: HoldRequest) -> Wish:
    return Wish(
        kind=HoldKind(asked.kind),
        target=asked.target,
        authority=asked.authority,
        reference=asked.reference,
        ground=asked.ground,
        by=ByKey(caller.prefix),
        why=asked.reason,
        until=asked.until,
        review_at=asked.review_at,
        tell=asked.tell,
    )
