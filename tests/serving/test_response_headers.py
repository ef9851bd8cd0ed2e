"""No answer has a header that the OpenAPI does not have for it: the rare ones (`test_fuzz.py` asks everything)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient

from records import keys
from records.database import Database
from serving.parts import utc_now
from tests.serving.asking import CLEAN, GAMBLING, question, undeclared
from tests.serving.conftest import PATIENT

FORM = {"blog": "https://blog.example", "user_ip": "203.0.113.7", "comment_content": GAMBLING}


@pytest.fixture
def written(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()["paths"]
    return found


def answers(client: TestClient) -> Iterator[tuple[str, str, Response]]:
    once = {"Idempotency-Key": "a"}
    for _ in range(2):
        yield "/v1/score", "post", client.post("/v1/score", json=question(), headers=once)
        yield "/v1/cases:claim", "post", client.post("/v1/cases:claim", json={}, headers=once)
    for text in (CLEAN, GAMBLING):
        analyze = {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}}
        yield "/v1alpha1/comments:analyze", "post", client.post("/v1alpha1/comments:analyze", json=analyze)
        yield "/v1/moderations", "post", client.post("/v1/moderations", json={"input": text})
        yield "/1.1/comment-check", "post", client.post("/1.1/comment-check", data={**FORM, "comment_content": text})
    yield "/1.1/comment-check", "post", client.post("/1.1/comment-check", data={})
    yield (
        "/1.1/comment-check",
        "post",
        client.post("/1.1/comment-check", content=b"{}", headers={"content-type": "a/b"}),
    )
    for kind in ("text/html", "application/json"):
        shown = client.get("/v1/threads/t/transcript", headers={"Accept": kind})
        yield "/v1/threads/{thread_id}/transcript", "get", shown
        known = client.get("/v1/threads/t/transcript", headers={"Accept": kind, "If-None-Match": shown.headers["etag"]})
        yield "/v1/threads/{thread_id}/transcript", "get", known
    yield "/v1/stream", "get", client.get("/v1/stream")
    yield "/v1/cases", "get", client.get("/v1/cases?x=1")
    yield "/metrics", "get", client.get("/metrics")


def test_no_answer_has_a_header_that_is_not_written_down(client: TestClient, written: dict[str, Any]) -> None:
    seen = set()
    for path, method, answer in answers(client):
        seen |= {answer.status_code, *answer.headers}
        assert set() == undeclared(answer, written[path][method]["responses"]), f"{answer.status_code} {path}"
    assert {200, 304, 422, 426, "idempotency-replayed", "x-akismet-guid", "x-chaffinch-reasons", "etag"} <= seen


def test_refusals_for_want_of_room_and_of_a_key_are_written_down(
    make_client: Callable[..., TestClient], database: Database, written: dict[str, Any]
) -> None:
    with database.unit() as unit:
        _, key = keys.create(unit, "shop", scopes=["admin"], now=utc_now(), rate=1.0)
        unit.commit()
    client = make_client(options=replace(PATIENT, open_without_keys=False))
    none = client.get("/v1/cases")
    with_key = {"Authorization": f"Bearer {key}"}
    refused = [client.get("/v1/cases", headers=with_key) for _ in range(3)][-1]
    assert [401, 429] == [none.status_code, refused.status_code]
    assert {"www-authenticate", "x-request-id"} <= none.headers.keys()
    assert "1" == refused.headers["retry-after"]
    for answer in (none, refused):
        assert set() == undeclared(answer, written["/v1/cases"]["get"]["responses"])


def test_a_503_says_when_to_come_back_and_is_written_down(
    make_client: Callable[..., TestClient], database: Database, written: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client()
    monkeypatch.setattr(database, "_busy_seconds", 0.05)
    assert database._writer.acquire(timeout=1)
    try:
        answer = client.post("/v1/score", json=question())
    finally:
        database._writer.release()
    assert 503 == answer.status_code
    assert "1" == answer.headers["retry-after"]
    assert set() == undeclared(answer, written["/v1/score"]["post"]["responses"])


def test_every_answer_is_declared_with_the_requests_id(written: dict[str, Any]) -> None:
    told = [a for methods in written.values() for one in methods.values() for a in one["responses"].values()]
    assert all("X-Request-ID" in answer["headers"] for answer in told)


def test_retry_after_is_declared_with_429_and_503(written: dict[str, Any]) -> None:
    for methods in written.values():
        for operation in methods.values():
            for status in {"429", "503"} & operation["responses"].keys():
                assert "Retry-After" in operation["responses"][status]["headers"]
