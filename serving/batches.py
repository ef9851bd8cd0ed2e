"""The items of a batch: read one by one, so that what is wrong with one refuses that one alone."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from moderation.errors import ChaffinchError
from serving.errors import MalformedError
from serving.problems import Problem, problem_of
from serving.schemas import BatchRequest, parse, refusal


def items_of(body: bytes) -> list[Any]:
    """The items as JSON values. Raises `MalformedError` or `InvalidInputError` for what is no batch."""
    try:
        return parse(BatchRequest, body).items
    except MalformedError as error:
        return _loosely(body, error)


def _loosely(body: bytes, error: MalformedError) -> list[Any]:
    """Python's reader lets lone surrogates through, which spoil the item that has them and not its neighbours."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise error from None
    try:
        return BatchRequest.model_validate(value).items
    except ValidationError as faults:
        raise refusal(faults) from None


def as_body(item: object) -> bytes:
    """An item as the body of a request of its own."""
    return json.dumps(item, separators=(",", ":")).encode()


def refused(item: object, error: ChaffinchError) -> dict[str, Any]:
    """What stands in the answer for an item that was refused: its id, if it can be repeated, and why."""
    return {"id": repeatable_id(item), "error": as_member(problem_of(error))}


def as_member(problem: Problem) -> dict[str, Any]:
    """A problem within an answer: when to come back is a member, since it has no headers."""
    wait = problem.headers.get("Retry-After")
    return problem.as_dict() | ({} if wait is None else {"retry_after": int(wait)})


def repeatable_id(item: object) -> str | None:
    """The id that the item was given, if it can be answered back."""
    name = item.get("id") if isinstance(item, dict) else None
    plain = isinstance(name, str) and len(name) <= 128 and not any("\ud800" <= char <= "\udfff" for char in name)
    return name if plain else None
