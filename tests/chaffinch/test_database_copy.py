"""`chaffinch database copy`: the house of the pictures onto PostgreSQL and back, and what must not happen meanwhile."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Row, select
from typer.testing import CliRunner, Result

from chaffinch.main import app
from records import copying, ledger, search
from records.database import Database
from records.search import Sought
from records.tables import metadata, moved_away, schema_state, search_entries, search_pending, worker_chores
from tests.album.house import built
from tests.records.databases import new_postgres_url

OWN = (schema_state, search_entries, search_pending, worker_chores, moved_away)


def typed(*words: str, told: str = "") -> Result:
    return CliRunner().invoke(app, ["database", "copy", *words, "--by", "ada", "--why", "a larger machine"], input=told)


def content(database: Database) -> dict[str, set[tuple[object, ...]]]:
    """Every row of every table, less what a database keeps about itself and the entry that tells of the copy."""

    def told(row: Row[tuple[object, ...]]) -> tuple[object, ...]:
        return tuple(json.dumps(each, sort_keys=True) if isinstance(each, list | dict) else each for each in row)

    with database.reading() as look:
        found = {table.name: {told(row) for row in look.execute(select(table))} for table in metadata.sorted_tables
                 if table not in OWN}  # fmt: skip
    found["ledger"] = {row for row in found["ledger"] if copying.COPIED not in row}
    return found


def findings() -> set[str]:
    """What the ledger is found to say against the records: the pictures' accounts, which no entry made, and no more."""
    told = CliRunner().invoke(app, ["audit", "verify", "--json"]).stdout
    return {each["sentence"] for each in json.loads(told)["findings"]}


def caught_up(database: Database) -> None:
    while True:
        with database.unit() as unit:
            count = search.catch_up(unit)
            unit.commit()
        if not count:
            return


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Something in nearly every table. Commands work in its home."""
    scene = built(tmp_path)
    monkeypatch.setenv("CHAFFINCH_HOME", str(tmp_path / "house"))
    monkeypatch.setenv("CHAFFINCH_DATABASE_URL", scene.house.database.address)
    return scene.house.database


@pytest.mark.timeout(240)
def test_a_house_moves_to_postgresql_and_back_row_for_row(
    house: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(house)
    assert 50 <= sum(map(bool, before.values()))
    there, back = new_postgres_url(empty=True), f"sqlite:///{tmp_path / 'back.db'}"

    done = typed("-", told=there)
    assert 0 == done.exit_code, done.output
    assert "chaffinch audit verify" in done.stdout
    with closing(Database(there)) as server:
        assert before == content(server)
        with server.reading() as look:
            entry = ledger.last(look, copying.COPIED, "all")
        caught_up(server)
        assert found(server, "主播") == found(house, "主播") != set()
    assert entry is not None
    facts = json.loads(entry.body)["facts"]
    assert ("sqlite", "postgresql", 1 + sum(map(len, before.values()))) == (facts["from"], facts["to"], facts["rows"])
    assert facts["by_os_user"]

    verified = findings()
    monkeypatch.setenv("CHAFFINCH_DATABASE_URL", there)
    assert verified == findings()
    with closing(Database(there)) as server:
        moved = content(server)  # with the entry that it was verified
    assert 0 == typed(back, "--json").exit_code
    with closing(Database(back)) as file:
        assert moved == content(file)
    monkeypatch.setenv("CHAFFINCH_DATABASE_URL", back)
    assert verified == findings()


def found(database: Database, words: str) -> set[str]:
    with database.reading() as look:
        return {hit.comment.id for hit in search.find(look, Sought(words), limit=100).hits}


@pytest.mark.parametrize("typed_url", ["nothing", "mysql://host/name", ""])
def test_an_address_that_is_none_is_told_as_what_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed_url: str
) -> None:
    monkeypatch.setenv("CHAFFINCH_HOME", str(tmp_path))
    told = str(typed(typed_url).exception)
    assert ("The database to copy into cannot be used." in told, "URL:" in told) == (True, True)
    assert "CHAFFINCH_DATABASE_URL" not in told
