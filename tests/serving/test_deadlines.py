"""A request that is stored is answered at about its deadline too, whoever holds the database."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient

from moderation.comment import Comment
from moderation.pipeline import Engine, Reading
from records import decisions
from records.database import Database
from serving.inference import LONG_TEXT
from tests.records.databases import new_postgres_url
from tests.serving.asking import on_news, question
from tests.serving.conftest import PATIENT

Make = Callable[..., TestClient]

SOON = replace(PATIENT, store_grace=0.2)
AT_ONCE = {"deadline_ms": 200}
MOST = 4.0
"""Seconds on a busy machine; without a deadline they wait for ten."""


@contextmanager
def held(database: Database) -> Iterator[None]:
    """Another program writes, and does not come to its end."""
    if database.dialect == "sqlite":
        other = sqlite3.connect(database.address.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.close()
        return
    with database.unit() as unit:
        unit.connection.exec_driver_sql("LOCK TABLE comments, idempotency IN EXCLUSIVE MODE")
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def anywhere(request: pytest.FixtureRequest, database: Database) -> Iterator[Database]:
    if request.param == "sqlite":
        yield database
        return
    made = Database(new_postgres_url(), busy_seconds=10)
    yield made
    made.close()


def timed(ask: Callable[[], Response]) -> tuple[Response, float]:
    began = time.perf_counter()
    return ask(), time.perf_counter() - began


def on_disk(database: Database) -> int:
    with database.reading() as look:
        return len(decisions.page(look, limit=200).items)


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once"}], ids=["plain", "with a key"])
def test_a_comment_is_refused_at_about_its_deadline_and_never_stored(
    make_client: Make, anywhere: Database, headers: dict[str, str]
) -> None:
    client = make_client(options=SOON, database=anywhere)
    with held(anywhere):
        answer, took = timed(lambda: client.post("/v1/score", json=question(**AT_ONCE), headers=headers))
        assert (503, "1", ["database"]) == (answer.status_code, answer.headers["retry-after"], answer.json()["missing"])
        assert 0.2 <= took < MOST
        assert "nothing was stored" in answer.json()["detail"]
    again = client.post("/v1/score", json=question(deadline_ms=20_000), headers=headers)
    assert 200 == again.status_code
    assert 1 == on_disk(anywhere)


def test_on_a_surface_that_is_seen_before_publication_the_refusal_holds_the_comment(
    make_client: Make, database: Database
) -> None:
    client = make_client(options=SOON)
    with held(database):
        answer, took = timed(lambda: client.post("/v1/score", json=on_news(**AT_ONCE)))
    assert (503, "review") == (answer.status_code, answer.json()["decision"])
    assert took < MOST


def test_a_text_that_is_dear_to_read_does_not_keep_the_model_from_being_asked(
    make_client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    plainly = Engine.read

    def slowly(self: Engine, comment: Comment, **more: Any) -> Reading:
        time.sleep(2.5 if len(comment.text) >= LONG_TEXT else 0)
        return plainly(self, comment, **more)

    client = make_client(options=PATIENT)
    monkeypatch.setattr(Engine, "read", slowly)
    answer = client.post("/v1/score", json=question("很好" * LONG_TEXT, deadline_ms=2000, store=False)).json()
    assert (False, []) == (answer["degraded"], answer.get("missing", []))


def test_a_batch_and_the_other_services_addresses_keep_theirs(make_client: Make, database: Database) -> None:
    client = make_client(options=replace(SOON, deadline_ms=200, batch_deadline_ms=300))
    asks: list[tuple[str, dict[str, Any]]] = [
        ("/v1/score:batch", {"json": {"items": [question(), question()]}}),
        ("/v1alpha1/comments:analyze", {"json": {"comment": {"text": "a"}, "requestedAttributes": {"TOXICITY": {}}}}),
        ("/v1/moderations", {"json": {"input": "what a fine day"}}),
    ]
    with held(database):
        for path, body in asks:
            answer, took = timed(lambda path=path, body=body: client.post(path, **body))
            assert (503, "1") == (answer.status_code, answer.headers["retry-after"]), path
            assert took < MOST, path
    assert 0 == on_disk(database)


def test_the_items_of_a_stream_keep_theirs_and_the_stream_goes_on(make_client: Make, database: Database) -> None:
    client = make_client(options=SOON)
    with client.websocket_connect("ws://localhost/v1/stream") as stream:
        with held(database):
            began = time.perf_counter()
            stream.send_json(question(**AT_ONCE))
            stream.send_json(question(**AT_ONCE, idempotency_key="a"))
            refused = [stream.receive_json()["error"] for _ in range(2)]
            assert time.perf_counter() - began < MOST
            assert [(503, 1)] * 2 == [(each["status"], each["retry_after"]) for each in refused]
        stream.send_json(question(deadline_ms=20_000))
        assert "pass" == stream.receive_json()["decision"]
    assert 1 == on_disk(database)


def test_a_lock_that_ends_within_the_deadline_is_waited_for(make_client: Make, database: Database) -> None:
    client = make_client(options=SOON)
    with held(database):
        pass
    other = sqlite3.connect(
        database.address.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
    )  # fmt: skip
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.3, other.close).start()
    assert 200 == client.post("/v1/score", json=question(deadline_ms=20_000)).status_code
    assert 1 == on_disk(database)
