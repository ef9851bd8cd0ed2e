"""Whatever is wrong with a request is told at once, and nothing in it is ignored."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from records import keys
from records.database import Database
from serving.parts import utc_now
from tests.serving.asking import UNSURE, score

FOREIGN = re.compile(r"/v1alpha1/|/\$discovery/|/v1/moderations|/1\.1/")


def operations(client: TestClient) -> list[tuple[str, str]]:
    paths: dict[str, Any] = client.get("/openapi.json").json()["paths"]
    return [(method, path) for path, methods in paths.items() for method in methods]


def errors(client: TestClient, path: str, method: str = "get", **more: Any) -> list[dict[str, str]]:
    answer = client.request(method, path, **more)
    assert 422 == answer.status_code, answer.text
    assert "application/problem+json" == answer.headers["content-type"]
    found: list[dict[str, str]] = answer.json()["errors"]
    return found


def places(found: list[dict[str, str]]) -> set[str]:
    return {next(value for name, value in sorted(each.items()) if name != "detail") for each in found}


def test_every_operation_of_the_openapi_refuses_a_parameter_that_it_does_not_have(client: TestClient) -> None:
    ours = [(method, path) for method, path in operations(client) if not FOREIGN.match(path)]
    assert 55 < len(ours)
    for method, path in ours:
        found = errors(client, re.sub(r"\{\w+\}", "a", path), method, params={"limti": "5"})
        assert "limti" in places(found), f"{method} {path}"


def test_no_parameter_of_the_openapi_may_be_given_twice(client: TestClient) -> None:
    paths: dict[str, Any] = client.get("/openapi.json").json()["paths"]
    asked = 0
    for path, methods in paths.items():
        for method, said in methods.items():
            names = [each["name"] for each in said.get("parameters", ()) if each["in"] == "query"]
            for name in () if FOREIGN.match(path) else names:
                found = errors(client, re.sub(r"\{\w+\}", "a", path), method, params=[(name, "2"), (name, "3")])
                assert {"parameter": name, "detail": "is given 2 times; give it once"} in found, f"{method} {path}"
                asked += 1
    assert 30 < asked
    assert 422 == client.get("/v1/cases?limit=2&limit=2").status_code


def test_addresses_of_other_services_ignore_what_they_do_not_know(client: TestClient) -> None:
    body = {"comment": {"text": "今天的晚霞真好看"}, "requestedAttributes": {"TOXICITY": {}}}
    assert 200 == client.post("/v1alpha1/comments:analyze?alt=json&prettyPrint=false", json=body).status_code
    assert 200 == client.post("/v1/moderations?api-version=1", json={"input": "今天的晚霞真好看"}).status_code


def test_nothing_is_done_by_a_request_that_asks_for_more_than_there_is(client: TestClient) -> None:
    assert 422 == client.post("/v1/score?dry_run=true", json={"id": "a", "content": {"text": UNSURE}}).status_code
    assert [] == client.get("/v1/cases").json()["items"]


def test_a_parameter_that_is_none_is_told_with_those_that_are(client: TestClient) -> None:
    [fault] = errors(client, "/v1/cases?stat=open")
    assert "stat" == fault["parameter"]
    assert "cursor, label, limit, queue, state" in fault["detail"]
    [fault] = errors(client, "/healthz?x=1")
    assert "it has none" in fault["detail"]


def test_all_parameters_of_a_list_are_judged_at_once(client: TestClient) -> None:
    found = errors(client, "/v1/cases?cursor=no&limit=0&state=shut&queue=nowhere&label=odd&page=2")
    assert {"cursor", "limit", "state", "queue", "label", "page"} == places(found)


@pytest.mark.parametrize("path", ["/v1/webhooks", "/v1/measures", "/v1/approvals", "/v1/emergencies", "/v1/incidents"])
def test_cursor_and_limit_are_judged_together_on_every_list(client: TestClient, path: str) -> None:
    assert {"cursor", "limit"} == places(errors(client, path, params={"cursor": "bm8", "limit": "900"}))


def test_queues_and_labels_that_are_not_there_are_told_with_those_that_are(client: TestClient) -> None:
    queue, label = sorted(errors(client, "/v1/cases?queue=nowhere&label=odd"), key=lambda each: each["parameter"])[::-1]
    assert "known queues: appeals, campaigns, complaints, escalated, forum, live, news" in queue["detail"]
    assert "gambling" in label["detail"]
    assert "nowhere" not in queue["detail"]
    assert 200 == client.get("/v1/cases?queue=news&label=gambling").status_code


def test_a_queue_is_known_by_the_cases_in_it(make_client: Callable[..., TestClient], database: Database) -> None:
    client = make_client()
    score(client, UNSURE)
    [fault] = errors(client, "/v1/cases?queue=to_learn_from")
    assert "forum" in fault["detail"]
    with database.unit() as unit:
        unit.connection.exec_driver_sql("UPDATE cases SET queue = 'to_learn_from', state = 'closed'")
        unit.commit()
    assert 1 == len(client.get("/v1/cases?queue=to_learn_from").json()["items"])


def test_a_claim_of_what_is_not_there_is_refused(client: TestClient) -> None:
    found = errors(client, "/v1/cases:claim", "post", json={"queue": "nowhere", "label": "odd", "count": 99})
    assert {"/queue", "/label", "/count"} == places(found)


def test_query_body_and_header_are_judged_together(client: TestClient) -> None:
    found = errors(
        client,
        "/v1/cases:claim?wait=1",
        "post",
        json={"queue": "nowhere", "cuont": 1},
        headers={"Idempotency-Key": "x" * 256},
    )
    assert {"wait", "/queue", "/cuont", "Idempotency-Key"} == places(found)


def test_feedback_is_judged_at_once(client: TestClient) -> None:
    body = {"verdict": "wrong", "labels": ["gambling", "odd", "gambling"], "note": "a" * 2001}
    found = errors(client, "/v1/decisions/none/feedback", "post", json=body)
    assert {"/verdict", "/labels/1", "/labels/2", "/note"} == places(found)


def test_a_webhook_is_judged_at_once(client: TestClient) -> None:
    body = {"url": "http://10.0.0.1/x#y", "events": ["no.such"], "description": "a" * 201, "secret": "mine"}
    found = errors(client, "/v1/webhooks", "post", json=body)
    assert {"/url", "/events", "/description", "/secret"} == places(found)
    assert 3 == len([each for each in found if each["pointer"] == "/url"])


def test_a_comment_is_judged_with_its_header(client: TestClient) -> None:
    body = {"content": {"text": ""}, "policy": "none"}
    found = errors(client, "/v1/score", "post", json=body, headers={"Idempotency-Key": "x" * 256})
    assert {"/content/text", "/policy", "Idempotency-Key"} == places(found)


def test_who_shows_no_good_key_is_told_no_names(make_client: Callable[..., TestClient], database: Database) -> None:
    client = make_client()
    with database.unit() as unit:
        _, key = keys.create(unit, "shop", scopes=["records"], now=utc_now())
        unit.commit()
    client.app.state.machinery.gate.look()  # type: ignore[attr-defined]
    assert 401 == client.get("/v1/cases?queue=nowhere&x=1").status_code
    answer = client.get("/v1/cases?queue=nowhere&x=1", headers={"Authorization": f"Bearer {key}"})
    assert {"queue", "x"} == places(answer.json()["errors"])
