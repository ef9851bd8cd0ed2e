"""Requests as the tests make them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from httpx import Response
from starlette.testclient import TestClient

CLEAN, UNSURE, GAMBLING = "今天的晚霞真好看", "大家来加群吧", "来玩博彩"
"""What the fake model passes, sends to a person, and blocks."""


def question(text: str = CLEAN, **more: Any) -> dict[str, Any]:
    """A request body; `surface` and options may be given flat."""
    body: dict[str, Any] = {"content": {"text": text}}
    if "surface" in more:
        body["context"] = {"surface": more.pop("surface")}
    options = {name: more.pop(name) for name in ("store", "explain", "deadline_ms") if name in more}
    return body | ({"options": options} if options else {}) | more


def on_news(text: str = CLEAN, **more: Any) -> dict[str, Any]:
    """A comment on news under the cn policy: a `pre` surface."""
    return question(text, surface="news", policy="cn", author={"verified": True}, **more)


def score(client: TestClient, text: str = CLEAN, *, headers: dict[str, str] | None = None, **more: Any) -> Response:
    return client.post("/v1/score", json=question(text, **more), headers=headers)


PLAIN_HEADERS = {"content-length", "content-type", "date", "connection"}
"""HTTP's own, of which no description says anything."""


def undeclared(answer: Response, written: Mapping[str, Any]) -> set[str]:
    """Headers of an answer that its operation's `responses` in the OpenAPI do not have."""
    declared = {name.lower() for name in written[str(answer.status_code)]["headers"]}
    return {name.lower() for name in answer.headers} - declared - PLAIN_HEADERS


def claim_one(client: TestClient, **asked: Any) -> dict[str, Any]:
    """A case, opened by an unsure comment and claimed."""
    assert "review" == score(client, UNSURE).json()["decision"]
    case: dict[str, Any] = client.post("/v1/cases:claim", json=asked).json()["items"][0]
    return case
