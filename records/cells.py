"""Cells that no program of ours wrote: SQLite keeps whatever it is given, and PostgreSQL refuses it.

Text where a number belongs, a moment that is none, JSON that cannot be read: one such cell would stop whoever reads its
table. Each is told by row and column; for the rest of this look a temporary view stands before the table, in which the
cell holds something of its kind, so that everything else is held against the ledger all the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Integer, LargeBinary, Table, text
from sqlalchemy.types import TypeEngine

from records.columns import Moment
from records.tables import ledger_checkpoints, ledger_keys, ledger_log, ledger_tiles
from records.tampering import Finding, What
from records.told_entries import MOST
from records.unit_of_work import Reading

_AT = "[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]"
_LEFT_OUT = frozenset({"search_entries", "search_words", "search_pending", "schema_state"})
"""What the database keeps for itself."""


BESIDE_THE_LOG = (ledger_keys, ledger_log, ledger_tiles, ledger_checkpoints)
"""Tables that `records/auditing.py` reads; cells of the ledger itself are its business."""


def odd_cells(look: Reading, tables: Sequence[Table]) -> Iterator[Finding]:
    """Every such cell; from then on this look reads something of its kind in its place."""
    if look.dialect != "sqlite":
        return
    for table in tables:
        if table.name not in _LEFT_OUT:
            found = _odd(look, table)
            yield from (_told(table, name, column) for column, names in found.items() for name in names)
            if found:
                _stand_before(look, table, found)


def _odd(look: Reading, table: Table) -> dict[str, list[str]]:
    """By column the rows, as they are named."""
    checks = {column.name: _check(column) for column in table.c}
    any_odd = " OR ".join(f"NOT ({check})" for check in checks.values())
    columns = ", ".join([_name(table), *(f"({check})" for check in checks.values())])
    found: dict[str, list[str]] = defaultdict(list)
    query = f"SELECT {columns} FROM {table.name} WHERE {any_odd} LIMIT {MOST}"  # noqa: S608 - our own names
    for row in look.execute(text(query)):
        fits: tuple[bool, ...] = tuple(row)[1:]
        for column, is_fine in zip(checks, fits, strict=True):
            if not is_fine:
                found[column].append(str(row[0]))
    return found


def _check(column: Column[object]) -> str:
    """In SQL, whether a cell is of its kind."""
    name = f'"{column.name}"'
    fits = {
        "moment": f"typeof({name}) = 'text' AND {name} GLOB '{_AT}*' AND datetime(substr({name}, 1, 26)) IS NOT NULL",
        "document": f"typeof({name}) = 'text' AND json_valid({name})",
        "whole": f"typeof({name}) = 'integer'",
        "number": f"typeof({name}) IN ('integer', 'real')",
        "octets": f"typeof({name}) IN ('blob', 'text')",  # bytes that are another's are found by their hash
        "text": f"typeof({name}) = 'text'",
    }[_kind(column.type)]
    return f"{name} IS NULL OR ({fits})"


def _kind(of: TypeEngine[object]) -> str:
    kinds = ((Moment, "moment"), (JSON, "document"), ((Integer, BigInteger, Boolean), "whole"), (Float, "number"),
             (LargeBinary, "octets"))  # fmt: skip
    return next((name for types, name in kinds if isinstance(of, types)), "text")


_INSTEAD = {
    "moment": "'1970-01-01 00:00:00.000000'", "document": "'[]'", "whole": "0", "number": "0.0", "octets": "x''",
    "text": "''",
}  # fmt: skip


def _name(table: Table) -> str:
    """How a row is named, in SQL."""
    return " || '/' || ".join(f'CAST("{column.name}" AS TEXT)' for column in table.primary_key) or "CAST(rowid AS TEXT)"


def _stand_before(look: Reading, table: Table, found: dict[str, list[str]]) -> None:
    odd = set(found)
    columns = [_seen(column) if column.name in odd else f'"{column.name}"' for column in table.c]
    view = f"CREATE TEMP VIEW {table.name} AS SELECT rowid, {', '.join(columns)} FROM main.{table.name}"  # noqa: S608 - our own names
    look.execute(text(view.replace(":", "\\:")))


def _seen(column: Column[object]) -> str:
    return f'CASE WHEN {_check(column)} THEN "{column.name}" ELSE {_INSTEAD[_kind(column.type)]} END AS "{column.name}"'


def _told(table: Table, name: str, column: str) -> Finding:
    return Finding(What.RECORD, _sentence(table.name, name, [column]))


def _sentence(table: str, name: str, columns: Sequence[str]) -> str:
    which = f"its column {', '.join(columns)}" if columns else "one of its columns"
    return f"The row {name} of the table {table} was altered: {which} holds what no program of ours writes."


def unreadable(table: str, name: str, columns: Sequence[str] = ()) -> Finding:
    """A row of which a cell has another shape than it must have."""
    return Finding(What.RECORD, _sentence(table, name, columns))
