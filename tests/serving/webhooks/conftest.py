"""Both databases, a receiver on this machine, and a courier between them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from records.database import Database
from records.personal import Keyring
from tests.records.databases import database, keyring, postgres, sqlite
from tests.serving.webhooks.receiver import Receiver, receiving
from tests.serving.webhooks.world import World

__all__ = ["database", "keyring", "postgres", "sqlite"]


@pytest.fixture
def world(database: Database, keyring: Keyring) -> World:
    return World(database, keyring)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made
