"""Trusted flaggers over HTTP: marked by a key and agreed to by a person, withdrawn with a reason (DSA 22).

A key of scope `records` reads them, one of `admin` marks and withdraws in the name of whom it is named after. By what a
flagger is known here (a pseudonym, a key) is in no answer.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from governance import flaggers as governing
from governance.approvals import ByKey
from governance.complaint_rules import ComplaintRules
from governance.flaggers import Marking
from moderation.taxonomy import Taxonomy
from records import approvals, flaggers
from records.paging import DEFAULT_LIMIT, MAX_LIMIT
from records.personal import Keyring
from records.public_values import FlaggerRecord
from records.unit_of_work import Reading, Unit
from serving.approval_answers import ApprovalAnswer
from serving.desk import Desk, Document
from serving.faults import located
from serving.keys import Caller, Scope
from serving.openapi import described, takes
from serving.oversight_answers import FlaggerAnswer, FlaggerPage
from serving.oversight_schemas import FlaggerRequest, WhyRequest
from serving.views import approval_document, moment

ONE = "/v1/flaggers/{flagger_id}"
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]


def router(desk: Desk, keyring: Keyring, taxonomy: Taxonomy, rules: ComplaintRules) -> APIRouter:
    """The endpoints."""
    routes = APIRouter(tags=["complaints"])
    fields = governing.fields_of(taxonomy, rules)

    @routes.get("/v1/flaggers", **described(FlaggerPage))
    async def page(request: Request, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None) -> Response:
        """Whoever is or was marked as a trusted flagger, the newest first; not by what they are known here."""

        def find(look: Reading) -> Document:
            found = flaggers.page(look, limit=limit, cursor=cursor)
            return {"items": [flagger_document(each) for each in found.items], "next_cursor": found.next_cursor}

        return await desk.read(request, Scope.RECORDS, find)

    @routes.get(ONE, **described(FlaggerAnswer, 404))
    async def one(flagger_id: str, request: Request) -> Response:
        """One mark, and where it stands."""
        return await desk.read(request, Scope.RECORDS, lambda look: flagger_document(flaggers.get(look, flagger_id)))

    @routes.post("/v1/flaggers", **described(ApprovalAnswer, 409), openapi_extra=takes(FlaggerRequest))
    async def mark(request: Request) -> Response:
        """Asks a second person to mark a trusted flagger on its award; `about` is the mark's id."""

        def do(unit: Unit, caller: Caller, asked: FlaggerRequest) -> Document:
            with located(lambda where: f"/{where}"):
                made = governing.mark(unit, keyring, _marking(caller, asked), fields=fields, now=desk.now())
            [question] = approvals.waiting(unit, subject_id=made.id)
            return approval_document(unit, question)

        return await desk.change(
            request, Scope.ADMIN, FlaggerRequest, do, secret=lambda words: keyring.index("request", words)
        )

    @routes.delete(ONE, **described(FlaggerAnswer, 404, 409), openapi_extra=takes(WhyRequest))
    async def withdraw(flagger_id: str, request: Request) -> Response:
        """Their notices are reports like any from now on, with why."""

        def do(unit: Unit, caller: Caller, asked: WhyRequest) -> Document:
            by = ByKey(caller.prefix)
            return flagger_document(governing.withdraw(unit, flagger_id, by=by, why=asked.reason, now=desk.now()))

        return await desk.change(request, Scope.ADMIN, WhyRequest, do)

    return routes


def flagger_document(record: FlaggerRecord) -> Document:
    """A mark, without by what they are known."""
    return {
        "id": record.id,
        "name": record.name,
        "authority": record.authority,
        "country": record.country,
        "reference": record.reference,
        "expertise": list(record.expertise),
        "valid_from": moment(record.valid_from),
        "valid_until": moment(record.valid_until),
        "state": record.state.value,
        "reason": record.reason,
        "asked_by": record.asked_by,
        "approved_by": record.approved_by,
        "set_at": moment(record.set_at),
        "ended_at": moment(record.ended_at),
        "ended_by": record.ended_by,
        "ended_why": record.ended_why,
        "created_at": moment(record.created_at),
    }


def _marking(caller: Caller, asked: FlaggerRequest) -> Marking:
    return Marking(
        source=asked.source,
        value=asked.value,
        name=asked.name,
        authority=asked.authority,
        country=asked.country,
        reference=asked.reference,
        by=ByKey(caller.prefix),
        reason=asked.reason,
        expertise=tuple(asked.expertise),
        valid_from=asked.valid_from,
        valid_until=asked.valid_until,
    )
