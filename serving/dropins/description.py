"""The drop-ins in `/openapi.json`: what they take, answer and refuse with, each in its own form."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from serving.dropins import akismet, discovery, openai
from serving.dropins.configs import DropIns
from serving.dropins.openai_schema import ModerationAnswer, ModerationRequest, OpenAIError
from serving.dropins.perspective_schema import (
    AnalyzeCommentRequest,
    AnalyzeCommentResponse,
    GoogleError,
    SuggestCommentScoreRequest,
    SuggestCommentScoreResponse,
)
from serving.idempotency import PARAMETER

JSON, PLAIN, FORM = "application/json", "text/plain", "application/x-www-form-urlencoded"
REF = "#/components/schemas/{model}"
ASKED: tuple[type[BaseModel], ...] = (AnalyzeCommentRequest, SuggestCommentScoreRequest, ModerationRequest)
ANSWERED: tuple[type[BaseModel], ...] = (
    AnalyzeCommentResponse, SuggestCommentScoreResponse, GoogleError, ModerationAnswer, OpenAIError,
)  # fmt: skip

QUERY_KEY = {"type": "apiKey", "in": "query", "name": "key", "description": "As Google's clients send a key."}
REFUSED = (400, 401, 403, 404, 405, 408, 409, 413, 429, 500, 503)
_AKISMET = {
    "comment-check": "`true` where the site should hold the comment, else `false`; `invalid` for a wrong key or blog.",
    "submit-spam": "A comment that was passed and should not have been: opens or joins a case.",
    "submit-ham": "A comment that was held and should not have been: opens or joins a case.",
    "verify-key": "Whether the key may be used: `valid` or `invalid`.",
}

_AKISMET_ANSWERS = {
    "comment-check": akismet.TRUE,
    "submit-spam": akismet.THANKS,
    "submit-ham": akismet.THANKS,
    "verify-key": akismet.VALID,
}
_FIELDS = {
    "key": "ck_...",
    "api_key": "ck_...",
    "blog": "https://blog.example",
    "user_ip": "203.0.113.7",
    "comment_content": "what a fine day",
}


def paths(served: DropIns) -> dict[str, Any]:
    """The operations of what is served."""
    found: dict[str, Any] = {}
    if served.perspective:
        found |= _perspective()
    if served.openai:
        found[openai.PATH] = _moderations()
    if served.akismet:
        found |= {f"/1.1/{name}": _akismet(name, words) for name, words in _AKISMET.items()}
    return found


def _perspective() -> dict[str, Any]:
    analyze = {"comment": {"text": "what a fine day"}, "requestedAttributes": {"TOXICITY": {}}}
    suggest = {"comment": {"text": "what a fine day"}, "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0}}}}
    return {
        discovery.ANALYZE: _google(
            "analyze_comment",
            "Scores of a comment, as the Perspective API gives them.",
            AnalyzeCommentRequest, AnalyzeCommentResponse, analyze,
        ),
        discovery.SUGGEST: _google(
            "suggest_comment_score",
            "Doubt about a comment's scores: opens or joins a case.",
            SuggestCommentScoreRequest, SuggestCommentScoreResponse, suggest,
        ),
        "/$discovery/rest": {
            "get": {
                "tags": ["perspective"],
                "summary": "The discovery document, from which Google's clients build themselves.",
                "operationId": "discover",
                "parameters": [{"name": "version", "in": "query", "schema": {"type": "string"}}],
                "responses": {"200": _answered("The document.", {"type": "object"})} | _refusals(GoogleError),
                "security": [],
            }
        },
    }  # fmt: skip


def _google(
    name: str, words: str, asked: type[BaseModel], answered: type[BaseModel], example: object
) -> dict[str, Any]:
    operation = {
        "tags": ["perspective"],
        "summary": words,
        "operationId": name,
        "parameters": [PARAMETER],
        "requestBody": {"required": True, "content": {JSON: {"schema": _reference(asked), "example": example}}},
        "responses": {"200": _answered(words, _reference(answered))} | _refusals(GoogleError),
        "security": [{"query_key": []}, {"key": []}],
    }
    return {"post": operation}


def _moderations() -> dict[str, Any]:
    words = "One result a text, as OpenAI's moderation endpoint gives them."
    content = {"schema": _reference(ModerationRequest), "example": {"input": "what a fine day"}}
    operation = {
        "tags": ["openai"],
        "summary": words,
        "operationId": "create_moderation",
        "parameters": [PARAMETER],
        "requestBody": {"required": True, "content": {JSON: content}},
        "responses": {"200": _answered(words, _reference(ModerationAnswer))} | _refusals(OpenAIError),
        "security": [{"key": []}],
    }
    return {"post": operation}


def _akismet(name: str, words: str) -> dict[str, Any]:
    fields = ("key", "blog") if name == "verify-key" else ("api_key", "blog", "user_ip", "comment_content")
    schema = {
        "type": "object",
        "required": list(fields),
        "properties": {field: {"type": "string"} for field in fields},
        "additionalProperties": {"type": "string"},
    }
    text = {"schema": {"type": "string"}}
    example = {field: _FIELDS[field] for field in fields}
    operation = {
        "tags": ["akismet"],
        "summary": words,
        "operationId": f"akismet_{name.replace('-', '_')}",
        "parameters": [PARAMETER],
        "requestBody": {"required": True, "content": {FORM: {"schema": schema, "example": example}}},
        "responses": {"200": {"description": words, "content": {PLAIN: text | {"example": _AKISMET_ANSWERS[name]}}}}
        | {str(status): {"description": "A sentence.", "content": {PLAIN: dict(text)}} for status in REFUSED},
        "security": [],
    }
    return {"post": operation}


def _answered(words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": words, "content": {JSON: {"schema": schema}}}


def _refusals(model: type[BaseModel]) -> dict[str, Any]:
    told = (model.__doc__ or "").strip()
    return {str(status): _answered(told, _reference(model)) for status in REFUSED}


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}
