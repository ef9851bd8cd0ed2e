from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import text
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from governance.complaint_rules import shipped
from records import jobs, search
from records.database import Database
from records.house_values import JobRecord, JobState
from records.personal import Keyring
from serving.chores import Chore
from serving.parts import utc_now
from serving.worker import Beat, Handler, Worker, chores
from tests.records.factories import a_comment, an_answer, put
from tests.serving.asking import claim_one


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


def enqueue(database: Database, kind: str = "greet") -> str:
    with database.unit() as unit:
        job = jobs.enqueue(unit, kind, {"to": "you"}, now=utc_now())
        unit.commit()
    return job.id


def state(database: Database, job_id: str) -> JobRecord:
    with database.reading() as look:
        return jobs.get(look, job_id)


def worker(database: Database, handler: Handler, now: Callable[[], datetime] = utc_now) -> Worker:
    return Worker(database, now=now, handlers={"greet": handler})


def test_a_job_is_done_once(database: Database) -> None:
    job_id, seen = enqueue(database), list[str]()
    one = worker(database, lambda job, _: seen.append(job.id))
    assert [True, False] == [one.turn(), one.turn()]
    assert ([job_id], JobState.DONE) == (seen, state(database, job_id).state)


def test_a_job_that_fails_is_tried_again_later(database: Database) -> None:
    def fail(job: JobRecord, beat: Beat) -> None:
        raise ValueError("no")

    job_id, clock = enqueue(database), Clock()
    one = worker(database, fail, clock)
    assert one.turn()
    assert ("ValueError", JobState.READY) == (state(database, job_id).last_error, state(database, job_id).state)
    assert not one.turn()
    clock.ahead = timedelta(minutes=1)
    assert one.turn()
    assert 2 == state(database, job_id).attempts


def test_a_job_of_a_kind_that_nobody_here_knows_waits(database: Database) -> None:
    job_id = enqueue(database, "unheard-of")
    assert not worker(database, lambda _, __: None).turn()
    assert JobState.READY == state(database, job_id).state


def test_a_long_job_beats_and_keeps_its_lease(database: Database) -> None:
    def take_long(job: JobRecord, beat: Beat) -> None:
        before = state(database, job.id).lease_expires_at
        beat()
        after = state(database, job.id).lease_expires_at
        assert before is not None
        assert after is not None
        assert after > before

    job_id = enqueue(database)
    worker(database, take_long).turn()
    assert JobState.DONE == state(database, job_id).state


def test_a_job_whose_lease_ran_out_goes_to_another_and_is_settled_by_that_one(database: Database) -> None:
    job_id, clock = enqueue(database), Clock()
    other = worker(database, lambda _, __: None, clock)

    def dawdle(job: JobRecord, beat: Beat) -> None:
        clock.ahead = timedelta(minutes=5)
        assert other.turn()

    assert worker(database, dawdle).turn()
    assert (JobState.DONE, 2) == (state(database, job_id).state, state(database, job_id).attempts)


def test_leases_that_ran_out_are_given_back(client: TestClient, database: Database) -> None:
    case, clock = claim_one(client), Clock()
    clock.ahead = timedelta(minutes=11)
    Worker(database, now=clock).turn()
    assert "open" == client.get(f"/v1/cases/{case['id']}").json()["state"]


def test_decisions_of_earlier_programs_get_their_place(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(a_comment("one", known_as="c-1", surface="news")))
    put(database, keyring, an_answer(a_comment("one", known_as="c-1", surface="forum")))
    with database.unit() as unit:
        unit.execute(text("UPDATE decisions SET surface = NULL"))
        unit.commit()
    Worker(database, now=utc_now).turn()
    with database.reading() as look:
        found = look.execute(text("SELECT surface FROM decisions ORDER BY id")).scalars().all()
    assert ["news", "forum"] == found


def test_a_worker_outlives_a_database_that_is_gone(tmp_path: object) -> None:
    assert not worker(Database(f"sqlite:///{tmp_path}/nowhere/x.db"), lambda _, __: None).turn()


def test_it_works_in_a_thread_and_stops(database: Database) -> None:
    done = threading.Event()
    enqueue(database)
    one = worker(database, lambda _, __: done.set())
    one.start()
    assert done.wait(10)
    one.stop()
    assert not one._thread.is_alive()


def test_a_chore_that_is_added_is_done_with_the_others(database: Database) -> None:
    told = list[datetime]()
    one = Worker(database, now=utc_now)
    one.add(Chore("added", 0.0, lambda _, now: told.append(now) or 0))
    one.turn()
    assert 1 == len(told)


def test_a_damaged_index_of_words_is_told_once_a_day(database: Database, keyring: Keyring) -> None:
    put(database, keyring, an_answer(a_comment("下注")))
    with database.unit() as unit:
        search.catch_up(unit)
        unit.commit()
    [daily] = [each for each in chores(lambda: None, shipped()) if each.name == "search_damaged"]
    assert daily.every == 86_400
    assert daily.do(database, utc_now()) == 0
    with database.unit() as unit:
        unit.execute(text("UPDATE search_words_content SET c0 = 'other'"))
        unit.commit()
    with capture_logs() as lines:
        assert daily.do(database, utc_now()) == 1
    assert [("search_damaged", "chaffinch search rebuild")] == [(line["event"], line["todo"]) for line in lines]
