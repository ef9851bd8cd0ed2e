"""Moderators at the pages of a real server that is killed at random, log in anew and come too late: each case once.

`tests/review/test_many_moderators.py` kills the moderators instead, below the pages.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from console import cookies
from console.cookies import Jar
from console.secret import cookie_secret
from records import sessions, tables, users
from records.database import Database
from records.house_values import SessionRecord, UserRecord
from records.personal import open_keyring
from tests.console.house import PASSWORD_HASH, case_in
from tests.proofs import full, report
from tests.records.databases import PATIENT, new_postgres_url
from tests.records.factories import for_review, put
from tests.review.test_many_moderators import check, waiting
from tests.serving.crowds import wait_until
from tests.serving.processes import running

FREE_OF_CHANCE = {"CHAFFINCH_SECOND_SHARE": "0", "CHAFFINCH_RANDOM_A_DAY": "0", "CHAFFINCH_SEEN_MS": "0"}
"""What would open cases of its own, or hold a verdict back until a person could have read."""

MOST_SECONDS = 2.0
"""A server is killed at any moment up to so long after the verdicts that it waits for."""


@dataclass
class Shift:
    """A house at work: where its server is just now, and who was told that they had decided which case."""

    database: Database
    jar: Jar
    address: str = ""
    over: threading.Event = field(default_factory=threading.Event)
    told: set[tuple[str, str]] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    killed: int = 0
    ended: int = 0
    ran_out: int = 0

    @property
    def decided(self) -> list[str]:
        """The case of everybody who was told, twice where two were."""
        return [case for case, _ in list(self.told)]


@dataclass
class Moderator:
    """A person with a browser without script, who sends a form again where no answer came."""

    shift: Shift
    user: UserRecord
    chance: random.Random
    link: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60, trust_env=False, verify=False))
    session: SessionRecord | None = None

    def work(self) -> None:
        with self.link:
            while not self.shift.over.is_set():
                page = self.page("/work")
                if page and case_in(page):
                    self.handle(case_in(page), page)
                else:
                    time.sleep(0.2)

    def handle(self, case: str, page: str) -> None:
        drawn = self.chance.random()
        if drawn < 0.05:
            self.come_too_late(case, page)
        elif drawn < 0.08:
            self.send(f"/work/{case}", {**hidden(page), "action": "skip"})
        elif drawn < 0.13:
            with ThreadPoolExecutor(2) as two:
                list(two.map(lambda _: self.decide(case, page), range(2)))
        elif drawn < 0.17:
            self.take_back(case, page)
        elif drawn < 0.22:
            self.log_out()
            self.decide(case, page)
        else:
            self.decide(case, page)

    def decide(self, case: str, page: str) -> None:
        answer = self.send(f"/work/{case}", {**hidden(page), "action": "reject", "labels": "gambling"})
        if answer is not None and is_done(answer):
            self.shift.told.add((case, self.user.name))

    def come_too_late(self, case: str, page: str) -> None:
        """The lease ran out, and whoever asked meanwhile has the case."""
        self.shift.ran_out += 1
        with self.shift.database.unit() as unit:
            past = {"lease_expires_at": datetime.now(UTC) - timedelta(seconds=1)}
            mine = (tables.cases.c.id == case, tables.cases.c.lease_owner == self.user.id)
            unit.execute(update(tables.cases).where(*mine).values(past))
            unit.commit()
        time.sleep(self.chance.uniform(0, 0.5))
        self.decide(case, page)

    def take_back(self, case: str, page: str) -> None:
        """Decides, takes it back within seconds, and decides what is then in hand."""
        self.decide(case, page)
        self.shift.told.discard((case, self.user.name))
        self.send(f"/work/{case}/undo", {"csrf": hidden(page)["csrf"]})

    def log_out(self) -> None:
        """In another tab, or by an administrator: the session ends in the table."""
        if self.session is not None:
            self.shift.ended += 1
            with self.shift.database.unit() as unit:
                sessions.revoke(unit, self.session.id, now=datetime.now(UTC))
                unit.commit()

    def enter(self) -> None:
        """As a right password does."""
        with self.shift.database.unit() as unit:
            self.session, token = sessions.create(unit, self.user.id, now=datetime.now(UTC))
            unit.commit()
        self.link.cookies.set(cookies.SESSION, self.shift.jar.sealed(cookies.SESSION, token), domain="127.0.0.1")

    def page(self, path: str) -> str:
        """Empty where there was none, or only the way to log in, which was taken."""
        answer = self.ask("GET", path)
        if answer is not None and "/login" in answer.headers.get("location", ""):
            self.enter()
        return answer.text if answer is not None and answer.status_code == 200 else ""

    def send(self, path: str, form: dict[str, str]) -> httpx.Response | None:
        """Until an answer comes, the same form: who sent it knows not whether it was read."""
        while not self.shift.over.is_set():
            answer = self.ask("POST", path, form)
            if answer is not None and answer.status_code != 503:
                return answer
            time.sleep(0.05)
        return None

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> httpx.Response | None:
        try:
            answer = self.link.request(method, f"{self.shift.address}/console{path}", data=form)
        except httpx.TransportError:
            time.sleep(0.05)
            return None
        if answer.status_code >= 500 and answer.status_code != 503:
            self.shift.broken.append(f"{method} {path.rpartition('/')[2]}: {answer.status_code}")
        return answer


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the verdict's form; the page has that of the next case too, ahead of its turn."""
    form = page[page.index('id="verdict"') :].partition("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


def is_done(answer: httpx.Response) -> bool:
    """Whether the form was answered by the next case's page, and not by the way to log in."""
    return answer.status_code == 303 and "/login" not in answer.headers["location"]


def opened(url: str, home: Path, *, cases: int) -> Database:
    """A house in which so many cases wait, each about another's comment."""
    database = Database(url, busy_seconds=PATIENT)
    database.migrate()
    now = datetime.now(UTC)
    keyring = open_keyring(database, home / "keys", now=now)
    for first in range(0, cases, 500):
        some = range(first, min(first + 500, cases))
        put(database, keyring, *[for_review(f"下注 {n}", author=f"a{n}") for n in some], now=now)
    return database


@contextmanager
def at_work(shift: Shift, moderators: int) -> Iterator[None]:
    """So many people work until the end of the block."""
    now, people = datetime.now(UTC), []
    with shift.database.unit() as unit:
        for number in range(moderators):
            user = users.create(unit, f"m{number}", password_hash=PASSWORD_HASH, role="moderator", now=now, locale="en")
            people.append(Moderator(shift, user, random.Random(number)))
        unit.commit()
    threads = [threading.Thread(target=person.work) for person in people]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        shift.over.set()
        for thread in threads:
            thread.join(120)


def prove(url: str, home: Path, *, cases: int, moderators: int, every: int) -> Shift:
    """A server is killed after each `every` verdicts, and another begins in its place."""
    chance = random.Random(20261129)
    with closing(opened(url, home, cases=cases)) as database:
        shift = Shift(database, Jar(cookie_secret(home / "keys")))
        with at_work(shift, moderators):
            while waiting(database):
                with running(home, "--no-access-log", CHAFFINCH_DATABASE_URL=url, **FREE_OF_CHANCE) as server:
                    shift.address, so_far = server.address, len(shift.told)
                    wait_until(
                        lambda so_far=so_far: len(shift.told) >= so_far + every or not waiting(database),
                        seconds=600 + 10 * every,
                    )
                    time.sleep(chance.uniform(0, MOST_SECONDS) if waiting(database) else 0)
                    server.kill()
                shift.killed += 1
        assert [] == shift.broken
        check(database, shift, cases)  # type: ignore[arg-type] - it reads `decided` alone
    return shift


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.proof)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'chaffinch.db'}" if request.param == "sqlite" else new_postgres_url(empty=True)


def test_every_case_is_decided_once_though_the_server_is_killed(url: str, tmp_path: Path) -> None:
    shift = prove(url, tmp_path, cases=30, moderators=4, every=12)
    assert shift.killed > 1


@pytest.mark.proof
@pytest.mark.timeout(4 * 3600)
def test_fifty_moderators_at_a_server_that_is_killed_a_hundred_times(url: str, tmp_path: Path) -> None:
    began, count = time.monotonic(), full(20_000)
    shift = prove(url, tmp_path, cases=count, moderators=50, every=full(200))
    assert shift.killed > 1
    report(
        f"desk-{url.partition(':')[0]}",
        cases=count,
        moderators=50,
        servers_killed=shift.killed,
        sessions_ended=shift.ended,
        leases_run_out=shift.ran_out,
        seconds=round(time.monotonic() - began, 1),
    )
