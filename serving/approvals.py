"""`/v1/approvals`: what waits for a second person, and their answers. The console asks the same functions.

Who answers is whom the key is named after, and never what the body says; a server that runs open cannot tell, so it
takes no answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from governance import four_eyes
from governance.approvals import ByKey
from governance.four_eyes import Word
from governance.rules import Standards
from records import approvals
from records.house_values import ApprovalState
from records.paging import DEFAULT_LIMIT, MAX_LIMIT
from records.unit_of_work import Reading, Unit
from serving.approval_answers import ApprovalAnswer, ApprovalPage
from serving.desk import Desk, Document
from serving.keys import Caller, Scope
from serving.openapi import described, takes
from serving.schemas import ApprovalRequest
from serving.views import approval_document

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]


def router(desk: Desk, standards: Callable[[], Standards], now: Callable[[], datetime]) -> APIRouter:
    """The endpoints."""
    routes = APIRouter(tags=["approvals"])

    @routes.get("/v1/approvals", **described(ApprovalPage))
    async def page(
        request: Request, state: ApprovalState | None = None, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Response:
        """Questions to a second person, open and settled ones, the newest first."""

        def find(look: Reading) -> Document:
            states = ApprovalState if state is None else (state,)
            found = approvals.page(look, states=tuple(states), limit=limit, cursor=cursor)
            return {"items": [approval_document(look, each) for each in found.items], "next_cursor": found.next_cursor}

        return await desk.read(request, Scope.RECORDS, find)

    @routes.post(
        "/v1/approvals/{approval_id}", **described(ApprovalAnswer, 404, 409), openapi_extra=takes(ApprovalRequest)
    )
    async def answer(approval_id: str, request: Request) -> Response:
        """Answers as the second person. Approved, what is asked for is done at once. Whoever asked may not answer."""

        def say(unit: Unit, caller: Caller, asked: ApprovalRequest) -> Document:
            word = Word(ByKey(caller.prefix), asked.approve, asked.note)
            return approval_document(unit, four_eyes.answer(unit, approval_id, word, standards=standards(), now=now()))

        return await desk.change(request, Scope.ADMIN, ApprovalRequest, say)

    return routes
