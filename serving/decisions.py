"""`/v1/decisions`: what was decided, and a platform's doubt about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from governance import feedback as doubts
from moderation.taxonomy import Taxonomy
from records import comments, decisions
from records.unit_of_work import Reading, Unit
from records.values import Doubt
from serving.case_answers import DecisionAnswer, FeedbackAnswer
from serving.desk import Desk, Document
from serving.keys import Caller, Scope
from serving.openapi import described, takes
from serving.schemas import FeedbackRequest
from serving.telling import SAID_TO_BE_BLIND, Blind, Told, tell
from serving.views import UNDECIDED, decision_document, feedback_document

Offer = Callable[[Reading, str], Mapping[str, Any] | None]
"""What the author of a decision's comment needs to appeal it."""


def router(
    desk: Desk, taxonomy: Taxonomy, now: Callable[[], datetime], *, offer: Offer = lambda _, __: None
) -> APIRouter:
    """The endpoints."""
    routes = APIRouter(prefix="/v1/decisions", tags=["decisions"])

    @routes.get("/{decision_id}", **described(DecisionAnswer, 404))
    async def decision(decision_id: str, request: Request) -> Response:
        """A decision as it was answered, what a person's verdict made of it, and how its author may appeal."""

        def find(look: Reading, blind: Blind) -> Told:
            record = decisions.get(look, decision_id)
            asked = blind(record.comment_id, comments.get(look, record.comment_id).text)
            if asked is not None and asked not in SAID_TO_BE_BLIND:
                return {**decision_document(look, record), **UNDECIDED, "appeal": None}, []
            return {**decision_document(look, record), "appeal": offer(look, decision_id)}, [record.comment_id]

        return await tell(desk, request, find)

    @routes.post("/{decision_id}/feedback", **described(FeedbackAnswer, 404, 409), openapi_extra=takes(FeedbackRequest))
    async def feedback(decision_id: str, request: Request) -> Response:
        """Says that a decision was wrong: opens or joins a case. A moderator's verdict makes it a label."""

        def give(unit: Unit, caller: Caller, asked: FeedbackRequest) -> Document:
            doubt = Doubt(caller.id, asked.verdict, tuple(asked.labels), asked.note)
            return feedback_document(doubts.give(unit, taxonomy.names, decision_id, doubt, now=now()))

        return await desk.change(request, Scope.FEEDBACK, FeedbackRequest, give)

    return routes
