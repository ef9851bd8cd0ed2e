"""Security assessments in the console: written with a form, signed by two others, and asked for by a rule's page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from governance import assessments as governing
from governance.assessments import FIELDS
from records import assessments
from records.assessments import AssessmentRecord, AssessmentState
from tests.console.house import House, csrf_in

WORDS = {name: f"the {name}" for name in FIELDS} | {"why": "it is needed"}


def written(house: House, **changed: Any) -> Any:
    until = (house.clock() + timedelta(days=30)).date().isoformat()
    form = {"kind": "rules", "subject": "ads", "expires": until, "surfaces": ["news"], **WORDS, **changed}
    lead = house.logged_in("mei", "lead")
    return lead.post("/assessments", {"csrf": csrf_in(lead.page("/incidents")), **form})


def every(house: House) -> list[AssessmentRecord]:
    with house.database.reading() as look:
        return assessments.every(look)


def sign(house: House, name: str) -> str:
    """What this person sees of the question, whose yes it is."""
    person = house.logged_in(name, "senior")
    question = person.page("/approvals").partition("/console/approvals/")[2].partition('"')[0]
    page = person.page(f"/approvals/{question}")
    said = {"csrf": csrf_in(page), "answer": "approve", "note": "read"}
    assert 303 == person.post(f"/approvals/{question}", said).status_code
    return page


def test_it_is_written_with_a_form_and_signed_by_two_others(house: House) -> None:
    assert 303 == written(house).status_code
    page = sign(house, "ben")
    assert ("rules ads" in page, "the rollback" in page, "until " in page) == (True, True, True)
    assert AssessmentState.WAITING is every(house)[0].state
    sign(house, "eva")
    assert AssessmentState.SIGNED is every(house)[0].state
    page = house.logged_in("mei", "lead").page("/incidents")
    assert "rules ads" in page
    assert "until " in page
    house.clock.forward(days=31)
    assert "was good until " in house.logged_in("mei", "lead").page("/incidents")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"expires": ""}, "needs a day within a year"),
        ({"expires": "soon"}, "needs a day within a year"),
        ({"risks": " "}, "Say what may go wrong"),
        ({"surfaces": []}, "Say where it goes live."),
        ({"kind": "policy", "expires": "", "subject": "nobodys"}, "there is no nobodys"),
        ({"kind": "rule", "expires": "", "subject": "ads.none"}, "No version of the rule ads.none"),
        ({"kind": "model", "expires": "", "subject": "9"}, "there is no 9"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(house: House, changed: dict[str, Any], said: str) -> None:
    answer = written(house, **changed)
    assert (True, True) == (answer.status_code in (409, 422), said in answer.text)
    assert "the rollback" in answer.text
    assert [] == every(house)


@pytest.mark.parametrize(("kind", "subject"), [("rule", "ads.one"), ("policy", "cn"), ("function", "live polls")])
def test_a_rule_and_a_policy_are_known_by_what_they_say(house: House, kind: str, subject: str) -> None:
    house.rule("ads.one")
    assert 303 == written(house, kind=kind, subject=subject, expires="").status_code
    [made] = every(house)
    sizes = {"rule": 64, "policy": len("set:") + 64, "function": len(subject)}
    assert (kind, subject, sizes[kind]) == (made.kind, made.subject, len(made.mark))


def test_a_rules_page_says_that_it_is_not_assessed_and_what_to_do(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.rule("ads.one")
    lack = governing.Lack("cn", "news")
    monkeypatch.setattr("governance.assessments.asking", lambda *_: [lack])
    lead = house.logged_in("mei", "lead")
    page = lead.page("/rules/ads.one")
    said = {"csrf": csrf_in(page), "to": "live", "expect": "1", "why": "it held", "urgent": "yes"}
    answer = lead.post("/rules/ads.one", said)
    assert (409, True) == (answer.status_code, "none that two people signed stands for it" in answer.text)
    assert "chaffinch assessment write rule ads.one" in answer.text
