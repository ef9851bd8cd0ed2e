from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from starlette.testclient import TestClient

from records import entry_words, ledger
from records.database import Database
from records.house_queues import HouseQueues, Needs
from review.groups import gather
from review.verdicts import SETTLED_AFTER
from serving.case_answers import CaseAnswer, CasePage, DecisionAnswer, FeedbackAnswer, VerdictAnswer
from serving.parts import utc_now
from tests.serving.asking import CLEAN, GAMBLING, UNSURE, claim_one, score

Make = Callable[..., TestClient]


class Clock:
    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


def test_an_unsure_comment_opens_a_case_that_says_why(client: TestClient) -> None:
    score(client, UNSURE, id="c-1")
    (case,) = CasePage.model_validate(client.get("/v1/cases").json()).items
    assert ("open", "forum", "advertising", UNSURE) == (case.state, case.queue, case.label, case.comment.text)
    assert ("c-1", "review") == (case.comment.id, case.decision.decision)
    assert case.lease_token is None


def test_a_claim_is_a_lease_that_nobody_else_has(client: TestClient) -> None:
    case = CaseAnswer.model_validate(claim_one(client))
    assert ("claimed", "key:open") == (case.state, case.lease_owner)
    assert case.lease_token
    assert case.lease_expires_at
    assert [] == client.post("/v1/cases:claim", json={}).json()["items"]


def test_a_case_tells_what_was_said_of_the_author_with_the_comment(client: TestClient) -> None:
    author = {"id": "a-7", "created_at": "2024-05-04T08:00:00Z", "verified": True}
    score(client, UNSURE, author=author)
    [case] = client.get("/v1/cases").json()["items"]
    assert {"created_at": "2024-05-04T08:00:00.000Z", "verified": True} == case["comment"]["author"]


def test_a_claim_needs_no_body(client: TestClient) -> None:
    score(client, UNSURE)
    assert 1 == len(client.post("/v1/cases:claim").json()["items"])


def test_several_are_claimed_of_one_queue_and_label(client: TestClient) -> None:
    for _ in range(3):
        score(client, UNSURE)
    assert [] == client.post("/v1/cases:claim", json={"queue": "news"}).json()["items"]
    assert [] == client.post("/v1/cases:claim", json={"label": "hate"}).json()["items"]
    asked = {"queue": "forum", "label": "advertising", "count": 2}
    assert 2 == len(client.post("/v1/cases:claim", json=asked).json()["items"])


def verdict(client: TestClient, case: dict[str, object], **body: object) -> object:
    return client.post(f"/v1/cases/{case['id']}/verdict", json={"lease_token": case["lease_token"], **body})


def test_a_verdict_closes_the_case_and_is_the_decisions_end(client: TestClient) -> None:
    case = claim_one(client)
    answered = client.post(
        f"/v1/cases/{case['id']}/verdict",
        json={"verdict": "approve", "confidence": 1, "note": "一起玩而已", "lease_token": case["lease_token"]},
    )
    given = VerdictAnswer.model_validate(answered.json())
    assert (True, "closed", "pass") == (given.overturned, given.case.state, given.decision.decision)
    assert {0} == set((given.labels or {}).values())
    decision = client.get(f"/v1/decisions/{given.decision.decision_id}").json()
    assert {"decision": "pass", "overturned": True} == DecisionAnswer.model_validate(decision).model_dump()["final"]
    assert "review" == decision["decision"]


def test_a_reject_may_have_a_ground_in_the_place_of_labels(client: TestClient) -> None:
    case = claim_one(client)
    said = {"verdict": "reject", "lease_token": case["lease_token"]}
    path = f"/v1/cases/{case['id']}/verdict"
    odd = client.post(path, json={**said, "ground": "privaci"})
    assert (422, [{"pointer": "/ground", "detail": "there is no such ground; did you mean 'privacy'?"}]) == (
        odd.status_code,
        odd.json()["errors"],
    )
    given = VerdictAnswer.model_validate(client.post(path, json={**said, "ground": "privacy"}).json())
    assert (None, "privacy", "block", False) == (given.labels, given.ground, given.decision.decision, given.overturned)


def test_a_decision_says_until_when_what_became_of_it_may_be_taken_back(client: TestClient) -> None:
    case = claim_one(client)
    path = f"/v1/decisions/{case['decision']['decision_id']}"
    assert client.get(path).json()["settles_at"] is None
    given = client.post(
        f"/v1/cases/{case['id']}/verdict", json={"verdict": "approve", "lease_token": case["lease_token"]}
    ).json()
    settles = datetime.fromisoformat(client.get(path).json()["settles_at"])
    assert settles - datetime.fromisoformat(given["created_at"]) == SETTLED_AFTER
    assert 200 == client.post(f"/v1/cases/{case['id']}/undo").status_code
    found = client.get(path).json()
    assert (None, None) == (found["final"], found["settles_at"])


def test_a_reject_with_a_measure_asks_for_it_in_the_ledger(client: TestClient, database: Database) -> None:
    case = claim_one(client)
    body = {"verdict": "reject", "labels": ["advertising"], "measure": "delete", "lease_token": case["lease_token"]}
    assert 200 == client.post(f"/v1/cases/{case['id']}/verdict", json=body).status_code
    with database.reading() as look:
        assert "measure.requested" in {entry.kind for entry in ledger.page(look).items}
    assert 200 == client.post(f"/v1/cases/{case['id']}/undo").status_code
    with database.reading() as look:
        assert "measure.withdrawn" in {entry.kind for entry in ledger.page(look).items}


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"verdict": "reject"}, ["/labels"]),
        ({"verdict": "reject", "labels": ["gambing"]}, ["/labels/0"]),
        ({"verdict": "maybe"}, ["/verdict"]),
        ({"verdict": "approve", "confidence": 2, "x": 1}, ["/confidence", "/x"]),
        ({"verdict": "reject", "labels": ["hate"], "span": {"start": 0, "end": 99}}, ["/span"]),
        ({"verdict": "reject", "labels": ["hate"], "measure": "close"}, ["/measure"]),
        ({"verdict": "approve", "measure": "delete"}, ["/measure"]),
        ({}, ["/verdict"]),
    ],
)
def test_a_verdict_that_cannot_be_meant_is_refused_and_changes_nothing(
    client: TestClient, body: dict[str, object], pointers: list[str]
) -> None:
    case = claim_one(client)
    refused = client.post(f"/v1/cases/{case['id']}/verdict", json=body)
    assert (422, pointers) == (refused.status_code, [fault["pointer"] for fault in refused.json()["errors"]])
    assert "claimed" == client.get(f"/v1/cases/{case['id']}").json()["state"]


def test_a_second_verdict_and_a_foreign_token_are_told_what_happened(client: TestClient) -> None:
    case = claim_one(client)
    path = f"/v1/cases/{case['id']}/verdict"
    stale = client.post(path, json={"verdict": "approve", "lease_token": "another"})
    assert 409 == stale.status_code
    assert 200 == client.post(path, json={"verdict": "approve"}).status_code
    assert "decided already" in client.post(path, json={"verdict": "approve"}).json()["detail"]


def test_a_lease_that_ran_out_decides_nothing(make_client: Make) -> None:
    clock = Clock()
    client = make_client(now=clock)
    case = claim_one(client)
    clock.ahead = timedelta(minutes=11)
    assert 409 == client.post(f"/v1/cases/{case['id']}/verdict", json={"verdict": "approve"}).status_code
    (again,) = client.post("/v1/cases:claim").json()["items"]
    assert case["id"] == again["id"]
    assert case["lease_token"] != again["lease_token"]


def test_an_undone_verdict_gives_the_case_back_and_labels_nothing(client: TestClient) -> None:
    case = claim_one(client)
    client.post(f"/v1/cases/{case['id']}/verdict", json={"verdict": "approve"})
    again = CaseAnswer.model_validate(client.post(f"/v1/cases/{case['id']}/undo").json())
    assert ("claimed", None, UNSURE) == (again.state, again.decision.final, again.comment.text)
    assert again.lease_token
    assert 409 == client.post(f"/v1/cases/{case['id']}/undo").status_code


def test_a_verdict_sent_again_with_its_key_after_an_undo_is_not_given_anew(client: TestClient) -> None:
    case = claim_one(client)
    path, key = f"/v1/cases/{case['id']}", {"Idempotency-Key": "v-1"}
    for _ in range(2):
        assert 200 == client.post(f"{path}/verdict", json={"verdict": "approve"}, headers=key).status_code
    assert 200 == client.post(f"{path}/undo").status_code
    for body in ({"verdict": "approve"}, {"verdict": "unsure"}):
        again = client.post(f"{path}/verdict", json=body, headers=key)
        assert (409, True) == (again.status_code, "taken back" in again.json()["detail"])
    assert "claimed" == client.get(path).json()["state"]
    assert (
        200
        == client.post(f"{path}/verdict", json={"verdict": "approve"}, headers={"Idempotency-Key": "v-2"}).status_code
    )


def test_a_released_case_waits_again(client: TestClient) -> None:
    case = claim_one(client)
    body = {"lease_token": case["lease_token"]}
    assert "open" == client.post(f"/v1/cases/{case['id']}/release", json=body).json()["state"]
    assert 1 == len(client.post("/v1/cases:claim").json()["items"])


def test_what_was_said_with_an_escalation_is_there_for_whoever_has_the_case_next(client: TestClient) -> None:
    case = claim_one(client)
    said = {"reason": "too grave for a program", "note": "two numbers in it", "lease_token": case["lease_token"]}
    told = CaseAnswer.model_validate(client.post(f"/v1/cases/{case['id']}/escalate", json=said).json()).passed_on
    assert [("escalated", "key:open", "too grave for a program", "two numbers in it")] == [
        (each.kind, each.by, each.reason, each.note) for each in told
    ]


def test_an_escalated_case_is_for_those_who_may_decide_more(client: TestClient) -> None:
    case = claim_one(client)
    assert "escalated" == client.post(f"/v1/cases/{case['id']}/escalate").json()["state"]
    assert [] == client.post("/v1/cases:claim").json()["items"]
    assert 1 == len(client.post("/v1/cases:claim", json={"queue": "escalated"}).json()["items"])


def test_cases_page_without_gap_or_repetition(client: TestClient) -> None:
    for _ in range(7):
        score(client, UNSURE)
    seen, cursor = list[str](), None
    while True:
        page = client.get("/v1/cases", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        seen += [case["id"] for case in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert (7, 7) == (len(seen), len(set(seen)))


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "cursor=nonsense", "state=gone"])
def test_a_fault_of_the_query_names_its_parameter_in_plain_words(client: TestClient, query: str) -> None:
    fault = client.get(f"/v1/cases?{query}").json()["errors"][0]
    assert {"parameter": query.partition("=")[0]} == {name: fault[name] for name in fault if name != "detail"}
    assert "Input" not in fault["detail"]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=nonsense", "state=gone"])
def test_a_page_that_cannot_be_meant_is_refused(client: TestClient, query: str) -> None:
    refused = client.get(f"/v1/cases?{query}")
    assert 422 == refused.status_code
    assert refused.json()["errors"]


@pytest.mark.parametrize("path", ["/v1/cases/nix", "/v1/decisions/nix"])
def test_what_is_not_there_is_404(client: TestClient, path: str) -> None:
    assert 404 == client.get(path).status_code


def test_feedback_opens_a_case_and_is_no_label(client: TestClient) -> None:
    decision_id = score(client, GAMBLING).json()["decision_id"]
    path = f"/v1/decisions/{decision_id}/feedback"
    given = FeedbackAnswer.model_validate(client.post(path, json={"verdict": "false_positive"}).json())
    case = client.get(f"/v1/cases/{given.case_id}").json()
    assert ("false_positive", "feedback") == (case["why"], case["opened_by"])
    assert given.case_id == client.post(path, json={"verdict": "false_positive"}).json()["case_id"]
    assert client.get(f"/v1/decisions/{decision_id}").json()["final"] is None


def test_feedback_that_cannot_be_meant_is_refused(client: TestClient) -> None:
    decision_id = score(client, CLEAN).json()["decision_id"]
    path = f"/v1/decisions/{decision_id}/feedback"
    assert 422 == client.post(path, json={"verdict": "bad"}).status_code
    assert 422 == client.post(path, json={"verdict": "false_negative", "labels": ["nix"]}).status_code
    assert 404 == client.post("/v1/decisions/nix/feedback", json={"verdict": "false_negative"}).status_code


def test_a_case_says_what_was_promised_and_is_claimed_by_language(client: TestClient) -> None:
    assert [] == client.post("/v1/cases:claim", json={"lang": "th"}).json()["items"]
    case = CaseAnswer.model_validate(claim_one(client, lang="zh"))
    assert "decide" == case.purpose
    promised = datetime.fromisoformat(case.due_at) - datetime.fromisoformat(case.created_at)
    assert timedelta(hours=1) == promised


def test_the_reason_of_a_release_stands_in_the_ledger(client: TestClient, database: Database) -> None:
    case = claim_one(client)
    assert 200 == client.post(f"/v1/cases/{case['id']}/release", json={"reason": "out of my depth"}).status_code
    with database.reading() as look:
        entry = ledger.page(look, subject_id=case["id"]).items[-1]
        told = entry_words.for_people(look, entry.id, json.loads(entry.body))
    assert "out of my depth" == told["reason"]


def test_a_decided_case_is_opened_anew_with_a_reason(client: TestClient) -> None:
    case = claim_one(client)
    path = f"/v1/cases/{case['id']}/reopen"
    client.post(f"/v1/cases/{case['id']}/verdict", json={"verdict": "approve"})
    assert [422, 422] == [client.post(path, json=body).status_code for body in ({}, {"reason": " "})]
    again = CaseAnswer.model_validate(client.post(path, json={"reason": "a slip"}).json())
    assert ("claimed", "reopened", UNSURE) == (again.state, again.opened_by, again.comment.text)
    assert 409 == client.post(path, json={"reason": "a slip"}).status_code
    settled = client.post(f"/v1/cases/{again.id}/verdict", json={"verdict": "reject", "labels": ["fraud"]})
    assert "block" == settled.json()["decision"]["decision"]


def test_a_program_is_given_only_what_its_key_has_the_skills_for(client: TestClient, database: Database) -> None:
    database._queues = lambda: HouseQueues(needs={"forum": Needs(skills=("minors",))})
    score(client, UNSURE)
    assert [] == client.post("/v1/cases:claim").json()["items"]
    score(client, UNSURE, context={"surface": "news"})
    assert ["news"] == [case["queue"] for case in client.post("/v1/cases:claim", json={"count": 2}).json()["items"]]


def test_a_case_names_what_is_decided_together_with_it(client: TestClient, database: Database) -> None:
    for number in range(5):
        score(client, UNSURE, id=f"c-{number}", author={"id": "seller"})
    score(client, UNSURE, id="alone", author={"id": "other"})
    gather(database, utc_now())
    found = {case.comment.id: case for case in CasePage.model_validate(client.get("/v1/cases").json()).items}
    assert found["alone"].group is None
    [group] = [case.group for case in found.values() if case.group and case.group.case_id == case.id]
    followers = [case for case in found.values() if case.group and case.group.case_id != case.id]
    assert [(group.id, [])] * 4 == [(case.group.id, case.group.members) for case in followers]
    alone = client.get(f"/v1/cases/{followers[0].id}").json()
    assert 5 == len(alone["group"]["members"])
    assert ("account_day", True, 5) == (group.kind, group.stands, len(group.members))
    others = [case for name, case in found.items() if name != "alone"]
    mine = {(case.id, case.comment.comment_id, case.decision.decision_id, "open") for case in others}
    assert mine == {(one.case_id, one.comment_id, one.decision_id, one.state) for one in group.members}
    claimed = client.post("/v1/cases:claim", json={}).json()["items"][0]
    assert claimed["id"] in {group.case_id, found["alone"].id}
    lead = client.get(f"/v1/cases/{group.case_id}").json()
    assert lead["group"]["case_id"] == lead["id"]
    assert UNSURE not in str(lead["group"])
