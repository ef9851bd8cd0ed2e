from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from tests.serving.asking import CLEAN, question, score
from tests.serving.conftest import PATIENT
from tests.serving.loaders import FakeLoader
from tests.serving.models import StuckScorer

NARROW = replace(PATIENT, most_scoring=3, stuck_after=60)

Make = Callable[..., TestClient]


@pytest.fixture
def stuck() -> Iterator[StuckScorer]:
    scorer = StuckScorer()
    yield scorer
    scorer.let_go.set()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline, pause = time.monotonic() + 20, threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.005)


def test_beyond_the_bound_it_is_429_at_once_and_those_who_wait_are_answered(
    make_client: Make, loader: FakeLoader, stuck: StuckScorer
) -> None:
    loader.model = stuck
    client = make_client(options=NARROW)
    inference = client.app.state.machinery.inference  # type: ignore[attr-defined]
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(score, client) for _ in range(3)]
        wait_for(lambda: inference.waiting == 3)
        refused = score(client)
        assert (429, "1") == (refused.status_code, refused.headers["retry-after"])
        assert "chaffinch_model_waiting 3.0" in client.get("/metrics").text
        stuck.let_go.set()
        assert {200} == {one.result(30).status_code for one in waiting}
    assert 200 == score(client).status_code
    assert 'chaffinch_refused_total{part="model"} 1.0' in client.get("/metrics").text


def test_what_a_batch_has_no_room_for_is_refused_by_item(
    make_client: Make, loader: FakeLoader, stuck: StuckScorer
) -> None:
    loader.model = stuck
    client = make_client(options=NARROW)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.post, "/v1/score:batch", json={"items": [question(CLEAN)] * 5})
        assert stuck.reached.wait(20)
        stuck.let_go.set()
        items = asked.result(30).json()["items"]
    assert [None, None, None, 429, 429] == [item.get("error", {}).get("status") for item in items]


def test_a_lone_client_is_not_refused_for_what_it_no_longer_waits_for(
    make_client: Make, loader: FakeLoader, stuck: StuckScorer
) -> None:
    """The thread works on the first comment throughout; the client asks one after the other, each to its deadline."""
    loader.model = stuck
    client = make_client(options=replace(PATIENT, stuck_after=60))
    client.app.state.machinery.inference._thread.pace.note(0.04, 1)  # type: ignore[attr-defined]
    told = [score(client, deadline_ms=50, store=False) for _ in range(5)]
    with client.websocket_connect("ws://localhost/v1/stream") as stream:
        for _ in range(5):
            stream.send_json(question(CLEAN, deadline_ms=50, store=False))
        answers = [one.json() for one in told] + [stream.receive_json() for _ in range(5)]
    stuck.let_go.set()
    assert [["model"]] * 10 == [answer.get("missing", answer) for answer in answers]
