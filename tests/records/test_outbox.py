"""The outbox and the endpoints: written with what they tell, taken once, kept for a while."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from moderation.errors import ConfigError, ConflictError, NotFoundError
from records import jobs, outbox, webhooks
from records.database import Database
from records.house_values import DeliveryState, EndpointRecord
from records.outbox import NewEvent
from records.personal import Keyring
from records.unit_of_work import Unit
from records.webhooks import NewEndpoint
from tests.records.databases import NOW

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def endpoint(unit: Unit, *events: str, url: str = "https://hooks.example.com/") -> EndpointRecord:
    return webhooks.add(unit, NewEndpoint(url, events, "shop", "mia"), now=NOW)


def put(unit: Unit, kind: str = "decision.final", subject: str = "v-1", *, once: str | None = None) -> str | None:
    return outbox.put(unit, NewEvent(kind, subject, {"n": 1}, NOW, once), now=NOW)


def waiting(database: Database) -> int:
    with database.reading() as look:
        return len(outbox.page(look, DeliveryState.WAITING).items)


def test_an_event_is_there_with_its_transaction_or_not_at_all(database: Database) -> None:
    with database.unit() as unit:
        endpoint(unit)
        unit.commit()
    with database.unit() as unit:
        assert put(unit)
    assert 0 == waiting(database)
    with database.unit() as unit:
        put(unit)
        unit.commit()
    assert 1 == waiting(database)
    with database.reading() as look:
        assert jobs.is_due(look, (outbox.JOB,), now=NOW)


def test_only_who_listens_hears_of_it_and_only_of_what_came_after(database: Database) -> None:
    with database.unit() as unit:
        everything, finals = endpoint(unit), endpoint(unit, "decision.final")
        endpoint(unit, "model.promoted")
        late = webhooks.add(unit, NewEndpoint("https://late.example/", (), "", "mia"), now=NOW + SECOND)
        put(unit)
        told = {each.endpoint_id for each in outbox.page(unit, DeliveryState.WAITING).items}
    assert {everything.id, finals.id} == told
    assert late.id not in told


def test_where_nobody_listens_nothing_is_written(database: Database) -> None:
    with database.unit() as unit:
        endpoint(unit, "model.promoted")
        assert put(unit) is None
        assert 0 == unit.execute(text("SELECT count(*) FROM webhook_events")).scalar()


def test_what_may_be_told_once_is_written_once(database: Database) -> None:
    with database.unit() as unit:
        endpoint(unit)
        assert put(unit, once="a")
        assert put(unit, once="a") is None
        assert put(unit, once="b")
        unit.commit()
    assert 2 == waiting(database)


def test_a_withdrawn_event_leaves_nothing_behind(database: Database) -> None:
    with database.unit() as unit:
        endpoint(unit)
        put(unit)
        put(unit, "measure.requested")
        put(unit, subject="v-2")
        outbox.withdraw(unit, "v-1")
        unit.commit()
    assert 1 == waiting(database)
    with database.reading() as look:
        assert 1 == look.execute(text("SELECT count(*) FROM webhook_events")).scalar()


def test_what_was_begun_cannot_be_withdrawn(database: Database) -> None:
    with database.unit() as unit:
        made = endpoint(unit)
        put(unit)
        assert 1 == len(outbox.take(unit, made.id, count=4, now=NOW))
        with pytest.raises(ConflictError, match="was told of this already"):
            outbox.withdraw(unit, "v-1")


def test_what_is_not_due_is_not_taken(database: Database) -> None:
    with database.unit() as unit:
        made = endpoint(unit)
        outbox.put(unit, NewEvent("decision.final", "v-1", {}, NOW), now=NOW, not_before=NOW + SECOND)
        assert [] == outbox.take(unit, made.id, count=4, now=NOW)
        assert NOW + SECOND == outbox.next_at(unit, made.id)
        [taken] = outbox.take(unit, made.id, count=4, now=NOW + SECOND)
        assert (1, NOW + SECOND + 3 * DAY) == (taken.attempts, taken.give_up_at)


def test_tries_grow_apart_up_to_eight_hours_and_no_two_events_share_theirs(database: Database) -> None:
    with database.unit() as unit:
        made = endpoint(unit)
        for n in range(2):
            put(unit, subject=f"v-{n}")
        firsts = outbox.take(unit, made.id, count=2, now=NOW)
    waits = [outbox.delay(each).total_seconds() for each in firsts]
    assert len(set(waits)) == 2
    assert all(2.5 <= wait <= 7.5 for wait in waits)
    later = [outbox.delay(replace(firsts[0], attempts=n)).total_seconds() for n in range(1, 40)]
    assert all(2.5 * 3**n <= wait <= 7.5 * 3**n for n, wait in enumerate(later[:7]))
    assert all(4 * 3600 <= wait <= 12 * 3600 for wait in later[9:])


def test_what_is_older_than_it_is_kept_is_forgotten_and_no_more(database: Database) -> None:
    with database.unit() as unit:
        made = endpoint(unit)
        for subject in ("delivered", "dead", "waiting"):
            put(unit, subject=subject)
        first, second, _ = outbox.take(unit, made.id, count=3, now=NOW)
        outbox.delivered(unit, first, status=204, now=NOW)
        assert outbox.failed(unit, second, status=500, error="no", now=NOW + 3 * DAY)
        unit.commit()
    counts = []
    for days in (6, 8, 32, 34):
        with database.unit() as unit:
            outbox.forget(unit, now=NOW + days * DAY)
            counts.append(unit.execute(text("SELECT count(*) FROM webhook_deliveries")).scalar())
            unit.commit()
    assert [3, 2, 2, 1] == counts


def test_forgetting_takes_a_bounded_bite(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "_AT_ONCE", 2)
    with database.unit() as unit:
        made = endpoint(unit)
        for n in range(5):
            put(unit, subject=f"v-{n}")
        for each in outbox.take(unit, made.id, count=5, now=NOW):
            outbox.delivered(unit, each, status=204, now=NOW)
        assert [2, 2, 1, 0] == [outbox.forget(unit, now=NOW + 8 * DAY) for _ in range(4)]


def test_a_secret_is_kept_encrypted_and_bound_to_its_endpoint(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        one, other = endpoint(unit), endpoint(unit)
        secret = webhooks.new_secret(unit, one.id, keyring, now=NOW)
        webhooks.new_secret(unit, other.id, keyring, now=NOW)
        [mine], [theirs] = (webhooks.secrets_of(unit, each.id, now=NOW) for each in (one, other))
        kept = str(unit.execute(text("SELECT * FROM webhook_secrets")).all())
        assert secret == webhooks.reveal(keyring, mine)
        assert (True, False) == (secret.startswith("whsec_"), secret.removeprefix("whsec_") in kept)
        unit.execute(text("UPDATE webhook_secrets SET endpoint_id = :id"), {"id": other.id})
        swapped = next(each for each in webhooks.secrets_of(unit, other.id, now=NOW) if each.id != theirs.id)
        with pytest.raises(ConfigError):
            webhooks.reveal(keyring, swapped)


def test_ended_secrets_sign_until_then_and_are_forgotten(database: Database, keyring: Keyring) -> None:
    with database.unit() as unit:
        made = endpoint(unit)
        old = webhooks.new_secret(unit, made.id, keyring, now=NOW)
        webhooks.end_secrets(unit, made.id, at=NOW + DAY)
        new = webhooks.new_secret(unit, made.id, keyring, now=NOW)
        both = webhooks.secrets_of(unit, made.id, now=NOW)
        assert [new, old] == [webhooks.reveal(keyring, each) for each in both]
        webhooks.end_secrets(unit, made.id, at=NOW + 9 * DAY)
        assert 1 == len(webhooks.secrets_of(unit, made.id, now=NOW + DAY)), "a later end gives nobody more time"
        assert [0, 1] == [webhooks.forget_secrets(unit, now=NOW + passed) for passed in (0 * DAY, DAY)]


def test_an_unknown_or_removed_endpoint_is_said(database: Database) -> None:
    with database.unit() as unit:
        made = webhooks.remove(unit, endpoint(unit).id, now=NOW)
        for endpoint_id in ("none", made.id):
            with pytest.raises(NotFoundError):
                webhooks.get(unit, endpoint_id)


def test_writers_and_who_lays_the_job_down_lose_no_event(database: Database) -> None:
    """The job ends only where nothing waits, and who writes meanwhile waits for that, or finds it gone."""
    with database.unit() as unit:
        made = endpoint(unit)
        unit.commit()
    writing = threading.Event()

    def write() -> None:
        for n in range(20):
            with database.unit() as unit:
                put(unit, subject=f"v-{n}")
                unit.commit()
        writing.set()

    def lay_down() -> None:
        while not writing.is_set() or waiting(database):
            with database.unit() as unit:
                found = jobs.claim(unit, "one", now=NOW, kinds=(outbox.JOB,))
                unit.commit()
            for job in found:
                serve(job)

    def serve(job: jobs.JobRecord) -> None:
        with database.unit() as unit:
            jobs.take_turns(unit, outbox.turn_of(made.id))
            for each in outbox.take(unit, made.id, count=4, now=NOW):
                outbox.delivered(unit, each, status=204, now=NOW)
            if outbox.next_at(unit, made.id) is None:
                jobs.drop(unit, job)
            else:
                jobs.postpone(unit, job, run_at=NOW)
            unit.commit()

    threads = [threading.Thread(target=write), threading.Thread(target=lay_down)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert 0 == waiting(database), "an event waits and no job is there to send it"
    with database.reading() as look:
        assert {} == jobs.counts(look)
