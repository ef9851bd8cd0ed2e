"""`/v1/measures` and `/v1/recommendations`: what people do about accounts, comments and threads, and take back.

The functions are those of the console. A pseudonym stands in bodies alone: no log and no kept answer has one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from governance import account_measures
from governance.approvals import ByKey
from governance.measure_wishes import Wish
from moderation.errors import Fault, InvalidInputError
from moderation.given import language_of
from moderation.policy import Policy
from records import measures
from records.paging import DEFAULT_LIMIT, MAX_LIMIT
from records.personal import Keyring
from records.standing_values import MeasureRecord, MeasureState, TargetKind
from records.unit_of_work import Reading, Unit
from serving.desk import Desk, Document
from serving.keys import Caller, Scope
from serving.openapi import described, takes
from serving.schemas import named_policy
from serving.standing_answers import MeasureAnswer, MeasurePage, MeasuresAnswer
from serving.standing_schemas import (
    BulkMeasureRequest,
    LiftRequest,
    MeasureRequest,
    MeasureTerms,
    ReasonIn,
    RecommendationRequest,
    TargetIn,
)
from serving.standing_views import all_named, measure_document, named, policy_of
from serving.telling import Blind, Told, tell

ONE = "/v1/measures/{measure_id}"
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
Policies = Callable[[], Mapping[str, Policy]]


def router(desk: Desk, keyring: Keyring, policies: Policies) -> APIRouter:
    """The endpoints."""
    routes = APIRouter(tags=["measures"])
    _reading(routes, desk, keyring)
    _taking(routes, desk, keyring, policies)
    _taking_back(routes, desk, keyring)
    return routes


def _reading(routes: APIRouter, desk: Desk, keyring: Keyring) -> None:
    @routes.get("/v1/measures", **described(MeasurePage))
    async def page(
        request: Request, state: MeasureState | None = None, limit: Limit = DEFAULT_LIMIT, cursor: str | None = None
    ) -> Response:
        """Measures, the newest first; those on one account are at `/v1/authors/{author_id}`.

        Without those for a comment about which the caller is asked without being told what was decided.
        """

        def find(look: Reading, blind: Blind) -> Told:
            states = tuple(MeasureState) if state is None else (state,)
            found = measures.page(look, states=states, limit=limit, cursor=cursor)
            shown = [each for each in found.items if not any(blind(one, None) for one in _about(each))]
            items = [measure_document(look, each) for each in shown]
            told = {one for each in shown for one in _about(each)}
            return all_named(look, keyring, {"items": items, "next_cursor": found.next_cursor}), told

        return await tell(desk, request, find, listed="measures")

    @routes.get(ONE, **described(MeasureAnswer, 404))
    async def measure(measure_id: str, request: Request) -> Response:
        """One measure, with the platform's name of what is measured and what the person may be told."""

        def find(look: Reading, _: Blind) -> Told:
            made = measures.get(look, measure_id)
            return named(look, keyring, measure_document(look, made)), _about(made)

        return await tell(desk, request, find, things=[("measure", measure_id)])


def _about(made: MeasureRecord) -> list[str]:
    """The comment that is measured, or for which somebody is."""
    return [each for each in (made.comment_id, made.cause_id) if each]


def _taking(routes: APIRouter, desk: Desk, keyring: Keyring, policies: Policies) -> None:
    @routes.post("/v1/measures", **described(MeasureAnswer, 404, 409), openapi_extra=takes(MeasureRequest))
    async def take(request: Request) -> Response:
        """Takes a measure. Closing an account waits for a second person (`/v1/approvals`).

        One comment is measured once, and the same stands once on the same: 409 with `measure_id`, which is what stands.
        The comment is one that the measured account wrote.
        """

        def do(unit: Unit, caller: Caller, asked: MeasureRequest) -> Document:
            policy = policy_of(policies(), desk.gate.policy_for(caller, named_policy(asked)), "/policy")
            wish = replace(_wish(asked.target, asked, cause=asked.cause), for_thread=asked.for_thread)
            by, held = ByKey(caller.prefix), policies()
            made = account_measures.take(unit, keyring, wish, policy, by=by, policies=held, now=desk.now())
            return measure_document(unit, made)

        return await desk.change(
            request, Scope.RECORDS, MeasureRequest, do, complete=_with_names(keyring), secret=_hashed(keyring)
        )

    @routes.post("/v1/measures:bulk", **described(MeasuresAnswer, 404, 409), openapi_extra=takes(BulkMeasureRequest))
    async def take_many(request: Request) -> Response:
        """The same measure on many, after one answer of a second person."""

        def do(unit: Unit, caller: Caller, asked: BulkMeasureRequest) -> Document:
            policy = policy_of(policies(), desk.gate.policy_for(caller, named_policy(asked)), "/policy")
            wishes = [_wish(target, asked, cause=target.cause or asked.cause) for target in asked.targets]
            made = account_measures.take_many(unit, keyring, wishes, policy, by=ByKey(caller.prefix), now=desk.now())
            return {"approval_id": made[0].approval_id, "items": [measure_document(unit, each) for each in made]}

        return await desk.change(
            request,
            Scope.RECORDS,
            BulkMeasureRequest,
            do,
            complete=lambda look, document: all_named(look, keyring, document),
            secret=_hashed(keyring),
        )

    @routes.post(
        "/v1/recommendations", **described(MeasureAnswer, 404, 409), openapi_extra=takes(RecommendationRequest)
    )
    async def recommend(request: Request) -> Response:
        """Notes that a comment is recommended, with why, on a ground of the policy's catalogue; once at a time."""

        def do(unit: Unit, caller: Caller, asked: RecommendationRequest) -> Document:
            made = account_measures.recommend(
                unit,
                asked.comment_id,
                reason=_words(asked.reason),
                ground=asked.ground,
                by=ByKey(caller.prefix),
                policies=policies(),
                keyring=keyring,
                now=desk.now(),
            )
            return measure_document(unit, made)

        return await desk.change(
            request, Scope.RECORDS, RecommendationRequest, do, complete=_with_names(keyring)
        )  # fmt: skip


def _taking_back(routes: APIRouter, desk: Desk, keyring: Keyring) -> None:
    @routes.delete(ONE, **described(MeasureAnswer, 404, 409), openapi_extra=takes(LiftRequest))
    async def lift(measure_id: str, request: Request) -> Response:
        """Takes a measure back, with why; what it closed is open again. One that waits goes with its question."""

        def do(unit: Unit, caller: Caller, asked: LiftRequest) -> Document:
            by = ByKey(caller.prefix)
            lifted = account_measures.lift(unit, measure_id, why=asked.reason, by=by, keyring=keyring, now=desk.now())
            return measure_document(unit, lifted)

        return await desk.change(request, Scope.RECORDS, LiftRequest, do, complete=_with_names(keyring))


def _wish(target: TargetIn, asked: MeasureTerms, *, cause: str | None) -> Wish:
    return Wish(
        kind=TargetKind(target.kind),
        target_id=target.id,
        reason=_words(asked.reason),
        ground=asked.ground,
        measure=asked.measure,
        days=asked.length,
        closes=tuple(dict.fromkeys(asked.closes)),
        per_hour=asked.per_hour,
        cause=cause,
        replaces=asked.replaces,
    )


def _words(reason: str | ReasonIn) -> dict[str, str]:
    """By language; of a text that names none its script tells. Raises `InvalidInputError` for one of neither."""
    if isinstance(reason, str):
        language = language_of(reason)
        if language is None:
            detail = "write it in Chinese or in English"
            raise InvalidInputError("The measure cannot be taken.", [Fault("/reason", detail)])
        return {language: reason}
    return {"zh": reason.zh or "", "en": reason.en or ""}


def _with_names(keyring: Keyring) -> Callable[[Reading, Document], Document]:
    return lambda look, document: named(look, keyring, document)


def _hashed(keyring: Keyring) -> Callable[[str], str]:
    """A body with a pseudonym is kept for its `Idempotency-Key` as a keyed hash alone."""
    return lambda words: keyring.index("request", words)
