"""`/openapi.json` (3.1): what FastAPI finds by itself, and what it cannot see: the hot routes, bodies, drop-ins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving import oversight_schemas, response_headers
from serving.answers import BatchAnswer, Problem, RefusedInStream, ScoreAnswer, StreamAnswer, TranscriptAnswer
from serving.dropins import description as dropins
from serving.dropins.configs import DropIns
from serving.examples import BATCH, BATCH_ANSWER, SCORE, SCORE_ANSWER
from serving.exemplify import exemplify
from serving.idempotency import PARAMETER
from serving.problems import MEDIA_TYPE
from serving.schemas import (
    AppealRequest,
    ApprovalRequest,
    AuthorRequest,
    BatchRequest,
    ClaimRequest,
    ComplaintRequest,
    ContestRequest,
    EmptyRequest,
    EndpointReason,
    EndpointRequest,
    EscalateRequest,
    FeedbackRequest,
    LeaseRequest,
    LintRequest,
    ReopenRequest,
    ReplayRequest,
    RotateRequest,
    ScoreRequest,
    StreamItem,
    VerdictRequest,
    WithdrawalRequest,
)
from serving.standing_answers import AuthorAnswer, ErasureAnswer, ExportAnswer
from serving.standing_schemas import BulkMeasureRequest, LiftRequest, MeasureRequest, RecommendationRequest

JSON = "application/json"
REF = "#/components/schemas/{model}"
ALWAYS = (400, 401, 403, 408, 413, 422, 429, 500, 503)
"""Refusals that any endpoint under `/v1` may answer."""

_WORDS = {
    400: "The body is not JSON.",
    401: "No key, or one that is not known.",
    403: "The key is not for this.",
    404: "There is no such thing.",
    408: "The body did not arrive in time.",
    409: "Somebody else was first, or a request with this Idempotency-Key is in progress (see Retry-After).",
    413: "The body is over 1 MiB.",
    422: "The request cannot be used; `errors` lists every fault.",
    429: "More requests than there is room for, or than this key may send; see Retry-After.",
    426: "This address speaks WebSocket; see Upgrade.",
    500: "A failure of this server; its log has the request id.",
    503: "A part does not answer, and nothing was stored, or nobody knows: `detail` says which.",
}

_KEYS = {"type": "http", "scheme": "bearer", "description": "`ck_...`; open on loopback where no key was ever created."}


ASKED: tuple[type[BaseModel], ...] = (
    ScoreRequest,
    StreamItem,
    ClaimRequest,
    LeaseRequest,
    EscalateRequest,
    ReopenRequest,
    VerdictRequest,
    FeedbackRequest,
    ApprovalRequest,
    LintRequest,
    AuthorRequest,
    EndpointRequest,
    EndpointReason,
    RotateRequest,
    ReplayRequest,
    ComplaintRequest,
    ContestRequest,
    AppealRequest,
    EmptyRequest,
    MeasureRequest,
    BulkMeasureRequest,
    LiftRequest,
    RecommendationRequest,
    WithdrawalRequest,
    *oversight_schemas.ASKED,
)
BODIES: Mapping[str, type[BaseModel]] = {BatchRequest.__name__: BatchRequest} | {each.__name__: each for each in ASKED}
"""What bodies are read as, by the names that schemas have here."""


def _reference(model: type[BaseModel]) -> dict[str, Any]:
    return {"$ref": REF.format(model=model.__name__)}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Problem documents for these statuses."""
    return {
        status: {"description": _WORDS[status], "content": {MEDIA_TYPE: {"schema": _reference(Problem)}}}
        for status in sorted(statuses)
    }


def described(answered: type[BaseModel], *more: int) -> dict[str, Any]:
    """A route's answer and refusals, as FastAPI's decorators take them. The response itself is made by us."""
    responses = {200: {"model": answered, "description": (answered.__doc__ or "").strip()}}
    return {"response_model": None, "responses": responses | refusals(*ALWAYS, *more)}


def takes(asked: type[BaseModel], *, example: object = None) -> dict[str, Any]:
    """A route's body, which FastAPI does not read."""
    content: dict[str, Any] = {"schema": _reference(asked)}
    if example is not None:
        content["example"] = example
    required = any(field.is_required() for field in asked.model_fields.values())
    return {
        "requestBody": {"required": required, "content": {JSON: content}},
        "parameters": [PARAMETER],
    }


def _hot(
    name: str, asked: type[BaseModel], answered: type[BaseModel], words: str, example: object, answer: object
) -> dict[str, Any]:
    ok = {"description": words, "content": {JSON: {"schema": _reference(answered), "example": answer}}}
    return {
        "post": {
            "tags": ["score"],
            "summary": words,
            "operationId": name,
            **takes(asked, example=example),
            "responses": {str(status): text for status, text in ({200: ok} | refusals(*ALWAYS, 409)).items()},
            "security": [{"key": []}],
        }
    }


def hot_paths() -> dict[str, Any]:
    """The routes outside FastAPI's machinery."""
    return {
        "/v1/score": _hot("score_comment", ScoreRequest, ScoreAnswer, "One comment, one answer.", SCORE, SCORE_ANSWER),
        "/v1/score:batch": _hot(
            "score_comments",
            BatchRequest,
            BatchAnswer,
            "Up to 256 comments, each answered or refused alone.",
            BATCH,
            BATCH_ANSWER,
        ),
    }


def _components() -> dict[str, Any]:
    answered = (
        ScoreAnswer,
        StreamAnswer,
        BatchAnswer,
        RefusedInStream,
        AuthorAnswer,
        ErasureAnswer,
        ExportAnswer,
        TranscriptAnswer,
        Problem,
    )
    modes: list[Any] = [(model, "validation") for model in (*ASKED, *dropins.ASKED)]
    modes += [(model, "serialization") for model in (*answered, *dropins.ANSWERED)]
    _, schema = models_json_schema(modes, ref_template=REF)
    found: dict[str, Any] = schema["$defs"]
    items = {"type": "array", "items": _reference(ScoreRequest), "minItems": 1, "maxItems": 256}
    batch = {"type": "object", "required": ["items"], "properties": {"items": items}, "additionalProperties": False}
    return found | {BatchRequest.__name__: batch}


def install(app: FastAPI, served: DropIns, plain: dict[str, Any]) -> None:
    """Makes `app.openapi()` complete with the drop-ins that are served and paths of other plain routes.

    It is made once, when first asked for.
    """
    made: Callable[[], dict[str, Any]] = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(made(), served, plain)
        return app.openapi_schema

    app.openapi = complete  # type: ignore[method-assign]


def _sum_up(operation: dict[str, Any]) -> None:
    """The first sentence of what is said of it is its summary. FastAPI makes one of the function's name ("Page")."""
    said = operation.pop("description", "").strip()
    first, _, rest = said.partition("\n")
    operation["summary"] = first
    if rest.strip():
        operation["description"] = rest.strip()


def _complete(schema: dict[str, Any], served: DropIns, plain: dict[str, Any]) -> dict[str, Any]:
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            _sum_up(operation)
            if path.startswith("/v1/"):
                operation.setdefault("security", [{"key": []}])
    schema["paths"] = hot_paths() | plain | schema["paths"] | dropins.paths(served)
    components = schema.setdefault("components", {})
    components["schemas"] = _components() | components.get("schemas", {})
    components["securitySchemes"] = {"key": _KEYS, "query_key": dropins.QUERY_KEY}
    exemplify(schema)
    response_headers.declare(schema)
    return schema
