"""Emergencies, incidents, rectifications, inspections over HTTP: a key asks, a person answers, evidence is scoped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from governance import access, erasure
from governance.erasure import Order
from moderation.errors import ConflictError, InvalidInputError
from records import keys as stored_keys
from records import ledger, users
from records.database import Database
from records.personal import Keyring
from serving.oversight_answers import (
    EmergencyAnswer,
    EmergencyReportAnswer,
    EvidenceAnswer,
    EvidencePage,
    HoldAnswer,
    HoldPage,
    IncidentAnswer,
    InspectionReportAnswer,
    RectificationAnswer,
    RectificationsAnswer,
)
from serving.parts import utc_now
from tests.serving.asking import CLEAN, question

Make = Callable[..., TestClient]
EMERGENCY: dict[str, Any] = {
    "effect": "closed", "minutes": 30, "thread_id": "t-7", "reason": "a raid on this thread",
}  # fmt: skip


@pytest.fixture
def keys(database: Database) -> dict[str, str]:
    """One key each of a machine, a lead, an inspector, and somebody who reads; people of those names."""
    made = {}
    with database.unit() as unit:
        for name, role in (("lea", "lead"), ("ina", "inspector"), ("ino", "inspector")):
            users.create(unit, name, password_hash="x", role=role, now=utc_now())
        for name, scope in (
            ("platform", "admin"),
            ("lea", "admin"),
            ("ina", "inspect"),
            ("ino", "inspect"),
            ("r", "records"),
        ):
            made[name] = access.create_key(unit, name, scopes=[scope], rate=None, now=utc_now())[1]
        unit.commit()
    return made


@pytest.fixture
def client(make_client: Make, keys: dict[str, str]) -> TestClient:
    return make_client()


@pytest.fixture
def ask(client: TestClient, keys: dict[str, str]) -> Callable[..., Any]:
    def asked(by: str, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        answer = client.request(method, path, json=body, headers={"authorization": f"Bearer {keys[by]}"})
        assert status == answer.status_code, answer.text
        return answer.json()

    return asked


def yes(ask: Callable[..., Any], asked: Any, by: str = "lea", **more: Any) -> Any:
    return ask(by, "POST", f"/v1/approvals/{asked['id']}", {"approve": True, "note": "looked at it"}, **more)


def kinds(database: Database, subject: str) -> list[tuple[str, str]]:
    with database.reading() as look:
        return [(entry.kind, entry.actor_id) for entry in ledger.page(look, subject_id=subject, limit=200).items]


def test_a_key_asks_for_an_emergency_and_a_person_answers(ask: Callable[..., Any]) -> None:
    asked = ask("platform", "POST", "/v1/emergencies", EMERGENCY)
    assert ("waiting", "emergency.start") == (asked["state"], asked["kind"])
    assert [] == ask("r", "GET", "/v1/emergencies")["items"]
    yes(ask, asked, by="platform", status=403)
    yes(ask, asked)
    [runs] = ask("r", "GET", "/v1/emergencies")["items"]
    assert ("t-7", "closed", None) == (runs["thread_id"], runs["effect"]["kind"], runs["ended_at"])
    assert runs["asked_by"].startswith("key:")
    told = EmergencyReportAnswer.model_validate(ask("r", "GET", f"/v1/emergencies/{runs['id']}"))
    assert (0, 0) == (told.covered, told.judged)
    ask("r", "POST", f"/v1/emergencies/{runs['id']}/end", {"reason": "calm"}, status=403)
    over = EmergencyAnswer.model_validate(
        ask("platform", "POST", f"/v1/emergencies/{runs['id']}/end", {"reason": "calm again"})
    )
    assert over.ended_at is not None
    ask("platform", "POST", f"/v1/emergencies/{runs['id']}/end", {"reason": "again"}, status=409)


def test_every_fault_of_an_emergency_points_into_the_body(ask: Callable[..., Any]) -> None:
    wrong = {**EMERGENCY, "surface": "nowhere", "label": "abuse", "a_minute": 3}
    faults = ask("platform", "POST", "/v1/emergencies", wrong, status=422)["errors"]
    assert {"/surface", "/label", "/a_minute"} == {each["pointer"] for each in faults}
    assert (
        "/effect"
        == ask("platform", "POST", "/v1/emergencies", {**EMERGENCY, "effect": "off"}, status=422)["errors"][0][
            "pointer"
        ]
    )


def test_an_incident_is_written_down_added_to_and_reported_once(ask: Callable[..., Any]) -> None:
    found = {"kind": "intrusion", "severity": "high", "fields": {"what": "a stolen password"}}
    unknown = ask("platform", "POST", "/v1/incidents", {**found, "kind": "weather"}, status=422)
    assert ["/kind"] == [each["pointer"] for each in unknown["errors"]]
    made = IncidentAnswer.model_validate(ask("platform", "POST", "/v1/incidents", found))
    assert ("open", True) == (made.state, bool(made.missing))
    path = f"/v1/incidents/{made.id}"
    ask("platform", "POST", f"{path}/reported", {"to": "the authority"}, status=409)
    wrong = {"fields": {"nothing": "x"}, "reason": "more"}
    assert ["/fields/nothing"] == [
        e["pointer"] for e in ask("platform", "POST", f"{path}/fields", wrong, status=422)["errors"]
    ]
    more = ask("platform", "POST", f"{path}/fields", {"fields": {}, "state": "mended", "reason": "locked out"})
    assert "mended" == more["state"]
    assert [made.id] == [each["id"] for each in ask("r", "GET", "/v1/incidents")["items"]]
    assert "mended" == ask("r", "GET", path)["state"]
    ask("r", "GET", "/v1/incidents/none", status=404)


def test_what_is_to_be_put_right_is_done_with_a_second_persons_look(ask: Callable[..., Any]) -> None:
    due = (utc_now() + timedelta(days=3)).isoformat()
    demand = {"finding": "late answers", "demand": "answer in time", "owner": "mia", "due_at": due}
    item = RectificationAnswer.model_validate(ask("platform", "POST", "/v1/rectifications", demand))
    asked = ask("platform", "POST", f"/v1/rectifications/{item.id}/proof", {"proof": "the new rota"})
    yes(ask, asked, by="platform", status=403)
    assert ["proposed"] == [each["state"] for each in ask("r", "GET", "/v1/rectifications?undone=true")["items"]]
    yes(ask, asked)
    assert [] == ask("r", "GET", "/v1/rectifications?undone=true")["items"]
    [done] = RectificationsAnswer.model_validate(ask("r", "GET", "/v1/rectifications")).items
    assert ("done", False) == (done.state, done.late)
    past = {**demand, "due_at": (utc_now() - timedelta(days=1)).isoformat()}
    assert ask("platform", "POST", "/v1/rectifications", past)["late"]  # it arrived after its day


def inspection(ask: Callable[..., Any], *, texts: bool = False, hours: int = 1) -> Any:
    wish = {
        "authority": "the authority", "reference": "no. 7", "asked": "all of the hour", "ground": "article 11",
        "inspector": "ina", "since": (utc_now() - timedelta(hours=hours)).isoformat(),
        "until": (utc_now() + timedelta(hours=1)).isoformat(), "days": 7, "texts": texts, "reason": "received today",
    }  # fmt: skip
    return ask("platform", "POST", "/v1/inspections", wish)


def stored(ask: Callable[..., Any], **context: str) -> str:
    body = question(CLEAN, author={"id": "a-1", "verified": True}, context=context)
    return str(ask("platform", "POST", "/v1/score", body)["decision_id"])


def test_evidence_is_read_by_the_inspectors_key_within_a_granted_scope_and_stands_in_the_ledger(
    ask: Callable[..., Any], database: Database
) -> None:
    decision = stored(ask)
    asked = inspection(ask)
    path = f"/v1/inspections/{asked['about']}"
    assert "waiting" in ask("ina", "GET", f"{path}/evidence", status=403)["detail"]
    yes(ask, asked)
    page = EvidencePage.model_validate(ask("ina", "GET", f"{path}/evidence"))
    assert [decision] == [each.id for each in page.items]
    found = EvidenceAnswer.model_validate(ask("ina", "GET", f"{path}/evidence/{decision}"))
    assert (None, "forum") == (found.text, found.surface)
    assert found.entries
    assert "beyond" in ask("ina", "GET", f"{path}/evidence/none", status=403)["detail"]
    told = InspectionReportAnswer.model_validate(ask("r", "GET", path))
    assert ["evidence.read", "evidence.read", "evidence.refused"] == [each.kind for each in told.given]
    assert {True} == {each.by.startswith("key:") for each in told.given}
    for by in ("ino", "platform", "r"):
        ask(by, "GET", f"{path}/evidence", status=403)
    for closed in ("/v1/decisions/" + decision, "/v1/cases", path, "/v1/incidents"):
        ask("ina", "GET", closed, status=403)
    ask("platform", "POST", f"{path}/close", {"reason": "answered"})
    assert "closed" in ask("ina", "GET", f"{path}/evidence", status=403)["detail"]


def test_texts_are_read_only_where_they_were_granted(ask: Callable[..., Any]) -> None:
    decision = stored(ask)
    asked = inspection(ask, texts=True)
    yes(ask, asked)
    assert CLEAN == ask("ina", "GET", f"/v1/inspections/{asked['about']}/evidence/{decision}")["text"]


def test_an_inspectors_key_asks_for_nothing(ask: Callable[..., Any], keys: dict[str, str], database: Database) -> None:
    with database.unit() as unit:
        with pytest.raises(InvalidInputError, match="inspect, and no other"):
            access.create_key(unit, "Ina", scopes=["inspect", "admin"], rate=None, now=utc_now())
        keys["ina"] = stored_keys.create(unit, "ina", scopes=["admin"], rate=None, now=utc_now())[1]  # from before
        unit.commit()
    assert "inspector" in ask("ina", "POST", "/v1/emergencies", EMERGENCY, status=403)["detail"]


def held(ask: Callable[..., Any], **changed: Any) -> Any:
    wish = {
        "kind": "author", "target": "a-1", "authority": "the court", "reference": "C 12", "ground": "an order",
        "until": (utc_now() + timedelta(days=30)).isoformat(), "reason": "received today", **changed,
    }  # fmt: skip
    return ask("platform", "POST", "/v1/holds", wish)


def test_a_hold_is_asked_for_by_a_key_agreed_to_by_a_person_and_lifted(
    ask: Callable[..., Any], database: Database, keyring: Keyring
) -> None:
    stored(ask)
    question = held(ask)
    assert ("hold.set", "author") == (question["kind"], question["facts"]["held"])
    assert "'a-1'" not in str(question)  # an id may have it within by chance
    path = f"/v1/holds/{question['about']}"
    assert "waiting" == HoldAnswer.model_validate(ask("r", "GET", path)).state
    with pytest.raises(ConflictError, match=question["about"]):
        erasure.erase(database, keyring, Order("a-1", "lea", "they asked"), now=utc_now())
    yes(ask, question)
    [only] = HoldPage.model_validate(ask("r", "GET", "/v1/holds")).items
    assert ("in_force", True) == (only.state, str(only.approved_by).startswith("key:"))
    assert only.withstood_at
    assert '"a-1"' not in only.model_dump_json()
    lifted = HoldAnswer.model_validate(ask("platform", "POST", f"{path}/lift", {"reason": "the case is closed"}))
    assert ("lifted", "the case is closed") == (lifted.state, lifted.ended_why)
    ask("platform", "POST", f"{path}/lift", {"reason": "again"}, status=409)
    assert 1 == erasure.erase(database, keyring, Order("a-1", "lea", "they asked"), now=utc_now()).erased.comments


def test_faults_of_a_hold_are_told_where_they_lie(ask: Callable[..., Any]) -> None:
    wish = {"kind": "comment", "target": "nobody-knows", "authority": "a", "reference": "r", "ground": "g",
            "reason": "x y"}  # fmt: skip
    found = ask("platform", "POST", "/v1/holds", wish, status=422)["errors"]
    assert {"/target", "/until"} == {each["pointer"] for each in found}
    naming = {**wish, "kind": "author", "target": "zhang", "reason": "about zhang"}
    assert "/reason" in {each["pointer"] for each in ask("platform", "POST", "/v1/holds", naming, status=422)["errors"]}
    ask("r", "GET", "/v1/holds/none", status=404)
