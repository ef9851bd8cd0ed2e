"""Routes outside FastAPI's machinery that are not on the path of every comment, as the OpenAPI shows them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from records.paging import DEFAULT_LIMIT, MAX_LIMIT
from serving import authors, transcripts
from serving.answers import TranscriptAnswer
from serving.examples import AUTHOR, AUTHOR_ANSWER, ERASURE, EXPORT, TRANSCRIPT
from serving.openapi import ALWAYS, JSON, REF, refusals, takes
from serving.oversight_schemas import WhyRequest
from serving.schemas import MAX_PSEUDONYM, AuthorRequest
from serving.standing_answers import AuthorAnswer, ErasureAnswer, ExportAnswer


def paths() -> dict[str, Any]:
    """For the OpenAPI."""
    return {
        authors.PATH: _author(),
        authors.EXPORT: {"get": _export()},
        transcripts.PATH: {"get": _transcript()},
    }


def _author() -> dict[str, Any]:
    name = _parameter("author_id", "path", {"type": "string", "minLength": 1, "maxLength": MAX_PSEUDONYM})
    policy = _parameter("policy", "query", {"type": "string"})
    asked = takes(AuthorRequest, example=AUTHOR)
    why = takes(WhyRequest, example={"reason": "asked for it"})
    return {
        "get": {
            "tags": ["authors"],
            "summary": "What was stated about an author, and how the account stands: credit, measures, findings.",
            "operationId": "get_author",
            "parameters": [name, policy],
            "responses": {"200": _answered(AuthorAnswer, AUTHOR_ANSWER), **_refused(404)},
            "security": [{"key": []}],
        },
        "put": {
            "tags": ["authors"],
            "summary": "States all that is known of an author; what is left out is not known any more.",
            "operationId": "state_author",
            **asked,
            "parameters": [name, policy, *asked["parameters"]],
            "responses": {"200": _answered(AuthorAnswer, AUTHOR_ANSWER), **_refused(409)},
            "security": [{"key": []}],
        },
        "delete": {
            "tags": ["authors"],
            "summary": "Erases an author everywhere, files too: answered when all is gone. Asks for scope `admin`.",
            "operationId": "erase_author",
            **why,
            "parameters": [name, *why["parameters"]],
            "responses": {"200": _answered(ErasureAnswer, ERASURE), **_refused(409)},
            "security": [{"key": []}],
        },
    }


def _export() -> dict[str, Any]:
    name = _parameter("author_id", "path", {"type": "string", "minLength": 1, "maxLength": MAX_PSEUDONYM})
    reason = {**_parameter("reason", "query", {"type": "string", "minLength": 1}), "required": True}
    return {
        "tags": ["authors"],
        "summary": "All that is held of an author, for themself. The ledger has that it was given, and why.",
        "operationId": "export_author",
        "parameters": [name, reason],
        "responses": {"200": _answered(ExportAnswer, EXPORT), **_refused()},
        "security": [{"key": []}],
    }


def _transcript() -> dict[str, Any]:
    answer = _answered(TranscriptAnswer, TRANSCRIPT)
    answer["content"]["text/html"] = {"schema": {"type": "string"}}
    return {
        "tags": ["threads"],
        "summary": "The comments of a thread that passed, in order: a page, or JSON by `Accept`.",
        "operationId": "get_transcript",
        "parameters": [
            _parameter("thread_id", "path", {"type": "string", "minLength": 1, "maxLength": transcripts.MAX_THREAD}),
            _parameter("cursor", "query", {"type": "string"}),
            _parameter(
                "limit", "query", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
            ),
            _parameter("lang", "query", {"type": "string", "enum": list(transcripts.LANGUAGES)}),
            _parameter("If-None-Match", "header", {"type": "string"}),
        ],
        "responses": {
            "200": answer,
            "304": {"description": "It is as it was (`If-None-Match`)."},
            **_refused(),
        },
        "security": [{"key": []}],
    }


def _parameter(name: str, place: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _answered(model: type[BaseModel], example: object) -> dict[str, Any]:
    schema = {"$ref": REF.format(model=model.__name__)}
    return {
        "description": (model.__doc__ or "").strip(),
        "content": {JSON: {"schema": schema, "example": example}},
    }


def _refused(*more: int) -> dict[str, Any]:
    return {str(status): words for status, words in refusals(*ALWAYS, *more).items()}
