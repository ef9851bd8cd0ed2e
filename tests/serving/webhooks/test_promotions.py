"""`model.promoted` from the history of the champion's pointer."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from records import outbox
from records.database import Database
from records.house_values import DeliveryState
from registry.names import CHAMPION, MODEL_NAME
from registry.pointers import Pointer, folder, write_pointer
from registry.promotion import HISTORY
from serving.webhooks.promotions import LOOK_BACK, PromotionsChore
from tests.serving.webhooks import documented
from tests.serving.webhooks.world import World

URL = "https://hooks.example.com/"


class Registry:
    """Moves of the pointer as `registry.promotion` writes them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.before: dict[str, str] | None = None

    def write(self, version: str, at: datetime, move: str = "promote") -> dict[str, str]:
        """The line alone, as where a crash comes before the pointer moves."""
        champion = {"path": f"bundles/{version}", "version": version, "hash": f"hash-{version}"}
        entry = {"move": move, **champion, "before": self.before, "at": at.isoformat(), "actor": "mia", "reason": "x"}
        place = folder(self.root, MODEL_NAME)
        place.mkdir(parents=True, exist_ok=True)
        with (place / HISTORY).open("a") as history:
            history.write(json.dumps(entry) + "\n")
        return champion

    def move(self, version: str, at: datetime, move: str = "promote") -> None:
        self.before = self.write(version, at, move)
        pointer = Pointer(self.root / self.before["path"], version, self.before["hash"])
        write_pointer(self.root, MODEL_NAME, CHAMPION, pointer)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "registry")


def told(database: Database) -> list[Any]:
    with database.reading() as look:
        return [each.data for each in outbox.page(look, DeliveryState.WAITING).items]


def test_each_move_since_the_endpoint_is_there_is_told_once(world: World, registry: Registry) -> None:
    registry.move("1", world.clock())
    world.clock.ahead = timedelta(seconds=1)
    world.endpoint(URL, "model.promoted")
    chores = [PromotionsChore(registry.root) for _ in range(2)]
    assert [0, 0] == [chore(world.database, world.clock()) for chore in chores]
    world.clock.ahead = timedelta(seconds=2)
    registry.move("2", world.clock())
    registry.move("1", world.clock(), "rollback")
    assert [2, 0] == [chore(world.database, world.clock()) for chore in chores]
    assert 0 == PromotionsChore(registry.root)(world.database, world.clock())
    first = {"name": "chaffinch", "version": "2", "hash": "hash-2", "move": "promote", "before": "1"}
    second = {"name": "chaffinch", "version": "1", "hash": "hash-1", "move": "rollback", "before": "2"}
    assert [first, second] == told(world.database)
    assert list(documented.payloads()["model.promoted"]) == list(first)


def test_a_line_whose_pointer_never_moved_is_not_told_until_it_does(world: World, registry: Registry) -> None:
    world.endpoint(URL)
    world.clock.ahead = timedelta(seconds=1)
    chore = PromotionsChore(registry.root)
    registry.move("1", world.clock())
    registry.write("2", world.clock())
    assert 1 == chore(world.database, world.clock())
    registry.move("3", world.clock())
    assert 1 == chore(world.database, world.clock())
    assert ["1", "3"] == [data["version"] for data in told(world.database)]


def test_what_was_told_and_forgotten_is_not_told_again(world: World, registry: Registry) -> None:
    world.endpoint(URL)
    world.clock.ahead = timedelta(seconds=1)
    registry.move("1", world.clock())
    world.clock.ahead = LOOK_BACK + timedelta(hours=1)
    assert 0 == PromotionsChore(registry.root)(world.database, world.clock())


def test_without_a_registry_there_is_nothing_to_tell(world: World, registry: Registry) -> None:
    world.endpoint(URL)
    assert 0 == PromotionsChore(registry.root)(world.database, world.clock())
