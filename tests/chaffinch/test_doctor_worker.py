"""What doctor says of the worker's chores, and of comments that wait for the index of words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from chaffinch.health import records
from chaffinch.settings import Settings
from records import worker_chores
from records.database import Database
from records.ids import new_id
from records.tables import search_pending
from tests.records.databases import new_sqlite_url


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    new_sqlite_url(tmp_path)
    return Settings(home=tmp_path)


def note(settings: Settings, *, done: tuple[str, ...] = (), failed: str = "", ago: timedelta = timedelta()) -> datetime:
    at = datetime.now(UTC) - ago
    database = Database(settings.records_url)
    with database.unit() as unit:
        worker_chores.note_done(unit, done, now=at)
        if failed:
            worker_chores.note_failure(unit, failed, "ProgrammingError", now=at)
        unit.commit()
    database.close()
    return at


def let_wait(settings: Settings) -> None:
    database = Database(settings.records_url)
    with database.unit() as unit:
        unit.execute(insert(search_pending), [{"id": new_id(), "comment_id": f"c-{at}"} for at in range(3)])
        unit.commit()
    database.close()


def test_a_chore_that_fails_is_named_and_since_when(settings: Settings) -> None:
    since = note(settings, done=("leases_expired",), failed="tied_found")
    found = records.worker(settings)
    assert ("broken", f"tied_found fails since {since:%Y-%m-%d %H:%M} UTC (ProgrammingError)") == (
        found.state,
        found.seen,
    )


def test_a_worker_that_works_is_ok_and_one_that_is_gone_is_told(settings: Settings) -> None:
    assert ("absent", "none has worked yet") == (records.worker(settings).state, records.worker(settings).seen)
    note(settings, done=("leases_expired", "tied_found"), ago=timedelta(minutes=9))
    assert "absent" == records.worker(settings).state
    note(settings, done=("leases_expired",))
    assert ("ok", "2 chores are done, and none fails") == (
        records.worker(settings).state,
        records.worker(settings).seen,
    )


def test_comments_that_wait_for_the_index_of_words_are_counted(settings: Settings) -> None:
    assert records.search(settings).seen.endswith("and none waits")
    let_wait(settings)
    found = records.search(settings)
    assert ("open", True) == (found.state, "and 3 more wait for the worker" in found.seen)
    note(settings, failed="search_caught_up")
    assert "broken" == records.search(settings).state
