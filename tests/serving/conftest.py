"""A service over a real database on disk, with a fake model unless a test brings its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from records.database import Database
from records.personal import Keyring, open_keyring
from serving.app import create_app
from serving.engine_holder import EngineHolder
from serving.parts import Options, Parts, utc_now
from tests.fakes import KeywordScorer
from tests.records.databases import new_sqlite_url
from tests.serving.loaders import FakeLoader, shipped_dropins

PATIENT = Options(
    open_without_keys=True,
    deadline_ms=20_000,
    batch_deadline_ms=20_000,
    stuck_after=20,
    ready_within=60,
    worker=False,
    access_log=False,
)
"""No deadline that a busy machine could miss by itself."""


def keywords() -> KeywordScorer:
    return KeywordScorer({"博彩": ("gambling", 0.97), "加群": ("advertising", 0.6), "casino": ("gambling", 0.95)})


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(new_sqlite_url(tmp_path), busy_seconds=5)
    yield database
    database.close()


@pytest.fixture
def keyring(database: Database, tmp_path: Path) -> Keyring:
    return open_keyring(database, tmp_path / "keys", now=utc_now())


@pytest.fixture
def loader() -> FakeLoader:
    return FakeLoader(keywords())


@pytest.fixture
def make_client(database: Database, keyring: Keyring, loader: FakeLoader) -> Iterator[Callable[..., TestClient]]:
    """Starts a service; everything it needs may be replaced."""
    with ExitStack() as stack:

        def make(*, options: Options = PATIENT, **replaced: Any) -> TestClient:
            holder = EngineHolder(replaced.pop("loader", loader))
            dropins = replaced.pop("dropins", shipped_dropins())
            parts = Parts(
                replaced.pop("database", database), keyring, holder, options=options, dropins=dropins, **replaced
            )  # fmt: skip
            client = TestClient(create_app(parts), base_url="http://localhost", raise_server_exceptions=False)
            return stack.enter_context(client)

        yield make


@pytest.fixture
def client(make_client: Callable[..., TestClient]) -> TestClient:
    return make_client()
