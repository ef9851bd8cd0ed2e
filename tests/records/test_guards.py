"""What the schema refuses by itself is held against what the migrations of this program made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from records.database import Database
from records.guards import GUARDS, faults
from tests.guards import told
from tests.records.databases import new_postgres_url, new_sqlite_url


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(new_sqlite_url(tmp_path))) as database:
        yield database


@pytest.fixture
def server() -> Iterator[Database]:
    """PostgreSQL, with tables that may be spoilt."""
    with closing(Database(new_postgres_url())) as database:
        yield database


def found(database: Database, *statements: str, tables: tuple[str, ...] = ()) -> list[str]:
    with database.unit() as unit:
        for statement in statements:
            unit.execute(text(statement))
        unit.commit()
    with database.reading() as look:
        return [each.sentence.partition(":")[0].partition(". ")[0] for each in faults(look, tables)]


def test_the_file_has_what_migrations_make() -> None:
    assert GUARDS.read_text(encoding="utf-8") == told(), "run python -m tests.guards"


SQLITE = {
    "DROP TRIGGER ledger_update": "The trigger ledger.ledger_update is gone",
    "DROP TRIGGER decisions_why_insert": "The trigger decisions.decisions_why_insert is gone",
    "CREATE TRIGGER helper AFTER INSERT ON ledger BEGIN SELECT 1; END": (
        "The trigger ledger.helper was put there by no program of ours"
    ),
}


@pytest.mark.parametrize("statement", SQLITE)
def test_a_trigger_of_sqlite_that_is_gone_or_new_is_found(lite: Database, statement: str) -> None:
    assert [] == found(lite)
    assert [SQLITE[statement]] == found(lite, statement)


def test_a_trigger_of_sqlite_that_refuses_nothing_any_more_is_found(lite: Database) -> None:
    again = "CREATE TRIGGER ledger_delete BEFORE DELETE ON ledger BEGIN SELECT 1; END"
    assert ["The trigger ledger.ledger_delete was altered"] == found(lite, "DROP TRIGGER ledger_delete", again)


def test_a_check_of_sqlite_that_was_written_out_of_the_schema_is_found(lite: Database) -> None:
    out = "UPDATE sqlite_master SET sql = replace(sql, 'ck_measures_reason', 'other') WHERE name = 'measures'"
    seen = found(lite, "PRAGMA writable_schema = ON", out, "PRAGMA writable_schema = OFF")
    assert "The check measures.ck_measures_reason is gone" in seen


SERVER = {
    "ALTER TABLE ledger DISABLE TRIGGER ledger_rows": "The trigger ledger.ledger_rows was switched off",
    "ALTER TABLE verdicts DISABLE TRIGGER ALL": "The trigger verdicts.foreign keys was switched off",
    "DROP TRIGGER ledger_truncate ON ledger": "The trigger ledger.ledger_truncate is gone",
    "ALTER TABLE measures DROP CONSTRAINT ck_measures_reason": "The check measures.ck_measures_reason is gone",
    "ALTER TABLE ledger ENABLE TRIGGER ledger_rows": "The trigger ledger.ledger_truncate is gone",
    "CREATE OR REPLACE FUNCTION ledger_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
    "$$BEGIN RETURN NEW; END$$": "The trigger ledger.ledger_rows was altered",
    "CREATE RULE quiet AS ON INSERT TO ledger DO INSTEAD NOTHING": (
        "The rule ledger.quiet was put there by no program of ours"
    ),
}


def test_a_guard_of_postgresql_that_is_gone_off_or_altered_is_found(server: Database) -> None:
    assert [] == found(server)
    for statement, sentence in SERVER.items():
        assert sentence in found(server, statement)


def test_only_what_is_asked_for_is_told(lite: Database) -> None:
    assert [] == found(lite, "DROP TRIGGER decisions_why_insert", tables=("ledger",))
    assert 1 == len(found(lite, tables=("decisions",)))


def test_tables_of_a_newer_program_are_left_to_it(lite: Database) -> None:
    newer = "UPDATE alembic_version SET version_num = '9999'"
    assert [] == found(lite, "DROP TRIGGER ledger_update", newer)
