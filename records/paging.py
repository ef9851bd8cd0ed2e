"""Pages: at most 200 items and an opaque cursor to go on from. The order is that of a key no two rows share.

A cursor bears the mark of its list: of what is listed, by which filters, in which order. One of another list would be
a place that this one does not have, and an answer from there would leave lines out without a word: it is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import ColumnElement, Row, Select

from moderation.errors import Fault, InvalidInputError
from records.unit_of_work import Reading

MAX_LIMIT = 200
DEFAULT_LIMIT = 50
NO_CURSOR = "give next_cursor as it was answered, to the list and with the filters that it was answered to"

T = TypeVar("T")


class Numbered(Protocol):
    """What has an id."""

    @property
    def id(self) -> str:
        """No two have the same."""


N = TypeVar("N", bound=Numbered)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items; `next_cursor` is None on the last page."""

    items: tuple[T, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class PageAsked:
    """Which page of the list with this `mark` (`list_of`): the one after `cursor`, the first without."""

    mark: str
    limit: int
    cursor: str | None


def checked_limit(limit: int) -> int:
    """`limit` if it is 1-200. Raises `InvalidInputError`."""
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidInputError("The page size cannot be used.", [Fault("limit", f"give 1 to {MAX_LIMIT}")])
    return limit


def list_of(name: str, **asked: object) -> str:
    """The mark of a list: what is listed, and by which filters it was `asked` for. It does not tell them."""
    told = json.dumps([name, asked], default=_plain, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def asked_of(name: str, limit: int, cursor: str | None, **asked: object) -> PageAsked:
    """A page of the list of this name, by every filter that its query has."""
    return PageAsked(list_of(name, **asked), limit, cursor)


def encode(mark: str, *position: str | float) -> str:
    """A cursor for the place after the row with this key, in the list of this mark."""
    return base64.urlsafe_b64encode(json.dumps([mark, *position]).encode()).decode().rstrip("=")


def decode(mark: str, cursor: str, *kinds: type) -> tuple[str | float, ...]:
    """The key within a cursor of the list of this mark, a value for each of `kinds`.

    Raises `InvalidInputError` for what we did not make, or made for another list.
    """
    position = _position(cursor)
    if position is None or position[0] != mark or [type(value) for value in position[1:]] != list(kinds):
        raise InvalidInputError("The cursor cannot be used.", [Fault("cursor", NO_CURSOR)])
    return tuple(position[1:])


def cursor_fault(cursor: str) -> Fault | None:
    """What is wrong with what no list can have answered; which list it is of, `decode` finds out."""
    return Fault("cursor", NO_CURSOR) if _position(cursor) is None else None


def _position(cursor: str) -> list[str | float] | None:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        position = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        return None
    return position if isinstance(position, list) and position and all(map(_can_be_asked, position)) else None


def _can_be_asked(value: object) -> bool:
    """Whether a database takes it: text without NUL or half a character, or a number of its own size."""
    if isinstance(value, str):
        return "\0" not in value and value.isascii()
    return isinstance(value, float) and isfinite(value)


def page_of(items: Sequence[T], limit: int, cursors: Sequence[str]) -> Page[T]:
    """A page of `items`, read one beyond `limit`; `cursors` are theirs, in the same order."""
    if len(items) <= limit:
        return Page(tuple(items), None)
    return Page(tuple(items[:limit]), cursors[limit - 1])


def page_by_id(
    look: Reading, query: Select[Any], key: ColumnElement[str], value: Callable[[Row[Any]], N], asked: PageAsked, *,
    newest_first: bool = False,
) -> Page[N]:  # fmt: skip
    """A page of what `query` finds, in the order of `key`: the column with the id of what `value` makes of a row.

    Raises `InvalidInputError` for a limit or a cursor that cannot be used.
    """
    query = query.order_by(key.desc() if newest_first else key).limit(checked_limit(asked.limit) + 1)
    if asked.cursor is not None:
        last = decode(asked.mark, asked.cursor, str)[0]
        query = query.where(key < last if newest_first else key > last)
    items = [value(row) for row in look.execute(query)]
    return page_of(items, asked.limit, [encode(asked.mark, item.id) for item in items])


def _plain(asked: object) -> object:
    """A filter as JSON has it; of several values whose order says nothing, in one order."""
    if isinstance(asked, datetime):
        return asked.timestamp()
    if is_dataclass(asked) and not isinstance(asked, type):
        return asdict(asked)
    if isinstance(asked, set | frozenset):
        return sorted(asked)
    raise TypeError(f"{type(asked).__name__} is no filter of a list")
