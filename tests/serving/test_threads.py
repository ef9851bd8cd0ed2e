"""Measures on threads: carried out in scoring with reason and ground, in every worker; they end by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from governance import account_measures
from governance.measure_wishes import Wish
from moderation.comment import Author, Comment, Context
from moderation.errors import InvalidInputError, PartUnavailableError
from moderation.policy import Policy, load_policies
from moderation.standing import Function
from moderation.taxonomy import load_taxonomy
from records import measures
from records.database import Database
from records.personal import Keyring
from records.standing_values import TargetKind
from serving.known_threads import KnownThreads
from serving.parts import utc_now
from tests.records.databases import NOW
from tests.serving.asking import CLEAN, question

Make = Callable[..., TestClient]
TAKEN: dict[str, Any] = {
    "target": {"kind": "thread", "id": "t-7"},
    "reason": {"zh": "争吵过多", "en": "too much quarrel"},
    "ground": "house rule 9",
}


def score(client: TestClient, thread: str = "t-7", text: str = CLEAN, author: str = "a-1", **more: Any) -> Any:
    asked = question(text, author={"id": author, "verified": True}, context={"thread_id": thread}, **more)
    return client.post("/v1/score", json=asked).json()


def taken(client: TestClient, **terms: Any) -> Any:
    answer = client.post("/v1/measures", json=TAKEN | terms)
    assert 200 == answer.status_code, answer.text
    client.app.state.machinery.threads.forget()  # type: ignore[attr-defined]
    return answer.json()


@pytest.mark.parametrize("terms", [{"measure": "suspend", "length": 1}, {"measure": "suspend", "length": 30}])
def test_a_closed_thread_takes_nothing_and_says_why_until_it_is_lifted(
    client: TestClient, terms: dict[str, Any]
) -> None:
    assert "pass" == score(client)["decision"]
    made = taken(client, **terms)
    refused = score(client)
    assert ("block", ["refuse"]) == (refused["decision"], refused["measures"])
    (reason,) = refused["reasons"]
    assert ("thread_closed", "policy", "house rule 9") == (reason["code"], reason["source"], reason["ground"])
    assert f"measure.{made['id']}" == reason["rule_id"]
    assert "争吵过多" in reason["message"]["zh"]
    assert "too much quarrel" in reason["message"]["en"]
    assert "pass" == score(client, thread="t-8")["decision"]
    assert "此处" in made["notice"]["zh"]
    client.request("DELETE", f"/v1/measures/{made['id']}", json={"reason": "calm again"})
    client.app.state.machinery.threads.forget()  # type: ignore[attr-defined]
    assert "pass" == score(client)["decision"]


@pytest.mark.parametrize(
    "terms",
    [
        {"measure": "close"},
        {"measure": "suspend", "length": 3650, "policy": "cn"},
        {"measure": "suspend", "length": 3650},
        {"measure": "restrict", "closes": ["unreviewed"], "length": 3650},
    ],
)
def test_a_thread_that_is_held_for_long_waits_for_a_second_person(client: TestClient, terms: dict[str, Any]) -> None:
    assert "waiting" == taken(client, **terms)["state"]
    assert "pass" == score(client)["decision"]


def test_pre_review_holds_and_links_are_refused(client: TestClient) -> None:
    taken(client, measure="restrict", closes=["unreviewed", "links"], length=1)
    assert ("review", ["thread_reviewed"]) == codes(score(client))
    with_contact = score(client, text=f"{CLEAN} 加微信 kd8827x")
    assert ("block", ["thread_links_closed", "thread_reviewed"]) == codes(with_contact)


def codes(answer: Any) -> tuple[str, list[str]]:
    return answer["decision"], [r["code"] for r in answer["reasons"] if r["code"].startswith("thread")]


def test_slow_mode_counts_an_account_in_this_thread_alone(client: TestClient) -> None:
    taken(client, measure="restrict", per_hour=2, length=1)
    for number in range(3):
        score(client, thread="elsewhere", text=f"{CLEAN}{number}")
    asked_only = [score(client, options={"store": False})["decision"] for _ in range(4)]
    assert ["pass"] * 4 == asked_only
    assert ["pass", "pass", "block"] == [score(client, text=f"{CLEAN}{n}")["decision"] for n in range(3)]
    assert ("block", ["thread_slowed"]) == codes(score(client))
    assert "pass" == score(client, author="a-2")["decision"]


def test_in_one_batch_slow_mode_counts_as_well(client: TestClient) -> None:
    taken(client, measure="restrict", per_hour=2, length=1)
    body = {"author": {"id": "a-1"}, "context": {"thread_id": "t-7"}}
    items = [question(f"{CLEAN}{n}", **body) for n in range(5)]
    answered = client.post("/v1/score:batch", json={"items": items}).json()["items"]
    assert 3 == sum(answer["decision"] == "block" for answer in answered)


@pytest.mark.parametrize(
    "terms",
    [
        {"measure": "restrict"},
        {"measure": "restrict", "closes": ["live"]},
        {"measure": "close", "closes": ["unreviewed"]},
        {"measure": "warn"},
    ],
)
def test_what_no_thread_can_be_is_refused_in_words(client: TestClient, terms: dict[str, Any]) -> None:
    answer = client.post("/v1/measures", json=TAKEN | terms)
    assert 422 == answer.status_code
    assert answer.json()["errors"]


def policies() -> Policy:
    return load_policies(load_taxonomy())["default"]


def take(database: Database, keyring: Keyring, now: datetime, **terms: Any) -> str:
    wish = Wish(TargetKind.THREAD, "t-7", {"zh": "争吵"}, "rule 9", **terms)
    with database.unit() as unit:
        made = account_measures.take(unit, keyring, wish, policies(), by="mia", policies={}, now=now)
        unit.commit()
    return made.id


def comment(author: str | None = "a-1") -> Comment:
    return Comment(CLEAN, author=Author(author), context=Context(thread_id="t-7"))


def test_every_worker_is_in_step_within_two_looks_and_it_ends_by_itself(database: Database, keyring: Keyring) -> None:
    clock = [0.0]
    workers = [KnownThreads(database, keyring, now=lambda: NOW, clock=lambda: clock[0]) for _ in range(2)]

    def held() -> list[int]:
        told = [asyncio.run(worker.complete(comment(), counts=False)) for worker in workers]
        return [len(each.context.held) for each in told]

    def step() -> None:
        clock[0] += 1.0
        for worker in workers:
            worker.look()

    step()
    assert [0, 0] == held()
    take(database, keyring, NOW, measure="suspend", days=1.0)
    step()
    assert [1, 1] == held()
    with database.unit() as unit:
        assert 1 == account_measures.expire(unit, now=NOW + timedelta(days=1, seconds=1))
        unit.commit()
    step()
    assert [0, 0] == held()


def test_before_a_worker_has_ended_it_its_time_is_over_all_the_same(make_client: Make, database: Database) -> None:
    client = make_client()
    made = taken(client, measure="suspend", length=1)
    assert "block" == score(client)["decision"]
    with database.unit() as unit:
        measures.end(unit, measures.get(unit, made["id"]), "ended", by=None, why="over", now=utc_now())  # type: ignore[arg-type]
        unit.commit()
    client.app.state.machinery.threads.forget()  # type: ignore[attr-defined]
    assert "pass" == score(client)["decision"]


def test_a_database_that_is_gone_is_named_and_what_was_known_goes_on(
    database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    known = KnownThreads(database, keyring, now=lambda: NOW, clock=lambda: clock[0])
    take(database, keyring, NOW, measure="restrict", closes=(Function.UNREVIEWED,), per_hour=5, days=1)
    known.look()
    asyncio.run(known.complete(comment(None), counts=False))

    def gone(*_: object) -> None:
        raise PartUnavailableError("database", "gone")

    monkeypatch.setattr("records.measures.holding_thread", gone)
    clock[0] = 5.0
    assert 1 == len(asyncio.run(known.complete(comment(None), counts=False)).context.held)
    assert known.holds_back(comment())
    elsewhere = Comment(CLEAN, context=Context(thread_id="t-9"))
    with pytest.raises(PartUnavailableError, match="gone") as raised:
        asyncio.run(known.complete(elsewhere, counts=False))
    assert "threads" == raised.value.part


def test_a_comment_is_no_thread_and_its_restriction_is_refused(database: Database, keyring: Keyring) -> None:
    wish, policy = Wish(TargetKind.COMMENT, "c", {"zh": "x"}, "g", measure="restrict", per_hour=1), policies()
    with database.unit() as unit, pytest.raises(InvalidInputError):
        account_measures.take(unit, keyring, wish, policy, by="mia", policies={}, now=NOW)
