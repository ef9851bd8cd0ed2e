"""`WS /v1/stream` in this process: every refusal in its place, and the same answers as over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from moderation.errors import PartUnavailableError
from records import comments, decisions, keys
from records.database import Database
from serving.answers import ItemProblem, RefusedInStream, ScoreAnswer
from serving.errors import MaybeStoredError
from serving.parts import Options, utc_now
from tests.serving.asking import CLEAN, GAMBLING, UNSURE, on_news, question, score
from tests.serving.conftest import PATIENT
from tests.serving.loaders import FakeLoader
from tests.serving.models import SlowScorer, StuckScorer
from tests.serving.test_health import metric
from tests.serving.test_keys import CLOSED, create
from tests.serving.test_overload import wait_for

Make = Callable[..., TestClient]
URL = "ws://localhost/v1/stream"


@pytest.fixture
def stream(client: TestClient) -> Iterator[WebSocketTestSession]:
    with client.websocket_connect(URL) as opened:
        yield opened


def ask(stream: WebSocketTestSession, item: Any) -> dict[str, Any]:
    stream.send_text(item if isinstance(item, str) else json.dumps(item))
    answer: dict[str, Any] = stream.receive_json()
    return answer


def without_times(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name not in ("latency_ms", "decision_id")}


def test_a_stream_answers_as_a_request_does(client: TestClient, stream: WebSocketTestSession) -> None:
    for text in (CLEAN, UNSURE, GAMBLING):
        answer = ask(stream, question(text, id="c-1", explain=True))
        ScoreAnswer.model_validate(answer)
        assert without_times(score(client, text, id="c-1", explain=True).json()) == without_times(answer)


def test_what_was_answered_is_on_disk(stream: WebSocketTestSession, database: Database) -> None:
    told = ask(stream, question(UNSURE, id="c-1"))["decision_id"]
    with database.reading() as look:
        assert UNSURE == comments.get(look, decisions.get(look, told).comment_id).text


def test_what_is_not_to_be_stored_leaves_nothing(stream: WebSocketTestSession, database: Database) -> None:
    assert "decision_id" not in ask(stream, question(CLEAN, store=False))
    with database.reading() as look:
        assert () == decisions.page(look).items


BAD: dict[str, tuple[str, int, str | None]] = {
    "no JSON": ("{", 400, None),
    "nothing": ("", 400, None),
    "half a surrogate pair": ('{"id": "x", "content": {"text": "\\ud800"}}', 400, "x"),
    "an empty text": (json.dumps(question("", id="x")), 422, "x"),
    "nothing visible": (json.dumps(question("\u200b", id="x")), 422, "x"),
    "an unknown field": (json.dumps(question(id="x") | {"what": 1}), 422, "x"),
    "a policy that is not there": (json.dumps(question(id="x", policy="nix")), 422, "x"),
    "a batch": (json.dumps({"items": [question()]}), 422, None),
    "an id that is none": (json.dumps(question() | {"id": 7}), 422, None),
    "nested ten thousand deep": ('{"content":' + "[" * 10_000 + "]" * 10_000 + "}", 400, None),
    "too large": (json.dumps(question("好" * 200_000, id="x")), 413, "x"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_item_is_refused_in_its_place_and_the_stream_goes_on(
    stream: WebSocketTestSession, client: TestClient, name: str
) -> None:
    item, status, told = BAD[name]
    stream.send_text(json.dumps(question(CLEAN, id="before")))
    stream.send_text(item)
    stream.send_text(json.dumps(question(CLEAN, id="after")))
    before, refused, after = (stream.receive_json() for _ in range(3))
    assert ("before", "after") == (before["id"], after["id"])
    problem = RefusedInStream.model_validate(refused)
    assert (told, status, "/v1/stream") == (problem.id, problem.error.status, problem.error.instance)
    assert f"{stream_id(stream)}:2" == problem.error.request_id


def stream_id(stream: WebSocketTestSession) -> str:
    return dict(stream.extra_headers)[b"x-request-id"].decode()


def test_every_fault_is_told(stream: WebSocketTestSession) -> None:
    faults = ask(stream, question("", id="x", policy="nix", author={"verified": "yes"}))["error"]["errors"]
    assert {"/content/text", "/policy", "/author/verified"} == {fault["pointer"] for fault in faults}


def test_the_client_s_request_id_names_the_stream(client: TestClient) -> None:
    with client.websocket_connect(URL, headers={"x-request-id": "stream-7"}) as stream:
        assert "stream-7" == stream_id(stream)
        assert "stream-7:1" == ask(stream, "{")["error"]["request_id"]


def test_a_deadline_gives_the_policy_s_fallback(make_client: Make, loader: FakeLoader) -> None:
    stuck = StuckScorer()
    loader.model = stuck
    with make_client().websocket_connect(URL) as stream:
        answer = ask(stream, question(CLEAN, deadline_ms=50, store=False))
        assert (True, ["model"]) == (answer["degraded"], answer["missing"])
        held = ask(stream, on_news(CLEAN, deadline_ms=50, store=False))
        assert "review" == held["decision"]
        stuck.let_go.set()


def test_beyond_the_bound_an_item_is_told_to_come_back_and_those_before_it_are_answered(
    make_client: Make, loader: FakeLoader
) -> None:
    stuck = StuckScorer()
    loader.model = stuck
    client = make_client(options=replace(PATIENT, most_streaming=2, stuck_after=60))
    with client.websocket_connect(URL) as stream:
        for number in range(2):
            stream.send_json(question(CLEAN, id=f"{number}"))
        assert stuck.reached.wait(20)
        stream.send_json(question(CLEAN, id="2", deadline_ms=50))
        wait_for(lambda: metric(client, 'chaffinch_refused_total{part="stream"}') == 1.0)
        stuck.let_go.set()
        first, second, third = (stream.receive_json() for _ in range(3))
    assert ("0", "1", "2") == (first["id"], second["id"], third["id"])
    assert (429, 1) == (third["error"]["status"], third["error"]["retry_after"])
    ItemProblem.model_validate({k: v for k, v in third["error"].items() if k not in ("instance", "request_id")})


def test_a_client_that_sends_as_far_ahead_as_it_may_is_not_refused_for_what_it_sent(
    make_client: Make, loader: FakeLoader
) -> None:
    loader.model = SlowScorer(0.02)
    deadline = 250  # in which the model answers a dozen
    with make_client().websocket_connect(URL) as stream:
        ahead = int(dict(stream.extra_headers)[b"x-chaffinch-in-flight"])
        for number in range(ahead):
            stream.send_json(question(CLEAN, id=f"a-{number}", deadline_ms=deadline, store=False))
        told = [stream.receive_json() for _ in range(ahead)]
        for number in range(ahead):  # by now it is known how long the model takes
            stream.send_json(question(CLEAN, id=f"b-{number}", deadline_ms=deadline, store=False))
        told += [stream.receive_json() for _ in range(ahead)]
    assert [] == [each for each in told[ahead:] if "error" in each]
    assert [f"b-{number}" for number in range(ahead)] == [each["id"] for each in told[ahead:]]


def test_the_queue_of_the_model_is_the_same_for_streams(make_client: Make, loader: FakeLoader) -> None:
    client = make_client(options=replace(PATIENT, most_scoring=0))
    with client.websocket_connect(URL) as stream:
        refused = ask(stream, question(CLEAN, id="x"))
        assert ("x", 429, 1) == (refused["id"], refused["error"]["status"], refused["error"]["retry_after"])
    assert 1.0 == metric(client, 'chaffinch_refused_total{part="model"}')


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PartUnavailableError("database", "gone"), "nothing was stored"),
        (MaybeStoredError("database", "silent"), "nobody knows whether it did. Send the item again"),
    ],
)
def test_what_could_not_be_stored_is_not_answered_and_news_are_held(
    client: TestClient,
    stream: WebSocketTestSession,
    monkeypatch: pytest.MonkeyPatch,
    error: PartUnavailableError,
    words: str,
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(client.app.state.machinery.writer, "store", fail)  # type: ignore[attr-defined]
    plain, news = ask(stream, question(CLEAN, id="x")), ask(stream, on_news(CLEAN, id="y"))
    assert ("x", 503, None) == (plain["id"], plain["error"]["status"], plain["error"].get("decision"))
    assert ("y", 503, "review") == (news["id"], news["error"]["status"], news["error"]["decision"])
    assert words in plain["error"]["detail"]
    RefusedInStream.model_validate(news)


def test_a_failure_of_ours_is_told_in_its_place_and_tells_nothing(
    stream: WebSocketTestSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"near {CLEAN}")

    monkeypatch.setattr("serving.scoring.read", fail)
    refused = ask(stream, question(CLEAN, id="x"))
    assert ("x", 500) == (refused["id"], refused["error"]["status"])
    assert CLEAN not in json.dumps(refused, ensure_ascii=False)


def test_two_texts_of_one_comment_change_no_places(stream: WebSocketTestSession, database: Database) -> None:
    texts = [f"第{number}稿" for number in range(12)]
    for text in texts:
        stream.send_json(question(text, id="draft"))
    told = [stream.receive_json()["decision_id"] for _ in texts]
    assert sorted(told) == told
    with database.reading() as look:
        comment = comments.get(look, decisions.get(look, told[-1]).comment_id)
        assert (texts[-1], len(texts)) == (comment.text, comment.revision)
        assert told[-1] == decisions.latest_of(look, comment.id).id


def refused_at_the_door(client: TestClient, url: str = URL, **headers: str) -> Any:
    with pytest.raises(WebSocketDenialResponse) as caught, client.websocket_connect(url, headers=headers):
        pass
    return caught.value


def test_without_a_key_there_is_no_stream(make_client: Make, database: Database) -> None:
    client = make_client(options=CLOSED)
    refused = refused_at_the_door(client)
    assert (401, "application/problem+json") == (refused.status_code, refused.headers["content-type"])
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert "x-request-id" in refused.headers
    assert 401 == refused_at_the_door(client, authorization="Bearer ck_1_2").status_code
    assert 403 == refused_at_the_door(client, **create(database, "records")).status_code
    with client.websocket_connect(URL, headers=create(database, "score")) as stream:
        assert "pass" == ask(stream, question(CLEAN))["decision"]


def test_a_key_in_the_address_or_among_subprotocols_is_none(make_client: Make, database: Database) -> None:
    client = make_client(options=CLOSED)
    key = create(database, "score")["authorization"].removeprefix("Bearer ")
    assert 401 == refused_at_the_door(client, f"{URL}?key={key}&access_token={key}").status_code
    assert 401 == refused_at_the_door(client, **{"sec-websocket-protocol": f"chaffinch, {key}"}).status_code


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"origin": "null"}, {"host": "evil.example"}])
def test_an_open_server_speaks_with_no_page_from_elsewhere(client: TestClient, headers: dict[str, str]) -> None:
    assert 403 == refused_at_the_door(client, **headers).status_code


def test_a_key_that_is_revoked_ends_the_stream_after_an_answer_in_its_place(
    make_client: Make, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, mine = make_client(options=CLOSED), create(database, "score")
    gate = client.app.state.machinery.gate  # type: ignore[attr-defined]
    with client.websocket_connect(URL, headers=mine) as stream:
        assert "pass" == ask(stream, question(CLEAN))["decision"]
        with database.unit() as unit:
            keys.revoke(unit, mine["authorization"].split("_")[1], now=utc_now())
            unit.commit()
        gate._remembered.clear()
        assert 401 == ask(stream, question(CLEAN, id="x"))["error"]["status"]
        with pytest.raises(WebSocketDisconnect) as ended:
            stream.receive_json()
    assert 4401 == ended.value.code


def test_silence_ends_a_stream(make_client: Make) -> None:
    client = make_client(options=replace(PATIENT, stream_idle=0.05))
    with client.websocket_connect(URL) as stream, pytest.raises(WebSocketDisconnect) as ended:
        stream.receive_json()
    assert (4408, 1.0) == (ended.value.code, metric(client, 'chaffinch_streams_closed_total{code="4408"}'))


def limits(**fields: int) -> Options:
    return replace(PATIENT, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("bound", ["streams_of_one", "most_streams"])
def test_there_are_not_more_streams_than_may_be(make_client: Make, bound: str) -> None:
    client = make_client(options=limits(**{bound: 1}))
    with client.websocket_connect(URL) as stream:
        ask(stream, question(CLEAN))
        assert 1.0 == metric(client, "chaffinch_streams")
        refused = refused_at_the_door(client)
        assert (429, "5") == (refused.status_code, refused.headers["retry-after"])
    with client.websocket_connect(URL) as again:
        ask(again, question(CLEAN))


def test_by_plain_http_it_says_what_it_speaks(client: TestClient) -> None:
    told = client.get("/v1/stream")
    assert (426, "websocket") == (told.status_code, told.headers["upgrade"])
    assert "application/problem+json" == told.headers["content-type"]


def test_places_are_given_back_whatever_ends_a_stream(make_client: Make) -> None:
    client = make_client(options=replace(PATIENT, most_streaming=2))
    for _ in range(3):
        with client.websocket_connect(URL) as stream:
            for _ in range(4):
                stream.send_json(question(CLEAN))
    with client.websocket_connect(URL) as stream:
        assert "pass" == ask(stream, question(CLEAN))["decision"]
