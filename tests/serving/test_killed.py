"""A server that is killed while it answers loses nothing that it answered, on either database.

PostgreSQL's own server is killed too, under a service that lives on.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from records import ledger
from records.database import Database
from records.house_values import LedgerEntry
from tests.chaffinch.test_parent import lives
from tests.proofs import full, report
from tests.records.databases import new_postgres_url
from tests.records.own_postgres import OwnPostgres, own_postgres
from tests.serving.crowds import Notebook, ask_until_answered, asking, wait_until
from tests.serving.processes import Server, decided_at, run, running, stored_at

MOST_SECONDS = 1.0
"""A server is killed at any moment up to so long after its first answers."""


@dataclass(frozen=True)
class Place:
    """Where a server keeps its things."""

    home: Path
    url: str

    def serving(self) -> AbstractContextManager[Server]:
        return running(self.home, "--no-access-log", CHAFFINCH_DATABASE_URL=self.url)


# A server over PostgreSQL is killed once in every run, below; more of them, and PostgreSQL itself, are `make proof`'s.
@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    own = f"sqlite:///{tmp_path / 'chaffinch.db'}"
    return Place(tmp_path, own if request.param == "sqlite" else new_postgres_url(empty=True))


def ledger_of(place: Place) -> list[LedgerEntry]:
    entries, cursor = list[LedgerEntry](), None
    with closing(Database(place.url)) as database, database.reading() as look:
        while True:
            page = ledger.page(look, limit=200, cursor=cursor)
            entries += page.items
            cursor = page.next_cursor
            if cursor is None:
                return entries


def a_round_of_killing(place: Place, number: int, notes: Notebook, *, clients: int, moment: float) -> None:
    """The server is killed while they ask, `moment` seconds after it has begun to answer."""
    before = len(notes.answered)
    with place.serving() as server, asking(server, notes, f"{number}", clients=clients):
        wait_until(lambda: len(notes.answered) >= before + clients)
        time.sleep(moment)
        server.kill()


def check_nothing_is_lost_or_doubled(place: Place, notes: Notebook) -> None:
    """What was answered is there. What was not is there once or not at all, and is answered when asked again."""
    assert [] == [answered.text for answered in notes.refused]
    before = stored_at(place.url)
    assert set(notes.answered.values()) <= before.keys()
    with place.serving() as server:
        answer_the_rest(server, notes)
        server.stop()
    check_whole(place, notes)


def answer_the_rest(server: Server, notes: Notebook) -> None:
    """All that was never answered, many at once; and some that were, which are told the same again."""
    with server.client() as link, ThreadPoolExecutor(16) as pool:
        again = list(notes.answered.items())[-10:]
        for key, decision_id in pool.map(lambda key: (key, ask_until_answered(link, key)), sorted(notes.unanswered)):
            notes.answered[key] = decision_id
        notes.unanswered.clear()
        assert again == [(key, ask_until_answered(link, key)) for key, _ in again]


def check_whole(place: Place, notes: Notebook) -> None:
    """One decision, one comment and one entry in the ledger for each key, and nothing beside them; all as answered."""
    after = stored_at(place.url)
    stored = decided_at(place.url)
    assert notes.said == {decision_id: stored[decision_id] for decision_id in notes.said}
    assert len({outcome for outcome, _ in notes.said.values()}) > 1
    verified = run(place.home, "audit", "verify", CHAFFINCH_DATABASE_URL=place.url)
    assert 0 == verified.returncode, verified.stdout + verified.stderr
    assert set(notes.answered.values()) == after.keys()
    assert [] == [comment for comment, count in Counter(after.values()).items() if count > 1]
    entries = [entry for entry in ledger_of(place) if entry.kind == "decision"]
    assert Counter(after.keys()) == Counter(entry.subject_id for entry in entries)
    assert after == {entry.subject_id: json.loads(entry.body)["facts"]["comment_id"] for entry in entries}


def test_an_answered_decision_survives_kill_9_and_is_there_once(place: Place) -> None:
    notes = Notebook()
    for number in range(2):
        a_round_of_killing(place, number, notes, clients=8, moment=0.1 * number)
    check_nothing_is_lost_or_doubled(place, notes)


def test_a_server_that_is_killed_over_postgresql_loses_nothing(tmp_path: Path) -> None:
    place, notes = Place(tmp_path, new_postgres_url(empty=True)), Notebook()
    a_round_of_killing(place, 0, notes, clients=4, moment=0.1)
    check_nothing_is_lost_or_doubled(place, notes)


@pytest.mark.proof
@pytest.mark.timeout(4 * 3600)
def test_two_hundred_kills_lose_nothing(place: Place) -> None:
    kills, chance, notes, interrupted = full(200), random.Random(20261127), Notebook(), 0
    for number in range(kills):
        moment = chance.uniform(0, MOST_SECONDS)
        a_round_of_killing(place, number, notes, clients=32, moment=moment)
    interrupted = len(notes.unanswered)
    check_nothing_is_lost_or_doubled(place, notes)
    report(
        f"kills-{place.url.partition(':')[0]}",
        kills=kills,
        clients=32,
        answered=len(notes.answered) - interrupted,
        interrupted=interrupted,
        lost=0,
        doubled=0,
    )


@pytest.fixture
def own() -> Iterator[OwnPostgres]:
    with own_postgres() as made:
        yield made


def killings_of_postgres(own: OwnPostgres, home: Path, *, kills: int, clients: int) -> Notebook:
    """The service lives on: it says 503 while the database is gone, and goes on once it is there again."""
    place, notes, chance = Place(home, own.url), Notebook(), random.Random(20261127)
    with place.serving() as server:
        with asking(server, notes, "pg", clients=clients):
            for _ in range(kills):
                before = len(notes.answered)
                wait_until(lambda before=before: len(notes.answered) >= before + clients)
                time.sleep(chance.uniform(0, MOST_SECONDS))
                own.kill()
                own.start()
        assert {503} >= {answered.status_code for answered in notes.refused}
        answer_the_rest(server, notes)
        server.stop()
    check_whole(place, notes)
    return notes


@pytest.mark.proof
def test_a_killed_postgresql_takes_no_answer_with_it(own: OwnPostgres, tmp_path: Path) -> None:
    killings_of_postgres(own, tmp_path, kills=1, clients=4)


@pytest.mark.proof
@pytest.mark.timeout(4 * 3600)
def test_two_hundred_kills_of_postgresql_lose_nothing(own: OwnPostgres, tmp_path: Path) -> None:
    kills = full(200)
    notes = killings_of_postgres(own, tmp_path, kills=kills, clients=32)
    report(
        "kills-of-postgresql",
        kills=kills,
        clients=32,
        answered=len(notes.answered),
        told_503=len(notes.refused),
        lost=0,
    )


def test_a_process_of_several_that_is_killed_is_replaced_and_nothing_is_lost(tmp_path: Path) -> None:
    place, notes = Place(tmp_path, f"sqlite:///{tmp_path / 'chaffinch.db'}"), Notebook()
    with running(tmp_path, "--workers", "2", "--no-worker", "--no-access-log") as server:
        with asking(server, notes, "w", clients=4):
            wait_until(lambda: len(notes.answered) >= 8)
            [victim, *_] = serving_processes(server)
            os.kill(victim, signal.SIGKILL)
        wait_until(lambda: len(serving_processes(server)) == 2 and victim not in serving_processes(server))
        answer_the_rest(server, notes)
        server.stop()
    check_whole(place, notes)


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_several_processes_are_replaced_by_hup_and_end_with_the_one_that_started_them(tmp_path: Path) -> None:
    place, notes = Place(tmp_path, f"sqlite:///{tmp_path / 'chaffinch.db'}"), Notebook()
    with running(tmp_path, "--workers", "2", "--no-worker", "--no-access-log") as server:
        wait_until(lambda: len(serving_processes(server)) == 2)
        first = set(serving_processes(server))
        with asking(server, notes, "h", clients=2):
            server.process.send_signal(signal.SIGHUP)
            wait_until(lambda: first.isdisjoint(serving_processes(server)), seconds=1200)
            before = len(notes.answered)
            wait_until(lambda: len(notes.answered) > before + 4)
        assert ([], set(), set()) == (
            [answered.text for answered in notes.refused],
            notes.unanswered,
            notes.turned_away,
        )
        second = serving_processes(server)
        answer_the_rest(server, notes)
        server.kill()
        wait_until(lambda: not any(lives(pid) for pid in second))
    check_whole(place, notes)


def serving_processes(server: Server) -> list[int]:
    """The children that Python's multiprocessing started to serve, not its resource tracker."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == server.process.pid and b"spawn_main" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found
