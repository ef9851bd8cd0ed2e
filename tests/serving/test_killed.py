"""A server that is killed while it answers loses nothing that it answered, on either database."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from records import ledger
from records.database import Database
from tests.records.databases import new_postgres_url
from tests.serving.asking import CLEAN, question
from tests.serving.processes import Server, running, stored_at


@dataclass(frozen=True)
class Place:
    """Where a server keeps its things."""

    home: Path
    url: str

    def serving(self) -> AbstractContextManager[Server]:
        return running(self.home, "--no-access-log", CHAFFINCH_DATABASE_URL=self.url)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    own = f"sqlite:///{tmp_path / 'chaffinch.db'}"
    return Place(tmp_path, own if request.param == "sqlite" else new_postgres_url(empty=True))


def decisions_in_ledger(place: Place) -> int:
    database, count, cursor = Database(place.url), 0, None
    with database.reading() as look:
        while True:
            page = ledger.page(look, limit=200, cursor=cursor)
            count += sum(entry.kind == "decision" for entry in page.items)
            cursor = page.next_cursor
            if cursor is None:
                break
    database.close()
    return count


@dataclass
class Notebook:
    """What clients asked and what they were told; `enough` is set once so many were answered."""

    goal: int
    answered: dict[str, str] = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    enough: threading.Event = field(default_factory=threading.Event)

    def told(self, key: str, decision_id: str) -> None:
        self.answered[key] = decision_id
        if len(self.answered) >= self.goal:
            self.enough.set()


def ask_until_it_dies(server: Server, name: str, notes: Notebook) -> None:
    """Comment after comment, each under a key of its own, until the server is gone."""
    with server.client() as client:
        for number in range(10_000):
            key = f"{name}-{number}"
            try:
                notes.told(key, ask_once(client, key).json()["decision_id"])
            except httpx.HTTPError:
                notes.unanswered.add(key)
                return


def ask_once(client: httpx.Client, key: str) -> httpx.Response:
    answered = client.post("/v1/score", json=question(CLEAN, id=key), headers={"idempotency-key": key})
    if answered.status_code not in (200, 409):
        raise AssertionError(answered.text)
    return answered


def a_round_of_killing(place: Place, number: int, notes: Notebook) -> None:
    """Eight clients; the server is killed while they ask."""
    notes.goal, notes.enough = len(notes.answered) + 25 + 13 * number, threading.Event()
    with place.serving() as server, ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(ask_until_it_dies, server, f"{number}-{one}", notes) for one in range(8)]
        assert notes.enough.wait(60)
        server.kill()
        for one in asking:
            one.result(60)


def check_nothing_is_lost_or_doubled(place: Place, notes: Notebook) -> None:
    """What was answered is there; what was not is there once or not at all, also after it was asked again."""
    before = stored_at(place.url)
    assert set(notes.answered.values()) <= before.keys()
    with place.serving() as server, server.client() as client:
        for key in notes.unanswered:
            ask_once(client, key)
        for key, decision_id in list(notes.answered.items())[-10:]:
            assert decision_id == ask_once(client, key).json()["decision_id"]
        server.stop()
    after = stored_at(place.url)
    assert [] == [comment for comment, count in Counter(after.values()).items() if count > 1]
    assert len(after) == decisions_in_ledger(place)


def test_an_answered_decision_survives_kill_9_and_is_there_once(place: Place) -> None:
    notes = Notebook(goal=0)
    for number in range(2):
        a_round_of_killing(place, number, notes)
    check_nothing_is_lost_or_doubled(place, notes)


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_two_hundred_kills_lose_nothing(place: Place) -> None:
    notes = Notebook(goal=0)
    for number in range(200):
        a_round_of_killing(place, number % 40, notes)
    check_nothing_is_lost_or_doubled(place, notes)
