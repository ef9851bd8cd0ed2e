"""Chores of a worker, each by itself: one that fails stops no other, waits longer each time, and is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from moderation.errors import PartUnavailableError
from records import worker_chores
from records.database import Database
from records.worker_chores import ChoreRecord
from serving.chores import LONGEST_PAUSE, Chore, Guard
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
    assert ["chore_failed", "chores_not_noted"] == [line["event"] for line in lines]
