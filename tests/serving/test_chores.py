"""Chores of a worker, each by itself: one that fails stops no other, waits longer each time, and is told."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import event
from structlog.testing import capture_logs

from moderation.errors import PartUnavailableError
from records import worker_chores
from records.database import Database
from records.worker_chores import ChoreRecord
from serving.chores import LONGEST_OF_ANOTHER, LONGEST_PAUSE, Chore, Guard
from serving.metrics import Metrics
from serving.parts import utc_now
from serving.worker import Worker
from tests.records.databases import NOW, postgres

__all__ = ["postgres"]


class Clock:
    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("serving.chores.time.monotonic", made)
    return made


def broken(_database: Database, _now: datetime) -> int:
    raise ValueError("高价回收")


def noted(database: Database) -> dict[str, ChoreRecord]:
    with database.reading() as look:
        return {each.chore: each for each in worker_chores.every(look)}


def check_every_chore(database: Database) -> None:
    Worker(database, now=utc_now).turn()
    found = noted(database)
    assert {} == {each.chore: each.error for each in found.values() if each.failures}
    assert {"tied_found", "campaigns_weighed", "webhooks_forgotten", "drift_computed", "shadow"} <= found.keys()


def test_every_chore_is_done_on_sqlite(database: Database) -> None:
    check_every_chore(database)


def test_every_chore_is_done_on_postgresql(postgres: Database) -> None:
    check_every_chore(postgres)


def test_a_chore_that_fails_stops_no_other_and_is_logged_once_without_text(database: Database) -> None:
    done: list[str] = []
    worker = Worker(database, now=utc_now, when_idle=lambda: done.append("idle"))
    worker._chores[:0] = [Chore("broken", 0.0, broken)]
    worker.add(Chore("after", 0.0, lambda *_: done.append("after") or 0))
    with capture_logs() as lines:
        worker.turn()
        worker._chores[0].last = float("-inf")
        worker.turn()
    assert ["after", "idle", "after", "idle"] == done
    assert ["broken"] == [line["chore"] for line in lines if line["event"] == "chore_failed"]
    assert "高价回收" not in str(lines)
    found = noted(database)
    assert (2, "ValueError") == (found["broken"].failures, found["broken"].error)
    assert (0, None) == (found["after"].failures, found["after"].failing_since)


def test_a_chore_that_fails_waits_longer_each_time_and_is_told_when_it_is_mended(
    database: Database, clock: Clock
) -> None:
    tried: list[float] = []

    def fails(where: Database, now: datetime) -> int:
        tried.append(clock.at)
        return broken(where, now)

    guard, chore = Guard(database, lambda: NOW), Chore("broken", 1.0, fails)
    for _ in range(1200):
        guard.do(chore)
        clock.at += 1.0
    waited = [after - before for before, after in pairwise(tried)]
    assert [2, 4, 8, 16, 32, 64, 128, 256, LONGEST_PAUSE, LONGEST_PAUSE] == waited
    assert NOW == noted(database)["broken"].failing_since
    chore.do = lambda *_: 1
    clock.at += LONGEST_PAUSE
    with capture_logs() as lines:
        assert 1 == guard.do(chore)
    assert ["chore_mended"] == [line["event"] for line in lines]
    assert (len(tried), None) == (noted(database)["broken"].failures, noted(database)["broken"].failing_since)


def test_a_database_that_is_gone_is_no_chore_s_fault(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> int:
        raise PartUnavailableError("database", "gone")

    guard, chore = Guard(database, utc_now), Chore("waits", 1.0, gone)
    assert 0 == guard.do(chore)  # the database answers: it is this chore's own
    assert 1 == noted(database)["waits"].failures
    chore.last = float("-inf")
    monkeypatch.setattr(database, "check", gone)
    with pytest.raises(PartUnavailableError):
        guard.do(chore)
    assert 1 == noted(database)["waits"].failures


def test_where_one_worker_does_it_it_is_done_whatever_another_met(database: Database, clock: Clock) -> None:
    one, other = Guard(database, lambda: NOW), Guard(database, lambda: NOW + timedelta(minutes=1))
    one.do(Chore("shared", 1.0, broken))
    assert ["shared fails since 2026-03-01 12:00 UTC (ValueError)"] == [
        worker_chores.sentence(each) for each in worker_chores.failing(noted(database).values())
    ]
    other.do(Chore("shared", 1.0, lambda *_: 0))
    other.note()
    assert [] == worker_chores.failing(noted(database).values())


def test_what_nobody_told_of_for_a_week_is_no_chore_any_more(database: Database) -> None:
    for now, name in ((NOW, "old"), (NOW + timedelta(days=8), "new")):
        with database.unit() as unit:
            worker_chores.note_done(unit, [name], now=now)
            unit.commit()
    assert ["new"] == list(noted(database))


def test_metrics_tell_how_often_it_failed_for_how_long_and_when_it_was_done() -> None:
    metrics, before = Metrics(), NOW - timedelta(minutes=2)
    metrics.chores(
        [
            ChoreRecord("broken", NOW, None, 3, before, "ValueError"),
            ChoreRecord("whole", NOW, before, 0, None, None),
        ],
        NOW,
    )
    told = set(metrics.text().decode().splitlines())
    assert {
        'chaffinch_worker_chore_failures{chore="broken"} 3.0',
        'chaffinch_worker_chore_failing_seconds{chore="broken"} 120.0',
        'chaffinch_worker_chore_failing_seconds{chore="whole"} 0.0',
        'chaffinch_worker_chore_last_success_seconds{chore="whole"} 120.0',
    } <= told
    assert not any('last_success_seconds{chore="broken"}' in line for line in told)


def test_a_note_that_cannot_be_written_stops_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise PartUnavailableError("database", "full")

    guard = Guard(database, utc_now)
    monkeypatch.setattr("serving.chores.worker_chores.note_failure", full)
    with capture_logs() as lines:
        assert 0 == guard.do(Chore("broken", 0.0, broken))
    assert ["chores_not_noted", "chore_failed"] == [line["event"] for line in lines]


def writing() -> Chore:
    """One that has something to write, whenever it is done."""

    def writes(where: Database, now: datetime) -> int:
        with where.unit() as unit:
            worker_chores.note_done(unit, ["written"], now=now)
            unit.commit()
        return 1

    return Chore("writes", 5.0, writes)


@contextmanager
def read_only(database: Database) -> Iterator[None]:
    """A database that answers, and takes nothing: every new connection is told so."""

    def tell(connection: Any, _record: object) -> None:
        if database.dialect == "sqlite":
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
            connection.commit()

    event.listen(database._engine, "connect", tell)
    database.close()
    try:
        yield
    finally:
        event.remove(database._engine, "connect", tell)
        database.close()


def check_ten_minutes(database: Database, clock: Clock) -> None:
    guard, chores = Guard(database, lambda: NOW), [writing() for _ in range(3)]
    with read_only(database):
        for _ in range(120):
            for chore in chores:
                with pytest.raises(PartUnavailableError):
                    guard.do(chore)
            clock.at += 5.0
    assert [1, 1, 1] == [guard.do(chore) for chore in chores]
    assert {"written"} == noted(database).keys()


def test_ten_minutes_in_which_nothing_can_be_written_delay_no_chore(database: Database, clock: Clock) -> None:
    check_ten_minutes(database, clock)


def test_ten_minutes_in_which_postgresql_takes_nothing_delay_no_chore(postgres: Database, clock: Clock) -> None:
    check_ten_minutes(postgres, clock)


@pytest.mark.parametrize(
    "fault",
    [PartUnavailableError("database", "no page is free"), OSError(errno.ENOSPC, "no room"), OSError(errno.EROFS, "x")],
)
def test_what_a_part_that_all_share_refused_is_tried_again_soon_however_long_it_lasted(
    database: Database, clock: Clock, fault: Exception
) -> None:
    """A disk that is nearly full takes a note, and not what a chore writes."""
    guard, tried, faults = Guard(database, lambda: NOW), [], [fault] * 40

    def nearly(*_: object) -> int:
        tried.append(clock.at)
        if faults:
            raise faults.pop()
        return 1

    chore = Chore("leases", 1.0, nearly)
    while not guard.do(chore):
        clock.at += 1.0
    assert LONGEST_OF_ANOTHER == max(after - before for before, after in pairwise(tried))
    assert 40 == noted(database)["leases"].failures
    assert noted(database)["leases"].failing_since is None


def test_a_fault_of_its_own_after_a_shared_one_has_the_long_pauses_again(database: Database) -> None:
    guard, chore = Guard(database, lambda: NOW), Chore("both", 0.0, broken, failed=20, longest=LONGEST_OF_ANOTHER)
    guard.do(chore)
    assert LONGEST_PAUSE == chore.longest


def test_what_was_done_is_told_later_where_it_could_not_be_noted(database: Database, clock: Clock) -> None:
    guard = Guard(database, lambda: NOW)
    with read_only(database):
        guard.do(Chore("reads", 1.0, lambda *_: 0))
        guard.note()
    assert {} == noted(database)
    clock.at += 61.0
    guard.note()
    assert {"reads"} == noted(database).keys()
