"""A comment that is sent again: what people said of it holds, on both databases, by every door."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from moderation.comment import Attachment, Author, Comment, Context
from moderation.decision import Outcome
from moderation.judged_before import PersonsWord
from records.database import Database
from records.persons_words import JudgedBeforeError, Sent, Told
from records.tables import decisions
from serving.said_before import SECONDS, SaidBefore
from tests.serving.asking import CLEAN, question
from tests.serving.conftest import keywords
from tests.serving.loaders import FakeLoader

Make = Callable[..., TestClient]
UNCLEAR = "加群 学习交流"
DELETED = {"measure": "delete", "reason": {"zh": "人身攻击", "en": "an attack"}, "ground": "house rule 9"}


@pytest.fixture
def loader() -> FakeLoader:
    return FakeLoader(keywords())


def score(client: TestClient, text: str = CLEAN, **more: Any) -> Any:
    answer = client.post("/v1/score", json=question(text, id="c-1", author={"id": "a-1"}, **more))
    assert 200 == answer.status_code, answer.text
    return answer.json()


def deleted(client: TestClient) -> Any:
    return client.post("/v1/measures", json=DELETED | {"target": {"kind": "comment", "id": "c-1"}}).json()


def decided(client: TestClient, verdict: str, **more: Any) -> None:
    """The case that waits, by a moderator of the platform's own."""
    [case] = client.post("/v1/cases:claim", json={"count": 1}).json()["items"]
    given = {"verdict": verdict, "labels": [], "lease_token": case["lease_token"], **more}
    answer = client.post(f"/v1/cases/{case['id']}/verdict", json=given)
    assert 200 == answer.status_code, answer.text


def codes(answer: Any) -> list[str]:
    return [reason["code"] for reason in answer["reasons"]]


def stored(database: Database) -> int:
    with database.reading() as look:
        return int(look.execute(select(func.count()).select_from(decisions)).scalar_one())


def test_what_was_deleted_by_name_stays_deleted_and_is_there_once(client: TestClient, database: Database) -> None:
    first = score(client)
    made = deleted(client)
    for _ in range(2):
        again = score(client)
        assert ("block", ["stays_removed"], ["refuse"]) == (again["decision"], codes(again), again["measures"])
        assert "house rule 9" == again["reasons"][0]["ground"]
        assert first["decision_id"] == again["decision_id"]
    assert 1 == stored(database)
    client.request("DELETE", f"/v1/measures/{made['id']}", json={"reason": "a mistake"})
    time.sleep(SECONDS)  # as long as what was said may be remembered
    assert "pass" == score(client)["decision"]


def test_an_edit_of_what_was_removed_waits_for_a_person_however_often_it_is_sent(client: TestClient) -> None:
    first = score(client)
    deleted(client)
    for number in (1, 1, 2):
        edited = score(client, f"{CLEAN}{number}")
        assert ("review", ["edited_after_removal"]) == (edited["decision"], codes(edited))
        assert first["decision_id"] != edited["decision_id"]
    decided(client, "approve")
    assert "pass" == score(client, f"{CLEAN}2")["decision"]
    assert "pass" == score(client, f"{CLEAN}3")["decision"]  # that person's word is the last one


def test_what_a_person_rejected_or_let_pass_is_not_asked_about_again(client: TestClient, database: Database) -> None:
    first = score(client, UNCLEAR)
    assert "review" == first["decision"]
    decided(client, "approve")
    again = score(client, UNCLEAR)
    assert ("pass", [], first["decision_id"]) == (again["decision"], codes(again), again["decision_id"])
    assert 1 == stored(database)
    suspended = {
        "measure": "suspend",
        "length": 3,
        "reason": {"zh": "多次违规", "en": "again and again"},
        "ground": "rule 2",
    }
    answer = client.post("/v1/measures", json=suspended | {"target": {"kind": "author", "id": "a-1"}})
    assert 200 == answer.status_code, answer.text
    client.app.state.machinery.authors.forget("a-1")  # type: ignore[attr-defined]
    stopped = score(client, UNCLEAR)
    assert ("block", ["account_suspended"]) == (stopped["decision"], codes(stopped))


def test_a_reject_holds_and_is_told_by_its_own_ground(client: TestClient) -> None:
    score(client, UNCLEAR)
    decided(client, "reject", labels=["advertising"])
    again = score(client, UNCLEAR)
    assert ("block", "stays_removed") == (again["decision"], codes(again)[0])
    assert "platform-rules:advertising" == again["reasons"][0]["ground"]


def test_in_a_batch_and_with_a_key_for_repeats_as_well(client: TestClient, database: Database) -> None:
    score(client)
    deleted(client)
    items = [question(CLEAN, id="c-1"), question(CLEAN, id="c-2"), question(f"{CLEAN}!", id="c-1")]
    headers = {"Idempotency-Key": "k-1"}
    answers = [client.post("/v1/score:batch", json={"items": items}, headers=headers).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert ["block", "pass", "review"] == [each["decision"] for each in answers[0]["items"]]
    assert 3 == stored(database)


def test_on_a_stream_as_well(client: TestClient) -> None:
    first = score(client)
    deleted(client)
    with client.websocket_connect("ws://localhost/v1/stream") as socket:
        socket.send_json(question(CLEAN, id="c-1"))
        answer = socket.receive_json()
    assert ("block", first["decision_id"]) == (answer["decision"], answer["decision_id"])


def test_what_is_not_stored_is_judged_by_the_machine_alone(client: TestClient) -> None:
    score(client)
    deleted(client)
    assert "pass" == score(client, options={"store": False})["decision"]


def test_a_word_is_remembered_for_a_moment_and_for_its_text_alone() -> None:
    clock = [0.0]
    said = SaidBefore(lambda: clock[0])
    told = Told(PersonsWord(Outcome.BLOCK, True, ""), None, is_same=True)  # type: ignore[arg-type]
    mine = Comment("words", id="c-1")
    said.learn({Sent.of(mine): told})
    assert told == said.of(mine)
    others = [replace(mine, text="others"), replace(mine, id=None), replace(mine, context=Context("news"))]
    others += [replace(mine, attachments=(Attachment("image", "a" * 64),)), replace(mine, author=Author("a-2"))]
    assert [None] * 5 == [said.of(each) for each in others]
    clock[0] = SECONDS
    assert said.of(mine) is None
    said.learn({Sent.of(mine): told})
    said.learn({Sent.of(mine): None})
    assert said.of(mine) is None


def test_who_keeps_changing_their_mind_is_not_asked_for_ever() -> None:
    asked = []

    async def do() -> None:
        asked.append(1)
        raise JudgedBeforeError({})

    with pytest.raises(JudgedBeforeError):
        asyncio.run(SaidBefore().heeding(do))
    assert 3 == len(asked)
