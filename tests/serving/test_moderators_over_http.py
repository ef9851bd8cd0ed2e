"""Moderators who work by API while the server is killed under them: each case is decided once, and nobody told twice.

The server comes again on the same address. What was asked and not answered is asked again under the same key.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from records import cases, keys, labels, ledger, verdicts
from records.database import Database
from records.personal import open_keyring
from records.values import CaseState
from tests.proofs import full, report
from tests.records.databases import PATIENT, new_postgres_url
from tests.records.factories import for_review, put
from tests.serving.processes import Server, running

PAUSE = 0.2
AGAIN = (409, 429, 503)
"""Answers of a server that is there and says: later. A 409 without `Retry-After` says no for good."""

REJECT = {"verdict": "reject", "labels": ["gambling"]}


@dataclass
class House:
    """Where the server is, and what moderators were told: case and who decided it, as often as it was said."""

    home: Path
    url: str
    until: float
    address: str = ""
    told: list[tuple[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def serving(self) -> Any:
        port = self.address.rpartition(":")[2]
        where = ("--port", port) if port else ()
        return running(self.home, "--no-access-log", *where, CHAFFINCH_DATABASE_URL=self.url)


@dataclass
class Moderator:
    """With a key of their own: claims a case, decides it, claims the next."""

    house: House
    name: str
    key: str
    asked: int = 0

    def work(self) -> None:
        while not self.house.done.is_set():
            claimed = self.ask("/v1/cases:claim", {"count": 1})
            for case in claimed["items"] if claimed else ():
                said = self.ask(f"/v1/cases/{case['id']}/verdict", REJECT | {"lease_token": case["lease_token"]})
                if said:
                    self.house.told.append((case["id"], self.name))
            if not claimed or not claimed["items"]:
                time.sleep(PAUSE)

    def ask(self, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """The answer, however often it has to be asked for; None where it is no, or everything is over."""
        self.asked += 1
        headers = {"authorization": f"Bearer {self.key}", "idempotency-key": f"{self.name}-{self.asked}"}
        while not self.house.done.is_set():
            assert time.monotonic() < self.house.until, f"{self.name} waits for {path} in vain"
            try:
                answer = httpx.post(
                    f"{self.house.address}{path}", json=body, headers=headers, timeout=30, trust_env=False, verify=False
                )
            except httpx.HTTPError:
                time.sleep(PAUSE)
                continue
            if answer.status_code == 200:
                found: dict[str, Any] = answer.json()
                return found
            if answer.status_code not in AGAIN or "retry-after" not in answer.headers:
                self.house.refused.append(answer.text)
                return None
            time.sleep(min(float(answer.headers["retry-after"]), PAUSE))
        return None


def opened(house: House, count: int, moderators: int) -> list[Moderator]:
    """Cases that wait, and people with keys."""
    with closing(Database(house.url, busy_seconds=PATIENT)) as database:
        database.migrate()
        now, keyring = datetime.now(UTC), open_keyring(database, house.home / "keys", now=datetime.now(UTC))
        for first in range(0, count, 500):
            put(database, keyring, *[for_review(f"下注{n}") for n in range(first, min(first + 500, count))], now=now)
        with database.unit() as unit:
            made = [keys.create(unit, f"m{n}", scopes=["records"], now=now)[1] for n in range(moderators)]
            unit.commit()
    return [Moderator(house, f"m{n}", key) for n, key in enumerate(made)]


def kept_alive(house: House, kills: int, count: int) -> Iterator[Server]:
    """One server after the other, on one port; each is killed once its share of the cases is decided."""
    for number in range(kills + 1):
        with house.serving() as server:
            house.address = server.address
            yield server
            enough = count if number == kills else (number + 1) * count // (kills + 1)
            while len(house.told) < enough:
                assert time.monotonic() < house.until, f"{len(house.told)} of {count} are decided"
                time.sleep(0.02)
            server.kill()


def check(house: House, count: int) -> None:
    """Each case closed by one verdict with one entry and one label, by whoever was told so, and told once."""
    seen, cursor = dict[str, str](), None
    with closing(Database(house.url)) as database, database.reading() as look:
        while True:
            page = cases.page(look, limit=200, cursor=cursor)
            for case in page.items:
                [given] = verdicts.of_case(look, case.id)
                kinds = Counter(entry.kind for entry in ledger.page(look, subject_id=case.id, limit=200).items)
                assert (CaseState.CLOSED, 1) == (case.state, kinds["verdict"])
                assert labels.in_force(look, case.comment_id) is not None
                seen[case.id] = given.moderator
            cursor = page.next_cursor
            if cursor is None:
                break
        by = {f"key:{record.prefix}": record.name for record in keys.page(look, limit=200).items}
    assert count == len(seen)
    assert [] == house.refused
    assert sorted((case_id, by[who]) for case_id, who in seen.items()) == sorted(house.told)


def prove(kind: str, tmp_path: Path, *, count: int, moderators: int, kills: int, seconds: float) -> None:
    url = f"sqlite:///{tmp_path}/chaffinch.db" if kind == "sqlite" else new_postgres_url(empty=True)
    house = House(tmp_path, url, time.monotonic() + seconds)
    people = opened(house, count, moderators)
    with ThreadPoolExecutor(moderators) as pool, ExitStack() as ending:
        ending.callback(house.done.set)
        servers = kept_alive(house, kills, count)
        next(servers)
        working = [pool.submit(one.work) for one in people]
        for _ in servers:
            pass
        house.done.set()
        for one in working:
            one.result(60)
    check(house, count)


@pytest.mark.timeout(900)
def test_moderators_decide_each_case_once_though_the_server_is_killed_twice(tmp_path: Path) -> None:
    prove("sqlite", tmp_path, count=60, moderators=6, kills=2, seconds=600)


@pytest.mark.proof
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_fifty_moderators_work_on_while_the_server_is_killed(kind: str, tmp_path: Path) -> None:
    began, count, kills = time.monotonic(), full(5000), full(20)
    prove(kind, tmp_path, count=count, moderators=50, kills=kills, seconds=6600)
    seconds = round(time.monotonic() - began, 1)
    report(f"moderators-over-http-{kind}", database=kind, cases=count, moderators=50, kills=kills, seconds=seconds)
