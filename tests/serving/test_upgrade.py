"""An upgrade under traffic: the version before goes on while the newer one changes the tables."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from moderation.errors import PartUnavailableError
from records import decisions, schema
from records.database import Database
from records.personal import open_keyring
from serving.app import create_app
from serving.engine_holder import EngineHolder
from serving.parts import Parts, utc_now
from tests.records.databases import new_postgres_url
from tests.records.versions import CONTRACTS, EXPANDS, migrate, this_version, version_after
from tests.serving.asking import score
from tests.serving.conftest import PATIENT, keywords
from tests.serving.loaders import FakeLoader


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'chaffinch.db'}" if request.param == "sqlite" else new_postgres_url(empty=True)


@contextmanager
def serving(url: str, keys: Path) -> Iterator[TestClient]:
    """This version, over that database."""
    with closing(Database(url, busy_seconds=60)) as database:
        database.migrate()
        keyring = open_keyring(database, keys, now=utc_now())
        parts = Parts(database, keyring, EngineHolder(FakeLoader(keywords())), options=PATIENT)
        with TestClient(create_app(parts), base_url="http://localhost", raise_server_exceptions=False) as client:
            yield client


@contextmanager
def traffic(client: TestClient, statuses: list[int]) -> Iterator[Callable[[int], None]]:
    """Comments, one after the other by two; gives what waits for so many more answers."""
    ending, changed = threading.Event(), threading.Condition()

    def ask() -> None:
        while not ending.is_set():
            status = score(client).status_code
            with changed:
                statuses.append(status)
                changed.notify_all()

    def more(count: int) -> None:
        with changed:
            wanted = len(statuses) + count
            assert changed.wait_for(lambda: len(statuses) >= wanted, 120)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield more
    finally:
        ending.set()
        for thread in threads:
            thread.join(60)


def stored(url: str) -> int:
    with closing(Database(url)) as database, database.reading() as look:
        found = decisions.page(look, limit=200)
        return len(found.items) if found.next_cursor is None else 200


def test_the_version_before_answers_while_the_newer_one_migrates_and_after(url: str, tmp_path: Path) -> None:
    older = this_version(tmp_path)
    newer = version_after(older, schema.head(), "9990", EXPANDS, contracts=False)
    newest = version_after(newer, "9990", "9991", CONTRACTS, contracts=True)
    statuses: list[int] = []
    with serving(url, tmp_path / "keys") as client:
        with traffic(client, statuses) as more:
            more(3)
            migrate(url, newer)
            more(3)
            assert 200 == client.get("/readyz").status_code
            with serving(url, tmp_path / "keys") as restarted:
                assert [200, 200] == [score(restarted).status_code, restarted.get("/readyz").status_code]
        assert {200} == set(statuses)
        assert min(len(statuses) + 1, 200) == stored(url)
        migrate(url, newest)
        told = client.get("/readyz")
        assert (503, ["database"]) == (told.status_code, told.json()["missing"])
        assert "9991, which is unknown here" in told.json()["parts"]["database"]["detail"]
    with closing(Database(url)) as database, pytest.raises(PartUnavailableError, match="newer Chaffinch"):
        database.migrate()
