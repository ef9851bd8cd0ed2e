"""`/v1/complaints` and `/v1/appeals`: who may, once for a key, and no word in a log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from governance import appeals, complaints
from governance.complaint_rules import PublicLimits, shipped
from records import comments, keys, ledger
from records import complaints as stored
from records.database import Database
from serving.case_answers import CaseAnswer, DecisionAnswer
from serving.complaint_answers import AppealReceipt, ComplaintReceipt
from serving.idempotency import REPLAYED
from serving.parts import utc_now
from tests.serving.asking import CLEAN, GAMBLING, question, score
from tests.serving.conftest import PATIENT

Make = Callable[..., TestClient]
MANY = shipped().model_copy(update={"limits": PublicLimits(per_address=1000, per_minute=10_000)})
REPORT = {"comment_id": "c-1", "kind": "harassment", "text": "he CANARY-REPORTs my sister"}


@pytest.fixture
def open_client(make_client: Make) -> TestClient:
    return make_client(complaints=MANY)


def with_key(database: Database, *scopes: str) -> dict[str, str]:
    with database.unit() as unit:
        key = keys.create(unit, f"key-{'-'.join(scopes)}", scopes=scopes, now=utc_now())[1]
        unit.commit()
    return {"authorization": f"Bearer {key}"}


def settle(database: Database, now: datetime | None = None) -> None:
    later = (now or utc_now()) + timedelta(seconds=13)
    with database.unit() as unit:
        complaints.settle(unit, MANY, now=later)
        appeals.settle(unit, MANY, now=later)
        unit.commit()


def decide(client: TestClient, headers: dict[str, str] | None = None, **said: Any) -> dict[str, Any]:
    case: dict[str, Any] = client.post("/v1/cases:claim", json={}, headers=headers).json()["items"][0]
    asked = {"lease_token": case["lease_token"], **said}
    client.post(f"/v1/cases/{case['id']}/verdict", json=asked, headers=headers).raise_for_status()
    return case


def test_a_complaint_is_answered_under_its_receipt(open_client: TestClient, database: Database) -> None:
    score(open_client, CLEAN, id="c-1")
    made = open_client.post("/v1/complaints", json=REPORT)
    assert 200 == made.status_code
    waiting = ComplaintReceipt.model_validate(made.json())
    assert ("waiting", "harassment", "c-1", True) == (waiting.state, waiting.kind, waiting.comment_id, waiting.shown)
    case = decide(open_client, verdict="reject", labels=["abuse"], answer="acted_thanks")
    CaseAnswer.model_validate(case)
    assert ("complaints", [("harassment", REPORT["text"])]) == (
        case["queue"], [(said["kind"], said["text"]) for said in case["said"]],
    )  # fmt: skip
    settle(database)
    answered = ComplaintReceipt.model_validate(open_client.get(f"/v1/complaints/{waiting.token}").json())
    assert ("acted", False, ["abuse"]) == (answered.outcome, answered.shown, [one.code for one in answered.reasons])
    assert MANY.answers["acted_thanks"].text.as_dict() == answered.answer


@pytest.mark.parametrize("kind", ["self_harm", "minors", "threat"])
def test_danger_reported_about_a_blocked_comment_waits_for_a_person(open_client: TestClient, kind: str) -> None:
    score(open_client, GAMBLING, id="c-1")
    made = ComplaintReceipt.model_validate(open_client.post("/v1/complaints", json=REPORT | {"kind": kind}).json())
    assert ("waiting", None, False, False) == (made.state, made.outcome, made.automated, made.shown)
    assert "complaints" == open_client.post("/v1/cases:claim", json={}).json()["items"][0]["queue"]


def test_what_a_machine_removed_before_is_told_as_automated_with_its_reasons(open_client: TestClient) -> None:
    score(open_client, GAMBLING, id="c-1")
    made = ComplaintReceipt.model_validate(open_client.post("/v1/complaints", json=REPORT).json())
    assert ("answered", "acted", True) == (made.state, made.outcome, made.automated)
    assert ["gambling"] == [one.code for one in made.reasons]
    assert "automatically" in (made.answer or {})["en"]


def test_an_answer_is_contested_with_the_receipt_alone(make_client: Make, database: Database) -> None:
    admin, client = with_key(database, "admin"), make_client(
        options=replace(PATIENT, open_without_keys=False), complaints=MANY
    )  # fmt: skip
    other = with_key(database, "records")
    client.post("/v1/score", json=question(CLEAN, id="c-1"), headers=admin).raise_for_status()
    token = client.post("/v1/complaints", json=REPORT).json()["token"]
    assert 409 == client.post("/v1/contests", json={"token": token}).status_code, "it waits"
    decide(client, admin, verdict="approve")
    settle(database)
    told = ComplaintReceipt.model_validate(client.get(f"/v1/complaints/{token}").json())
    assert (True, None) == (told.contest_until is not None, told.contest)
    keyed = {"idempotency-key": "k"}
    said = {"token": token, "text": "CANARY-CONTEST"}
    made, again = (client.post("/v1/contests", json=said, headers=keyed) for _ in range(2))
    assert (made.json(), "true") == (again.json(), again.headers[REPLAYED])
    waiting = ComplaintReceipt.model_validate(made.json())
    assert waiting.contest is not None
    assert (token, "waiting", None) == (waiting.token, waiting.contest.state, waiting.contest_until)
    assert 409 == client.post("/v1/contests", json=said).status_code
    assert 404 == client.post("/v1/contests", json={"token": "A" * 43}).status_code
    assert [] == client.post("/v1/cases:claim", json={}, headers=admin).json()["items"], "whoever let it stand"
    case = decide(client, other, verdict="reject", labels=["abuse"], answer="contest_acted")
    assert ("contest", None) == (case["why"], case["decision"])
    assert [("harassment", REPORT["text"]), ("contest", "CANARY-CONTEST")] == [
        (each["kind"], each["text"]) for each in case["said"]
    ]
    settle(database)
    after = ComplaintReceipt.model_validate(client.get(f"/v1/complaints/{token}").json())
    assert after.contest is not None
    assert ("kept", True, "acted", False) == (after.outcome, after.reversed, after.contest.outcome, after.shown)
    assert "it was removed" in (after.answer or {})["en"], "what is so now"
    assert MANY.text_of("complaint", "kept", None).as_dict() == after.first_answer, "what had been said"
    assert None is after.contest.first_answer
    assert (["abuse"], []) == ([one.code for one in after.reasons], after.first_reasons)
    assert None is after.contest.first_reasons
    with database.reading() as look:
        assert not [each for each in ledger.page(look, limit=100).items if "CANARY" in str(each.body)]


def test_a_report_of_danger_to_life_waits_for_no_flood_of_others_and_neither_does_its_contest(
    make_client: Make,
) -> None:
    few = shipped().model_copy(update={"limits": PublicLimits(per_address=2, per_minute=3, life_per_address=5)})
    client = make_client(complaints=few)
    score(client, CLEAN, id="c-1")
    usual = {"comment_id": "c-1", "kind": "spam", "text": "x"}
    assert [200, 200, 429] == [client.post("/v1/complaints", json=usual).status_code for _ in range(3)]
    answers = [client.post("/v1/complaints", json=usual | {"kind": "self_harm"}) for _ in range(4)]
    assert [200] * 4 == [each.status_code for each in answers]
    contested = {"token": answers[0].json()["token"], "text": "look again"}
    assert (
        409 == client.post("/v1/contests", json=contested).status_code
    )  # not answered yet: it was taken and looked at
    assert 429 == client.post("/v1/complaints", json=usual | {"kind": "self_harm"}).status_code
    odd = ({"kind": ["self_harm"]}, {"kind": None}, [], "self_harm")
    assert {429} == {client.post("/v1/complaints", json=each).status_code for each in odd}


def test_contests_meet_the_limit_of_the_address(make_client: Make) -> None:
    few = shipped().model_copy(update={"limits": PublicLimits(per_address=1)})
    client = make_client(complaints=few)
    assert [404, 429] == [client.post("/v1/contests", json={"token": "A" * 43}).status_code for _ in range(2)]


def test_the_same_key_gives_the_same_receipt_and_holds_no_word(open_client: TestClient, database: Database) -> None:
    score(open_client, CLEAN, id="c-1")
    first, again = (open_client.post("/v1/complaints", json=REPORT, headers={"idempotency-key": "k"}) for _ in range(2))
    assert (first.json(), "true") == (again.json(), again.headers[REPLAYED])
    other = open_client.post("/v1/complaints", json=REPORT | {"text": "x"}, headers={"idempotency-key": "k"})
    assert 422 == other.status_code
    with database.reading() as look:
        known = comments.known_ids(look, ["c-1"])["c-1"]
        assert 1 == len(stored.of_comment(look, known))


def test_no_key_is_needed_and_a_reporter_s_name_takes_one(make_client: Make, database: Database) -> None:
    admin = with_key(database, "admin")
    client = make_client(options=replace(PATIENT, open_without_keys=False), complaints=MANY)
    client.post("/v1/score", json=question(CLEAN, id="c-1"), headers=admin).raise_for_status()
    named = REPORT | {"reporter": "reader-7"}
    feedback, scoring = with_key(database, "feedback"), with_key(database, "score")
    assert [200, 401, 200, 403] == [
        client.post("/v1/complaints", json=body, headers=headers).status_code
        for body, headers in ((REPORT, {}), (named, {}), (named, feedback), (named, scoring))
    ]
    assert [401, 403] == [client.post("/v1/appeals", json={}, headers=headers).status_code for headers in ({}, scoring)]
    assert 401 == client.post("/v1/complaints", json=REPORT, headers={"authorization": "Bearer ck_no"}).status_code


def test_a_flood_from_one_address_is_told_when_to_come_back(make_client: Make) -> None:
    few = shipped().model_copy(update={"limits": PublicLimits(per_address=2)})
    client = make_client(complaints=few)
    score(client, CLEAN, id="c-1")
    answers = [client.post("/v1/complaints", json=REPORT) for _ in range(3)]
    assert [200, 200, 429] == [each.status_code for each in answers]
    assert 0 < int(answers[2].headers["retry-after"]) <= 600
    assert 'chaffinch_refused_total{part="public"} 1.0' in client.get("/metrics").text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"kind": "spam"}, 422),
        ({"comment_id": "nowhere", "kind": "spam"}, 404),
        (REPORT | {"kind": "nonsense"}, 422),
        (REPORT | {"text": "x" * 2001}, 422),
        (REPORT | {"more": 1}, 422),
    ],
)
def test_what_cannot_be_used_is_a_problem(open_client: TestClient, body: dict[str, Any], status: int) -> None:
    score(open_client, CLEAN, id="c-1")
    answer = open_client.post("/v1/complaints", json=body)
    assert (status, "application/problem+json") == (answer.status_code, answer.headers["content-type"])
    assert "CANARY" not in answer.text


def test_a_receipt_that_nobody_gave_out_is_nowhere(open_client: TestClient) -> None:
    for path in ("/v1/complaints/AAAA", "/v1/appeals/" + "A" * 43):
        assert 404 == open_client.get(path).status_code


def test_an_appeal_of_the_machine_s_decision_restores_the_comment(open_client: TestClient, database: Database) -> None:
    decision_id = score(open_client, GAMBLING, id="c-2").json()["decision_id"]
    offered = DecisionAnswer.model_validate(open_client.get(f"/v1/decisions/{decision_id}").json())
    assert offered.appeal is not None
    made = open_client.post("/v1/appeals", json={"decision_id": decision_id, "text": "a film title"})
    waiting = AppealReceipt.model_validate(made.json())
    again = open_client.post("/v1/appeals", json={"decision_id": decision_id})
    assert (409, True) == (again.status_code, "appealed already" in again.json()["detail"])
    assert open_client.get(f"/v1/decisions/{decision_id}").json()["appeal"] is None
    page = open_client.get(f"/public/appeals?reference={offered.appeal.reference}&lang=en")
    assert "appealed already" in page.text
    case = decide(open_client, verdict="approve")
    CaseAnswer.model_validate(case)
    assert ("appeals", None, None, "a film title") == (
        case["queue"], case["decision"], case["label"], case["said"][0]["text"],
    )  # fmt: skip
    settle(database)
    answered = AppealReceipt.model_validate(open_client.get(f"/v1/appeals/{waiting.token}").json())
    assert ("overturned", True) == (answered.outcome, answered.shown)
    assert "pass" == open_client.get(f"/v1/decisions/{decision_id}").json()["final"]["decision"]


def test_a_measure_is_appealed_by_its_id(make_client: Make, database: Database) -> None:
    keys_ = {name: with_key(database, name) for name in ("score", "records", "feedback")}
    client = make_client(options=replace(PATIENT, open_without_keys=False), complaints=MANY)
    decision_id = client.post("/v1/score", json=question(CLEAN, id="c-3"), headers=keys_["score"]).json()["decision_id"]
    client.post(f"/v1/decisions/{decision_id}/feedback", json={"verdict": "false_negative"}, headers=keys_["feedback"])
    decide(client, keys_["records"], verdict="reject", labels=["fraud"], measure="delete")
    with database.reading() as look:
        measure_id = next(
            entry.id
            for entry in ledger.page(look, subject_id=comments.known_ids(look, ["c-3"])["c-3"]).items
            if entry.kind == "measure.requested"
        )
    for body in ({}, {"measure_id": measure_id, "decision_id": decision_id}):
        assert 422 == client.post("/v1/appeals", json=body, headers=keys_["feedback"]).status_code
    unknown = client.post("/v1/appeals", json={"measure_id": "x"}, headers=keys_["feedback"])
    assert (404, "There is no such measure.") == (unknown.status_code, unknown.json()["detail"])
    made = client.post("/v1/appeals", json={"measure_id": measure_id}, headers=keys_["feedback"])
    assert 200 == made.status_code
    claimed = client.post("/v1/cases:claim", json={}, headers=keys_["records"]).json()["items"]
    assert [] == claimed, "not to the key that decided"
    other = with_key(database, "records", "score")
    assert 1 == len(client.post("/v1/cases:claim", json={}, headers=other).json()["items"])


def test_an_answer_that_does_not_fit_is_a_fault_of_the_verdict(open_client: TestClient) -> None:
    score(open_client, CLEAN, id="c-1")
    open_client.post("/v1/complaints", json=REPORT)
    case = open_client.post("/v1/cases:claim", json={}).json()["items"][0]
    answer = open_client.post(f"/v1/cases/{case['id']}/verdict", json={"verdict": "approve", "answer": "acted"})
    assert (422, "/answer") == (answer.status_code, answer.json()["errors"][0]["pointer"])
