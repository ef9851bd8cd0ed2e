"""The discovery document from which Google's own clients build themselves; only its address differs for them.

It is made from the schemas that requests are read by, so that it offers nothing that would be refused as unknown. It
names no OAuth scope: with a key, or on a server that runs open, clients ask for no credentials of Google's.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.dropins.perspective_schema import (
    AnalyzeCommentRequest,
    AnalyzeCommentResponse,
    SuggestCommentScoreRequest,
    SuggestCommentScoreResponse,
)

NAME, VERSION = "commentanalyzer", "v1alpha1"
ANALYZE, SUGGEST = f"/{VERSION}/comments:analyze", f"/{VERSION}/comments:suggestscore"

_MESSAGES: tuple[type[BaseModel], ...] = (
    AnalyzeCommentRequest, AnalyzeCommentResponse, SuggestCommentScoreRequest, SuggestCommentScoreResponse,
)  # fmt: skip

_PARAMETERS = {
    "alt": {"type": "string", "location": "query", "default": "json", "description": "json, the one form there is"},
    "key": {"type": "string", "location": "query", "description": "API key: `chaffinch keys create`"},
    "prettyPrint": {"type": "boolean", "location": "query", "default": "true", "description": "ignored"},
    "quotaUser": {"type": "string", "location": "query", "description": "ignored"},
}


def document(root: str) -> dict[str, Any]:
    """The document for clients that reach this server at `root`, such as `https://moderation.example/`."""
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": f"{NAME}:{VERSION}",
        "name": NAME,
        "version": VERSION,
        "title": "Perspective Comment Analyzer API, answered by Chaffinch",
        "description": "Scores of a comment's attributes, and corrections of them.",
        "protocol": "rest",
        "rootUrl": root,
        "servicePath": "",
        "baseUrl": root,
        "batchPath": "batch",
        "parameters": _PARAMETERS,
        "schemas": schemas(),
        "resources": {
            "comments": {
                "methods": {
                    "analyze": _method("analyze", AnalyzeCommentRequest, AnalyzeCommentResponse),
                    "suggestscore": _method("suggestscore", SuggestCommentScoreRequest, SuggestCommentScoreResponse),
                }
            }
        },
    }


def _method(name: str, asked: type[BaseModel], answered: type[BaseModel]) -> dict[str, Any]:
    return {
        "id": f"{NAME}.comments.{name}",
        "path": f"{VERSION}/comments:{name}",
        "flatPath": f"{VERSION}/comments:{name}",
        "httpMethod": "POST",
        "description": asked.__doc__,
        "parameters": {},
        "parameterOrder": [],
        "request": {"$ref": asked.__name__},
        "response": {"$ref": answered.__name__},
    }


def schemas() -> dict[str, Any]:
    """The messages in discovery's own dialect of JSON Schema."""
    modes: list[Any] = [(model, "validation") for model in _MESSAGES]
    _, made = models_json_schema(modes, ref_template="{model}")
    return {name: _object(name, schema) for name, schema in made["$defs"].items()}


def _object(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    properties = {field: _field(inner) for field, inner in schema["properties"].items()}
    return {"id": name, "type": "object", "description": schema.get("description", ""), "properties": properties}


def _field(schema: dict[str, Any]) -> dict[str, Any]:
    """One field: what it is beside null."""
    found = next((each for each in schema.get("anyOf", ()) if each.get("type") != "null"), schema)
    if "$ref" in found:
        return {"$ref": found["$ref"]}
    match found["type"]:
        case "array":
            return {"type": "array", "items": _field(found["items"])}
        case "object":
            return {"type": "object", "additionalProperties": _field(found["additionalProperties"])}
        case "number":
            return {"type": "number", "format": "float"}
        case "integer":
            return {"type": "integer", "format": "int32"}
        case other:
            return {"type": other}
