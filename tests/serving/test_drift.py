from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from moderation.decision import Outcome
from moderation.errors import BundleError
from records import drift as kept
from records import watched
from records.database import Database
from records.personal import Keyring
from registry.reference import Reference, Spread
from serving.drift import LEAST, DriftChore
from serving.parts import utc_now
from serving.worker import Worker
from tests.records.factories import a_decision, an_answer, put

REFERENCE = Reference(
    "3", Spread(rows=1000, edges=(0, 0.5, 1), scores={"gambling": (900, 100)}, languages={"zh": 1000})
)


def answers(database: Database, keyring: Keyring, count: int) -> None:
    put(database, keyring, *[an_answer(decision=a_decision(Outcome.BLOCK, gambling=0.97)) for _ in range(count)],
        now=utc_now() - timedelta(minutes=1))  # fmt: skip


def test_a_worker_computes_what_every_process_shows(
    database: Database, keyring: Keyring, make_client: Callable[..., TestClient]
) -> None:
    answers(database, keyring, LEAST)
    Worker(database, now=utc_now, reference=lambda: REFERENCE).turn()
    client = make_client()
    client.app.state.machinery.follower.look()  # type: ignore[attr-defined]
    told = client.get("/metrics").text
    assert 'chaffinch_drift_psi{label="gambling"}' in told
    assert 'chaffinch_drift_psi{label="language"}' in told
    with database.reading() as look:
        assert kept.latest(look).found["gambling"].psi > 1


def test_few_decisions_show_nothing(database: Database, keyring: Keyring) -> None:
    answers(database, keyring, LEAST - 1)
    assert 0 == DriftChore(lambda: REFERENCE)(database, utc_now())
    with database.reading() as look:
        assert {} == kept.latest(look).found


def test_of_two_workers_the_second_has_nothing_to_do(database: Database, keyring: Keyring) -> None:
    answers(database, keyring, LEAST)
    assert [2, 0] == [DriftChore(lambda: REFERENCE)(database, utc_now()) for _ in range(2)]


def test_answers_are_written_while_it_looks(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(database, keyring, LEAST)
    seen = watched.seen

    def looking(*args: Any, **named: Any) -> Any:
        answers(database, keyring, 1)
        return seen(*args, **named)

    monkeypatch.setattr(watched, "seen", looking)
    assert 2 == DriftChore(lambda: REFERENCE)(database, utc_now())


def test_a_broken_reference_stops_no_other_chore(database: Database) -> None:
    def broken() -> Reference:
        raise BundleError("reference.json was changed.")

    assert 0 == DriftChore(broken)(database, utc_now())
