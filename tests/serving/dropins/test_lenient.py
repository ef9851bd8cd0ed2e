"""Clients whose list of attributes cannot be changed at once: what nothing backs is left out, and told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient

from serving.dropins.configs import DropIns
from tests.serving.loaders import shipped_dropins

TEXT = "what a fine day"
BACKED, UNBACKED = ("TOXICITY", "SPAM"), ("INSULT", "SEVERE_TOXICITY", "AFFINITY_EXPERIMENTAL")


def lenient() -> DropIns:
    shipped = shipped_dropins()
    assert shipped.perspective
    return replace(shipped, perspective=shipped.perspective.model_copy(update={"lenient": True}))


@pytest.fixture
def client(make_client: Callable[..., TestClient]) -> TestClient:
    return make_client(dropins=lenient())


def analyze(client: TestClient, *names: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    body = {"comment": {"text": TEXT}, "requestedAttributes": {name: {} for name in names}} | more
    return client.post("/v1alpha1/comments:analyze", json=body, headers=headers)


def test_what_nothing_backs_is_left_out_and_named(client: TestClient) -> None:
    answer = analyze(client, *BACKED, *UNBACKED, clientToken="t-1")
    assert 200 == answer.status_code
    assert set(BACKED) == answer.json()["attributeScores"].keys()
    assert ",".join(UNBACKED) == answer.headers["x-chaffinch-left-out"]
    assert "t-1" == answer.json()["clientToken"]


def test_what_all_is_backed_has_no_such_header(client: TestClient) -> None:
    assert "x-chaffinch-left-out" not in analyze(client, *BACKED).headers


def test_where_nothing_is_left_or_something_else_is_wrong_it_is_refused_still(client: TestClient) -> None:
    assert 400 == analyze(client, *UNBACKED).status_code
    assert 400 == analyze(client, "TOXICITY", "INSULT", languages=["xx"]).status_code


def test_the_shipped_house_refuses(make_client: Callable[..., TestClient]) -> None:
    assert 400 == analyze(make_client(), "TOXICITY", "INSULT").status_code


def test_a_name_that_no_header_can_hold_breaks_none(client: TestClient) -> None:
    answer = analyze(client, "TOXICITY", "攻击\r\nx: y")
    assert (200, "????x: y") == (answer.status_code, answer.headers["x-chaffinch-left-out"])


def test_an_answer_leads_to_its_decision(client: TestClient) -> None:
    once = {"Idempotency-Key": "k", "X-Request-ID": "r-1"}
    first, again = (analyze(client, "TOXICITY", "INSULT", headers=once) for _ in range(2))
    assert "r-1" == first.headers["x-request-id"]
    assert ("true", "INSULT") == (again.headers["idempotency-replayed"], again.headers["x-chaffinch-left-out"])
    decision = first.headers["x-chaffinch-decision-id"]
    assert decision == again.headers["x-chaffinch-decision-id"]
    assert decision == client.get(f"/v1/decisions/{decision}").json()["decision_id"]


def test_an_address_that_is_not_there_is_told_in_our_own_form(client: TestClient) -> None:
    answer = client.get("/v1/models/text-moderation-none")
    assert (404, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
    assert "/v1/models/text-moderation-none" == answer.json()["instance"]
