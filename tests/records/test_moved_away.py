"""A database that was copied to another one knows it: its ledger takes nothing more until somebody takes it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text

from moderation.errors import PartUnavailableError
from records import copying, jobs, ledger, moved_away
from records.database import Database
from records.moved_away import BEGUN, DONE, MovedAwayError
from tests.records.databases import NOW, new_postgres_url
from tests.records.moved import copied, say, state


@pytest.fixture
def source(request: pytest.FixtureRequest, empty_url: str) -> Iterator[Database]:
    """With tables, on either database; a server's is its own, since the shared one is emptied row by row."""
    with closing(Database(empty_url)) as made:
        made.migrate()
        yield made


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(f"sqlite:///{tmp_path / 'other.db'}")) as made:
        yield made


def test_after_a_copy_the_old_one_takes_no_entry_and_the_new_one_does(source: Database, target: Database) -> None:
    say(source)
    copied(source, target)
    assert (DONE, None) == (state(source), state(target))
    with pytest.raises(PartUnavailableError, match=r"ada copied this database to .*set CHAFFINCH_DATABASE_URL to it"):
        say(source)
    say(target)


def test_who_writes_while_it_is_copied_is_refused_once_their_turn_comes(source: Database, target: Database) -> None:
    met: list[Exception] = []

    def write() -> None:
        try:
            say(source)
        except PartUnavailableError as error:
            met.append(error)

    other = Thread(target=write)
    copied(source, target, told=lambda *_: other.start() if not (other.ident or met) else None)
    other.join(30)
    assert ["MovedAwayError"] == [type(each).__name__ for each in met]
    with target.reading() as look:
        assert 0 == look.execute(text("SELECT count(*) FROM ledger WHERE kind = 'duties.checked'")).scalar_one()


def test_what_writes_no_entry_is_refused_at_its_commit(source: Database, target: Database) -> None:
    def take(database: Database) -> None:
        with database.unit() as unit:
            jobs.enqueue(unit, "x", {}, now=NOW)
            unit.commit()

    take(source)
    copied(source, target)
    with pytest.raises(MovedAwayError, match="set CHAFFINCH_DATABASE_URL to it"):
        take(source)
    with source.reading() as look:
        assert 1 == look.execute(text("SELECT count(*) FROM jobs")).scalar_one()
    take(target)


def test_a_copy_that_fails_leaves_the_old_one_in_service(source: Database, target: Database) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copied(source, target, told=stop)
    assert state(source) is None
    say(source)


def test_a_copy_of_which_nobody_knows_whether_it_is_whole_stays_begun(
    source: Database, target: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_unit: object) -> None:
        raise PartUnavailableError("database", "killed here")

    with monkeypatch.context() as patched:
        patched.setattr("records.copying.moved_away.end", lost)
        with pytest.raises(PartUnavailableError):
            copied(source, target)
    assert BEGUN == state(source)
    with pytest.raises(PartUnavailableError, match="nothing says that it ended"):
        say(source)


def test_a_copy_that_was_killed_is_done_by_asking_again(source: Database, target: Database) -> None:
    with source.unit() as unit:
        moved_away.begin(unit, "postgresql://gone/x", who="ada", now=NOW)
        unit.commit()
    copied(source, target)
    assert DONE == state(source)
    with closing(Database(new_postgres_url(empty=True))) as third, pytest.raises(PartUnavailableError):
        copied(source, third)


def test_it_is_taken_back_on_record(source: Database, target: Database) -> None:
    copied(source, target)
    with source.unit() as unit:
        moved = copying.take_back(unit, by="ben", why="the server is given up", now=NOW)
        unit.commit()
    assert moved is not None
    say(source)
    with source.reading() as look:
        entry = ledger.last(look, moved_away.REOPENED, "all")
    assert entry is not None
    body = json.loads(entry.body)
    assert ("ben", "the server is given up", DONE) == (body["actor"]["id"], body["reason"], body["facts"]["state"])
    with source.unit() as unit:
        assert copying.take_back(unit, by="ben", why="again", now=NOW) is None
