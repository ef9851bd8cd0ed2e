"""Which policy judges: the one that a request names, else its key's own, else the house's."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from governance import access
from records.database import Database
from serving.dropins.configs import load_dropins
from serving.parts import utc_now
from tests.serving.asking import CLEAN, question, score
from tests.serving.conftest import PATIENT
from tests.serving.loaders import shipped_dropins, shipped_policies, taxonomy
from tests.serving.test_keys import CLOSED

Make = Callable[..., TestClient]
CHINESE = replace(PATIENT, policy="cn")
UNVERIFIED = {"author": {"id": "a-7", "verified": False}}
SAID = {"author": {"id": "a-7", "verified": True}}
STREAM = "ws://localhost/v1/stream"


def bound(database: Database, policy: str | None, *scopes: str) -> dict[str, str]:
    """A new key for this policy as a header."""
    with database.unit() as unit:
        _, key = access.create_key(unit, "shop", scopes=scopes or ("score",), rate=None, now=utc_now(), policy=policy)
        unit.commit()
    return {"authorization": f"Bearer {key}"}


@pytest.fixture
def house(make_client: Make) -> TestClient:
    return make_client(options=CHINESE)


@pytest.fixture
def keyed(make_client: Make) -> TestClient:
    return make_client(options=CLOSED)


def test_a_request_that_names_no_policy_is_judged_under_the_houses(house: TestClient) -> None:
    answer = score(house, surface="news", **UNVERIFIED).json()
    assert ("block", "cn") == (answer["decision"], answer["policy"].partition("@")[0])
    assert ["identity_unverified"] == [reason["code"] for reason in answer["reasons"]]
    assert "default" == score(house, policy="default", **UNVERIFIED).json()["policy"].partition("@")[0]


def test_what_the_houses_policy_has_to_know_is_asked_of_who_names_none(house: TestClient) -> None:
    answer = score(house)
    assert (422, "/author/verified") == (answer.status_code, answer.json()["errors"][0]["pointer"])
    many = house.post("/v1/score", json=question("", surface="nix"))
    assert {"/content/text", "/context/surface", "/author/verified"} == {
        fault["pointer"] for fault in many.json()["errors"]
    }


def test_items_of_batches_and_streams_are_judged_under_the_houses(house: TestClient) -> None:
    item = question(CLEAN, surface="news", **UNVERIFIED)
    [answer] = house.post("/v1/score:batch", json={"items": [item]}).json()["items"]
    assert "block" == answer["decision"]
    with house.websocket_connect(STREAM) as stream:
        stream.send_text(json.dumps(item))
        assert "block" == stream.receive_json()["decision"]


def test_a_key_that_is_bound_gives_its_policy_to_what_names_none(keyed: TestClient, database: Database) -> None:
    mine = bound(database, "cn")
    assert "cn" == score(keyed, headers=mine, **SAID).json()["policy"].partition("@")[0]
    assert "block" == score(keyed, headers=mine, **UNVERIFIED).json()["decision"]
    assert 422 == score(keyed, headers=mine).status_code


def test_a_bound_key_may_name_its_own_policy_and_no_other(keyed: TestClient, database: Database) -> None:
    mine = bound(database, "cn")
    assert 200 == score(keyed, headers=mine, policy="cn", **SAID).status_code
    refused = score(keyed, headers=mine, policy="default")
    assert (403, "application/problem+json") == (refused.status_code, refused.headers["content-type"])
    assert "bound to the policy 'cn'" in refused.json()["detail"]
    with database.reading() as look:
        assert 1 == look.execute(text("SELECT count(*) FROM decisions")).scalar_one()


def test_a_key_that_is_not_bound_names_what_it_wants(keyed: TestClient, database: Database) -> None:
    mine = bound(database, None)
    assert "default" == score(keyed, headers=mine).json()["policy"].partition("@")[0]
    assert "cn" == score(keyed, headers=mine, policy="cn", **SAID).json()["policy"].partition("@")[0]


def test_a_bound_key_spoils_only_the_items_that_name_another(keyed: TestClient, database: Database) -> None:
    mine = bound(database, "cn")
    items = [question(id="a", policy="default"), question(id="b", **SAID)]
    refused, taken = keyed.post("/v1/score:batch", json={"items": items}, headers=mine).json()["items"]
    assert ("a", 403) == (refused["id"], refused["error"]["status"])
    assert "pass" == taken["decision"]
    with keyed.websocket_connect(STREAM, headers=mine) as stream:
        for item in items:
            stream.send_text(json.dumps(item))
        refused, taken = stream.receive_json(), stream.receive_json()
    assert ("a", 403) == (refused["id"], refused["error"]["status"])
    assert ("b", "pass") == (taken["id"], taken["decision"])


def test_a_bound_key_asks_of_accounts_and_measures_under_its_policy_alone(
    keyed: TestClient, database: Database
) -> None:
    mine = bound(database, "cn", "records", "score")
    assert 200 == keyed.put("/v1/authors/a-7", json={"verified": True}, headers=mine).status_code
    assert keyed.get("/v1/authors/a-7", headers=mine).json()["credit"] is not None
    assert 403 == keyed.get("/v1/authors/a-7", params={"policy": "default"}, headers=mine).status_code
    assert 403 == keyed.put("/v1/authors/a-7?policy=default", json={}, headers=mine).status_code
    wish: dict[str, Any] = {"target": {"kind": "author", "id": "a-7"}, "reason": "x1", "ground": "rule 3"}
    taken = keyed.post("/v1/measures", json=wish | {"measure": "warn"}, headers=mine)
    assert (200, "cn@5") == (taken.status_code, taken.json()["policy"])
    assert 403 == keyed.post("/v1/measures", json=wish | {"policy": "default"}, headers=mine).status_code
    many = {**wish, "targets": [wish["target"]], "policy": "default"}
    del many["target"]
    assert 403 == keyed.post("/v1/measures:bulk", json=many, headers=mine).status_code


def test_a_drop_in_refuses_a_key_that_is_bound_to_another_policy(keyed: TestClient, database: Database) -> None:
    mine = bound(database, "cn")
    refused = keyed.post("/v1/moderations", json={"input": CLEAN}, headers=mine)
    assert 403 == refused.status_code
    assert "bound to the policy 'cn'" in refused.json()["error"]["message"]
    assert 200 == keyed.post("/v1/moderations", json={"input": CLEAN}, headers=bound(database, "default")).status_code


def test_drop_ins_follow_the_house_and_are_left_out_where_they_cannot(make_client: Make) -> None:
    from moderation.taxonomy import CONFIGS

    policies = dict(shipped_policies())
    policies["house"] = policies["default"].model_copy(update={"name": "house"})
    followed = load_dropins(CONFIGS / "dropins", taxonomy(), policies, standing="house")
    assert followed.openai is not None
    assert "house" == followed.openai.policy
    assert "default" == shipped_dropins().openai.policy  # type: ignore[union-attr]
    left = load_dropins(CONFIGS / "dropins", taxonomy(), policies, standing="cn")
    assert (None, None, None) == (left.perspective, left.openai, left.akismet)
    assert all("'cn'" in why and "name another policy in this file" in why for why in left.left_out)
    assert 404 == make_client(options=CHINESE, dropins=left).post("/v1/moderations", json={}).status_code


def test_no_document_says_which_policy_holds_where_none_is_named(house: TestClient) -> None:
    schemas = house.get("/openapi.json").json()["components"]["schemas"]
    for name in ("ScoreRequest", "MeasureRequest", "BulkMeasureRequest"):
        assert "default" not in schemas[name]["properties"]["policy"]
        assert "policy" not in schemas[name].get("required", ())
