"""What Perspective refuses, in its words and in Google's error form."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_snake

from serving.dropins.discovery import NAME
from serving.errors import DropInError
from serving.forms import RPC, bad_request
from serving.schemas import pointer
from serving.sentences import sentence

ERROR = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"

Asked = TypeVar("Asked", bound=BaseModel)

_Violation = tuple[str, str]

MOST_READINGS = 3
"""How often a body is read anew without what had no form: a fault may hide another around it."""


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


def parse(schema: type[Asked], body: bytes, faults: Callable[[Asked], Iterable[Wrong]]) -> Asked:
    """The body as `schema`, in which `faults` finds nothing.

    Raises `DropInError` with every fault of form and of meaning, and never with a value. Meaning is looked for in what
    is left once what has no form is taken away; what is only missing for that reason is no fault of its own.
    """
    try:
        asked, unread = _read(schema, body or b"{}"), list[_Violation]()
    except ValidationError as error:
        unread = [_violation(item) for item in error.errors(include_url=False, include_input=False)[:100]]
        rest, taken = _rest(schema, body, error)
        found = [] if rest is None else [fault for fault in faults(rest) if not _is_within(fault.where, taken)]
        raise _told(unread, found) from None
    if found := list(faults(asked)):
        raise refusal(found)
    return asked


def _read(schema: type[Asked], body: bytes) -> Asked:
    return schema.__pydantic_validator__.validate_json(body)  # type: ignore[no-any-return]


def _rest(schema: type[Asked], body: bytes, error: ValidationError) -> tuple[Asked | None, list[str]]:
    """The body without what has no form, and what was taken away; None where nothing can be read even so."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None, []
    taken = list[str]()
    for _ in range(MOST_READINGS):
        taken += [_take_away(document, item["loc"]) for item in error.errors(include_url=False, include_input=False)]
        try:
            return schema.__pydantic_validator__.validate_json(json.dumps(document)), taken
        except ValidationError as next_error:
            error = next_error
    return None, taken


def _take_away(document: object, path: Sequence[int | str]) -> str:
    """Takes out what lies there, or the nearest around it that has a name; the place in the words of a fault."""
    around, named = document, list[str]()
    holder: tuple[dict[str, object], str] | None = None
    for step in path:
        if not isinstance(around, dict):
            break
        name = str(step) if step in around else to_snake(str(step))
        holder, around = (around, name), around.get(name)
        named.append(name)
    if holder is not None:
        holder[0].pop(holder[1], None)
    return ".".join(to_snake(name) if number == 0 else name for number, name in enumerate(named))


def _is_within(where: str, taken: Sequence[str]) -> bool:
    """Whether a fault lies in what was taken away; all of it lies in a body that is no object."""
    return any(not place or where == place or where.startswith(f"{place}.") for place in taken)


def _told(unread: Sequence[_Violation], found: Sequence[Wrong]) -> DropInError:
    """Google's words for what has no form stand first; all are in `details`."""
    errors = [{"@type": ERROR, "errorType": fault.kind, **fault.more} for fault in found]
    violations = [*unread, *((fault.where, fault.message) for fault in found)]
    return DropInError(400, violations[0][1], details=[bad_request(violations), *errors])


def _violation(item: Mapping[str, Any]) -> _Violation:
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
