"""Trusted flaggers over HTTP: marked, agreed to, giving notice by their key, withdrawn; and reports that wait."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from governance import access
from records import complaints, measures
from records.complaints import NewComplaint
from records.database import Database
from records.personal import Keyring
from records.public_values import ComplaintOutcome
from records.unit_of_work import Unit
from serving.complaint_answers import ComplaintReceipt
from serving.oversight_answers import FlaggerAnswer, FlaggerPage
from serving.parts import utc_now
from serving.standing_answers import MeasureAnswer
from tests.serving.asking import CLEAN, question
from tests.serving.test_oversight import ask, client, keys, yes

__all__ = ["ask", "client", "keys"]

MARK = {
    "source": "platform", "value": "pseudonym-91", "name": "Stop Hate", "authority": "Bundesnetzagentur",
    "country": "DE", "reference": "TF-2026-4", "expertise": ["harassment"], "reason": "in the register",
}  # fmt: skip
REPORT = {"comment_id": "c-1", "kind": "harassment", "text": "he threatens my sister"}


@pytest.fixture
def organisation(database: Database, keys: dict[str, str]) -> str:
    """The shown part of a flagger's own key."""
    with database.unit() as unit:
        made = access.create_key(unit, "Stop Hate", scopes=["feedback"], rate=None, now=utc_now())
        keys["organisation"] = made[1]
        unit.commit()
    return str(made[0].prefix)


def scored(ask: Callable[..., Any], *names: str) -> None:
    for name in names:
        ask("platform", "POST", "/v1/score", question(CLEAN, id=name, policy="eu"))


def marked(ask: Callable[..., Any], **changed: Any) -> str:
    asked = ask("platform", "POST", "/v1/flaggers", MARK | changed)
    assert "flagger.mark" == asked["kind"]
    yes(ask, asked)
    return str(asked["about"])


def flagger_of(database: Database, comment: str) -> list[str | None]:
    from records import comments

    with database.reading() as look:
        return [each.flagger_id for each in complaints.of_comment(look, comments.known_ids(look, [comment])[comment])]


def test_it_is_marked_agreed_to_by_a_person_and_withdrawn(ask: Callable[..., Any], database: Database) -> None:
    flagger_id = marked(ask)
    [only] = FlaggerPage.model_validate(ask("r", "GET", "/v1/flaggers")).items
    assert ("in_force", "Stop Hate", ["harassment"], "DE") == (only.state, only.name, only.expertise, only.country)
    assert "pseudonym-91" not in only.model_dump_json()
    scored(ask, "c-1")
    ask("platform", "POST", "/v1/complaints", REPORT | {"reporter": "pseudonym-91"})
    assert [flagger_id] == flagger_of(database, "c-1")
    path = f"/v1/flaggers/{flagger_id}"
    gone = FlaggerAnswer.model_validate(ask("platform", "DELETE", path, {"reason": "revoked"}))
    assert ("withdrawn", "revoked") == (gone.state, gone.ended_why)
    ask("platform", "DELETE", path, {"reason": "again"}, status=409)
    ask("r", "POST", "/v1/flaggers", MARK, status=403)


def test_who_has_its_key_gives_notice_as_the_flagger(
    ask: Callable[..., Any], database: Database, organisation: str
) -> None:
    scored(ask, "c-1", "c-2")
    ask("organisation", "POST", "/v1/complaints", REPORT)
    assert [None] == flagger_of(database, "c-1")
    flagger_id = marked(ask, source="key", value=organisation)
    made = ask("organisation", "POST", "/v1/complaints", REPORT | {"comment_id": "c-2"})
    assert [flagger_id] == flagger_of(database, "c-2")
    assert made["due_at"] < (utc_now() + timedelta(hours=7)).isoformat()


def test_faults_are_told_where_they_lie(ask: Callable[..., Any]) -> None:
    said = ask("platform", "POST", "/v1/flaggers", MARK | {"expertise": ["cooking"], "reference": " "}, status=422)
    assert {"/expertise", "/reference"} == {each["pointer"] for each in said["errors"]}
    said = ask("platform", "POST", "/v1/flaggers", MARK | {"source": "key", "value": "nobody"}, status=422)
    assert ["/value"] == [each["pointer"] for each in said["errors"]]


def unfounded(unit: Unit, keyring: Keyring, comment_id: str, decision_id: str, case_id: str) -> None:
    """A report of the crank that a person found to be without ground."""
    new = NewComplaint(
        comment_id, decision_id, 1, None, case_id, "spam", None, keyring.index("reporter platform", "crank"),
        "platform", utc_now(),
    )  # fmt: skip
    made = complaints.add(unit, new, now=utc_now())
    complaints.answer(unit, made.id, ComplaintOutcome.KEPT, verdict_id=None, now=utc_now())


def test_reports_wait_after_a_warning_and_the_receipt_says_so(
    ask: Callable[..., Any], database: Database, keyring: Keyring
) -> None:
    scored(ask, "c-1", "c-2", "c-3")
    wish = {"target": {"kind": "reporter", "id": "crank"}, "reason": "Often without ground", "ground": "DSA 23",
            "policy": "eu"}  # fmt: skip
    ask("platform", "POST", "/v1/measures", wish | {"measure": "suspend", "length": 14}, status=422)
    warned = MeasureAnswer.model_validate(ask("platform", "POST", "/v1/measures", wish | {"measure": "warn"}))
    assert ("reporter", None, "in_force") == (warned.target.kind, warned.target.id, warned.state)
    ask("platform", "POST", "/v1/complaints", REPORT | {"reporter": "crank"})
    with database.unit() as unit:
        [made] = complaints.of_comment(unit, _id(unit, "c-1"))
        unfounded(unit, keyring, made.comment_id, made.decision_id, str(made.case_id))
        unit.commit()
    held = ask("platform", "POST", "/v1/measures", wish | {"measure": "suspend", "length": 14})
    said = ask("platform", "POST", "/v1/complaints", REPORT | {"comment_id": "c-2", "reporter": "crank"})
    told = ComplaintReceipt.model_validate(said)
    assert ("answered", "suspended") == (told.state, told.outcome)
    assert told.measure is not None
    assert (held["id"], "suspend") == (told.measure.id, told.measure.measure)
    assert "Often without ground" in told.measure.notice["en"]
    life = ask(
        "platform", "POST", "/v1/complaints", REPORT | {"comment_id": "c-3", "kind": "threat", "reporter": "crank"}
    )
    assert "waiting" == life["state"]
    appeal = ask("platform", "POST", "/v1/appeals", {"measure_id": held["id"], "text": "I was right"})
    assert "waiting" == appeal["state"]
    with database.reading() as look:
        assert measures.get(look, held["id"]).reporter_id


def _id(unit: Unit, name: str) -> str:
    from records import comments

    return comments.known_ids(unit, [name])[name]
