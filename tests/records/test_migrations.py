"""The tables: up, down, several at once, and as `tables/` draws them."""

from __future__ import annotations

import subprocess
import sys
import warnings
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from moderation.errors import PartUnavailableError
from records import cases
from records.database import Database
from records.personal import open_keyring
from records.search_index import OWN_TABLES
from records.tables import metadata
from records.values import Purpose
from tests.records.databases import NOW
from tests.records.factories import for_review, put

MIGRATE = "import sys; from records.database import Database; Database(sys.argv[1]).migrate()"


def test_up_down_and_up_again(empty_url: str) -> None:
    database = Database(empty_url)
    for _ in range(2):
        database.migrate()
        database.check()
        database.downgrade("base")
    with pytest.raises(PartUnavailableError, match="no tables yet"):
        database.check()
    database.close()


def test_down_leaves_nothing_behind(empty_url: str) -> None:
    database = Database(empty_url)
    database.migrate()
    database.downgrade("base")
    database.close()
    engine = create_engine(empty_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert ["alembic_version"] == inspect(connection).get_table_names()
        if connection.dialect.name == "postgresql":
            assert 0 == connection.execute(text("SELECT count(*) FROM pg_proc WHERE proname ~ 'ledger'")).scalar()
    engine.dispose()


def test_processes_that_start_at_once_migrate_once(empty_url: str) -> None:
    command = [sys.executable, "-c", MIGRATE, empty_url]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(0, "")] * 3 == [(process.wait(60), process.communicate()[1]) for process in started]
    database = Database(empty_url)
    database.check()
    database.close()


def test_a_newer_database_is_left_alone(empty_url: str) -> None:
    database = Database(empty_url)
    database.migrate()
    with database.unit() as unit:
        unit.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        unit.commit()
    for ask in (database.check, database.migrate):
        with pytest.raises(PartUnavailableError, match=r"9999.*newer Chaffinch"):
            ask()
    database.close()


def test_migrated_tables_are_those_of_the_code(empty_url: str) -> None:
    with closing(Database(empty_url)) as database:
        database.migrate()
    engine = create_engine(empty_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "autogenerate skipping metadata-specified expression-based index")
        drawn = {"compare_type": True, "include_name": lambda name, *_: name not in OWN_TABLES}
        context = MigrationContext.configure(connection, opts=drawn)
        assert [] == compare_metadata(context, metadata)
    engine.dispose()


def test_every_column_says_what_it_holds() -> None:
    silent = [str(column) for table in metadata.tables.values() for column in table.c if not column.comment]
    assert [] == silent


def test_cases_that_wait_keep_their_order_and_get_a_language(empty_url: str, tmp_path: Path) -> None:
    """Down to before turns were stored, and up again."""
    with closing(Database(empty_url)) as database:
        database.migrate()
        mild, worst = put(
            database, open_keyring(database, tmp_path, now=NOW), for_review(score=0.5), for_review(score=0.85)
        )
        database.downgrade("0007")
        database.migrate()
        with database.unit() as unit:
            found = cases.claim(unit, "mia", count=2, expires_at=NOW + timedelta(minutes=10))
    assert [worst.case_id, mild.case_id] == [case.id for case in found]
    assert [("zh", Purpose.DECIDE, NOW + timedelta(hours=1))] * 2 == [(c.lang, c.purpose, c.due_at) for c in found]
