"""The ledger only grows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import rfc8785
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from moderation.errors import NotFoundError
from records import ledger
from records.database import Database
from records.ledger_keys import open_signer
from records.sealing import seal
from tests.records.databases import NOW
from tests.records.factories import VERSIONS

ENTRY = ledger.Entry("rule.changed", ledger.Actor("user", "u-1"), "rule", "r-1", "too wide", "house rule 2", VERSIONS)


def written(database: Database) -> str:
    with database.unit() as unit:
        entry_id = ledger.append(unit, ENTRY, now=NOW)
        unit.commit()
    return entry_id


def test_the_body_is_canonical_and_says_who_why_and_under_which_versions(database: Database) -> None:
    entry_id = written(database)
    with database.reading() as look:
        entry = ledger.get(look, entry_id)
    body = json.loads(entry.body)
    assert rfc8785.dumps(body) == entry.body
    assert (entry_id, "u-1", "too wide", "house rule 2", "r-1", "2026-03-01T12:00:00.000000+00:00") == (
        body["id"],
        body["actor"]["id"],
        body["reason"],
        body["ground"],
        body["subject"]["id"],
        body["at"],
    )
    assert "a1b2" == body["versions"]["ruleset"]


def test_an_entry_goes_with_its_transaction(database: Database) -> None:
    with database.unit() as unit:
        entry_id = ledger.append(unit, ENTRY, now=NOW)
    with database.reading() as look, pytest.raises(NotFoundError):
        ledger.get(look, entry_id)


@pytest.mark.parametrize(("back", "warned"), [(timedelta(days=3), 1), (timedelta(seconds=30), 0)])
def test_an_entry_that_is_dated_before_what_was_sealed_is_written_and_warned_of(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture, back: timedelta, warned: int
) -> None:
    """Once a unit; clocks of two machines that differ by seconds are nothing."""
    written(database)
    signer = open_signer(database, tmp_path / "keys", now=NOW)
    with database.unit() as unit:
        seal(unit, signer, owner="one", now=NOW)
        unit.commit()
    with database.unit() as unit:
        for _ in range(3):
            ledger.append(unit, ENTRY, now=NOW - back)
        unit.commit()
    told = [each.getMessage() for each in caplog.records if "Set the clock (NTP)" in each.getMessage()]
    assert warned == len(told)
    assert all("sealed last at 2026-03-01 12:00" in each for each in told)


@pytest.mark.parametrize(("ahead", "typed"), [(3, True), (3, False), (0, True)])
def test_what_is_typed_by_a_clock_ahead_of_the_servers_is_warned_of_where_a_server_has_one(
    database: Database, caplog: pytest.LogCaptureFixture, ahead: int, typed: bool
) -> None:
    """Beside SQLite nothing knows another time, and nothing is said."""
    with database.unit(os_user="mia" if typed else None) as unit:
        for _ in range(2):
            ledger.append(unit, ENTRY, now=datetime.now(UTC) + timedelta(hours=ahead))
        unit.commit()
    told = [each.getMessage() for each in caplog.records if "database server's" in each.getMessage()]
    assert (ahead and typed and database.dialect == "postgresql") == len(told)


TAMPERING = [
    "UPDATE ledger SET kind = 'other'",
    "UPDATE ledger SET body = body WHERE id = :id",
    "UPDATE ledger SET subject_id = 'other', sealed_index = 1, leaf_hash = :hash",
    "UPDATE ledger SET sealed_index = 1",
    "DELETE FROM ledger",
    "DELETE FROM ledger WHERE id = :id",
    "INSERT INTO ledger (id, kind, subject_id, body, created_at, sealed_index, leaf_hash)"
    " SELECT 'new', kind, subject_id, body, created_at, 7, body FROM ledger",
]


@pytest.mark.parametrize("statement", TAMPERING)
def test_an_entry_is_neither_changed_nor_removed_nor_put_in_as_sealed(database: Database, statement: str) -> None:
    entry_id = written(database)
    given = {name: value for name, value in {"id": entry_id, "hash": b"x"}.items() if f":{name}" in statement}
    with database.unit() as unit, pytest.raises(DBAPIError, match="the ledger only grows"):
        unit.execute(text(statement), given)
    with database.reading() as look:
        assert "rule.changed" == ledger.get(look, entry_id).kind


def test_truncation_is_refused(postgres: Database) -> None:
    written(postgres)
    with postgres.unit() as unit, pytest.raises(DBAPIError, match="the ledger only grows"):
        unit.execute(text("TRUNCATE ledger"))


@pytest.mark.parametrize("key", ["id", "rowid"])
def test_an_entry_is_not_put_in_place_of_another(sqlite: Database, key: str) -> None:
    entry_id = written(sqlite)
    columns = "kind, subject_id, body, created_at"
    other = "id" if key == "id" else "rowid, id"
    value = "id" if key == "id" else "rowid, 'another'"
    statement = (
        f"INSERT OR REPLACE INTO ledger ({other}, {columns}) SELECT {value}, 'x', 'y', body, created_at FROM ledger"
    )
    with sqlite.unit() as unit, pytest.raises(DBAPIError, match="the ledger only grows"):
        unit.execute(text(statement))
    with sqlite.reading() as look:
        assert "rule.changed" == ledger.get(look, entry_id).kind


def test_an_entry_is_sealed_once(database: Database) -> None:
    entry_id = written(database)
    seal = text("UPDATE ledger SET sealed_index = :at, leaf_hash = :hash WHERE id = :id")
    with database.unit() as unit:
        unit.execute(seal, {"at": 0, "hash": b"leaf", "id": entry_id})
        unit.commit()
    with database.unit() as unit, pytest.raises(DBAPIError, match="the ledger only grows"):
        unit.execute(seal, {"at": 1, "hash": b"other", "id": entry_id})
    with database.reading() as look:
        entry = ledger.get(look, entry_id)
    assert (0, b"leaf") == (entry.sealed_index, entry.leaf_hash)


def test_pages_go_on_where_they_stopped(database: Database) -> None:
    with database.unit() as unit:
        written_ids = ledger.append_all(unit, [ENTRY] * 5, now=NOW)
        unit.commit()
    seen: list[str] = []
    cursor = None
    with database.reading() as look:
        while True:
            page = ledger.page(look, subject_id="r-1", limit=2, cursor=cursor)
            seen += [entry.id for entry in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break
    assert sorted(written_ids) == seen
