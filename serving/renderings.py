"""`GET /v1/decisions/{decision_id}/renderings`: one decision as record, notice to its author, and DSA statement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from governance.chinese_records import chinese_record
from governance.statements import Words, notice, statement
from records import acted, decisions
from records.unit_of_work import Reading
from serving.answers import Answer
from serving.decisions import Offer
from serving.desk import Desk
from serving.openapi import described
from serving.telling import Blind, Told, tell

APPEALS = "/public/appeals"


class NoticeAnswer(Answer):
    """What the author is told, in sentences; empty for a comment that stands."""

    zh: list[str]
    en: list[str]


class RenderingsAnswer(Answer):
    """One decision, rendered for each who asks. Nothing of it quotes the comment or names its author."""

    decision_id: str
    record: dict[str, Any] = Field(description="the record that China's Provisions ask to be kept, in Chinese")
    notice: NoticeAnswer
    statement: dict[str, Any] | None = Field(
        description="the DSA's statement of reasons in the transparency database's fields; null where none is due"
    )


def router(desk: Desk, words: Callable[[], Words], offer: Offer) -> APIRouter:
    """The endpoint."""
    routes = APIRouter(prefix="/v1/decisions", tags=["decisions"])

    @routes.get("/{decision_id}/renderings", **described(RenderingsAnswer, 404))
    async def renderings(decision_id: str, request: Request) -> Response:
        """A decision as the record that is kept, the notice to its author, and the statement of reasons."""

        def find(look: Reading, _: Blind) -> Told:
            found = acted.one(look, decision_id)
            offered = offer(look, decision_id)
            address = f"{APPEALS}?reference={offered['reference']}" if offered else APPEALS
            rendered = {
                "decision_id": decision_id,
                "record": chinese_record(found, words()),
                "notice": {name: notice(found, words(), name, address=address) for name in ("zh", "en")},
                "statement": statement(found, words()),
            }
            return rendered, [decisions.get(look, decision_id).comment_id]

        return await tell(desk, request, find)

    return routes
