"""`idempotency_key` of a stream's items: sent twice, on one connection or two, an item is stored once."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from moderation.errors import PartUnavailableError
from records.database import Database
from serving.answers import RefusedInStream, StreamAnswer
from serving.errors import MaybeStoredError
from tests.serving.asking import CLEAN, UNSURE, question, score
from tests.serving.loaders import FakeLoader
from tests.serving.models import StuckScorer
from tests.serving.streams.test_stream import URL, ask
from tests.serving.test_idempotency import stored
from tests.serving.test_keys import CLOSED, create

Make = Callable[..., TestClient]
ONCE = "c-1/1"


def item(text: str = CLEAN, key: str = ONCE, **more: Any) -> dict[str, Any]:
    return question(text, idempotency_key=key, **more)


def on_a_new_connection(client: TestClient, *items: Any) -> list[dict[str, Any]]:
    with client.websocket_connect(URL) as stream:
        return [ask(stream, each) for each in items]


def without_mark(answer: dict[str, Any]) -> dict[str, Any]:
    StreamAnswer.model_validate(answer)
    return {name: value for name, value in answer.items() if name != "idempotency_replayed"}


def test_an_item_sent_again_on_another_connection_is_answered_the_same(client: TestClient, database: Database) -> None:
    (first,) = on_a_new_connection(client, item(UNSURE, id="c-1"))
    (second,) = on_a_new_connection(client, item(UNSURE, id="c-1"))
    assert "idempotency_replayed" not in first
    assert (first, True) == (without_mark(second), second["idempotency_replayed"])
    assert 1 == stored(database)


def test_an_item_sent_twice_without_waiting_is_judged_once(client: TestClient, database: Database) -> None:
    with client.websocket_connect(URL) as stream:
        for _ in range(3):
            stream.send_json(item())
        answers = [stream.receive_json() for _ in range(3)]
    assert [None, True, True] == [answer.get("idempotency_replayed") for answer in answers]
    assert 1 == len({answer["decision_id"] for answer in answers})
    assert 1 == stored(database)


def test_without_a_key_an_item_sent_twice_is_decided_twice(client: TestClient, database: Database) -> None:
    first, second = on_a_new_connection(client, question(id="c-1"), question(id="c-1"))
    assert first["decision_id"] != second["decision_id"]
    assert 2 == stored(database)


def test_another_item_under_the_same_key_is_refused(client: TestClient, database: Database) -> None:
    _, refused = on_a_new_connection(client, item(CLEAN), item(UNSURE))
    problem = RefusedInStream.model_validate(refused).error
    assert (422, "/idempotency_key") == (problem.status, (problem.errors or [])[0].pointer)
    assert 1 == stored(database)


def test_how_an_item_is_written_makes_it_no_other(client: TestClient, database: Database) -> None:
    again = json.dumps(dict(reversed(item().items())), indent=1)
    first, second = on_a_new_connection(client, item(), again)
    assert (first, 1) == (without_mark(second), stored(database))


def test_the_same_key_of_another_platform_is_another(make_client: Make, database: Database) -> None:
    client, told = make_client(options=CLOSED), []
    for headers in (create(database, "score"), create(database, "score")):
        with client.websocket_connect(URL, headers=headers) as stream:
            told.append(ask(stream, item()))
    assert [None, None] == [answer.get("idempotency_replayed") for answer in told]
    assert 2 == stored(database)


def test_a_key_of_a_request_is_none_of_a_stream_s(client: TestClient) -> None:
    score(client, headers={"idempotency-key": ONCE})
    (refused,) = on_a_new_connection(client, item())
    assert 422 == refused["error"]["status"]


@pytest.mark.parametrize("key", ["", "k" * 256, "k\x00", 7])
def test_a_key_that_cannot_be_kept_is_refused(client: TestClient, key: Any) -> None:
    (refused,) = on_a_new_connection(client, item(key=key))
    assert ["/idempotency_key"] == [fault["pointer"] for fault in refused["error"]["errors"]]


def test_a_request_has_a_header_and_no_member_for_its_key(client: TestClient) -> None:
    refused = client.post("/v1/score", json=item()).json()
    assert ["/idempotency_key"] == [fault["pointer"] for fault in refused["errors"]]


def test_a_refused_item_leaves_its_key_unused(client: TestClient, database: Database) -> None:
    refused, answered = on_a_new_connection(client, item("\u200b"), item(CLEAN))
    assert (422, "pass") == (refused["error"]["status"], answered["decision"])
    assert 1 == stored(database)


def test_what_is_not_stored_needs_no_key_and_keeps_none(client: TestClient) -> None:
    answers = on_a_new_connection(client, item(CLEAN, store=False), item(UNSURE, store=False))
    assert ["pass", "review"] == [answer["decision"] for answer in answers]


def test_while_it_is_in_progress_on_one_connection_another_is_told_so(
    make_client: Make, loader: FakeLoader, database: Database
) -> None:
    loader.model = stuck = StuckScorer()
    client = make_client()
    with client.websocket_connect(URL) as stream:
        stream.send_json(item())
        assert stuck.reached.wait(20)
        (second,) = on_a_new_connection(client, item())
        assert (409, 1) == (second["error"]["status"], second["error"]["retry_after"])
        stuck.let_go.set()
        first = stream.receive_json()
    assert [first] == [without_mark(answer) for answer in on_a_new_connection(client, item())]
    assert 1 == stored(database)


@pytest.mark.parametrize("error", [PartUnavailableError("database", "gone"), MaybeStoredError("database", "silent")])
def test_what_could_not_be_stored_leaves_its_key_unused(
    client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch, error: PartUnavailableError
) -> None:
    writer, failed = client.app.state.machinery.writer, threading.Event()  # type: ignore[attr-defined]
    store = writer.store

    async def fails_once(*given: Any, **more: Any) -> None:
        if not failed.is_set():
            failed.set()
            raise error
        await store(*given, **more)

    monkeypatch.setattr(writer, "store", fails_once)
    refused, answered = on_a_new_connection(client, item(), item())
    assert 503 == refused["error"]["status"]
    assert isinstance(error, MaybeStoredError) == ("idempotency_key" in refused["error"]["detail"])
    assert ("pass", None) == (answered["decision"], answered.get("idempotency_replayed"))
    assert 1 == stored(database)


def test_what_was_stored_though_nobody_heard_of_it_is_answered_and_not_stored_again(
    client: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = client.app.state.machinery.writer  # type: ignore[attr-defined]
    store = writer.store

    async def falls_silent(*given: Any, **more: Any) -> None:
        await store(*given, **more)
        raise MaybeStoredError("database", "silent")

    with monkeypatch.context() as patched:
        patched.setattr(writer, "store", falls_silent)
        (refused,) = on_a_new_connection(client, item())
    (answered,) = on_a_new_connection(client, item())
    assert (503, True) == (refused["error"]["status"], answered["idempotency_replayed"])
    assert 1 == stored(database)


def test_a_client_that_left_leaves_no_key_in_progress(client: TestClient, database: Database) -> None:
    with client.websocket_connect(URL) as stream:
        stream.send_text(json.dumps(item()))
    told = []
    for _ in range(50):
        told += on_a_new_connection(client, item())
        if "decision" in told[-1]:
            break
    assert "pass" == told[-1]["decision"]
    assert 1 == stored(database)
