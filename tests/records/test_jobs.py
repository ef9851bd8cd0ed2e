"""Jobs: leased, done, tried again."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from moderation.errors import ConflictError, NotFoundError
from records import jobs
from records.database import Database
from records.house_values import JobRecord, JobState
from tests.records.databases import NOW

MINUTE = timedelta(minutes=1)


def enqueued(database: Database, count: int = 1, *, unique_key: str | None = None) -> list[JobRecord]:
    with database.unit() as unit:
        made = [jobs.enqueue(unit, "webhook", {"n": n}, now=NOW, unique_key=unique_key) for n in range(count)]
        unit.commit()
    return made


def claimed(database: Database, owner: str, *, after: timedelta = timedelta(0), count: int = 1) -> list[JobRecord]:
    with database.unit() as unit:
        found = jobs.claim(unit, owner, now=NOW + after, count=count)
        unit.commit()
    return found


def test_a_job_is_claimed_with_its_payload_and_then_by_nobody_else(database: Database) -> None:
    [made] = enqueued(database)
    [job] = claimed(database, "one")
    assert (made.id, {"n": 0}, JobState.RUNNING, "one", 1) == (
        job.id,
        job.payload,
        job.state,
        job.lease_owner,
        job.attempts,
    )
    assert [] == claimed(database, "two")


def test_a_job_waits_for_its_time_and_its_kind(database: Database) -> None:
    with database.unit() as unit:
        jobs.enqueue(unit, "later", {}, now=NOW, run_at=NOW + MINUTE)
        assert [] == jobs.claim(unit, "one", now=NOW)
        assert [] == jobs.claim(unit, "one", now=NOW + MINUTE, kinds=["other"])
        assert 1 == len(jobs.claim(unit, "one", now=NOW + MINUTE, kinds=["later"]))


def test_an_expired_lease_goes_to_another_and_the_first_can_finish_nothing(database: Database) -> None:
    enqueued(database)
    [first] = claimed(database, "one")
    [second] = claimed(database, "two", after=2 * MINUTE)
    assert (first.id, 2) == (second.id, second.attempts)
    with database.unit() as unit:
        for late in (
            lambda: jobs.done(unit, first, now=NOW),
            lambda: jobs.fail(unit, first, "x", now=NOW),
            lambda: jobs.heartbeat(unit, first, now=NOW),
        ):
            with pytest.raises(ConflictError, match="another worker"):
                late()
        jobs.done(unit, second, now=NOW)
        unit.commit()
    with database.reading() as look:
        assert JobState.DONE == jobs.get(look, first.id).state


def test_a_heartbeat_keeps_the_lease(database: Database) -> None:
    enqueued(database)
    [job] = claimed(database, "one")
    with database.unit() as unit:
        jobs.heartbeat(unit, job, now=NOW + MINUTE / 2)
        unit.commit()
    assert [] == claimed(database, "two", after=MINUTE)


def test_a_failed_job_waits_longer_each_time_and_dies_at_last(database: Database) -> None:
    enqueued(database)
    now, waits = NOW, []
    for _ in range(3):
        with database.unit() as unit:
            [job] = jobs.claim(unit, "one", now=now)
            failed = jobs.fail(unit, job, "no answer", now=now, max_attempts=3)
            unit.commit()
        waits.append(failed.run_at - now)
        now = failed.run_at
    assert timedelta(seconds=2) <= waits[0] <= timedelta(seconds=3)
    assert timedelta(seconds=4) <= waits[1] <= timedelta(seconds=6)
    assert (JobState.DEAD, "no answer") == (failed.state, failed.last_error)
    assert [] == claimed(database, "two", after=timedelta(days=9))


def test_a_unique_job_waits_once(database: Database) -> None:
    [first, second] = enqueued(database, 2, unique_key="retention")
    assert first.id == second.id
    [job] = claimed(database, "one")
    with database.unit() as unit:
        jobs.done(unit, job, now=NOW)
        unit.commit()
    [third] = enqueued(database, unique_key="retention")
    assert first.id != third.id


def test_an_unknown_job_is_said(database: Database) -> None:
    with database.reading() as look, pytest.raises(NotFoundError):
        jobs.get(look, "none")


def test_ten_workers_never_have_one_job_in_two_hands(database: Database) -> None:
    enqueued(database, 40)
    running: set[str] = set()
    done: list[str] = []
    mistakes: list[str] = []
    guard = threading.Lock()

    def work(owner: str) -> None:
        while found := claimed(database, owner, count=2):
            for job in found:
                with guard:
                    if job.id in running or job.id in done:
                        mistakes.append(job.id)
                    running.add(job.id)
            for job in found:
                with guard:
                    running.discard(job.id)
                    done.append(job.id)
                with database.unit() as unit:
                    jobs.done(unit, job, now=NOW)
                    unit.commit()

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert ([], 40) == (mistakes, len(done))
    with database.reading() as look:
        assert {JobState.DONE: 40} == jobs.counts(look)
