"""`/v1/approvals`: what waits for a second person, and their answers. The console asks the same functions.

Who answers is whom the key is named after, and never what the body says; a server that runs open cannot tell, so it
takes no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from governance import four_eyes, trials, typed
from governance.approvals import ByKey
from governance.four_eyes import Word
from governance.rules import Standards
from moderation.policy import Policy
from records import approvals, measures, rule_backtests
from records.house_values import ApprovalState
from records.paging import DEFAULT_LIMIT, MAX_LIMIT
from records.personal import Keyring
from records.unit_of_work import Reading, Unit
from serving.approval_answers import ApprovalAnswer, ApprovalPage, ApprovalWithMeasuresAnswer
from serving.beginning_document import beginning_documents
from serving.desk import Desk, Document
from serving.faults import located
from serving.keys import Caller, Scope
from serving.openapi import described, takes
from serving.schemas import ApprovalRequest, WithdrawalRequest
from serving.standing_views import all_named, context_document
from serving.telling import heard
from serving.trial_view import trial_document
from serving.views import approval_document

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]


ONE = "/v1/approvals/{approval_id}"
MOST_MEASURES = 50
"""Measures of one question that are told of with all that was before them."""


def router(
    desk: Desk, keyring: Keyring, policies: Callable[[], Mapping[str, Policy]],
    standards: Callable[[], Standards], now: Callable[[], datetime],
) -> APIRouter:  # fmt: skip
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

    @routes.get(ONE, **described(ApprovalWithMeasuresAnswer, 404))
    async def approval(approval_id: str, request: Request) -> Response:
        """One question. Of measures with what each is for, the ladder's step, earlier ones, what holds already."""
        about: set[str] = set()

        def find(look: Reading) -> Document:
            asked = approvals.get(look, approval_id)
            told = measures.of_approval(look, approval_id)[:MOST_MEASURES]
            about.update(one for each in told for one in (each.comment_id, each.cause_id) if one)
            items = [context_document(look, each, policies(), now=now()) for each in told]
            named = all_named(look, keyring, {"items": items})["items"]
            return {
                **approval_document(look, asked),
                "measures": named,
                "trial": trial_document(look, asked),
                "begins": beginning_documents(look, asked),
                "contacts": [
                    {"entry_id": entry.id, "kind": entry.kind, "value": value}
                    for entry, value in typed.of_question(look, keyring, asked.id)
                ],
            }

        def read(document: Document) -> list[tuple[str, str]]:
            return [("measure", each["id"]) for each in document["measures"]]

        def note(caller: Caller, document: Document) -> None:
            heard(desk, caller, sorted(about))
            if document["trial"] is not None and document["state"] == ApprovalState.WAITING:
                with desk.database.unit() as unit:
                    found = rule_backtests.get(unit, document["trial"]["id"])
                    trials.show(unit, found, ByKey(caller.prefix), now=now())
                    unit.commit()

        return await desk.read_one(request, Scope.RECORDS, find, read, note)

    @routes.post(ONE, **described(ApprovalAnswer, 404, 409), openapi_extra=takes(ApprovalRequest))
    async def answer(approval_id: str, request: Request) -> Response:
        """Answers as the second person. Approved, what is asked for is done at once. Whoever asked may not answer."""

        def say(unit: Unit, caller: Caller, asked: ApprovalRequest) -> Document:
            word = Word(ByKey(caller.prefix), asked.approve, asked.note, keyring)
            return approval_document(unit, four_eyes.answer(unit, approval_id, word, standards=standards(), now=now()))

        return await desk.change(request, Scope.ADMIN, ApprovalRequest, say)

    @routes.delete(ONE, **described(ApprovalAnswer, 404, 409), openapi_extra=takes(WithdrawalRequest))
    async def withdraw(approval_id: str, request: Request) -> Response:
        """Takes a question back, with why; whoever asked it alone may. What it asked for is not done."""

        def take_back(unit: Unit, caller: Caller, asked: WithdrawalRequest) -> Document:
            by, why = ByKey(caller.prefix), asked.reason
            with located(lambda where: "/reason" if where == "/note" else where):
                done = four_eyes.withdraw(
                    unit, approval_id, by=by, why=why, standards=standards(), keyring=keyring, now=now()
                )
            return approval_document(unit, done)

        return await desk.change(request, Scope.RECORDS, WithdrawalRequest, take_back)

    return routes
