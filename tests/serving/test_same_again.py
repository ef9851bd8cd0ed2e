"""What belongs to "the same" when a comment is sent again: a person's word covers what they saw, on both databases."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from records import comments, decisions, ledger
from records.database import Database
from serving.said_before import SECONDS
from tests.records.databases import new_postgres_url, new_sqlite_url
from tests.serving.asking import CLEAN, UNSURE, question

Make = Callable[..., TestClient]
IMAGE = {"kind": "image", "sha256": "a" * 64}
OTHER = {"kind": "image", "sha256": "b" * 64}
SPAM = IMAGE | {"alt": "百家乐带单回血，加薇bjl7712"}
HARMLESS = IMAGE | {"alt": "晚霞"}
DELETED = {"measure": "delete", "reason": {"zh": "人身攻击", "en": "an attack"}, "ground": "house rule 9"}
STAND = {"surface": "forum", "thread_id": "t-1", "parent_id": "p-1"}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    made = Database(new_sqlite_url(tmp_path) if request.param == "sqlite" else new_postgres_url(), busy_seconds=5)
    yield made
    made.close()


def body(text: str = UNSURE, *attached: dict[str, str], **more: Any) -> dict[str, Any]:
    asked = question(text, id="c-1") | {"policy": "cn", "author": {"id": "a-1", "verified": True}}
    asked["context"] = {"surface": "news"}
    if attached:
        asked["content"]["attachments"] = list(attached)
    return asked | more


def sent(client: TestClient, text: str = UNSURE, *attached: dict[str, str], **more: Any) -> Any:
    answer = client.post("/v1/score", json=body(text, *attached, **more))
    assert 200 == answer.status_code, answer.text
    return answer.json()


def judged(client: TestClient, verdict: str = "approve", **more: Any) -> None:
    [case] = client.post("/v1/cases:claim", json={"count": 1}).json()["items"]
    given = {"verdict": verdict, "labels": [], "lease_token": case["lease_token"], **more}
    answer = client.post(f"/v1/cases/{case['id']}/verdict", json=given)
    assert 200 == answer.status_code, answer.text


def codes(answer: Any) -> list[str]:
    return [reason["code"] for reason in answer["reasons"]]


def is_stored(database: Database, answer: Any) -> bool:
    """Whether the answer is a decision of its own, which the row of the comment follows and an entry tells of."""
    with database.reading() as look:
        decision = decisions.get(look, answer["decision_id"])
        [entry] = ledger.page(look, subject_id=decision.id).items
        newest = decisions.latest_of(look, decision.comment_id)
        comment = comments.get(look, decision.comment_id)
    assert "decision" == entry.kind
    return newest.id == decision.id and comment.surface == decision.surface


@pytest.mark.parametrize(
    ("attached", "code"), [(IMAGE, "attachment_unjudged"), (SPAM, "advertising"), (IMAGE | {"alt": "\u200b"}, None)]
)
def test_a_pass_covers_no_attachment_that_came_later(
    client: TestClient, database: Database, attached: dict[str, str], code: str | None
) -> None:
    first = sent(client)
    judged(client)
    again = sent(client)
    assert ("pass", first["decision_id"]) == (again["decision"], again["decision_id"])
    added = sent(client, UNSURE, attached)
    assert added["decision"] in ("review", "block")
    assert (code or "attachment_unjudged") in codes(added)
    assert first["decision_id"] != added["decision_id"]
    assert is_stored(database, added)


@pytest.mark.parametrize("other", [OTHER, SPAM, IMAGE | {"kind": "video"}])
def test_a_pass_of_one_attachment_covers_no_other(client: TestClient, other: dict[str, str]) -> None:
    sent(client, UNSURE, IMAGE)
    judged(client)
    assert "pass" == sent(client, UNSURE, IMAGE)["decision"]
    assert "pass" != sent(client, UNSURE, other)["decision"]


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"surface": "news", "thread_id": "t-1", "parent_id": "p-1"},
        {**STAND, "thread_id": "t-2"},
        {**STAND, "parent_id": "p-2"},
        {**STAND, "parent_text": "你同意卖给他吗"},
    ],
)
def test_a_pass_is_of_where_the_comment_stood(
    client: TestClient, database: Database, elsewhere: dict[str, str]
) -> None:
    first = sent(client, context=STAND)
    judged(client)
    assert first["decision_id"] == sent(client, context=STAND)["decision_id"]
    moved = sent(client, context=elsewhere)
    assert "review" == moved["decision"]
    assert first["decision_id"] != moved["decision_id"]
    assert is_stored(database, moved)
    with database.reading() as look:
        comment = comments.get(look, decisions.get(look, moved["decision_id"]).comment_id)
    assert tuple(elsewhere.get(name) for name in ("surface", "thread_id", "parent_id", "parent_text")) == (
        comment.surface, comment.thread_id, comment.parent_id, comment.parent_text
    )  # fmt: skip


def test_a_pass_is_of_its_writer_and_of_its_kind(client: TestClient) -> None:
    sent(client)
    judged(client)
    assert "pass" == sent(client)["decision"]
    assert "review" == sent(client, author={"id": "a-2", "verified": True})["decision"]
    judged(client)
    nickname = body() | {"author": {"id": "a-2", "verified": True}}
    nickname["content"]["type"] = "nickname"
    assert "review" == client.post("/v1/score", json=nickname).json()["decision"]


def test_in_batches_and_on_streams_as_well(client: TestClient) -> None:
    sent(client)
    judged(client)
    items = [body(), body(UNSURE, IMAGE) | {"id": "c-2"}, body(UNSURE, IMAGE)]
    answers = client.post("/v1/score:batch", json={"items": items}).json()["items"]
    assert ["pass", "review", "review"] == [each["decision"] for each in answers]
    with client.websocket_connect("ws://localhost/v1/stream") as socket:
        socket.send_json(body(UNSURE, OTHER))
        assert "review" == socket.receive_json()["decision"]


def test_a_removal_goes_with_what_was_removed_wherever_it_is_brought(client: TestClient, database: Database) -> None:
    first = sent(client, CLEAN, HARMLESS)
    client.post("/v1/measures", json=DELETED | {"target": {"kind": "comment", "id": "c-1"}})
    same = sent(client, CLEAN, HARMLESS)
    assert ("block", first["decision_id"]) == (same["decision"], same["decision_id"])
    on_forum = {"surface": "forum", "thread_id": "t-2"}
    for more in ({"context": on_forum}, {"author": {"id": "a-9", "verified": True}}):
        moved = sent(client, CLEAN, HARMLESS, **more)
        assert ("block", "stays_removed", "house rule 9") == (
            moved["decision"], codes(moved)[0], moved["reasons"][0]["ground"]
        )  # fmt: skip
        assert is_stored(database, moved)
        again = sent(client, CLEAN, HARMLESS, **more)
        assert ("block", moved["decision_id"]) == (again["decision"], again["decision_id"])
    with_more = sent(client, CLEAN, OTHER | {"alt": "鸟"}, HARMLESS)
    assert ("block", "stays_removed") == (with_more["decision"], codes(with_more)[0])
    for text, attached in ((CLEAN, ()), (CLEAN, (OTHER | {"alt": "鸟"},)), (f"{CLEAN}!", (HARMLESS,))):
        less = sent(client, text, *attached, context=on_forum)
        assert ("review", "edited_after_removal") == (less["decision"], codes(less)[0])
    back = sent(client, CLEAN, HARMLESS)
    assert ("block", "stays_removed") == (back["decision"], codes(back)[0])


def test_what_was_stopped_for_a_removal_that_is_taken_back_is_judged_anew(client: TestClient) -> None:
    sent(client, CLEAN)
    made = client.post("/v1/measures", json=DELETED | {"target": {"kind": "comment", "id": "c-1"}}).json()
    moved = {"surface": "forum", "thread_id": "t-2"}
    assert "block" == sent(client, CLEAN, context=moved)["decision"]
    client.request("DELETE", f"/v1/measures/{made['id']}", json={"reason": "a mistake"})
    time.sleep(SECONDS)  # as long as what was said may be remembered
    assert "pass" == sent(client, CLEAN, context=moved)["decision"]


def test_a_comment_that_moves_leaves_the_hands_it_is_in(client: TestClient) -> None:
    sent(client, context=STAND)
    [case] = client.post("/v1/cases:claim", json={"count": 1}).json()["items"]
    sent(client)
    given = {"verdict": "approve", "labels": [], "lease_token": case["lease_token"]}
    assert 409 == client.post(f"/v1/cases/{case['id']}/verdict", json=given).status_code


def test_a_reason_says_in_which_attachment_it_was_found_and_a_case_has_them_all(client: TestClient) -> None:
    answer = sent(client, CLEAN, IMAGE, SPAM, context={"surface": "forum"})
    found = {(reason["source"], reason["code"]): reason for reason in answer["reasons"]}
    rule = found["rule", "advertising"]
    assert ([], [1]) == (rule["spans"], [each["index"] for each in rule["attachments"]])
    [span] = rule["attachments"][0]["spans"]
    assert "bjl7712" in SPAM["alt"][span["start"] : span["end"]]
    assert [{"index": 0, "spans": []}] == found["policy", "attachment_unjudged"]["attachments"]
    kept = client.get(f"/v1/decisions/{answer['decision_id']}").json()
    assert answer["reasons"] == kept["reasons"]


def test_a_case_has_what_is_attached(client: TestClient) -> None:
    sent(client, UNSURE, IMAGE, OTHER | {"alt": "鸟"})
    [case] = client.post("/v1/cases:claim", json={"count": 1}).json()["items"]
    assert [IMAGE | {"alt": None}, OTHER | {"alt": "鸟"}] == case["comment"]["attachments"]


def test_what_the_model_suspects_in_words_of_an_attachment_is_told_of_these(client: TestClient) -> None:
    answer = sent(client, CLEAN, HARMLESS, OTHER | {"alt": "来玩博彩"}, context={"surface": "forum"})
    [model] = [reason for reason in answer["reasons"] if reason["source"] == "model"]
    assert ("gambling", []) == (model["code"], model["spans"])
    assert [1] == [each["index"] for each in model["attachments"]]


def test_a_reason_in_the_text_alone_says_nothing_of_attachments(client: TestClient) -> None:
    answer = sent(client, "来玩博彩", HARMLESS, context={"surface": "forum"})
    assert ["attachments" in reason for reason in answer["reasons"]] == [False] * len(answer["reasons"])


def test_a_rule_that_hits_in_many_attachments_is_one_reason(client: TestClient) -> None:
    attached = [SPAM | {"sha256": f"{place:064x}"} for place in range(32)]
    answer = sent(client, CLEAN, *attached, context={"surface": "forum"})
    rules = [reason for reason in answer["reasons"] if reason["source"] == "rule"]
    assert len({reason["rule_id"] for reason in rules}) == len(rules)
    assert 32 == max(len(reason["attachments"]) for reason in rules)
