"""`/v1/authors`: stated, shown, never kept raw; and used where a comment does not say it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from governance import agreements
from governance.agreements import Wish
from moderation.comment import Author, Comment
from moderation.decision import Outcome
from moderation.errors import PartUnavailableError
from moderation.rules import RuleSet
from moderation.rules.rule import Conditions, Range, Rule
from records.database import Database
from records.personal import Keyring
from records.tables import comments, metadata
from serving.examples import AUTHOR
from serving.known_authors import KnownAuthors
from serving.parts import utc_now
from serving.standing_answers import AuthorAnswer
from tests.serving.asking import CLEAN, on_news, question
from tests.serving.conftest import PATIENT
from tests.serving.loaders import FakeLoader

Make = Callable[..., TestClient]
KEY = {"idempotency-key": "author-1"}
ASKED = "刷单日结"


def put(client: TestClient, author: str = "a-7", headers: dict[str, str] | None = None, **stated: Any) -> Any:
    return client.put(f"/v1/authors/{author}", json=stated, headers=headers)


def test_what_was_stated_is_told(client: TestClient) -> None:
    stated = put(client, **AUTHOR)
    told = client.get("/v1/authors/a-7")
    assert (200, stated.json()) == (told.status_code, told.json())
    answer = AuthorAnswer.model_validate(told.json())
    assert ("a-7", True, "2026-01-31T08:00:00.000Z", "2026-01") == (
        answer.id,
        answer.verified,
        answer.created_at,
        answer.agreement_version,
    )
    assert {"phone", "device"} == {link.kind for link in answer.links}


def test_of_an_author_of_whom_nothing_was_stated_there_is_nothing(client: TestClient) -> None:
    client.post("/v1/score", json=question(CLEAN, author={"id": "a-7"}))
    assert 404 == client.get("/v1/authors/a-7").status_code


def test_an_agreement_that_nobody_published_is_refused_and_nothing_is_kept(
    client: TestClient, database: Database
) -> None:
    put(client, agreement_version="1.0", verified=True)
    with database.unit() as unit:
        agreements.publish(unit, Wish("2026-01", "文明", "civil", None, "mia", "first"), now=utc_now())
        unit.commit()
    refused = put(client, "a-8", agreement_version="2026-O1")
    [fault] = refused.json()["errors"]
    assert (422, "/agreement_version", True) == (refused.status_code, fault["pointer"], "2026-01" in fault["detail"])
    assert 404 == client.get("/v1/authors/a-8").status_code
    assert (200, 200) == (put(client, "a-8", agreement_version="2026-01").status_code,
                          put(client, agreement_version="1.0", verified=False).status_code)  # fmt: skip
    early = put(client, "a-9", agreement_version="2026-01", consented_at="2020-01-01T00:00:00Z")
    assert (422, "/consented_at") == (early.status_code, early.json()["errors"][0]["pointer"])


def test_a_statement_takes_the_place_of_the_one_before(client: TestClient) -> None:
    put(client, **AUTHOR)
    told = put(client, verified=False).json()
    assert (False, None, None, []) == (told["verified"], told["created_at"], told["consented_at"], told["links"])


@pytest.mark.parametrize("name", ["a%2Fb", "%E4%BD%9C%E8%80%85", "a%20b", "a.b~c", "x%2Fexport"])
def test_a_pseudonym_may_hold_whatever_a_name_holds(client: TestClient, name: str) -> None:
    assert 200 == put(client, name, verified=True).status_code
    assert client.get(f"/v1/authors/{name}").json()["verified"]
    assert 404 == client.get(f"/v1/authors/{name}x").status_code


@pytest.mark.parametrize(
    ("name", "stated", "where"),
    [
        ("x" * 257, {}, "author_id"),
        ("a%00b", {}, "author_id"),
        ("a%ffb", {}, "author_id"),
        ("a", {"verified": "yes"}, "/verified"),
        ("a", {"created_at": "2026-01-31T08:00:00"}, "/created_at"),
        ("a", {"created_at": "0001-01-01T00:00:00+14:00"}, "/created_at"),
        ("a", {"consented_at": "9999-12-31T23:59:59-14:00"}, "/consented_at"),
        ("a", {"links": [{"kind": "car", "value": "x"}]}, "/links/0/kind"),
        ("a", {"links": [{"kind": "phone", "value": ""}]}, "/links/0/value"),
        ("a", {"links": [{"kind": "phone", "value": " - \u3000"}]}, "/links/0/value"),
        ("a", {"links": [{"kind": "phone", "value": "1"}] * 65}, "/links"),
        ("a", {"name": "Mia"}, "/name"),
    ],
)
def test_what_cannot_be_stated_is_refused_with_where(
    client: TestClient, name: str, stated: dict[str, Any], where: str
) -> None:
    refused = put(client, name, **stated)
    assert 422 == refused.status_code, refused.text
    (fault,) = refused.json()["errors"]
    assert where in fault.values()


def test_a_statement_is_made_once_for_an_idempotency_key(client: TestClient) -> None:
    first, second = (put(client, headers=KEY, **AUTHOR) for _ in range(2))
    assert (first.json(), "true") == (second.json(), second.headers["idempotency-replayed"])
    assert 422 == put(client, headers=KEY, verified=False).status_code
    assert 422 == put(client, "a-8", headers=KEY, **AUTHOR).status_code


def test_neither_pseudonym_nor_link_stands_anywhere(client: TestClient, database: Database) -> None:
    canaries = ["canary-author", "canary-device", "13800000042"]
    links = [{"kind": "device", "value": "canary-device"}, {"kind": "phone", "value": "138 0000 0042"}]
    with capture_logs() as lines:
        put(client, "canary-author", headers=KEY, verified=True, links=links)
        client.get("/v1/authors/canary-author")
        client.get("/v1/authors/canary-author/more")
        client.delete("/v1/authors/canary-author")
    with database.reading() as look:
        rows = [repr(tuple(row)) for name in metadata.tables for row in look.execute(text(f"SELECT * FROM {name}"))]
    written = [*rows, json.dumps(lines, default=str)]
    assert 1 == len([row for row in rows if "author" in row and "stated" in row])
    assert [] == [canary for canary in [*canaries, "138 0000 0042"] for line in written if canary in line]


def test_the_log_says_that_an_author_was_asked_for_and_not_which(make_client: Make) -> None:
    client = make_client(options=replace(PATIENT, access_log=True))
    with capture_logs() as lines:
        client.get("/v1/authors/canary%2Fauthor?policy=canary")
    assert [("/v1/authors/-", 404)] == [(line["path"], line["status"]) for line in lines if line["event"] == "request"]


@pytest.fixture
def ruled(make_client: Make, loader: FakeLoader) -> TestClient:
    """A server with a rule for accounts that are new or whose owner is not known."""
    new = Conditions(account_age_days=Range(below=7))
    young = Rule("r.young", "fraud", {}, Outcome.BLOCK, "g", terms=("刷单",), when=new)
    nobody = Rule("r.nobody", "fraud", {}, Outcome.REVIEW, "g", terms=("日结",), when=Conditions(verified=False))
    loader.rules = RuleSet([young, nobody], "t")
    return make_client()


def hits(client: TestClient, **author: Any) -> set[str]:
    reasons = client.post("/v1/score", json=question(ASKED, author=author)).json()["reasons"]
    return {reason["rule_id"] for reason in reasons}


def moment(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def test_rules_hear_what_was_stated_where_the_comment_does_not_say_it(ruled: TestClient) -> None:
    assert set() == hits(ruled, id="a-7")
    put(ruled, verified=False, created_at=moment(2))
    assert {"r.young", "r.nobody"} == hits(ruled, id="a-7")
    assert set() == hits(ruled, id="a-8")
    put(ruled, verified=True, created_at=moment(20))
    assert set() == hits(ruled, id="a-7")


def test_what_the_comment_says_wins(ruled: TestClient) -> None:
    put(ruled, verified=False, created_at=moment(2))
    assert {"r.young"} == hits(ruled, id="a-7", verified=True)
    assert {"r.nobody"} == hits(ruled, id="a-7", created_at=moment(20))
    assert set() == hits(ruled, id="a-7", verified=True, created_at=moment(20))


def test_a_stream_hears_it_too(ruled: TestClient) -> None:
    put(ruled, verified=False)
    with ruled.websocket_connect("ws://localhost/v1/stream") as stream:
        stream.send_json(question(ASKED, author={"id": "a-7"}))
        assert ["r.nobody"] == [reason["rule_id"] for reason in stream.receive_json()["reasons"]]


def test_a_policy_that_has_to_know_takes_what_was_stated(client: TestClient) -> None:
    unsaid = on_news() | {"author": {"id": "a-7"}}
    assert 422 == client.post("/v1/score", json=unsaid).status_code
    put(client, verified=False)
    assert "block" == client.post("/v1/score", json=unsaid).json()["decision"]
    put(client, verified=True)
    assert "pass" == client.post("/v1/score", json=unsaid).json()["decision"]


def test_a_refusal_names_no_fault_that_is_none(client: TestClient) -> None:
    put(client, verified=True)
    wrong = question("", policy="cn", author={"id": "a-7"})
    told = client.post("/v1/score", json=wrong).json()["errors"]
    assert ["/content/text"] == [fault["pointer"] for fault in told]


def cut_off(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise PartUnavailableError("database", "gone")

    authors = client.app.state.machinery.authors  # type: ignore[attr-defined]
    monkeypatch.setattr(authors._remembered, "_find", fail)
    authors._remembered.clear()


def test_where_nobody_can_look_the_answer_says_so_and_news_are_held(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(client, verified=True)
    cut_off(client, monkeypatch)
    told = client.post("/v1/score", json=question(CLEAN, store=False, author={"id": "a-7"})).json()
    assert (True, ["authors"]) == (told["degraded"], told["missing"])
    news = on_news(CLEAN, store=False) | {"author": {"id": "a-7", "verified": True}}
    assert "review" == client.post("/v1/score", json=news).json()["decision"]
    unsaid = client.post("/v1/score", json=news | {"author": {"id": "a-7"}})
    assert (503, "review", ["authors"]) == (unsaid.status_code, unsaid.json()["decision"], unsaid.json()["missing"])


def test_what_was_known_a_moment_ago_stays_known(database: Database, keyring: Keyring) -> None:
    now = [0.0]
    known = KnownAuthors(database, keyring, clock=lambda: now[0])
    known.forget("a-7")
    known._remembered._found["a-7"] = (-5.0, Author("a-7", False, utc_now()))
    database.close()
    known._database = Database("sqlite:////nowhere/chaffinch.db")
    comment = Comment(CLEAN, author=Author("a-7"))
    assert asyncio.run(known.complete(comment)).author.verified is False


def test_another_process_hears_of_it_by_its_next_look(client: TestClient, database: Database, keyring: Keyring) -> None:
    other, comment = KnownAuthors(database, keyring), Comment(CLEAN, author=Author("a-7"))
    put(client, verified=True)
    assert asyncio.run(other.complete(comment)).author.verified is None
    other.look()
    assert asyncio.run(other.complete(comment)).author.verified is True


def test_what_is_said_of_an_account_with_a_comment_is_kept_as_said_and_nothing_else(
    client: TestClient, database: Database
) -> None:
    put(client, "a-7", verified=True)
    since = "2026-01-31T16:00:00+08:00"
    client.post("/v1/score", json=question(CLEAN, author={"id": "a-7", "created_at": since}))
    before_all = {"id": "a-8", "created_at": "0001-01-01T00:00:00+14:00"}
    early = client.post("/v1/score", json=question(CLEAN, author=before_all))
    assert 200 == early.status_code
    with database.reading() as look:
        found = look.execute(select(comments.c.account_since, comments.c.account_verified).order_by(comments.c.id))
        assert [(datetime.fromisoformat(since), None), (None, None)] == [tuple(row) for row in found]
