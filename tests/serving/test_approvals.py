"""What needs two people, over HTTP, on both databases: who may answer, who was first, and what then holds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from governance import rule_backtests, trials
from governance import rules as life
from governance.rules import Standards, Wish
from moderation.errors import ConflictError
from moderation.rules import RuleState
from moderation.taxonomy import Taxonomy, load_taxonomy
from records import approvals, keys, ledger, rules, users
from records import rule_backtests as stored_backtests
from records.database import Database
from records.unit_of_work import Unit
from serving.approval_answers import ApprovalAnswer, ApprovalPage
from serving.parts import utc_now
from tests.governance.test_rules import a_rule
from tests.records.databases import database, postgres, sqlite
from tests.serving.conftest import PATIENT

__all__ = ["database", "postgres", "sqlite"]

Make = Callable[..., TestClient]
CLOSED = replace(PATIENT, open_without_keys=False)
TAXONOMY = load_taxonomy()
YES: dict[str, Any] = {"approve": True, "note": "read it, tried it"}


@pytest.fixture
def keyed(make_client: Make) -> TestClient:
    return make_client(options=CLOSED)


def key(database: Database, owner: str = "ben", scope: str = "admin") -> dict[str, str]:
    with database.unit() as unit:
        _, made = keys.create(unit, owner, scopes=[scope], now=utc_now() - timedelta(days=1))
        unit.commit()
    return {"authorization": f"Bearer {made}"}


def propose(unit: Unit, name: str, by: str = "Mia") -> str:
    """A rule that blocks, asked to go live."""
    life.add(unit, a_rule(name, action="block"), by=by, why="seen today", now=utc_now())
    wish = Wish(name, RuleState.LIVE, by, "it held")
    standards = Standards(TAXONOMY, utc_now().date())
    asked = life.promote(unit, wish, standards=standards, packed=lambda _: None, now=utc_now()).approval
    assert asked is not None
    return asked.id


def proposed(database: Database, name: str = "ads.one", by: str = "Mia") -> str:
    with database.unit() as unit:
        approval_id = propose(unit, name, by)
        unit.commit()
    return approval_id


def states(database: Database, name: str = "ads.one") -> set[str]:
    with database.reading() as look:
        return set(rules.held(look, name))


def test_a_key_says_yes_once_it_was_told_what_the_rule_was_found_to_change(
    keyed: TestClient, database: Database
) -> None:
    now, mine = utc_now(), key(database)
    with database.unit() as unit:
        life.add(unit, a_rule("ads.one", action="block"), by="Mia", why="seen today", now=now)
        rule_backtests.ask(unit, "ads.one", by="Mia", most=1000, packed=lambda _: None, now=now)
        unit.commit()
    rule_backtests.BacktestsChore("test")(database, now)
    with database.unit() as unit:
        content = life.content_of(life.as_document(a_rule("ads.one", action="block")))
        record = stored_backtests.newest(unit, "ads.one", content, done=True)
        assert record is not None
        trials.show(unit, record, "Mia", now=now)
        standards = Standards(TAXONOMY, now.date(), tried_first=True)
        wish = Wish("ads.one", RuleState.LIVE, "Mia", "it held")
        question = life.promote(unit, wish, standards=standards, packed=lambda _: None, now=now).approval
        assert question is not None
        unit.commit()
    unseen = keyed.post(f"/v1/approvals/{question.id}", json=YES, headers=mine)
    assert (409, True) == (unseen.status_code, "has not seen yet" in unseen.json()["detail"])
    told = keyed.get(f"/v1/approvals/{question.id}", headers=mine).json()["trial"]
    assert {"id": record.id, "decisions": 0, "changes": []} == told
    assert 200 == keyed.post(f"/v1/approvals/{question.id}", json=YES, headers=mine).status_code


def test_an_approval_makes_the_rule_live_and_says_who(keyed: TestClient, database: Database) -> None:
    approval_id, mine = proposed(database), key(database)
    answered = keyed.post(f"/v1/approvals/{approval_id}", json=YES, headers=mine)
    told = ApprovalAnswer.model_validate(answered.json())
    who = f"key:{mine['authorization'].split('_')[1]}"
    assert (200, "approved", who, YES["note"]) == (answered.status_code, told.state, told.answered_by, told.note)
    assert {"live"} == states(database)
    with database.reading() as look:
        written = ledger.page(look, subject_id=approval_id).items
    assert ["approval.asked", "approval.approved"] == [entry.kind for entry in written]
    assert b'"kind":"key"' in written[1].body


def test_a_decline_leaves_the_rule_as_it_was(keyed: TestClient, database: Database) -> None:
    approval_id = proposed(database)
    body = {"approve": False, "note": "hits harmless talk"}
    assert "refused" == keyed.post(f"/v1/approvals/{approval_id}", json=body, headers=key(database)).json()["state"]
    assert {"draft"} == states(database)


@pytest.mark.parametrize(("asker", "owner"), [("Mia", "mia"), ("mia", "ＭＩＡ"), ("Mia", " Mia ")])
def test_a_key_of_the_person_who_asked_does_not_answer(
    keyed: TestClient, database: Database, asker: str, owner: str
) -> None:
    approval_id = proposed(database, by=asker)
    refused = keyed.post(f"/v1/approvals/{approval_id}", json=YES, headers=key(database, owner))
    assert (403, True) == (refused.status_code, "somebody else has to answer" in refused.json()["detail"])
    assert {"draft"} == states(database)


def test_who_answers_is_never_taken_from_the_body(keyed: TestClient, database: Database) -> None:
    approval_id = proposed(database)
    refused = keyed.post(f"/v1/approvals/{approval_id}", json=YES | {"by": "Ben"}, headers=key(database, "mia"))
    assert (422, "/by") == (refused.status_code, refused.json()["errors"][0]["pointer"])


@pytest.mark.parametrize(
    ("role", "owner", "status"),
    [("inspector", "Ivy", 403), ("moderator", "Ivy", 403), ("lead", "shop", 403), ("lead", "Ivy", 200)],
)
def test_where_people_log_in_a_key_may_no_more_than_the_person_it_is_named_after(
    keyed: TestClient, database: Database, role: str, owner: str, status: int
) -> None:
    with database.unit() as unit:
        users.create(unit, "ivy", password_hash="x", role=role, now=utc_now())
        unit.commit()
    approval_id = proposed(database)
    assert status == keyed.post(f"/v1/approvals/{approval_id}", json=YES, headers=key(database, owner)).status_code


def test_a_key_of_a_disabled_user_does_not_answer(keyed: TestClient, database: Database) -> None:
    with database.unit() as unit:
        gone = users.create(unit, "gus", password_hash="x", role="lead", now=utc_now())
        users.disable(unit, gone.id, now=utc_now())
        unit.commit()
    refused = keyed.post(f"/v1/approvals/{proposed(database)}", json=YES, headers=key(database, "gus"))
    assert (403, True) == (refused.status_code, "disabled" in refused.json()["detail"])


def test_a_server_that_runs_open_takes_no_answer(client: TestClient, database: Database) -> None:
    approval_id = proposed(database)
    assert [approval_id] == [each["id"] for each in client.get("/v1/approvals").json()["items"]]
    refused = client.post(f"/v1/approvals/{approval_id}", json=YES)
    assert (403, True) == (refused.status_code, "keys create" in refused.json()["detail"])
    assert {"draft"} == states(database)


def test_of_two_who_answer_at_once_one_wins_and_the_other_is_told(keyed: TestClient, database: Database) -> None:
    approval_id = proposed(database)
    mine, other = key(database, "ben"), key(database, "lia")
    together = threading.Barrier(2)

    def say(headers: dict[str, str], approve: bool) -> Any:
        together.wait(20)
        body = {"approve": approve, "note": "looked"}
        return keyed.post(f"/v1/approvals/{approval_id}", json=body, headers=headers)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(say, (mine, other), (True, False)))
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (200, 409) == (won.status_code, lost.status_code)
    state, who = won.json()["state"], won.json()["answered_by"]
    assert f"This question is no longer open: it is {state}, by {who}." == lost.json()["detail"]
    assert ({"live"} if state == "approved" else {"draft"}) == states(database)


def test_who_changes_and_who_approves_a_rule_at_once_do_not_wait_for_each_other(
    keyed: TestClient, database: Database
) -> None:
    names = [f"ads.n{number}" for number in range(3)]
    ids = {name: proposed(database, name) for name in names}
    mine, together = key(database), threading.Barrier(2)

    def change(name: str) -> None:
        together.wait(20)
        with database.unit() as unit:
            life.add(unit, a_rule(name, action="block", term="特价"), by="Mia", why="w", now=utc_now())
            unit.commit()

    def approve(name: str) -> int:
        together.wait(20)
        return keyed.post(f"/v1/approvals/{ids[name]}", json=YES, headers=mine).status_code

    with ThreadPoolExecutor(2) as pool:
        for name in names:
            changed, status = pool.submit(change, name), pool.submit(approve, name).result()
            told = changed.exception()
            assert told is None or isinstance(told, ConflictError)
            assert 200 == status or (409, None) == (status, told)


def test_what_was_changed_since_is_refused_and_says_by_whom_and_why(keyed: TestClient, database: Database) -> None:
    approval_id = proposed(database)
    with database.unit() as unit:
        life.add(unit, a_rule(action="block", term="特价"), by="Ben", why="a better term", now=utc_now())
        unit.commit()
    mine = key(database)
    refused = keyed.post(f"/v1/approvals/{approval_id}", json=YES, headers=mine)
    assert 409 == refused.status_code
    assert (
        "This question was overtaken: ads.one was changed since, to version 2 (draft, by Ben: a better term). "
        "Ask again if it should still go live."
    ) == refused.json()["detail"]
    (told,) = ApprovalPage.model_validate(keyed.get("/v1/approvals?state=overtaken", headers=mine).json()).items
    assert told.overtaken_by is not None
    assert (2, "Ben") == (told.overtaken_by.version, told.overtaken_by.by)


def test_a_rule_that_can_no_longer_be_used_is_refused_and_says_why(
    keyed: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    approval_id = proposed(database)
    kept = tuple(label for label in TAXONOMY.labels if label.name != "advertising")
    monkeypatch.setattr("serving.approvals.four_eyes.answer", _with(Taxonomy(version="2", labels=kept)))
    refused = keyed.post(f"/v1/approvals/{approval_id}", json=YES, headers=key(database))
    assert 409 == refused.status_code
    assert "can no longer be used as it was asked for: there is no label 'advertising'" in refused.json()["detail"]
    with database.reading() as look:
        assert "waiting" == approvals.get(look, approval_id).state


def _with(taxonomy: Taxonomy) -> Callable[..., Any]:
    from governance import four_eyes

    real = four_eyes.answer

    def answer(*asked: Any, standards: Standards, **more: Any) -> Any:
        return real(*asked, standards=replace(standards, taxonomy=taxonomy), **more)

    return answer


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/approve"),
        ({"approve": True}, "/note"),
        ({"approve": True, "note": "  "}, "/note"),
        ({"approve": "yes", "note": "x"}, "/approve"),
        ({"approve": True, "note": "x" * 2001}, "/note"),
    ],
)
def test_an_answer_that_cannot_be_meant_is_refused(
    keyed: TestClient, database: Database, body: dict[str, Any], pointer: str
) -> None:
    refused = keyed.post(f"/v1/approvals/{proposed(database)}", json=body, headers=key(database))
    assert (422, pointer) == (refused.status_code, refused.json()["errors"][0]["pointer"])


def test_the_same_answer_sent_twice_is_one(keyed: TestClient, database: Database) -> None:
    path, headers = f"/v1/approvals/{proposed(database)}", key(database) | {"idempotency-key": "a-1"}
    first, again = (keyed.post(path, json=YES, headers=headers) for _ in range(2))
    assert (200, first.json()) == (again.status_code, again.json())
    with database.reading() as look:
        assert 2 == len(rules.history(look, "ads.one"))


def test_questions_are_paged_newest_first_and_by_state(keyed: TestClient, database: Database) -> None:
    ids = [proposed(database, f"ads.n{number}") for number in range(5)]
    mine = key(database)
    keyed.post(f"/v1/approvals/{ids[0]}", json=YES, headers=mine)
    seen, cursor = list[str](), ""
    while cursor is not None:
        page = keyed.get("/v1/approvals", params={"limit": 2} | ({"cursor": cursor} if cursor else {}), headers=mine)
        seen += [each["id"] for each in page.json()["items"]]
        cursor = page.json()["next_cursor"]
    assert ids[::-1] == seen
    waiting = keyed.get("/v1/approvals?state=waiting", headers=mine).json()["items"]
    assert ids[:0:-1] == [each["id"] for each in waiting]


@pytest.mark.parametrize("query", ["state=open", "limit=0", "cursor=nonsense"])
def test_a_page_that_cannot_be_meant_is_refused(keyed: TestClient, database: Database, query: str) -> None:
    refused = keyed.get(f"/v1/approvals?{query}", headers=key(database))
    assert (422, query.partition("=")[0]) == (refused.status_code, refused.json()["errors"][0]["parameter"])


def test_an_unknown_question_is_404(keyed: TestClient, database: Database) -> None:
    assert 404 == keyed.post("/v1/approvals/nix", json=YES, headers=key(database)).status_code


def test_a_question_of_a_kind_that_nobody_here_knows_is_not_answered(keyed: TestClient, database: Database) -> None:
    with database.unit() as unit:
        asked = approvals.ask(unit, "model.promote", "m", facts={}, asked_by="Mia", why="w", now=utc_now())
        unit.commit()
    refused = keyed.post(f"/v1/approvals/{asked.id}", json=YES, headers=key(database))
    assert (409, True) == (refused.status_code, "model.promote" in refused.json()["detail"])
