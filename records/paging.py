"""Pages: at most 200 items and an opaque cursor to go on from. The order is that of a key no two rows share."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from moderation.errors import Fault, InvalidInputError

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
NO_CURSOR = "give next_cursor as it was answered"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items; `next_cursor` is None on the last page."""

    items: tuple[T, ...]
    next_cursor: str | None


def checked_limit(limit: int) -> int:
    """`limit` if it is 1-200. Raises `InvalidInputError`."""
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidInputError("The page size cannot be used.", [Fault("limit", f"give 1 to {MAX_LIMIT}")])
    return limit


def encode(*position: str | float) -> str:
    """A cursor for the place after the row with this key."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def decode(cursor: str, *kinds: type) -> tuple[str | float, ...]:
    """The key within a cursor, a value for each of `kinds`. Raises `InvalidInputError` for what we did not make."""
    position = _position(cursor)
    if position is None or [type(value) for value in position] != list(kinds):
        raise InvalidInputError("The cursor cannot be used.", [Fault("cursor", NO_CURSOR)])
    return tuple(position)


def cursor_fault(cursor: str) -> Fault | None:
    """What is wrong with what no list can have answered; which list it is of, `decode` finds out."""
    return Fault("cursor", NO_CURSOR) if _position(cursor) is None else None


def _position(cursor: str) -> list[str | float] | None:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        return None
    return position if isinstance(position, list) and position else None


def page_of(items: Sequence[T], limit: int, cursors: Sequence[str]) -> Page[T]:
    """A page of `items`, read one beyond `limit`; `cursors` are theirs, in the same order."""
    if len(items) <= limit:
        return Page(tuple(items), None)
    return Page(tuple(items[:limit]), cursors[limit - 1])
