"""`/v1/cases`: the moderators' queue for programs, over the functions that the console uses too.

A claim is the caller's (`key:<prefix>`); its `lease_token`, sent back with a verdict, proves that nobody else has
had the case since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from governance import another, reopening
from governance.verdicts import HouseRules, give, take_back
from moderation.errors import ForbiddenError
from records import cases, idempotency
from records.cases import ESCALATED, Wanted
from records.paging import DEFAULT_LIMIT, MAX_LIMIT
from records.unit_of_work import Reading, Unit
from records.values import CaseRecord, CaseState, Judgement, VerdictKind
from review import queue as waiting
from serving.case_answers import CaseAnswer, CasePage, VerdictAnswer
from serving.desk import Desk, Document
from serving.keys import Caller, Scope
from serving.openapi import described, takes
from serving.schemas import ClaimRequest, EmptyRequest, EscalateRequest, LeaseRequest, ReopenRequest, VerdictRequest
from serving.telling import SAID_TO_BE_BLIND, Blind, Told, tell
from serving.views import case_document, verdict_document, with_text, with_texts

ONE = "/v1/cases/{case_id}"
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]


def router(
    desk: Desk, rules: Callable[[], HouseRules], now: Callable[[], datetime], *, gold_share: float = 0.0
) -> APIRouter:  # fmt: skip
    """The endpoints. In the place of a `gold_share` of claimed cases come known answers, as in the console."""
    routes = APIRouter(tags=["cases"])
    _reading(routes, desk)
    _claiming(routes, desk, now, gold_share)
    _deciding(routes, desk, rules, now)
    _moving(routes, desk, now)
    return routes


def _reading(routes: APIRouter, desk: Desk) -> None:
    @routes.get("/v1/cases", **described(CasePage))
    async def page(
        request: Request,
        queue: str | None = None,
        label: str | None = None,
        state: CaseState | None = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Response:
        """Cases by priority, then age; 200 at most at a time.

        Without those that were decided, of a comment about which the caller is asked a second time unseen.
        """

        def find(look: Reading, blind: Blind) -> Told:
            found = cases.page(look, queue=queue, label=label, state=state, limit=limit, cursor=cursor)
            shown = [case for case in found.items if not _gives_away(case, blind)]
            items = [case_document(look, case, blind=blind, is_whole=False) for case in shown]
            told = {one["comment"]["comment_id"] for one in items if _tells(one)}
            return with_texts(look, {"items": items, "next_cursor": found.next_cursor}), told

        return await tell(desk, request, find, listed="cases")

    @routes.get(ONE, **described(CaseAnswer, 404))
    async def case(case_id: str, request: Request) -> Response:
        """One case."""

        def find(look: Reading, blind: Blind) -> Told:
            found = case_document(look, cases.get(look, case_id), blind=blind)
            return with_text(look, found), [found["comment"]["comment_id"]] if _tells(found) else []

        return await tell(desk, request, find)


def _gives_away(case: CaseRecord, blind: Blind) -> bool:
    """Whether that it is decided would tell whoever is asked about it that they give a second opinion."""
    asked = blind(case.comment_id, None) if case.state is CaseState.CLOSED else None
    return asked is not None and asked not in SAID_TO_BE_BLIND


def _tells(document: Mapping[str, Any]) -> bool:
    """Whether it says what a person decided."""
    return document["decision"] is not None and document["decision"]["final"] is not None


def _claiming(routes: APIRouter, desk: Desk, now: Callable[[], datetime], gold_share: float) -> None:
    @routes.post("/v1/cases:claim", **described(CasePage, 409), openapi_extra=takes(ClaimRequest))
    async def claim(request: Request) -> Response:
        """Leases the next cases to the caller, the worst first; fewer if fewer wait."""

        def take(unit: Unit, caller: Caller, asked: ClaimRequest) -> Document:
            check_queue(caller, asked.queue)
            wanted = Wanted(asked.queue, asked.label, asked.lang)
            claimed = waiting.take(
                unit,
                caller.name,
                wanted,
                now=now(),
                count=asked.count,
                gold_share=gold_share,
                kept_from=another.keep_from_doubted,
            )
            return {"items": [case_document(unit, case, with_token=True) for case in claimed], "next_cursor": None}

        return await desk.change(request, Scope.RECORDS, ClaimRequest, take, complete=with_texts)


def _deciding(routes: APIRouter, desk: Desk, rules: Callable[[], HouseRules], now: Callable[[], datetime]) -> None:
    @routes.post(f"{ONE}/verdict", **described(VerdictAnswer, 404, 409), openapi_extra=takes(VerdictRequest))
    async def verdict(case_id: str, request: Request) -> Response:
        """Decides a case that the caller has claimed. Applied once."""

        def decide(unit: Unit, caller: Caller, asked: VerdictRequest) -> Document:
            given = give(
                unit,
                rules(),
                case_id,
                judgement_of(asked),
                moderator=caller.name,
                token=asked.lease_token,
                now=now(),
            )
            return verdict_document(given, rules().taxonomy.names)

        return await desk.change(request, Scope.RECORDS, VerdictRequest, decide)

    @routes.post(f"{ONE}/undo", **described(CaseAnswer, 404, 409), openapi_extra=takes(EmptyRequest))
    async def undo(case_id: str, request: Request) -> Response:
        """Takes the caller's last verdict in this case back, within ten seconds.

        The same verdict sent again with its `Idempotency-Key` is 409 from then on: it is not given a second time.
        """

        def take(unit: Unit, caller: Caller, _: EmptyRequest) -> Document:
            again = take_back(unit, case_id, moderator=caller.name, now=now())
            idempotency.withdraw(unit, scope=caller.id, path=request.url.path.removesuffix("/undo") + "/verdict")
            return case_document(unit, again, with_token=True)

        return await desk.change(request, Scope.RECORDS, EmptyRequest, take, complete=with_text)

    @routes.post(f"{ONE}/reopen", **described(CaseAnswer, 404, 409), openapi_extra=takes(ReopenRequest))
    async def reopen(case_id: str, request: Request) -> Response:
        """Opens a decided case anew, claimed by the caller: what is decided then is a decision of its own.

        What was decided on appeal or contest is claimed by nobody: a third person decides it, from that queue.
        """

        def take(unit: Unit, caller: Caller, asked: ReopenRequest) -> Document:
            check_queue(caller, cases.get(unit, case_id).queue)
            opened = reopening.reopen(
                unit, case_id, rules().complaints, moderator=caller.name, reason=asked.reason, now=now()
            )
            return case_document(unit, opened.case, with_token=not opened.is_for_another)

        return await desk.change(request, Scope.RECORDS, ReopenRequest, take, complete=with_text)


def _moving(routes: APIRouter, desk: Desk, now: Callable[[], datetime]) -> None:
    @routes.post(f"{ONE}/release", **described(CaseAnswer, 404, 409), openapi_extra=takes(LeaseRequest))
    async def release(case_id: str, request: Request) -> Response:
        """Gives a claimed case back to its queue, undecided."""

        def put_back(unit: Unit, caller: Caller, asked: LeaseRequest) -> Document:
            case = waiting.release(unit, case_id, caller.name, asked.lease_token, now=now(), reason=asked.reason)
            return case_document(unit, case)

        return await desk.change(request, Scope.RECORDS, LeaseRequest, put_back, complete=with_text)

    @routes.post(f"{ONE}/escalate", **described(CaseAnswer, 404, 409), openapi_extra=takes(EscalateRequest))
    async def escalate(case_id: str, request: Request) -> Response:
        """Hands a claimed case to those who may decide more."""

        def hand_on(unit: Unit, caller: Caller, asked: EscalateRequest) -> Document:
            token, words = asked.lease_token, {"reason": asked.reason, "note": asked.note}
            return case_document(unit, waiting.escalate(unit, case_id, caller.name, token, now=now(), **words))

        return await desk.change(request, Scope.RECORDS, EscalateRequest, hand_on, complete=with_text)


def judgement_of(asked: VerdictRequest) -> Judgement:
    """As `review` takes it."""
    return Judgement(
        verdict=VerdictKind(asked.verdict),
        labels=tuple(asked.labels),
        ground=asked.ground,
        measure=asked.measure,
        span=asked.span.span() if asked.span else None,
        note=asked.note,
        confidence=asked.confidence,
        answer=asked.answer,
    )


def check_queue(caller: Caller, queue: str | None) -> None:
    """Escalated cases are for those who may decide more: of keys, those with scope `admin`. Raises `ForbiddenError`."""
    if queue == ESCALATED and Scope.ADMIN not in caller.scopes:
        raise ForbiddenError("Escalated cases need a key with scope 'admin', or a senior moderator in the console.")
