"""`/v1/measures`: taken and lifted over HTTP, carried out where comments are judged, explained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from governance import access, account_measures, erasure
from governance.erasure import Order
from records.database import Database
from records.tables import metadata
from serving.approval_answers import ApprovalWithMeasuresAnswer
from serving.complaint_answers import AppealReceipt
from serving.parts import utc_now
from serving.standing_answers import AuthorAnswer, MeasureAnswer, MeasurePage, MeasuresAnswer
from serving.standing_chores import standing_chores
from tests.serving.asking import CLEAN, GAMBLING, question
from tests.serving.test_approvals import CLOSED, key

Make = Callable[..., TestClient]
SUSPEND: dict[str, Any] = {
    "target": {"kind": "author", "id": "author-77"},
    "measure": "suspend",
    "length": 3,
    "reason": {"zh": "多次发布广告", "en": "repeated advertising"},
    "ground": "platform-rules:advertising",
}


def score(client: TestClient, **fields: Any) -> Any:
    return client.post("/v1/score", json=question(CLEAN, author={"id": "author-77", "verified": True}, **fields)).json()


def taken(client: TestClient, **fields: Any) -> Any:
    answer = client.post("/v1/measures", json=SUSPEND | fields)
    assert 200 == answer.status_code, answer.text
    client.app.state.machinery.authors.forget("author-77")  # type: ignore[attr-defined]
    client.app.state.machinery.authors.look()  # type: ignore[attr-defined]
    return answer.json()


def test_a_suspended_account_is_refused_with_the_measure_s_ground_until_it_is_lifted(client: TestClient) -> None:
    assert "pass" == score(client)["decision"]
    made = MeasureAnswer.model_validate(taken(client))
    assert ("in_force", "author-77", 3) == (made.state, made.target.id, made.length)
    refused = score(client)
    assert ("block", ["refuse"]) == (refused["decision"], refused["measures"])
    (reason,) = refused["reasons"]
    assert ("account_suspended", "account", SUSPEND["ground"]) == (reason["code"], reason["source"], reason["ground"])
    lifted = client.request("DELETE", f"/v1/measures/{made.id}", json={"reason": "a mistake"})
    assert "lifted" == lifted.json()["state"]
    client.app.state.machinery.authors.forget("author-77")  # type: ignore[attr-defined]
    assert "pass" == score(client)["decision"]
    assert 409 == client.request("DELETE", f"/v1/measures/{made.id}", json={"reason": "again"}).status_code


def test_a_measure_without_a_comment_is_appealed_over_http(client: TestClient) -> None:
    made = MeasureAnswer.model_validate(taken(client))
    assert "You can appeal" in made.notice.en
    asked = {"measure_id": made.id, "text": "it was not me"}
    appealed = AppealReceipt.model_validate(client.post("/v1/appeals", json=asked).json())
    assert ("waiting", None, appealed.model_dump()) == (
        appealed.state, appealed.comment_id, client.get(f"/v1/appeals/{appealed.token}").json()
    )  # fmt: skip
    assert ("measure", None, False) == (appealed.about, appealed.elsewhere, appealed.words_erased)
    assert 409 == client.post("/v1/appeals", json=asked).status_code
    assert ["measure.appeal"] == [each["kind"] for each in client.get("/v1/approvals?state=waiting").json()["items"]]


def test_a_reason_without_a_word_is_a_fault_of_the_reason(client: TestClient) -> None:
    for reason in ("", " ", 7, {"de": "x"}, "\u200b"):
        told = client.post("/v1/measures", json=SUSPEND | {"reason": reason}).json()["errors"]
        assert {"reason"} == {each["pointer"].split("/")[1] for each in told}, told
        assert not any("[" in each["pointer"] for each in told), told


def test_an_empty_reason_is_told_once(client: TestClient) -> None:
    for reason in ("", {"zh": 5}):
        refused = client.post("/v1/measures", json=SUSPEND | {"reason": reason})
        told = [(each["pointer"], each["detail"]) for each in refused.json()["errors"]]
        assert [("/reason", "is empty")] == told if reason == "" else "/reason/zh" == told[0][0]
        assert 1 == len(told)


def test_nobody_agreed_in_the_future(client: TestClient) -> None:
    answer = client.put("/v1/authors/author-77", json={"consented_at": "2036-01-01T00:00:00Z"})
    assert (422, "/consented_at") == (answer.status_code, answer.json()["errors"][0]["pointer"])


def test_how_the_account_stands_is_told_with_what_comes_next(client: TestClient) -> None:
    taken(client)
    told = AuthorAnswer.model_validate(client.get("/v1/authors/author-77?policy=cn").json())
    assert (["suspend"], "suspend") == (
        [each.measure for each in told.measures],
        told.next_step and told.next_step.measure,
    )
    assert told.credit is not None
    assert (0.6, "ordinary", []) == (told.credit.score, told.credit.level, told.credit.counted)
    asked_nothing = client.get("/v1/authors/author-77").json()
    assert (None, None) == (asked_nothing["credit"], asked_nothing["next_step"])
    assert 422 == client.get("/v1/authors/author-77?policy=none").status_code


def test_closing_and_many_at_once_wait_for_a_second_person(client: TestClient) -> None:
    closing = {name: value for name, value in SUSPEND.items() if name != "length"} | {"measure": "close"}
    made = client.post("/v1/measures", json=closing).json()
    bulk = {name: value for name, value in SUSPEND.items() if name != "target"}
    targets = [{"kind": "author", "id": f"b-{number}"} for number in range(3)]
    many = MeasuresAnswer.model_validate(client.post("/v1/measures:bulk", json=bulk | {"targets": targets}).json())
    assert ("waiting", {"waiting"}) == (made["state"], {each.state for each in many.items})
    again = client.post("/v1/measures:bulk", json=bulk | {"targets": [{"kind": "author", "id": "c-1"}] * 2})
    assert (422, "/targets/1") == (again.status_code, again.json()["errors"][0]["pointer"])
    assert ["b-0", "b-1", "b-2"] == [each.target.id for each in many.items]
    waiting = {each["id"]: each["facts"] for each in client.get("/v1/approvals?state=waiting").json()["items"]}
    assert {made["approval_id"], many.approval_id} == set(waiting)
    assert 3 == waiting[many.approval_id]["count"]
    page = MeasurePage.model_validate(client.get("/v1/measures?state=waiting&limit=2").json())
    assert (2, True) == (len(page.items), page.next_cursor is not None)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"reason": " "}, "/reason"),
        ({"reason": {}}, "/reason"),
        ({"reason": {"zh": "asdf"}}, "/reason/zh"),
        ({"reason": {"zh": "又发广告", "en": "又发广告"}}, "/reason/en"),
        ({"reason": "Реклама"}, "/reason"),
        ({"ground": ""}, "/ground"),
        ({"measure": "delete"}, "/measure"),
        ({"length": 0}, "/length"),
        ({"closes": ["links"]}, "/closes"),
        ({"policy": "none"}, "/policy"),
    ],
)
def test_what_is_wrong_is_pointed_at(client: TestClient, fields: dict[str, Any], pointer: str) -> None:
    refused = client.post("/v1/measures", json=SUSPEND | fields)
    assert 422 == refused.status_code
    assert any(each["pointer"].startswith(pointer) for each in refused.json()["errors"])


def test_repeated_with_its_key_a_measure_is_taken_once_and_no_kept_answer_names_the_account(
    client: TestClient, database: Database
) -> None:
    headers = {"idempotency-key": "m-1"}
    first, second = (client.post("/v1/measures", json=SUSPEND, headers=headers).json() for _ in range(2))
    assert first == second
    assert "author-77" == second["target"]["id"]
    with database.reading() as look:
        kept = str(look.execute(text("SELECT response FROM idempotency")).scalar_one())
    assert "author-77" not in kept


@pytest.mark.parametrize("target", [{"kind": "comment", "id": "c-1"}, {"kind": "author", "id": "author-77"}])
def test_a_kept_answer_has_no_word_about_somebody_who_was_erased(
    client: TestClient, database: Database, target: dict[str, str]
) -> None:
    client.post("/v1/score", json=question(CLEAN, id="c-1", author={"id": "author-77"}))
    asked = {"target": target, "measure": "warn", "reason": "canary words", "ground": "as canary says"}
    headers = {"idempotency-key": "m-1"}
    first = client.post("/v1/measures", json=asked, headers=headers).json()
    parts = client.app.state.parts  # type: ignore[attr-defined]
    done = erasure.erase(database, parts.keyring, Order("author-77", "mia", "they asked"), now=utc_now())
    assert 1 == done.counts["answers"]
    with database.reading() as look:
        everything = [str(look.execute(text(f"SELECT * FROM {name}")).all()) for name in metadata.tables]
    assert [] == [each for each in everything if "canary" in each]
    again = client.post("/v1/measures", json=asked, headers=headers).json()
    assert (first["id"], "erased") == (again["id"], again["reason"]["en"])


def test_a_key_that_reads_one_account_decision_or_measure_leaves_a_trace(make_client: Make, database: Database) -> None:
    with database.unit() as unit:
        _, key = access.create_key(unit, "lee", scopes=["records", "score"], rate=None, now=utc_now())
        unit.commit()
    client = make_client()
    client.headers["authorization"] = f"Bearer {key}"
    scored = client.post("/v1/score", json=question(CLEAN, id="c-1", author={"id": "author-77", "verified": True}))
    made = client.post("/v1/measures", json=SUSPEND).json()
    for _ in range(2):
        for path in (f"measures/{made['id']}", f"decisions/{scored.json()['decision_id']}", "authors/author-77"):
            assert 200 == client.get(f"/v1/{path}").status_code
    client.get("/v1/measures")
    with database.reading() as look:
        rows = look.execute(text("SELECT thing_kind, who, page FROM looks ORDER BY thing_kind")).all()
    assert ["account", "comment", "list", "measure"] == [row.thing_kind for row in rows]
    assert ["api", "api", "api_measures", "api"] == [row.page for row in rows]
    assert {True} == {row.who.startswith("key:") for row in rows}


def test_lists_leave_a_trace_for_each_page_and_hour(make_client: Make, database: Database) -> None:
    """As in the console: how many it showed, and a keyed hash of what was asked."""
    with database.unit() as unit:
        _, key = access.create_key(unit, "lee", scopes=["records", "score"], rate=None, now=utc_now())
        unit.commit()
    client = make_client()
    client.headers["authorization"] = f"Bearer {key}"
    client.post("/v1/score", json=question(CLEAN, id="c-1", author={"id": "author-77", "verified": True}))
    client.post("/v1/measures", json=SUSPEND)
    for path in ("measures", "measures", "measures?state=ended", "cases?state=open", "cases"):
        assert 200 == client.get(f"/v1/{path}").status_code
    with database.reading() as look:
        rows = look.execute(text("SELECT thing_kind, who, page, shown FROM looks ORDER BY page, shown")).all()
    assert [("api_cases", 0), ("api_cases", 0), ("api_measures", 0), ("api_measures", 1)] == [
        (row.page, row.shown) for row in rows
    ]
    assert {("list", f"key:{key.split('_')[1]}")} == {(row.thing_kind, row.who) for row in rows}


def test_a_recommendation_has_a_reason_and_a_comment(client: TestClient) -> None:
    client.post("/v1/score", json=question(CLEAN, id="c-1"))
    body = {"comment_id": "c-1", "reason": "有用", "ground": "editorial"}
    paid = client.post("/v1/recommendations", json=body | {"reason": "paid by X", "ground": "contract"})
    assert (422, True) == (paid.status_code, "What somebody pays for is advertising" in paid.text)
    assert "recommend" == client.post("/v1/recommendations", json=body).json()["measure"]
    again = client.post("/v1/recommendations", json=body | {"ground": "quality"})
    assert (409, True) == (again.status_code, "recommended already" in again.json()["detail"])
    assert 404 == client.post("/v1/recommendations", json=body | {"comment_id": "c-2"}).status_code
    assert 422 == client.post("/v1/recommendations", json=body | {"reason": ""}).status_code
    client.post("/v1/score", json=question(GAMBLING, id="c-3"))
    refused = client.post("/v1/recommendations", json=body | {"comment_id": "c-3"})
    assert (409, True) == (refused.status_code, "is blocked" in refused.json()["detail"])


def worked_off(client: TestClient, database: Database, author: str = "author-77") -> None:
    """What a worker does for accounts, done now."""
    parts = client.app.state.parts  # type: ignore[attr-defined]
    for chore in standing_chores(lambda: parts.keyring, lambda: parts.holder.engine.policies):
        chore.do(database, utc_now())
    client.app.state.machinery.authors.forget(author)  # type: ignore[attr-defined]
    client.app.state.machinery.authors.look()  # type: ignore[attr-defined]


def test_an_account_that_is_stopped_again_and_again_loses_links_where_the_policy_asks(
    client: TestClient, database: Database
) -> None:
    def judged(words: str, policy: str = "cn", **fields: Any) -> Any:
        author = {"id": "author-77", "verified": True}
        return client.post("/v1/score", json=question(words, author=author, policy=policy, **fields)).json()

    link = "看这里 https://example.com/x"
    assert "pass" == judged(link)["decision"]
    for number in range(8):
        assert "block" == judged(GAMBLING, id=f"c-{number}")["decision"]
    worked_off(client, database)
    refused = judged(link)
    assert ("block", ["links_closed"]) == (refused["decision"], [each["code"] for each in refused["reasons"]])
    assert ("pass", "pass") == (judged(CLEAN)["decision"], judged(link, policy="default")["decision"])
    told = AuthorAnswer.model_validate(client.get("/v1/authors/author-77?policy=cn").json()).credit
    assert told is not None
    assert ("limited", [("blocked", 8)]) == (told.level, [(each.kind, each.count) for each in told.counted])
    assert told.days_to_it is not None
    assert f"{told.days_to_it}天" in told.helps.zh


def test_a_stated_link_of_a_closed_account_is_a_finding_and_closes_nothing(
    client: TestClient, database: Database
) -> None:
    links = {"links": [{"kind": "identity", "value": "card-7"}]}
    assert 200 == client.put("/v1/authors/old", json=links).status_code
    closing = {name: value for name, value in SUSPEND.items() if name != "length"}
    closing |= {"measure": "close", "target": {"kind": "author", "id": "old"}}
    made = client.post("/v1/measures", json=closing).json()
    with database.unit() as unit:
        account_measures.answer(unit, made["approval_id"], by="ben", approve=True, note="agreed", now=utc_now())
        unit.commit()
    told = AuthorAnswer.model_validate(client.put("/v1/authors/author-77", json=links).json())
    (found,) = told.findings
    assert ("waiting", 20, [("identity", 2)]) == (
        found.state, found.score, [(each.kind, each.accounts) for each in found.evidence],
    )  # fmt: skip
    worked_off(client, database)
    assert "pass" == score(client)["decision"]


def test_a_retry_is_told_what_stands_and_more_replaces_it(client: TestClient) -> None:
    score(client, id="c-1")
    made = taken(client, cause="c-1", length=1)
    again = client.post("/v1/measures", json=SUSPEND | {"cause": "c-1"})
    assert (409, made["id"]) == (again.status_code, again.json()["measure_id"])
    more = taken(client, cause="c-1", length=2, replaces=made["id"])
    assert (made["id"], "replaced") == (more["replaces"], client.get(f"/v1/measures/{made['id']}").json()["state"])


def test_somebody_elses_comment_is_no_cause_and_of_many_each_names_its_own(client: TestClient) -> None:
    for number in range(2):
        client.post("/v1/score", json=question(CLEAN, id=f"b-{number}", author={"id": f"b-{number}"}))
    refused = client.post("/v1/measures", json=SUSPEND | {"cause": "b-0"})
    assert (422, "/cause") == (refused.status_code, refused.json()["errors"][0]["pointer"])
    bulk = {name: value for name, value in SUSPEND.items() if name != "target"}
    own = [{"kind": "author", "id": f"b-{number}", "cause": f"b-{number}"} for number in range(2)]
    wrong = [each | {"cause": "b-1"} for each in own]
    refused = client.post("/v1/measures:bulk", json=bulk | {"targets": wrong})
    assert (422, "/targets/0/cause") == (refused.status_code, refused.json()["errors"][0]["pointer"])
    many = client.post("/v1/measures:bulk", json=bulk | {"targets": own}).json()
    assert ["waiting", "waiting"] == [each["state"] for each in many["items"]]


def test_a_question_tells_what_a_second_person_should_know_and_is_withdrawn_by_who_asked(
    make_client: Make, database: Database
) -> None:
    keyed = make_client(options=CLOSED)
    ada, ben = key(database, "ada", "records"), key(database, "ben", "records")
    asked = SUSPEND | {"policy": "cn", "length": None, "target": {"kind": "author", "id": "author-9"}}
    made = keyed.post("/v1/measures", json=asked, headers=ada).json()
    where = f"/v1/approvals/{made['approval_id']}"
    told = ApprovalWithMeasuresAnswer.model_validate(keyed.get(where, headers=ben).json())
    (one,) = told.measures
    assert ("author-9", 0, None) == (one.target.id, one.earlier_count, one.holds_already)
    assert one.ladder is not None
    assert (1, 5, "warn", False) == (one.ladder.step, one.ladder.of, one.ladder.next.measure, one.ladder.is_next)
    assert one.credit is not None
    why = {"reason": "a mistake"}
    assert 403 == keyed.request("DELETE", where, json=why, headers=ben).status_code
    assert "withdrawn" == keyed.request("DELETE", where, json=why, headers=ada).json()["state"]
    assert 409 == keyed.request("DELETE", where, json=why, headers=ada).status_code
    assert "withdrawn" == keyed.get(f"/v1/measures/{made['id']}", headers=ada).json()["state"]
    assert [] == keyed.get("/v1/authors/author-9?policy=cn", headers=ada).json()["waiting"]
    short = keyed.post("/v1/measures", json=asked | {"measure": "suspend", "length": 2}, headers=ada).json()
    second = keyed.post("/v1/measures", json=asked | {"replaces": short["id"]}, headers=ada).json()
    stands = AuthorAnswer.model_validate(keyed.get("/v1/authors/author-9?policy=cn", headers=ada).json())
    assert stands.next_step is not None
    assert ("suspend", 30) == (stands.next_step.measure, stands.next_step.length)
    assert [short["id"]] == [each.id for each in stands.in_force]
    assert [(second["id"], second["approval_id"])] == [(each.id, each.approval_id) for each in stands.waiting]
    lifted = keyed.request("DELETE", f"/v1/measures/{second['id']}", json=why, headers=ada)
    assert "withdrawn" == lifted.json()["state"]
