"""Keys of those who decide: what they read is noted, and what they are asked blind about is not told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from governance import accounts, appeals
from governance.accounts import NewAccount
from governance.complaint_rules import shipped
from records import cases, keys, knowing, leases, users
from records.database import Database
from records.house_values import UserRecord
from records.tables import readings
from records.values import CaseRecord, CaseState, Purpose
from serving.parts import utc_now
from tests.serving.asking import GAMBLING, UNSURE, question
from tests.serving.conftest import PATIENT


@dataclass(frozen=True)
class House:
    """The service, its records, and a key of everybody: a platform's, a program's that decides, two people's."""

    client: TestClient
    database: Database
    keys: dict[str, str]

    def call(self, who: str, method: str, path: str, **body: Any) -> Any:
        asked = {"json": body} if method == "POST" else {}
        return self.client.request(method, path, headers={"Authorization": f"Bearer {self.keys[who]}"}, **asked)

    def scored(self, text: str = UNSURE, **more: Any) -> dict[str, Any]:
        found: dict[str, Any] = self.call("shop", "POST", "/v1/score", **question(text, **more)).json()
        return found

    def claimed(self, who: str, **asked: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call(who, "POST", "/v1/cases:claim", **asked).json()["items"]
        return found

    def rejected(self, who: str, case: dict[str, Any]) -> None:
        body = {"lease_token": case["lease_token"], "verdict": "reject", "labels": ["advertising"]}
        assert 200 == self.call(who, "POST", f"/v1/cases/{case['id']}/verdict", **body).status_code

    def appealed(self, decision_id: str) -> None:
        with self.database.unit() as unit:
            appeals.make(unit, decision_id, "a joke", shipped(), sender="t", now=utc_now())
            unit.commit()

    def asked_again(self, case: dict[str, Any], *, why: str = "model", purpose: Purpose = Purpose.OPINION) -> None:
        with self.database.unit() as unit:
            decided = cases.get(unit, case["id"])
            cases.ask_again(unit, decided, queue="forum", why=why, purpose=purpose, now=utc_now())
            unit.commit()


@pytest.fixture
def house(make_client: Callable[..., TestClient], database: Database) -> House:
    made = {}
    with database.unit() as unit:
        for name in ("mia", "ben"):
            account = NewAccount(name, password_hash="x", role="moderator")
            accounts.create(unit, account, by="terminal", now=utc_now())
        for name in ("shop", "robot", "Mia", "ben"):
            made[name.casefold()] = keys.create(unit, name, scopes=["score", "records"], now=utc_now())[1]
        unit.commit()
    return House(make_client(options=replace(PATIENT, open_without_keys=False)), database, made)


def test_who_read_a_decision_over_http_is_not_asked_about_its_appeal(house: House) -> None:
    told = house.scored(GAMBLING, policy="default")
    assert 200 == house.call("mia", "GET", f"/v1/decisions/{told['decision_id']}").status_code
    house.appealed(told["decision_id"])
    assert [] == house.claimed("mia", queue="appeals")
    (appeal,) = house.claimed("ben", queue="appeals")
    assert appeal["decision"] is None


@pytest.mark.parametrize("path", ["/v1/decisions/{0}", "/v1/decisions/{0}/renderings"])
def test_what_is_asked_blind_is_not_told_to_whoever_has_it(house: House, path: str) -> None:
    told = house.scored(GAMBLING)
    house.appealed(told["decision_id"])
    (appeal,) = house.claimed("ben", queue="appeals")
    address = path.format(told["decision_id"])
    refused = house.call("ben", "GET", address)
    assert (403, True) == (refused.status_code, "without being told" in refused.json()["detail"])
    assert house.call("ben", "GET", f"/v1/cases/{appeal['id']}").json()["decision"] is None
    assert 200 == house.call("shop", "GET", address).status_code
    body = {"lease_token": appeal["lease_token"], "verdict": "approve"}
    assert 200 == house.call("ben", "POST", f"/v1/cases/{appeal['id']}/verdict", **body).status_code
    assert 200 == house.call("ben", "GET", address).status_code, "it is decided"


def test_what_was_decided_of_a_short_copy_is_not_told_either(house: House) -> None:
    copy, other = house.scored(f"{GAMBLING}！！", id="c-2"), house.scored(UNSURE, id="c-3")
    told = house.scored(GAMBLING)
    house.appealed(told["decision_id"])
    house.claimed("ben", queue="appeals")
    assert 403 == house.call("ben", "GET", f"/v1/decisions/{copy['decision_id']}").status_code
    assert 200 == house.call("ben", "GET", f"/v1/decisions/{other['decision_id']}").status_code
    assert 200 == house.call("mia", "GET", f"/v1/decisions/{copy['decision_id']}").status_code


def test_two_who_disagree_are_decided_between_by_who_is_told_neither(house: House) -> None:
    house.scored()
    (case,) = house.claimed("robot")
    house.rejected("robot", case)
    house.asked_again(case, why="disagreement", purpose=Purpose.DECIDE)
    assert [] == house.claimed("robot"), "they said something of it"
    (asked,) = house.claimed("ben")
    assert (None, "review") == (asked["decision"]["final"], asked["decision"]["decision"])
    (listed,) = [one for one in house.call("ben", "GET", "/v1/cases").json()["items"] if one["id"] == case["id"]]
    assert listed["decision"]["final"] is None, "the case that was decided before says nothing either"
    (listed,) = [one for one in house.call("shop", "GET", "/v1/cases").json()["items"] if one["id"] == case["id"]]
    assert "block" == listed["decision"]["final"]["decision"]


def test_a_line_of_a_list_counts_for_what_waits_and_a_case_for_good(house: House) -> None:
    for _ in range(2):
        house.scored()
    first, second = house.claimed("robot", count=2)
    for case in (first, second):
        house.rejected("robot", case)
    house.asked_again(first)
    assert 200 == house.call("mia", "GET", "/v1/cases").status_code
    assert 200 == house.call("mia", "GET", f"/v1/cases/{second['id']}").status_code
    house.asked_again(second)
    mia = {each.name: each.id for each in _people(house)}["mia"]
    with house.database.reading() as look:
        asked = [case for case in _waiting(house) if knowing.may_be_asked(look, case, mia)]
    assert [second["comment"]["comment_id"]] == [case.comment_id for case in asked], (
        "of a second opinion what was read before it was asked for tells nothing"
    )
    house.appealed(second["decision"]["decision_id"])
    assert [] == house.claimed("mia", queue="appeals")


def test_whoever_decided_by_a_key_is_the_same_person_at_their_log_in(house: House) -> None:
    house.scored()
    (case,) = house.claimed("mia")
    house.rejected("mia", case)
    house.asked_again(case)
    people = {each.name: each.id for each in _people(house)}
    with house.database.unit() as unit:
        wanted = cases.Wanted(blind=True)
        assert leases.peek(unit, people["mia"], now=utc_now(), wanted=wanted) is None
        assert leases.peek(unit, people["ben"], now=utc_now(), wanted=wanted) is not None


def test_a_platform_that_reads_everything_writes_nothing(house: House) -> None:
    told = house.scored()
    assert 200 == house.call("shop", "GET", f"/v1/decisions/{told['decision_id']}").status_code
    assert 0 == _count(house)
    assert 200 == house.call("mia", "GET", f"/v1/decisions/{told['decision_id']}").status_code
    assert 1 == _count(house)


def _people(house: House) -> list[UserRecord]:
    with house.database.reading() as look:
        return list(users.page(look).items)


def _waiting(house: House) -> list[CaseRecord]:
    with house.database.reading() as look:
        return list(cases.page(look, queue=None, label=None, state=CaseState.OPEN).items)


def _count(house: House) -> int:
    with house.database.reading() as look:
        found: int = look.execute(select(func.count()).select_from(readings)).scalar_one()
        return found


def test_the_measure_for_a_comment_is_closed_to_who_is_asked_about_it_blind(house: House) -> None:
    told = house.scored(GAMBLING, id="c-1", policy="default", author={"id": "a-1"})
    target = {"kind": "author", "id": "a-1"}
    wish = {"target": target, "measure": "warn", "reason": "bets", "ground": "rules", "cause": "c-1"}
    made = house.call("shop", "POST", "/v1/measures", **wish)
    assert made.is_success, made.text
    house.appealed(told["decision_id"])
    (appeal,) = house.claimed("ben", queue="appeals")
    path = f"/v1/measures/{made.json()['id']}"
    assert 403 == house.call("ben", "GET", path).status_code
    assert [] == house.call("ben", "GET", "/v1/measures").json()["items"]
    assert [200, 200] == [house.call(who, "GET", path).status_code for who in ("shop", "mia")]
    mia = f"key:{house.keys['mia'].split('_')[1]}"
    with house.database.reading() as look:
        assert not knowing.may_be_asked(look, cases.get(look, appeal["id"]), mia), "who read it is not asked"


def test_who_reads_or_answers_a_question_about_a_measure_with_a_key_is_handed_no_appeal_of_its_comment(
    house: House,
) -> None:
    told = house.scored(GAMBLING, id="c-1", policy="default", author={"id": "a-1"})
    wish = {"target": {"kind": "author", "id": "a-1"}, "measure": "close", "reason": "bets", "ground": "rules"}
    made = house.call("shop", "POST", "/v1/measures", **wish, cause="c-1")
    assert made.is_success, made.text
    path = f"/v1/approvals/{made.json()['approval_id']}"
    assert 200 == house.call("mia", "GET", path).status_code
    house.appealed(told["decision_id"])
    assert [[], []] == [house.claimed(who, queue="appeals") for who in ("mia", "shop")]
    assert 1 == len(house.claimed("ben", queue="appeals"))
    answer = house.call("ben", "GET", path)
    assert (403, True) == (answer.status_code, "decide that case first" in answer.text)


def test_an_account_is_closed_to_who_is_asked_blind_about_one_of_its_comments(house: House) -> None:
    told = house.scored(GAMBLING, id="c-1", policy="default", author={"id": "a-1"})
    headers = {"Authorization": f"Bearer {house.keys['shop']}"}
    assert 200 == house.client.put("/v1/authors/a-1", json={"verified": True}, headers=headers).status_code
    house.appealed(told["decision_id"])
    (appeal,) = house.claimed("ben", queue="appeals")
    for path in ("/v1/authors/a-1", "/v1/authors/a-1/export?reason=asked"):
        answer = house.call("ben", "GET", path)
        assert (403, True) == (answer.status_code, "decide that case first" in answer.text), path
        assert 200 == house.call("shop", "GET", path).status_code
    assert 200 == house.call("mia", "GET", "/v1/authors/a-1").status_code
    mia = f"key:{house.keys['mia'].split('_')[1]}"
    with house.database.reading() as look:
        assert not knowing.may_be_asked(look, cases.get(look, appeal["id"]), mia), "who read it is not asked"
