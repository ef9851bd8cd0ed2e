"""What Perspective refuses, in its words and in Google's error form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from serving.dropins.discovery import NAME
from serving.errors import DropInError
from serving.forms import RPC, bad_request
from serving.schemas import pointer
from serving.sentences import sentence

ERROR = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"

Asked = TypeVar("Asked", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Wrong:
    """One fault, with the words and the error type that Perspective has for it."""

    where: str
    message: str
    kind: str = "INVALID_REQUEST"
    more: Mapping[str, Any] = field(default_factory=dict)


EMPTY = Wrong("comment.text", "Comment must be non-empty.", "COMMENT_EMPTY")


def refusal(found: Sequence[Wrong]) -> DropInError:
    """The first fault in Perspective's words, with all of them in `details`."""
    errors = [{"@type": ERROR, "errorType": fault.kind, **fault.more} for fault in found]
    violations = bad_request([(fault.where, fault.message) for fault in found])
    return DropInError(400, found[0].message, details=[*errors, violations])


def refuse(faults: Iterable[Wrong]) -> None:
    """Raises the refusal where there is a fault."""
    if found := list(faults):
        raise refusal(found)


def parse(schema: type[Asked], body: bytes) -> Asked:
    """The body as `schema`. Raises `DropInError` with every fault, and never with a value."""
    try:
        return schema.__pydantic_validator__.validate_json(body or b"{}")  # type: ignore[no-any-return]
    except ValidationError as error:
        raise _unreadable(error) from None


def _unreadable(error: ValidationError) -> DropInError:
    """Google's words for what is no message; never with a value."""
    found = error.errors(include_url=False, include_input=False)
    violations = [_violation(item) for item in found[:100]]
    return DropInError(400, violations[0][1], details=[bad_request(violations)])


def _violation(item: Mapping[str, Any]) -> tuple[str, str]:
    start = "Invalid JSON payload received."
    if item["type"] == "json_invalid":
        return "", f"{start} {item['msg'].removeprefix('Invalid JSON: ').capitalize()}"
    where = pointer(item["loc"]).removeprefix("/").replace("/", ".")
    if item["type"] == "extra_forbidden":
        around, _, name = where.rpartition(".")
        at = f" at '{around}'" if around else ""
        return around, f'{start} Unknown name "{name}"{at}: Cannot find field.'
    return where, f"Invalid value at '{where}': {sentence(item)}"


def key_refused() -> DropInError:
    """A key that is not known, as Google says it."""
    info = {"reason": "API_KEY_INVALID", "domain": "googleapis.com", "metadata": {"service": NAME}}
    told = "API key not valid. Please pass a valid API key."
    return DropInError(400, told, details=[{"@type": f"{RPC}ErrorInfo", **info}])
