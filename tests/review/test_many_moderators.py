"""Many moderators in processes that are killed at random: every case is decided, and once, on either database."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from records import cases, labels, ledger, verdicts
from records.database import Database
from records.personal import open_keyring
from records.values import CaseState, VerdictKind
from tests.proofs import full, report
from tests.records.databases import NOW, PATIENT, new_postgres_url
from tests.records.factories import for_review, put

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Crew:
    """Moderators in one process, and who hears what they say."""

    process: subprocess.Popen[str]
    listener: threading.Thread

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(60)
        self.listener.join(60)


@dataclass
class Shift:
    """Processes of moderators; what they said that they had decided."""

    url: str
    size: int
    decided: list[str] = field(default_factory=list)
    started: int = 0
    killed: int = 0

    def start(self, place: int) -> Crew:
        self.started += 1
        told = (str(number) for number in (place * self.size, self.size, self.started))
        command = [sys.executable, str(ROOT / "tests/review/moderators.py"), self.url, *told]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
        listener = threading.Thread(target=self._listen, args=(process,), daemon=True)
        listener.start()
        return Crew(process, listener)

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as told:
            for line in told:
                if line.endswith("\n"):
                    self.decided.append(line.strip())


def fill(url: str, folder: Path, count: int) -> Database:
    database = Database(url, busy_seconds=PATIENT)
    database.migrate()
    keyring = open_keyring(database, folder / "keys", now=NOW)
    for first in range(0, count, 500):
        put(database, keyring, *[for_review(f"{n}") for n in range(first, min(first + 500, count))])
    return database


def work_off(database: Database, shift: Shift, *, processes: int, every: int, limit: float) -> None:
    """Until nothing waits; after `every` so many verdicts a process is killed and another takes its place."""
    chance, began, next_kill = random.Random(7), time.monotonic(), every
    crews = [shift.start(place) for place in range(processes)]
    try:
        while waiting(database):
            assert time.monotonic() - began < limit, f"{waiting(database)} cases still wait"
            time.sleep(0.1)
            if len(shift.decided) >= next_kill:
                place, next_kill = chance.randrange(processes), len(shift.decided) + every
                crews[place].kill()
                shift.killed += 1
                crews[place] = shift.start(place)
    finally:
        for crew in crews:
            crew.kill()


def waiting(database: Database) -> int:
    with database.reading() as look:
        return sum(depth.waiting for depth in cases.depths(look))


def check(database: Database, shift: Shift, count: int) -> None:
    """Each case closed by one verdict that stands, one label record, as many ledger entries as verdicts."""
    seen, cursor, said = Counter[str](), None, set(shift.decided)
    with database.reading() as look:
        while True:
            page = cases.page(look, limit=200, cursor=cursor)
            for case in page.items:
                given = verdicts.of_case(look, case.id)
                standing = [v for v in given if v.undone_at is None and v.verdict is not VerdictKind.UNSURE]
                kinds = Counter(entry.kind for entry in ledger.page(look, subject_id=case.id, limit=200).items)
                assert CaseState.CLOSED is case.state
                assert 1 == len(standing)
                assert len(given) == kinds["verdict"]
                assert labels.in_force(look, case.comment_id) is not None
                seen[case.id] += 1
            cursor = page.next_cursor
            if cursor is None:
                break
    assert (count, 1) == (len(seen), max(seen.values()))
    assert said <= seen.keys(), "a verdict that was acknowledged is gone"
    assert len(said) == len(shift.decided), "two were told that they had decided the same case"


def prove(kind: str, tmp_path: Path, *, count: int, processes: int, size: int, every: int) -> Shift:
    url = f"sqlite:///{tmp_path}/chaffinch.db" if kind == "sqlite" else new_postgres_url(empty=True)
    shift = Shift(url, size)
    with closing(fill(url, tmp_path, count)) as database:
        work_off(database, shift, processes=processes, every=every, limit=200 + count)
        check(database, shift, count)
    return shift


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_every_case_is_decided_once_though_moderators_are_killed(kind: str, tmp_path: Path) -> None:
    shift = prove(kind, tmp_path, count=40, processes=2, size=3, every=15)
    assert shift.killed


@pytest.mark.proof
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_fifty_moderators_decide_twenty_thousand_cases_each_once(kind: str, tmp_path: Path) -> None:
    began = time.monotonic()
    count = full(20_000)
    shift = prove(kind, tmp_path, count=count, processes=5, size=10, every=full(200))
    assert shift.killed
    seconds = round(time.monotonic() - began, 1)
    report(f"queue-{kind}", database=kind, cases=count, moderators=50, killed=shift.killed, seconds=seconds)
