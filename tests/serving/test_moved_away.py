"""A service whose records were copied to another database does nothing for anybody, and goes on once they are back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect
from structlog.testing import capture_logs

from records import ledger, moved_away
from records.database import Database
from records.ledger import MACHINE, Entry
from records.ledger_keys import open_signer
from serving.chores import Chore
from serving.parts import utc_now
from serving.sealer import Sealer
from serving.streams.conversation import Close
from serving.worker import Worker
from tests.records.databases import NOW, database, keyring, postgres, sqlite
from tests.serving.asking import CLEAN, on_news, question
from tests.serving.conftest import PATIENT

__all__ = ["database", "keyring", "postgres", "sqlite"]

QUICK = replace(PATIENT, follow_every=0.05)
STREAM = "ws://localhost/v1/stream"
OTHER = "postgresql+psycopg://chaffinch:***@db.example/house"


def move(database: Database) -> None:
    with database.unit() as unit:
        moved_away.begin(unit, OTHER, who="ada", now=NOW)
        moved_away.end(unit)
        unit.commit()


def come_back(database: Database) -> None:
    with database.unit() as unit:
        moved_away.take_back(unit)
        unit.commit()


def until(is_so: Callable[[], bool], seconds: float = 30) -> None:
    ends = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.02)


@pytest.fixture
def client(make_client: Callable[..., TestClient]) -> TestClient:
    return make_client(options=QUICK, console_secret=b"secret")


@pytest.fixture
def moved(client: TestClient, database: Database) -> TestClient:
    """A service that runs, has stored a decision and knows that its records are elsewhere."""
    assert 200 == client.post("/v1/score", json=question(CLEAN)).status_code
    move(database)
    until(lambda: client.get("/v1/cases").status_code == 503)
    return client


def addresses(client: TestClient) -> Iterator[tuple[str, str]]:
    """Every operation of the document, with something in the place of each name."""
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method in methods:
            yield method.upper(), re.sub(r"\{[^}]*\}", "x", path)


def test_every_address_but_those_of_what_watches_is_503(client: TestClient, database: Database) -> None:
    asked = [*addresses(client), ("GET", "/console/"), ("GET", "/public/"), ("GET", "/docs"), ("GET", "/nowhere"),
             ("GET", "/"), ("GET", "/openapi.json"), ("POST", "/console/login")]  # fmt: skip
    assert 60 < len(asked)
    move(database)
    until(lambda: client.get("/v1/cases").status_code == 503)
    watching = {"/healthz", "/readyz", "/metrics"}
    for method, path in asked:
        answer = client.request(method, path, follow_redirects=False)
        if path in watching:
            continue
        assert 503 == answer.status_code, (method, path)
        assert "copied to another database" in answer.text, (method, path)
        assert "db.example" not in answer.text
    assert 200 == client.get("/healthz").status_code
    assert 200 == client.get("/metrics").status_code
    ready = client.get("/readyz")
    assert (503, ["database"]) == (ready.status_code, ready.json()["missing"])
    assert "set CHAFFINCH_DATABASE_URL" in ready.json()["parts"]["database"]["detail"]


def test_a_refusal_says_what_it_is_and_holds_a_comment(moved: TestClient) -> None:
    answer = moved.post("/v1/score", json={**on_news(CLEAN), "store": False})
    assert (503, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
    assert ("review", ["database"], "1") == (
        answer.json()["decision"], answer.json()["missing"], answer.headers["retry-after"]
    )  # fmt: skip
    assert "decision" not in moved.get("/v1/cases").json()
    perspective = moved.post("/v1alpha1/comments:analyze", json={"comment": {"text": "x"}, "doNotStore": True})
    assert "UNAVAILABLE" == perspective.json()["error"]["status"]


def test_an_open_stream_takes_no_further_item_and_none_is_opened(client: TestClient, database: Database) -> None:
    with client.websocket_connect(STREAM) as stream:
        stream.send_json({**question(CLEAN), "store": False, "id": "a"})
        assert "a" == stream.receive_json()["id"]
        move(database)
        until(lambda: client.get("/v1/cases").status_code == 503)
        stream.send_json({**question(CLEAN), "store": False, "id": "b"})
        with pytest.raises(WebSocketDisconnect) as ended:
            stream.receive_json()
    assert Close.RESTART == ended.value.code
    with pytest.raises(WebSocketDenialResponse) as refused, client.websocket_connect(STREAM):
        pass
    assert 503 == refused.value.status_code


def test_what_is_written_before_the_look_is_refused_in_the_same_words(
    make_client: Callable[..., TestClient], database: Database
) -> None:
    client = make_client(options=replace(PATIENT, follow_every=3600))
    move(database)
    answer = client.post("/v1/score", json=on_news(CLEAN))
    assert (503, "review") == (answer.status_code, answer.json()["decision"])
    assert "copied to another database" in answer.json()["detail"]


def test_it_serves_again_once_the_records_are_back(moved: TestClient, database: Database) -> None:
    come_back(database)
    until(lambda: moved.get("/v1/cases").status_code == 200)
    assert 200 == moved.post("/v1/score", json=question(CLEAN)).status_code
    assert 200 == moved.get("/readyz").status_code


def test_a_worker_does_no_chore_and_notes_no_failure(database: Database) -> None:
    done: list[datetime] = []

    def do(_database: Database, now: datetime) -> int:
        done.append(now)
        return 1

    move(database)
    worker = Worker(database, now=utc_now, when_idle=lambda: done.append(NOW))
    worker.add(Chore("counted", 0.0, do))
    with capture_logs() as told:
        assert not worker.turn()
        assert not worker.turn()
    assert [] == done
    assert ["records_moved_away"] == [each["event"] for each in told]
    come_back(database)
    worker._looked = float("-inf")
    worker.turn()
    assert 2 == len(done)


def test_a_sealer_signs_nothing(database: Database, tmp_path: Path) -> None:
    open_signer(database, tmp_path, now=utc_now())
    with database.unit() as unit:
        ledger.append(unit, Entry("x", MACHINE, "x", "x", "x", ""), now=utc_now())
        unit.commit()
    sealer = Sealer(database, lambda: open_signer(database, tmp_path, now=utc_now()), owner="one", now=utc_now)
    move(database)
    assert 0 == sealer.turn()
    come_back(database)
    assert 0 < sealer.turn()
