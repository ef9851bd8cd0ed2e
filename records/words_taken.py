"""Whose words a unit took out: each row and each entry by its id, for the entry that says so (`records/erased.py`).

Whoever removes words gives back which rows really lost some. `audit verify` holds a loss to be lawful where an entry
names it, and nowhere else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, update

from records.unit_of_work import Unit

Taken = frozenset[tuple[str, str]]
"""Rows by table and id."""

NOTHING: Taken = frozenset()

ENTRIES = "entry_words"
"""The table of words that stand beside entries, by the ids of these."""


def by_table(taken: Taken) -> dict[str, list[str]]:
    """As an entry says it: ids by table, in order."""
    told: dict[str, list[str]] = defaultdict(list)
    for table, row_id in sorted(taken):
        told[table].append(row_id)
    return dict(told)


def entries(taken: Taken) -> int:
    """Of how many entries words went."""
    return sum(table == ENTRIES for table, _ in taken)


def from_row(unit: Unit, table: Table, row: Row[Any], instead: Mapping[str, Any]) -> Taken:
    """Puts values in the place of one row's words; `row` has its key and these columns as they are."""
    gone = {name: value for name, value in instead.items() if row._mapping[name] != value}
    if not gone:
        return NOTHING
    (key,) = table.primary_key
    row_id = row._mapping[key.name]
    unit.execute(update(table).where(key == row_id).values(gone))
    return frozenset({(table.name, row_id)})


def from_rows(unit: Unit, table: Table, which: ColumnElement[bool], column: str, instead: str) -> Taken:
    """Puts `instead` in one column of all these rows that have words there."""
    (key,) = table.primary_key
    said = table.c[column]
    told = update(table).where(which, said.is_not(None), said != instead).values({column: instead}).returning(key)
    return frozenset((table.name, row_id) for row_id in unit.execute(told).scalars())
