"""One row that holds nonsense is one finding: the comparison of the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import JSON, Row, Table

from records.cells import unreadable
from records.tampering import Finding, What

SHAPE = (TypeError, KeyError, ValueError, AttributeError, IndexError, OverflowError)
"""What reading a document raises that has another shape than ours."""

_NEUTRAL: tuple[Any, ...] = (None, [], {})

Check = Callable[[Mapping[str, Any]], Iterable[Finding]]


def of_row(table: Table, found: Row[Any], check: Check, *, name: str | None = None) -> list[Finding]:
    """What a row's check finds; one finding that names row and column where it holds what cannot be compared."""
    row = dict(found._mapping)
    try:
        return list(check(row))
    except SHAPE:
        return [unreadable(table.name, name or str(row["id"]), _blamed(table, row, check))]


def _blamed(table: Table, row: Mapping[str, Any], check: Check) -> list[str]:
    """The documents of the row without which it can be compared."""
    documents = [column.name for column in table.c if isinstance(column.type, JSON) and column.name in row]
    return [name for name in documents if any(_passes({**row, name: value}, check) for value in _NEUTRAL)]


def _passes(row: Mapping[str, Any], check: Check) -> bool:
    try:
        list(check(row))
    except SHAPE:
        return False
    return True


def to_the_end(what: str, found: Iterable[Finding]) -> Iterator[Finding]:
    """Its findings; where it cannot go on that is one, and whoever comes next does."""
    try:
        yield from found
    except SHAPE as error:
        told = (
            f"The {what} could be compared no further: somewhere stands what no program of ours writes "
            f"({type(error).__name__}: {error})."
        )
        yield Finding(What.RECORD, told)
