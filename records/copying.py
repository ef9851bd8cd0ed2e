"""Every record into another database: from the one file of a small machine onto a server's, or back.

All of it is one transaction of a database that had no tables: it is there whole, and equal row for row, or nothing is.
The source takes no writer from then on (`moved_away.py`), so that nothing is answered which the copy does not know.
Keys stay where they are: whoever moves the records keeps the home, or copies `keys/` with them.

What the database makes for itself is made anew: the index of words comes back as the worker reads each comment again.
The log of the ledger comes as it is, sealed, and goes on; an entry tells that it was copied, and how many rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Table, bindparam, delete, func, insert, select, text, update

from moderation.errors import PartUnavailableError
from records import ledger, moved_away, search
from records.database import Database
from records.ledger import Actor
from records.moved_away import MovedAway
from records.tables import ledger as entries
from records.tables import metadata, schema_state, search_entries, search_pending, worker_chores
from records.tables import moved_away as mark
from records.unit_of_work import Reading, Unit

COPIED = "records.copied"
MOVED = "moved to another database"
"""Why, where nobody says it."""

BATCH = 1000
"""Rows written at once."""

_OWN = (schema_state, search_entries, search_pending, worker_chores, mark)
"""What each database keeps about itself."""

_SEALED = ("sealed_index", "leaf_hash")
_BITS = 256

Told = Callable[[str, int, int], None]
"""Hears the table, how many of its rows are written, and how many there are."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a table holds, whatever the order of its rows: how many, and the sum of their digests."""

    rows: int
    digest: int


def copy(
    source: Database,
    target: Database,
    *,
    by: str,
    why: str = MOVED,
    os_user: str | None = None,
    now: datetime,
    told: Told,
) -> dict[str, int]:
    """How many rows of each table were copied. Nothing is there where it fails.

    `by` is who says that they do it, and `why`, `os_user` whom the machine knows them as. It stands in the ledger of
    the source before a row is read, and so in that of the copy, which has an entry of its own as well.

    Raises `ConflictError` where the target has tables, `PartUnavailableError` where a database does not answer, where
    the source is not at the newest revision, or where a row was not read back as it was written.
    """
    source.check()
    target.check_empty()
    with source.unit(os_user=os_user) as unit:
        moved_away.forget_begun(unit)
        _note(unit, by, why, {"from": unit.dialect, "to": target.dialect}, now)
        moved_away.begin(unit, target.place, who=by, now=now)
        unit.commit()
    asked = False
    try:
        with source.unit() as old, target.founding(os_user=os_user) as new:
            _keep_writers_out(old)
            counts = {table.name: _copy(old, new, table, told) for table in _tables()}
            search.mark_all(new)
            _note(new, by, why, {"from": old.dialect, "to": new.dialect, "rows": sum(counts.values())}, now)
            asked = True  # from here on nobody knows whether the other one is whole, unless it says so
            new.commit()
            moved_away.end(old)
            old.commit()
    except BaseException:
        if not asked:
            _give_back(source)
        raise
    return counts


def _give_back(source: Database) -> None:
    """Nothing was copied: the source is in service as before. One that does not answer keeps its mark."""
    with suppress(PartUnavailableError), source.unit() as unit:
        moved_away.take_back(unit)
        unit.commit()


def take_back(unit: Unit, *, by: str, why: str, now: datetime) -> MovedAway | None:
    """Takes records that were copied away back into service; where they had gone. An entry tells it."""
    moved = moved_away.take_back(unit)
    if moved is not None:
        facts = {"state": moved.state, "since": moved.begun_at.isoformat()}
        actor = Actor("user", by)
        ledger.append(unit, ledger.Entry(moved_away.REOPENED, actor, "records", "all", why, "", facts=facts), now=now)
    return moved


def _note(unit: Unit, by: str, why: str, facts: dict[str, Any], now: datetime) -> None:
    ledger.append(unit, ledger.Entry(COPIED, Actor("user", by), "records", "all", why, "", facts=facts), now=now)


def _tables() -> list[Table]:
    """Those that are referred to come first."""
    return [table for table in metadata.sorted_tables if table not in _OWN]


def _keep_writers_out(old: Unit) -> None:
    """SQLite's unit has the one writer's turn already."""
    if old.dialect == "postgresql":
        names = ", ".join(table.name for table in metadata.sorted_tables)
        old.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))


def _copy(old: Unit, new: Unit, table: Table, told: Told) -> int:
    count = int(old.execute(select(func.count()).select_from(table)).scalar_one())
    if table is not entries:
        new.execute(delete(table))  # what a migration puts there by itself
    read, done, digest = _batches(old, table), 0, 0
    for some in read:
        _write(new, table, [dict(row._mapping) for row in some])
        digest = _sum(digest, some)
        done += len(some)
        told(table.name, done, count)
    if _content(new, table) != Content(done, digest):
        raise PartUnavailableError(
            "database", f"What was written into {table.name} is not what was read back. Nothing was copied: try again."
        )
    return done


def _batches(look: Reading, table: Table) -> Iterator[Sequence[Row[Any]]]:
    ordered = select(table).order_by(*table.primary_key)
    return look.execute(ordered.execution_options(yield_per=BATCH)).partitions()


def _write(new: Unit, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Entries of the ledger are sealed after they are written, as the table asks it of everybody."""
    if table is not entries:
        new.execute(insert(table), rows)
        return
    new.execute(insert(table), [row | dict.fromkeys(_SEALED) for row in rows])
    sealed = [{"which": row["id"], **{f"to_{name}": row[name] for name in _SEALED}} for row in rows]
    if sealed := [row for row in sealed if row["to_sealed_index"] is not None]:
        values: dict[str, Any] = {name: bindparam(f"to_{name}") for name in _SEALED}
        new.execute(update(table).where(table.c.id == bindparam("which")).values(values), sealed)


def _content(look: Reading, table: Table) -> Content:
    rows, digest = 0, 0
    for some in _batches(look, table):
        rows, digest = rows + len(some), _sum(digest, some)
    return Content(rows, digest)


def _sum(digest: int, rows: Sequence[Row[Any]]) -> int:
    """Databases sort text in ways of their own: the digests of rows are added up."""
    for row in rows:
        told = repr(tuple(bytes(value) if isinstance(value, memoryview) else value for value in row))
        digest += int.from_bytes(hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest())
    return digest % (1 << _BITS)
