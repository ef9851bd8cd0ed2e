from __future__ import annotations

import asyncio
import json

import pytest
from starlette.testclient import TestClient

from records import decisions
from records.database import Database
from serving.answers import BatchAnswer
from serving.score import AT_A_TIME, _in_turn
from tests.serving.asking import CLEAN, GAMBLING, UNSURE, question


def test_each_item_is_answered_or_refused_on_its_own_in_order(client: TestClient) -> None:
    items = [question(CLEAN, id="a"), question("", id="b"), question(GAMBLING, id="c"), 5, {"id": "e"}]
    answered = client.post("/v1/score:batch", json={"items": items})
    BatchAnswer.model_validate(answered.json())
    got = [(item["id"], item.get("decision"), item.get("error", {}).get("status")) for item in answered.json()["items"]]
    assert 200 == answered.status_code
    expected = [("a", "pass", None), ("b", None, 422), ("c", "block", None), (None, None, 422), ("e", None, 422)]
    assert expected == got


def test_an_item_hears_of_every_fault_of_its_own(client: TestClient) -> None:
    (item,) = client.post("/v1/score:batch", json={"items": [question("\u200b", policy="nix", x=1)]}).json()["items"]
    assert {"/content/text", "/policy", "/x"} == {fault["pointer"] for fault in item["error"]["errors"]}


def test_a_lone_surrogate_spoils_its_own_item_only(client: TestClient) -> None:
    body = json.dumps({"items": [question("a\ud800", id="\udc00"), question(CLEAN, id="b")]}).encode()
    first, second = client.post("/v1/score:batch", content=body).json()["items"]
    assert (None, 400) == (first["id"], first["error"]["status"])
    assert "pass" == second["decision"]


def test_what_is_answered_is_on_disk_and_only_that(client: TestClient, database: Database) -> None:
    items = [question(UNSURE), question(CLEAN, store=False), question("")]
    answered = client.post("/v1/score:batch", json={"items": items}).json()["items"]
    with database.reading() as look:
        stored = {item.id for item in decisions.page(look).items}
    assert {answered[0]["decision_id"]} == stored
    assert "decision_id" not in answered[1]


def test_256_items_are_taken(client: TestClient) -> None:
    answered = client.post("/v1/score:batch", json={"items": [question(CLEAN)] * 256}).json()["items"]
    assert 256 == len({item["decision_id"] for item in answered})


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"items": []}, "/items"), ({"items": [question()] * 257}, "/items"), ({}, "/items"), ({"items": 1}, "/items")],
)
def test_what_is_no_batch_is_refused_whole(client: TestClient, body: object, pointer: str) -> None:
    refused = client.post("/v1/score:batch", json=body)
    assert (422, pointer) == (refused.status_code, refused.json()["errors"][0]["pointer"])


@pytest.mark.parametrize("body", [b"", b'{"items": [', b"[" * 5_000, b'{"items": [NaN, 1e999]'])
def test_what_is_no_json_is_refused_whole(client: TestClient, body: bytes) -> None:
    assert 400 == client.post("/v1/score:batch", content=body).status_code


def test_others_come_between_the_items_of_a_large_batch() -> None:
    begun: list[int] = []

    async def item(number: int) -> int:
        begun.append(number)
        return number

    async def beside() -> tuple[set[int], list[int]]:
        batch = asyncio.create_task(_in_turn([item(number) for number in range(5 * AT_A_TIME)]))
        seen = set[int]()
        while not batch.done():
            seen.add(len(begun))
            await asyncio.sleep(0)
        return seen, batch.result()

    seen, answers = asyncio.run(beside())
    assert list(range(5 * AT_A_TIME)) == answers
    assert {AT_A_TIME, 3 * AT_A_TIME} <= seen
