from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from serving import logs
from tests.serving.asking import CLEAN, question, score
from tests.serving.conftest import PATIENT
from tests.serving.loaders import FakeLoader
from tests.serving.models import FaultyScorer

Make = Callable[..., TestClient]
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


def test_a_request_id_comes_back(client: TestClient) -> None:
    assert "abc-1.2:3_4" == score(client, headers={"x-request-id": "abc-1.2:3_4"}).headers["x-request-id"]


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "a\u00e9", "<script>", "a;b"])
def test_an_odd_request_id_is_replaced(client: TestClient, given: str) -> None:
    answered = client.get("/healthz", headers={"x-request-id": given.encode("utf-8")})
    assert re.fullmatch("[0-9a-f]{32}", answered.headers["x-request-id"])


def test_a_refusal_names_its_request(client: TestClient) -> None:
    refused = client.get("/nix", headers={"x-request-id": "r-1"})
    assert "r-1" == refused.json()["request_id"] == refused.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/healthz", "/nix", "/docs", "/openapi.json", "/metrics", "/v1/cases"])
def test_every_answer_has_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert "nosniff" == headers["x-content-type-options"]
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def told(make_client: Make, *, headers: dict[str, str]) -> dict[str, Any]:
    """The log line of one request."""
    client = make_client(options=replace(PATIENT, access_log=True))
    with capture_logs() as lines:
        client.get("/healthz", headers=headers)
    (line,) = [line for line in lines if line["event"] == "request"]
    return dict(line)


def test_a_request_is_one_line_with_its_trace(make_client: Make) -> None:
    line = told(make_client, headers={"traceparent": f"00-{TRACE}-{PARENT}-01", "x-request-id": "r-7"})
    assert (TRACE, PARENT, "r-7") == (line["trace_id"], line["parent_id"], line["request_id"])
    assert ("GET", "/healthz", 200) == (line["method"], line["path"], line["status"])


@pytest.mark.parametrize(
    "header", ["", "00-0", f"ff-{TRACE}-{PARENT}-01", f"00-{'0' * 32}-{PARENT}-01", f"00-{TRACE.upper()}-{PARENT}-01"]
)
def test_a_trace_that_is_none_is_left_out(make_client: Make, header: str) -> None:
    assert "trace_id" not in told(make_client, headers={"traceparent": header})


CANARY = "金丝雀canary"


def test_no_line_holds_a_comments_text(make_client: Make, loader: FakeLoader) -> None:
    """Also where the model fails with the text in its exception, and where a bug does."""
    client = make_client(options=replace(PATIENT, access_log=True))
    with capture_logs() as lines:
        for text in (CANARY, f"加群{CANARY}", CANARY * 2_000):
            score(client, text)
        client.post("/v1/score:batch", json={"items": [question(CANARY), {"content": CANARY}]})
        client.post("/v1/score", content=f'{{"content": {{"text": "{CANARY}'.encode())
        client.get(f"/v1/decisions/x?why={CANARY}")
        case = client.post("/v1/cases:claim").json()["items"][0]
        client.post(f"/v1/cases/{case['id']}/verdict", json={"verdict": "approve", "note": CANARY})
        loader.put_model(FaultyScorer())
        client.app.state.machinery.follower.look()  # type: ignore[attr-defined]
        assert score(client, CANARY).json()["degraded"]
    assert "model_failed" in {line["event"] for line in lines}
    assert CANARY not in json.dumps(lines, ensure_ascii=False, default=repr)


class BrokenWriter:
    def check_room(self, by: str) -> None:
        raise RuntimeError(f"unforeseen, near {CANARY}")


def test_a_bug_is_a_500_that_tells_nothing_and_a_line_that_tells_where(make_client: Make) -> None:
    client = make_client()
    for route in client.app.routes:  # type: ignore[attr-defined]
        if getattr(route, "path", "") == "/v1/score":
            route.endpoint.__self__.scoring.writer = BrokenWriter()
    with capture_logs() as lines:
        refused = score(client, CANARY)
    assert (500, "application/problem+json") == (refused.status_code, refused.headers["content-type"])
    assert CANARY not in refused.text
    assert "Traceback" not in refused.text
    (line,) = [line for line in lines if line["event"] == "failed"]
    assert ("RuntimeError", True) == (line["error"], any("check_room" in place for place in line["where"]))
    assert CANARY not in str(line)
    assert 200 == score(client, CLEAN, store=False).status_code


def test_a_librarys_record_becomes_a_line_without_what_was_raised() -> None:
    try:
        int(CANARY)
    except ValueError:
        record = logging.LogRecord("lib", logging.ERROR, "x.py", 1, "oops %s", (CANARY,), sys.exc_info())
    line = json.loads(logs._Lines().format(record))
    assert ("ValueError", "lib") == (line["error"], line["event"])
    assert CANARY not in str(line)
