from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from records import keys
from records.database import Database
from serving.keys import Gate
from serving.parts import utc_now
from tests.serving.asking import CLEAN, question, score
from tests.serving.conftest import PATIENT

CLOSED = replace(PATIENT, open_without_keys=False)

Make = Callable[..., TestClient]


def create(database: Database, *scopes: str) -> dict[str, str]:
    """A new key as a header."""
    with database.unit() as unit:
        _, key = keys.create(unit, "shop", scopes=scopes, now=utc_now())
        unit.commit()
    return {"authorization": f"Bearer {key}"}


@pytest.fixture
def keyed(make_client: Make) -> TestClient:
    return make_client(options=CLOSED)


CALLS = {
    "score": [
        ("POST", "/v1/score"),
        ("POST", "/v1/score:batch"),
        ("GET", "/v1/stream"),
        ("POST", "/v1/moderations"),
        ("GET", "/v1/threads/x/transcript"),
    ],
    "feedback": [("POST", "/v1/appeals"), ("POST", "/v1/decisions/x/feedback")],
    "records": [
        ("GET", "/v1/decisions/x"),
        ("GET", "/v1/decisions/x/renderings"),
        ("GET", "/v1/cases"),
        ("GET", "/v1/cases/x"),
        ("POST", "/v1/cases:claim"),
        ("POST", "/v1/cases/x/verdict"),
        ("POST", "/v1/cases/x/release"),
        ("POST", "/v1/cases/x/escalate"),
        ("POST", "/v1/cases/x/undo"),
        ("POST", "/v1/cases/x/reopen"),
        ("GET", "/v1/approvals"),
        ("GET", "/v1/authors/x"),
        ("PUT", "/v1/authors/x"),
        ("GET", "/v1/authors/x/export"),
        ("GET", "/v1/measures"),
        ("GET", "/v1/measures/x"),
        ("DELETE", "/v1/measures/x"),
        ("POST", "/v1/measures"),
        ("POST", "/v1/measures:bulk"),
        ("POST", "/v1/recommendations"),
        ("POST", "/v1/rules:lint"),
        *(("GET", f"/v1/{what}") for what in ("emergencies", "incidents", "rectifications", "inspections", "holds")),
        *(("GET", f"/v1/{what}/x") for what in ("emergencies", "incidents", "inspections", "holds")),
        ("GET", "/v1/flaggers"),
        ("GET", "/v1/flaggers/x"),
    ],
    "inspect": [("GET", "/v1/inspections/x/evidence"), ("GET", "/v1/inspections/x/evidence/x")],
    "admin": [
        ("POST", "/v1/approvals/x"),
        ("DELETE", "/v1/authors/x"),
        ("GET", "/v1/webhooks"),
        ("POST", "/v1/webhooks"),
        ("GET", "/v1/webhooks/x"),
        ("DELETE", "/v1/webhooks/x"),
        ("GET", "/v1/webhooks/x/deliveries"),
        *(("POST", f"/v1/webhooks/x/{what}") for what in ("rotate", "disable", "enable", "replay")),
        *(("POST", f"/v1/{what}") for what in ("emergencies", "incidents", "rectifications", "inspections", "holds")),
        ("POST", "/v1/holds/x/lift"),
        ("POST", "/v1/emergencies/x/end"),
        ("POST", "/v1/incidents/x/fields"),
        ("POST", "/v1/incidents/x/reported"),
        ("POST", "/v1/rectifications/x/proof"),
        ("POST", "/v1/inspections/x/close"),
        ("POST", "/v1/flaggers"),
        ("DELETE", "/v1/flaggers/x"),
    ],
}
FOR_ALL = {"/v1/complaints", "/v1/complaints/{token}", "/v1/appeals/{token}", "/v1/contests"}
"""Answered without a key: anybody reports, and whoever has a receipt may ask."""


def statuses(client: TestClient, headers: dict[str, str], scopes: Iterable[str]) -> set[int]:
    calls = [call for scope in scopes for call in CALLS[scope]]
    return {client.request(method, path, headers=headers).status_code for method, path in calls}


def test_every_endpoint_but_health_is_listed_here(keyed: TestClient) -> None:
    schema = keyed.get("/openapi.json").json()["paths"]
    known = {path.replace("/x", "/{id}") for calls in CALLS.values() for _, path in calls}
    ours = [path for path in schema if path.startswith("/v1/")]  # Perspective and Akismet refuse in words of their own
    served = {re.sub(r"{(?!token)\w+}", "{id}", path) for path in ours}
    assert known | FOR_ALL == served


def test_without_a_key_nothing_is_answered(keyed: TestClient) -> None:
    refused = score(keyed)
    assert (401, 'Bearer realm="chaffinch"') == (refused.status_code, refused.headers["www-authenticate"])
    assert {401} == statuses(keyed, {}, CALLS)


@pytest.mark.parametrize("scope", sorted(CALLS.keys() - {"admin"}))
def test_a_key_does_what_its_scope_says_and_nothing_else(keyed: TestClient, database: Database, scope: str) -> None:
    mine = create(database, scope)
    assert {403} == statuses(keyed, mine, CALLS.keys() - {scope})
    assert statuses(keyed, mine, [scope]).isdisjoint({401, 403, 500})


def test_two_keys_of_unlike_scopes_do_not_lend_each_other(keyed: TestClient, database: Database) -> None:
    scoring, reading = create(database, "score"), create(database, "records")
    assert (200, 403) == (score(keyed, headers=scoring).status_code, score(keyed, headers=reading).status_code)
    assert 403 == keyed.get("/v1/cases", headers=scoring).status_code
    assert 200 == keyed.get("/v1/cases", headers=reading).status_code


def test_an_admin_key_may_do_all(keyed: TestClient, database: Database) -> None:
    assert statuses(keyed, create(database, "admin"), CALLS).isdisjoint({401, 403, 500})


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic abc", "Bearer ck_", "Bearer ck_1_2", "Bearer " + "x" * 5000, "ck_1234_5678"],
)
def test_what_is_no_key_of_ours_is_unknown(keyed: TestClient, database: Database, header: str) -> None:
    create(database, "score")
    refused = score(keyed, headers={"authorization": header})
    assert 401 == refused.status_code
    assert "application/problem+json" == refused.headers["content-type"]


def test_a_key_with_another_secret_is_unknown(keyed: TestClient, database: Database) -> None:
    mine = create(database, "score")["authorization"]
    assert 401 == score(keyed, headers={"authorization": mine[:-4] + "AAAA"}).status_code


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_revoked_key_is_refused_after_a_second_at_most(
    keyed: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(keyed.app.state.machinery.gate, "_clock", clock)  # type: ignore[attr-defined]
    mine = create(database, "score")
    assert 200 == score(keyed, headers=mine).status_code
    with database.unit() as unit:
        keys.revoke(unit, mine["authorization"].split("_")[1], now=utc_now())
        unit.commit()
    clock.now += 1.0
    assert 401 == score(keyed, headers=mine).status_code


def test_many_who_ask_with_one_key_at_once_are_one_look_into_the_database(
    keyed: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, looks, hold = create(database, "score"), list[str](), threading.Event()
    find = keys.find

    def slowly(look: Any, key: str) -> Any:
        looks.append(key)
        assert hold.wait(20)
        return find(look, key)

    monkeypatch.setattr(keys, "find", slowly)
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(score, keyed, headers=mine) for _ in range(8)]
        while not looks:
            threading.Event().wait(0.01)
        threading.Event().wait(0.2)
        hold.set()
        assert {200} == {one.result(20).status_code for one in asked}
    assert len(looks) < 8


def test_a_server_without_any_key_runs_open_and_ignores_keys(client: TestClient) -> None:
    assert 200 == score(client, headers={"authorization": "Bearer ck_whatever"}).status_code


def test_the_first_key_closes_it_also_once_it_is_revoked(client: TestClient, database: Database) -> None:
    mine = create(database, "score")
    with database.unit() as unit:
        keys.revoke(unit, mine["authorization"].split("_")[1], now=utc_now())
        unit.commit()
    client.app.state.machinery.follower.look()  # type: ignore[attr-defined]
    assert 401 == score(client).status_code


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "192.0.2.7:8700"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_an_open_server_is_no_use_to_pages_and_proxies_elsewhere(client: TestClient, headers: dict[str, str]) -> None:
    assert 403 == client.post("/v1/score", json=question(CLEAN), headers=headers).status_code


@pytest.mark.parametrize("host", ["localhost:8700", "127.0.0.1:8700", "[::1]:8700", "LOCALHOST"])
def test_an_open_server_answers_under_its_local_names(client: TestClient, host: str) -> None:
    assert 200 == client.post("/v1/score", json=question(CLEAN), headers={"host": host}).status_code


def test_a_gate_that_may_not_be_open_is_not_even_without_keys(database: Database) -> None:
    assert not Gate(database, open_without_keys=False).is_open


def test_use_of_a_key_is_noted(keyed: TestClient, database: Database) -> None:
    score(keyed, headers=create(database, "score"))
    keyed.app.state.machinery.follower._touch()  # type: ignore[attr-defined]
    with database.reading() as look:
        assert keys.page(look).items[0].last_used_at is not None


def test_no_key_stands_in_the_database(keyed: TestClient, database: Database, tmp_path: object) -> None:
    mine = create(database, "score")["authorization"].removeprefix("Bearer ")
    database.close()
    assert mine.encode() not in (tmp_path / "chaffinch.db").read_bytes()  # type: ignore[operator]


def test_escalated_cases_need_an_admin_key(keyed: TestClient, database: Database) -> None:
    body = {"queue": "escalated"}
    assert 403 == keyed.post("/v1/cases:claim", json=body, headers=create(database, "records")).status_code
    assert 200 == keyed.post("/v1/cases:claim", json=body, headers=create(database, "admin")).status_code
