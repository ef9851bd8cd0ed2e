"""Both databases, a receiver on this machine, and a courier between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from records.database import Database
from records.personal import Keyring, open_keyring
from serving.parts import utc_now
from tests.records.databases import database, keyring, postgres, sqlite
from tests.serving.webhooks.receiver import Receiver, receiving
from tests.serving.webhooks.world import World

__all__ = ["database", "keyring", "postgres", "sqlite"]


@pytest.fixture
def world(database: Database, keyring: Keyring, tmp_path: Path) -> World:
    return World(database, keyring, lambda: open_keyring(database, tmp_path / "keys", now=utc_now()))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made
