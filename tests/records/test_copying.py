"""Every record into another database: all of it or nothing, and nobody writes meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Table, func, insert, select

from moderation.errors import ConflictError, PartUnavailableError
from records import copying
from records.database import Database
from records.tables import comments
from records.unit_of_work import Unit
from tests.records.databases import NOW, new_postgres_url


def fill(database: Database, count: int) -> None:
    """Bare comments, quickly."""
    bare: Mapping[str, object] = {
        "revision": 1, "text": "你好", "salt": b"s", "commitment": b"c", "lang": "zh", "type": "comment",
        "surface": "forum", "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip
    with database.unit() as unit:
        unit.execute(insert(comments), [{**bare, "id": f"{at:08}"} for at in range(count)])
        unit.commit()


def test_a_database_that_has_tables_is_not_written_into(tmp_path: Path, database: Database) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'one.db'}")) as source:
        source.migrate()
        with pytest.raises(ConflictError, match="has tables already: name a database that is empty"):
            copying.copy(source, database, by="ada", now=NOW, told=lambda *_: None)


@pytest.mark.parametrize("on", ["sqlite", "postgresql"])
def test_what_stops_in_the_middle_leaves_nothing_and_is_done_by_asking_again(
    sqlite: Database, tmp_path: Path, on: str
) -> None:
    fill(sqlite, 2500)
    url = new_postgres_url(empty=True) if on == "postgresql" else f"sqlite:///{tmp_path / 'other.db'}"

    def stop(table: str, done: int, _of: int) -> None:
        if table == "comments" and done >= 1000:
            raise KeyboardInterrupt

    with closing(Database(url)) as target:
        with pytest.raises(KeyboardInterrupt):
            copying.copy(sqlite, target, by="ada", now=NOW, told=stop)
        with pytest.raises(PartUnavailableError, match="has no tables yet"):
            target.check()
        counts = copying.copy(sqlite, target, by="ada", now=NOW, told=lambda *_: None)
        assert 2500 == counts["comments"]
        with target.reading() as look:
            assert 2500 == look.execute(select(func.count()).select_from(comments)).scalar_one()


def test_nobody_writes_while_it_is_copied(sqlite: Database, tmp_path: Path) -> None:
    fill(sqlite, 10)
    refused: list[str] = []

    def write(table: str, _done: int, _of: int) -> None:
        if table == "comments":
            with closing(sqlite3.connect(str(sqlite.folder / "chaffinch.db"), timeout=0)) as other:
                try:
                    other.execute("DELETE FROM comments")
                except sqlite3.OperationalError as error:
                    refused.append(str(error))

    with closing(Database(f"sqlite:///{tmp_path / 'other.db'}")) as target:
        copying.copy(sqlite, target, by="ada", now=NOW, told=write)
    assert ["database is locked"] == refused


def test_a_row_that_is_read_back_otherwise_takes_all_of_it_back(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite, 3)
    write = copying._write

    def spoilt(new: Unit, table: Table, rows: list[dict[str, object]]) -> None:
        write(new, table, [row | ({"lang": "xx"} if table is comments else {}) for row in rows])

    monkeypatch.setattr(copying, "_write", spoilt)
    with closing(Database(f"sqlite:///{tmp_path / 'other.db'}")) as target:
        with pytest.raises(PartUnavailableError, match="into comments is not what was read back"):
            copying.copy(sqlite, target, by="ada", now=NOW, told=lambda *_: None)
        with pytest.raises(PartUnavailableError, match="has no tables yet"):
            target.check()
