"""Who holds the writer's turn, and how long at the most: `python benchmarks/holds.py [--comments 25] [--stored 5000]`.

SQLite has one writer, and a request of `/v1/score` waits for its turn 1.2 seconds at the most. Beside a worker one
author stores long comments of characters drawn by lot, of which each pair is new to the index of words; others store
short ones and are timed. Then the author edits every comment, each is decided, and in the end the author is erased.
Each transaction is timed from its turn to its end, by the clock and by its own work (the clock counts whatever else the
machine does), and the longest of each that asked for one is printed.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, sleep, thread_time

from _house import fill, index, url_of
from sqlalchemy import select

from governance.erasure import Order, erase
from moderation.decision import Outcome
from records import decisions
from records.database import Database
from records.ids import new_id
from records.personal import Keyring, open_keyring
from records.storing import Stored, store_decisions
from records.tables import search_pending
from records.unit_of_work import Unit
from serving.worker import Worker
from tests.records.factories import a_comment, a_decision, an_answer

LENGTH = 9_900
"""Characters of a comment that is meant to cost much."""

PATIENCE = 1.2
"""Seconds."""

MOST = PATIENCE / 4
WAITED = 120.0
"""Seconds that everybody waits here, so that all is timed and nothing refused."""


class Timed(Database):
    """Notes how long each unit of work had the writer's turn, by the function that opened it."""

    held: defaultdict[str, list[tuple[float, float]]]

    @contextmanager
    def unit(self, *, os_user: str | None = None, proved: str | None = None) -> Iterator[Unit]:
        """As of `Database`."""
        with super().unit(os_user=os_user, proved=proved) as unit:
            began, worked = perf_counter(), thread_time()
            try:
                yield unit
            finally:
                self.held[_asker()].append((thread_time() - worked, perf_counter() - began))


def _asker() -> str:
    """The first function of ours that is no context manager."""
    frame = sys._getframe(1)
    while frame.f_back and ("contextlib" in frame.f_code.co_filename or frame.f_code.co_name in ("unit", "whole")):
        frame = frame.f_back
    inner = frame.f_locals.get("chore")
    name = f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}"
    return f"{name} ({inner.name})" if inner is not None else name


def main() -> None:
    """Prints the longest holds."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--comments", type=int, default=25)
    given.add_argument("--stored", type=int, default=5_000)
    told = given.parse_args()
    with tempfile.TemporaryDirectory(prefix="chaffinch-bench-") as folder:
        database = Timed(url_of("sqlite", Path(folder)), busy_seconds=WAITED)
        database.migrate()
        database.held = defaultdict(list)
        keyring = open_keyring(database, Path(folder) / "keys", now=datetime.now(UTC))
        fill(database, told.stored)
        index(database)
        database.held.clear()
        worker = Worker(database, now=lambda: datetime.now(UTC))
        worker.start()
        waited = attack(database, keyring, told.comments)
        worker.stop()
        show(database, waited)
        database.close()


def attack(database: Timed, keyring: Keyring, comments: int) -> list[float]:
    """Seconds that each short comment of others took, beside all that the author does."""
    others = Others(database, keyring)
    others.start()
    stored = [store(database, keyring, at) for at in range(comments)]
    settle(database)
    for at in range(comments):
        store(database, keyring, at)
    settle(database)
    for one in stored:
        with database.unit() as unit:
            decisions.set_final(unit, one.decision_id, outcome=Outcome.PASS, overturned=True)
            unit.commit()
    settle(database)
    erase(database, keyring, Order("hostile", "lead", "they asked for it"), now=datetime.now(UTC))
    settle(database)
    return others.stop()


def store(database: Timed, keyring: Keyring, at: int) -> Stored:
    """A comment, new or edited, of characters drawn by lot."""
    text = "".join(chr(random.randint(0x4E00, 0x9FA5)) for _ in range(LENGTH))
    comment = a_comment(text, known_as=f"hostile{at}", author="hostile")
    return _stored(database, keyring, an_answer(comment, a_decision(Outcome.BLOCK, gambling=0.95)))


def _stored(database: Timed, keyring: Keyring, answered: object) -> Stored:
    with database.unit() as unit:
        (stored,) = store_decisions(unit, [answered], keyring=keyring, now=datetime.now(UTC))  # type: ignore[list-item]
        unit.commit()
    return stored


def settle(database: Timed) -> None:
    """Until the worker brought everything into the search that was marked before."""
    marked = search_pending.c.id < new_id()
    behind = True
    while behind:
        sleep(0.2)
        with database.reading() as look:
            behind = look.execute(select(search_pending.c.id).where(marked).limit(1)).first() is not None


class Others(threading.Thread):
    """Short comments, some a second."""

    def __init__(self, database: Timed, keyring: Keyring) -> None:
        """Not started yet."""
        super().__init__(daemon=True)
        self._database, self._keyring = database, keyring
        self._ending = threading.Event()
        self._took: list[float] = []

    def run(self) -> None:
        """Until stopped."""
        at = 0
        while not self._ending.wait(0.1):
            began = perf_counter()
            _stored(self._database, self._keyring, an_answer(a_comment(f"今天的云真好看 {at}", author="other")))
            self._took.append(perf_counter() - began)
            at += 1

    def stop(self) -> list[float]:
        """What each took."""
        self._ending.set()
        self.join()
        return self._took


def show(database: Timed, waited: list[float]) -> None:
    """One line for each that held the turn for more than a hundredth of a second of its own."""
    longest = sorted(((max(each), max(one[1] for one in each), len(each), name)
                      for name, each in database.held.items()), reverse=True)  # fmt: skip
    for (own, _), clock, times, name in longest:
        if own > 0.01:
            print(f"{name:50} {own:7.3f} s of CPU, {clock:7.3f} s by the clock at the most, {times} times")
    late = sum(each > PATIENCE for each in waited)
    print(f"short comments of others: {len(waited)}, {max(waited):.3f} s at the most, {late} of them over {PATIENCE} s")
    most = longest[0][0][0]
    print(f"longest hold: {most:.3f} s of CPU; target {MOST} s: {'reached' if most <= MOST else 'MISSED'}")


if __name__ == "__main__":
    main()
