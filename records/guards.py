"""What the schema itself refuses, and whether it still does: triggers and CHECKs beside those that migrations make.

Whoever can write to the database can also take away what guards it. `guards.json` has every trigger and CHECK of the
newest tables, by database, each with a digest of its words; `python -m tests.guards` writes it after a migration.
SQLite keeps words as they were written. PostgreSQL renders them, each release in its own way: spaces, brackets and
casts outside of quotes do not count there.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Row, text

from records import schema
from records.tables import metadata
from records.tampering import Finding, What
from records.unit_of_work import Reading

GUARDS = Path(__file__).with_name("guards.json")
OFF = "off"
"""In the place of a digest: it is there and was switched off."""

_MEND = "Look at what was written since, and make the tables whole from a backup, or by hand as the migrations do."

_SQLITE = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('table', 'trigger') AND sql IS NOT NULL"
_CHECK = re.compile(r"CONSTRAINT\s+\"?(\w+)\"?\s+CHECK\s*\(", re.IGNORECASE)

_TRIGGERS = """
SELECT c.relname AS on_table, t.tgname AS name, t.tgenabled::text AS enabled, t.tgisinternal AS internal,
       pg_get_triggerdef(t.oid, true) AS told, p.prosrc AS body
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE c.relnamespace = current_schema()::regnamespace
"""
_CHECKS = """
SELECT c.relname AS on_table, k.conname AS name, pg_get_constraintdef(k.oid, true) AS told
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.contype = 'c' AND c.relnamespace = current_schema()::regnamespace
"""
_RULES = "SELECT tablename AS on_table, rulename AS name FROM pg_rules WHERE schemaname = current_schema()"


def faults(look: Reading, tables: Collection[str] = ()) -> list[Finding]:
    """Guards that are gone, altered, switched off, or that no program of ours put there; of `tables` alone if named.

    None where a newer program made the tables: it knows its own.
    """
    return [Finding(What.GUARD, f"The {name} {became}. {_MEND}") for name, became in odd(look, tables).items()]


def odd(look: Reading, tables: Collection[str] = ()) -> dict[str, str]:
    """The same by name (`trigger ledger.ledger_update`), with what became of each."""
    if not are_known(look):
        return {}
    wanted, found = _known()[look.dialect], there(look)
    names = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    return {each: _became(each, wanted, found) for each in names if not tables or _table_of(each) in tables}


def are_known(look: Reading) -> bool:
    """Whether the tables are those of this program."""
    return schema.revision(look.connection) == schema.head()


def there(look: Reading) -> dict[str, str]:
    """Every guard of our tables as the database has it, by kind, table and name, with the digest of its words."""
    found = _of_sqlite(look) if look.dialect == "sqlite" else _of_postgresql(look)
    return {name: told for name, told in found if _table_of(name) in metadata.tables}


@functools.cache
def _known() -> dict[str, dict[str, str]]:
    known: dict[str, dict[str, str]] = json.loads(GUARDS.read_text(encoding="utf-8"))
    return known


def _became(name: str, wanted: dict[str, str], found: dict[str, str]) -> str:
    if name not in found:
        return "is gone: what it refuses is written now"
    if name.startswith("trigger ") and found[name] == OFF:
        return "was switched off"
    return "was altered" if name in wanted else "was put there by no program of ours"


def _table_of(name: str) -> str:
    return name.partition(" ")[2].partition(".")[0]


def _of_sqlite(look: Reading) -> Iterator[tuple[str, str]]:
    for row in look.execute(text(_SQLITE)):
        if row.type == "trigger":
            yield f"trigger {row.tbl_name}.{row.name}", _digest(row.sql)
        else:
            yield from ((f"check {row.name}.{name}", _digest(told)) for name, told in _checks(row.sql))


def _checks(made: str) -> Iterator[tuple[str, str]]:
    """Name and words of each CHECK that a table was made with."""
    for found in _CHECK.finditer(made):
        yield found[1], made[found.end() : _closed(made, found.end())]


def _closed(made: str, start: int) -> int:
    """Where the bracket is closed that was opened before `start`; brackets within quoted words are none."""
    depth, quote = 1, ""
    for at in range(start, len(made)):
        char = made[at]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        else:
            depth += (char == "(") - (char == ")")
        if not depth:
            return at
    return len(made)


def _of_postgresql(look: Reading) -> Iterator[tuple[str, str]]:
    for row in look.execute(text(_TRIGGERS)):
        yield from _trigger(row)
    for row in look.execute(text(_CHECKS)):
        yield f"check {row.on_table}.{row.name}", _digest(_plain(row.told))
    for row in look.execute(text(_RULES)):
        yield f"rule {row.on_table}.{row.name}", OFF


def _trigger(row: Row[Any]) -> Iterator[tuple[str, str]]:
    is_off = row.enabled not in ("O", "A")
    if not row.internal:
        yield f"trigger {row.on_table}.{row.name}", OFF if is_off else _digest(_plain(row.told), row.body)
    elif is_off:
        yield f"trigger {row.on_table}.foreign keys", OFF


def _plain(rendered: str) -> str:
    """Without what releases of PostgreSQL write differently; what stands in quotes as it is."""
    parts = re.split(r"('(?:[^']|'')*')", rendered)
    return "".join(each if n % 2 else re.sub(r"::[a-z ]+|[\s()\"]", "", each) for n, each in enumerate(parts))


def _digest(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:16]
