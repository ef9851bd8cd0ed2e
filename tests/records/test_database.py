"""The database: units of work, and what happens when it is not there."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from moderation.errors import ConfigError, InvalidInputError, PartUnavailableError
from records import epoch, users
from records.database import Database
from records.house_values import EpochPart
from records.unit_of_work import Unit
from tests.records.databases import NOW, new_postgres_url, new_sqlite_url, postgres_uri


def add_user(unit: Unit, name: str = "mia") -> None:
    users.create(unit, name, password_hash="$argon2id$...", role="moderator", now=NOW)


def test_commit_makes_it_true(database: Database) -> None:
    with database.unit() as unit:
        add_user(unit)
        unit.commit()
    with database.reading() as look:
        assert users.by_name(look, "mia") is not None


def test_leaving_without_commit_takes_it_back(database: Database) -> None:
    with database.unit() as unit:
        add_user(unit)
    with database.reading() as look:
        assert users.by_name(look, "mia") is None


def test_an_error_takes_it_back(database: Database) -> None:
    def fail() -> None:
        with database.unit() as unit:
            add_user(unit)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.reading() as look:
        assert users.by_name(look, "mia") is None


def test_a_look_writes_nothing(database: Database) -> None:
    with database.reading() as look:
        add_user(look)  # type: ignore[arg-type]
    with database.reading() as look:
        assert users.by_name(look, "mia") is None


def test_a_unit_that_is_over_says_so(database: Database) -> None:
    with database.unit() as unit:
        unit.commit()
        with pytest.raises(RuntimeError, match="over"):
            epoch.read(unit)
        with pytest.raises(RuntimeError, match="over"):
            unit.commit()
    with pytest.raises(RuntimeError, match="over"):
        epoch.read(unit)


def test_writers_take_turns_and_none_fails(database: Database) -> None:
    def bump_often() -> None:
        for _ in range(10):
            with database.unit() as unit:
                epoch.bump(unit, EpochPart.RULES)
                unit.commit()

    threads = [threading.Thread(target=bump_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    with database.reading() as look:
        assert 80 == epoch.read(look).rules


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    with database.unit() as unit:
        epoch.bump(unit, EpochPart.MODEL)
        with database.reading() as look:
            assert 0 == epoch.read(look).model


def test_a_writer_that_waits_too_long_is_told(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/busy.db", busy_seconds=0.05)
    database.migrate()
    with database.unit(), pytest.raises(PartUnavailableError, match="busy"), database.unit():
        pass
    other = Database(f"sqlite:///{tmp_path}/busy.db", busy_seconds=0.05)
    with database.unit(), pytest.raises(PartUnavailableError, match="locked"), other.unit():
        pass
    other.close()
    database.close()


def test_sqlite_syncs_each_commit_and_minds_foreign_keys(sqlite: Database) -> None:
    with sqlite.reading() as look:
        found = {name: look.execute(text(f"PRAGMA {name}")).scalar() for name in ("synchronous", "foreign_keys")}
        assert "wal" == look.execute(text("PRAGMA journal_mode")).scalar()
    assert {"synchronous": 2, "foreign_keys": 1} == found


def test_the_sqlite_file_is_its_owners_alone(sqlite: Database, tmp_path: Path) -> None:
    assert "-rw-------" == stat.filemode((tmp_path / "chaffinch.db").stat().st_mode)


def test_a_file_that_is_not_there_is_said_and_not_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/none.db")
    with pytest.raises(PartUnavailableError, match="unable to open"), database.unit():
        pass
    assert [] == list(tmp_path.iterdir())


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "odd.db").write_text("this is no database" * 100)
    with pytest.raises(PartUnavailableError, match="not a database"), Database(f"sqlite:///{tmp_path}/odd.db").unit():
        pass


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PartUnavailableError, match="cannot be made"):
        Database(f"sqlite:///{tmp_path}/file/chaffinch.db").migrate()


def test_a_server_that_is_not_there_is_said() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none", busy_seconds=1)
    with pytest.raises(PartUnavailableError, match="does not answer"), database.unit():
        pass
    with pytest.raises(PartUnavailableError, match="does not answer"):
        database.check()


def test_a_connection_lost_in_mid_unit_is_said_and_the_next_unit_works(postgres: Database) -> None:
    def lose_the_connection() -> None:
        with postgres.unit() as unit:
            epoch.bump(unit, EpochPart.RULES)
            pid = unit.execute(text("SELECT pg_backend_pid()")).scalar()
            with psycopg.connect(postgres_uri(), autocommit=True) as killer:
                killer.execute("SELECT pg_terminate_backend(%s)", [pid])
            unit.commit()

    with pytest.raises(PartUnavailableError):
        lose_the_connection()
    with postgres.reading() as look:
        assert 0 == epoch.read(look).rules


def test_a_connection_lost_while_idle_is_replaced_unseen(postgres: Database) -> None:
    with postgres.reading() as look:
        pid = look.execute(text("SELECT pg_backend_pid()")).scalar()
    with psycopg.connect(postgres_uri(), autocommit=True) as killer:
        killer.execute("SELECT pg_terminate_backend(%s)", [pid])
    with postgres.reading() as look:
        assert 0 == epoch.read(look).rules


def test_a_lock_that_is_held_too_long_is_said() -> None:
    impatient = Database(new_postgres_url(), busy_seconds=0.05)
    with impatient.unit() as unit:
        epoch.bump(unit, EpochPart.RULES)
        with impatient.unit() as other, pytest.raises(PartUnavailableError, match="lock timeout"):
            epoch.bump(other, EpochPart.RULES)
    impatient.close()


@pytest.mark.parametrize("odd", ["\ud800", "a\0b"])
def test_what_cannot_be_looked_up_is_the_callers_fault(database: Database, odd: str) -> None:
    with database.reading() as look:
        if odd == "a\0b" and database.dialect == "sqlite":
            assert users.by_name(look, odd) is None
            return
        with pytest.raises(InvalidInputError, match="lone surrogate"):
            users.by_name(look, odd)


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://host/name", "sqlite://", "sqlite:///:memory:"])
def test_a_url_that_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="CHAFFINCH_DATABASE_URL"):
        Database(url)


def test_a_password_is_not_shown() -> None:
    assert "secret" not in Database("postgresql://chaffinch:secret@127.0.0.1/chaffinch").address


def test_writers_come_in_the_order_in_which_they_asked(sqlite: Database) -> None:
    came: list[str] = []
    begun = threading.Event()

    def write(name: str) -> None:
        with sqlite.unit():
            came.append(name)

    def write_twice() -> None:
        with sqlite.unit():
            begun.set()
            time.sleep(0.3)
        write("again")

    first = threading.Thread(target=write_twice)
    first.start()
    begun.wait()
    others = []
    for name in ("one", "two", "three"):
        others.append(threading.Thread(target=write, args=(name,)))
        others[-1].start()
        time.sleep(0.02)
    for each in (first, *others):
        each.join()
    assert ["one", "two", "three", "again"] == came


def test_who_waits_too_long_leaves_the_line_and_holds_nobody_up(tmp_path: Path) -> None:
    database = Database(new_sqlite_url(tmp_path), busy_seconds=0.05)
    with database.unit(), pytest.raises(PartUnavailableError, match="busy"), database.unit():
        pass
    with database.unit() as unit:
        unit.commit()
    database.close()


LOOK = """
import sqlite3, sys
link = sqlite3.connect(sys.argv[1])
link.execute("SELECT 1 FROM users").fetchall()
link.close()
"""


def seen_from_elsewhere(file: Path) -> None:
    """Another process opens the file, reads and closes: as the last one that has it open it would take the log away."""
    subprocess.run([sys.executable, "-c", LOOK, str(file)], check=True, timeout=60)


@pytest.mark.parametrize("again", ["migrate", "is_bare", "another"])
def test_nothing_here_lets_go_of_a_file_that_is_in_use(tmp_path: Path, again: str) -> None:
    """POSIX takes all of a process's locks on a file when it closes the file once, wherever it had opened it."""
    file = tmp_path / "chaffinch.db"
    database = Database(f"sqlite:///{file}")
    database.migrate()
    with database.unit() as unit:
        add_user(unit)
        unit.commit()
    if again == "another":
        other = Database(f"sqlite:///{file}")
        other.migrate()
        other.close()
    else:
        getattr(database, again)()
        database.migrate()
    seen_from_elsewhere(file)
    assert Path(f"{file}-wal").exists(), "the log that this process goes on writing"
    with database.unit() as unit:
        add_user(unit, "ben")
        unit.commit()
    seen_from_elsewhere(file)
    database._engine.dispose()
    with Database(f"sqlite:///{file}").reading() as look:
        assert {"mia", "ben"} <= set(users.ids_by_name(look))
