"""The stream as documents: its handshake in the OpenAPI, which has no word for what follows, and all of it in AsyncAPI.

AsyncAPI 3 is what describes messages (https://www.asyncapi.com/docs/reference/specification/v3.0.0, with its WebSocket
binding 0.1.0); `/openapi.json` names the same schemas under `x-websocket`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.answers import RefusedInStream, StreamAnswer
from serving.examples import REFUSED_IN_STREAM, SCORE_ANSWER, STREAM_ITEM
from serving.openapi import REF, refusals
from serving.schemas import StreamItem
from serving.streams.answering import PATH
from serving.streams.conversation import REASONS, Close
from serving.streams.protocol import MAX_FRAME

DOCUMENT = "/asyncapi.json"
WORDS = "A live stream over WebSocket: one item in, one answer out, in the order of the items."
_BY_OTHERS = {
    1007: "A text frame was no UTF-8.",
    1009: f"A message was over {MAX_FRAME // 1024} KiB.",
}


def closes() -> dict[str, str]:
    """Close codes and what they mean."""
    ours = {int(code): REASONS[code] or "The client closed; what was taken is worked on." for code in Close}
    return {str(code): words for code, words in sorted((ours | _BY_OTHERS).items())}


def paths() -> dict[str, Any]:
    """For the OpenAPI."""
    switched = {"description": "A WebSocket from here on: `x-websocket`, and /asyncapi.json."}
    document = {"description": "The document.", "content": {"application/json": {"schema": {"type": "object"}}}}
    stream = {
        "tags": ["score"],
        "summary": WORDS,
        "operationId": "stream",
        "responses": {"101": switched} | {str(k): v for k, v in refusals(401, 403, 426, 429, 500, 503).items()},
        "security": [{"key": []}],
        "x-websocket": {
            "asyncapi": DOCUMENT,
            "item": {"$ref": REF.format(model=StreamItem.__name__)},
            "answer": {"oneOf": [{"$ref": REF.format(model=m.__name__)} for m in (StreamAnswer, RefusedInStream)]},
            "closes": closes(),
        },
    }
    asyncapi = {
        "tags": ["docs"],
        "summary": "The stream's messages as AsyncAPI 3.",
        "operationId": "get_asyncapi",
        "responses": {"200": document},
        "security": [],
    }
    return {PATH: {"get": stream}, DOCUMENT: {"get": asyncapi}}


def routes(app: FastAPI) -> list[Route]:
    """The document's address."""

    async def document(_: Request) -> Response:
        return Response(orjson.dumps(asyncapi(app.openapi())), media_type="application/json")

    return [Route(DOCUMENT, document, methods=["GET"])]


def asyncapi(openapi: dict[str, Any]) -> dict[str, Any]:
    """The AsyncAPI document, over the schemas of the OpenAPI."""
    channel = {"$ref": "#/channels/stream"}
    schemas = openapi["components"]["schemas"]
    messages = {
        "item": _message(
            StreamItem.__name__, "A comment, as POST /v1/score takes it; its key is a member.", STREAM_ITEM
        ),
        "answer": _message(StreamAnswer.__name__, "Its decision, as POST /v1/score gives it.", SCORE_ANSWER),
        "refusal": _message(RefusedInStream.__name__, "Why it has none, in its place.", REFUSED_IN_STREAM),
    }
    names = {name for message in messages.values() for name in _needed(message["payload"], schemas)}
    headers = {"type": "object", "properties": {"Authorization": {"type": "string", "description": "Bearer ck_..."}}}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": openapi["info"]["title"], "version": openapi["info"]["version"], "description": _about()},
        "defaultContentType": "application/json",
        "channels": {
            "stream": {
                "address": PATH,
                "messages": messages,
                "bindings": {"ws": {"method": "GET", "headers": headers, "bindingVersion": "0.1.0"}},
            }
        },
        "operations": {
            "answer": {
                "action": "receive",
                "channel": channel,
                "summary": WORDS,
                "messages": [{"$ref": "#/channels/stream/messages/item"}],
                "reply": {
                    "channel": channel,
                    "messages": [{"$ref": f"#/channels/stream/messages/{name}"} for name in ("answer", "refusal")],
                },
                "security": [{"$ref": "#/components/securitySchemes/key"}],
            }
        },
        "components": {
            "schemas": {name: schemas[name] for name in sorted(names)},
            "securitySchemes": {"key": openapi["components"]["securitySchemes"]["key"]},
        },
    }


def _about() -> str:
    told = "\n".join(f"* {code}: {words}" for code, words in closes().items())
    return f"{WORDS}\n\nClose codes:\n\n{told}"


def _message(model: str, words: str, example: dict[str, Any]) -> dict[str, Any]:
    return {"summary": words, "payload": {"$ref": REF.format(model=model)}, "examples": [{"payload": example}]}


def _needed(node: object, schemas: dict[str, Any]) -> set[str]:
    """Names of the schemas that `node` leads to."""
    found, open_ = set[str](), list(_references(node))
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_.extend(_references(schemas[name]))
    return found


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference.rpartition("/")[2]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
