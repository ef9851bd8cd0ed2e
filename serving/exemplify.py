"""Examples where the OpenAPI has none yet: of each body and answer by its schema, of each refusal by its status.

A refusal's example is what `problems.py` makes of it at that address, so that no example says what is never said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from moderation.errors import (
    Fault,
    ForbiddenError,
    InProgressError,
    InvalidInputError,
    NotFoundError,
    PartUnavailableError,
    UnauthenticatedError,
)
from serving.answers import Readiness
from serving.bodies import MAX_BODY
from serving.errors import (
    MalformedError,
    NotStoredError,
    OverloadedError,
    TooLargeError,
    TooSlowError,
    UpgradeRequiredError,
)
from serving.examples import PROBLEM, by_schema
from serving.forms import form_of
from serving.problems import problem_of
from serving.schemas import SUMMARY

Operation = dict[str, Any]

_REFUSED: Mapping[int, Exception] = {
    400: MalformedError("The body is not valid JSON (EOF while parsing an object at line 1 column 1)."),
    401: UnauthenticatedError("This needs a key: Authorization: Bearer ck_... (`chaffinch keys create`)."),
    403: ForbiddenError("This key's scopes (feedback) do not include 'score'."),
    404: NotFoundError("There is no such decision."),
    408: TooSlowError("The body did not arrive in time."),
    409: InProgressError("A request with this Idempotency-Key is in progress. Try again in a moment."),
    413: TooLargeError(f"The body is over {MAX_BODY // 1024} KiB. Send fewer comments at once, or shorter ones."),
    426: UpgradeRequiredError("This address speaks WebSocket: connect to it with a WebSocket client."),
    429: OverloadedError("model"),
    500: RuntimeError(),
    503: NotStoredError(PartUnavailableError("database", "gone"), held=False),
}
"""What is refused with each status; 422 depends on the body."""


def exemplify(schema: dict[str, Any]) -> None:
    """Adds them to every operation of an OpenAPI document."""
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            for media in _media(operation.get("requestBody", {})):
                _add(media)
            for status, answer in operation.get("responses", {}).items():
                for media in _media(answer):
                    if int(status) < 400 or _name(media) == Readiness.__name__:
                        _add(media, status)
                    else:
                        media["example"] = _refused(int(status), path, _fault(operation, schema))


def _media(holder: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from holder.get("content", {}).values()


def _add(media: dict[str, Any], status: str = "") -> None:
    """The schema's example, or its own for this status."""
    found = next(
        (by_schema()[name] for name in (f"{_name(media)} {status}", _name(media)) if name in by_schema()), None
    )
    if "example" not in media and found is not None:
        media["example"] = found


def _name(media: Mapping[str, Any]) -> str:
    reference: str = media.get("schema", {}).get("$ref", "")
    return reference.rpartition("/")[2]


def _refused(status: int, path: str, fault: Fault) -> object:
    problem = problem_of(_REFUSED.get(status) or InvalidInputError(SUMMARY, [fault]))
    form = form_of(path)
    if form is None:
        return {**problem.as_dict(), "instance": path, "request_id": PROBLEM["request_id"]}
    response = form(problem)
    is_json = response.media_type == "application/json"
    return orjson.loads(response.body) if is_json else bytes(response.body).decode()


def _fault(operation: Operation, schema: dict[str, Any]) -> Fault:
    """Something that this operation refuses."""
    for media in _media(operation.get("requestBody", {})):
        asked = schema["components"]["schemas"].get(_name(media), {})
        for name in asked.get("required", ()):
            return Fault(f"/{name}", "is missing")
        return Fault("/what", "is not a field of this request")
    names = [parameter["name"] for parameter in operation.get("parameters", ())]
    return Fault("cursor", "give next_cursor as it was answered") if "cursor" in names else Fault("", "cannot be used")
