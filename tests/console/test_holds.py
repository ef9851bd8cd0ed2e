"""What is held for an authority, on the pages where its requests stand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from governance import house_words
from governance.retention import Retention
from records import holds, ledger, ledger_pages
from records.holds import HoldRecord, HoldState
from records.house_values import LedgerEntry
from tests.console.house import House, csrf_in
from tests.console.test_inspections import granted
from tests.console.test_law_pages import with_parts

WORDS = {"authority": "Court of X", "reference": "C 12", "ground": "order of 3 March", "why": "it came by post"}


def asked(house: House, **changed: Any) -> Any:
    until = (house.clock() + timedelta(days=30)).date().isoformat()
    form = {"kind": "comment", "target": "c-1", "until": until, **WORDS, **changed}
    lead = house.logged_in("mei", "lead")
    return lead.post("/holds", {"csrf": csrf_in(lead.page("/inspections")), **form})


def answered(house: House) -> str:
    """What a senior sees of the question, whose yes it is."""
    senior = house.logged_in("ben", "senior")
    question = senior.page("/approvals").partition("/console/approvals/")[2].partition('"')[0]
    page = senior.page(f"/approvals/{question}")
    said = {"csrf": csrf_in(page), "answer": "approve", "note": "genuine"}
    assert 303 == senior.post(f"/approvals/{question}", said).status_code
    return page


def every(house: House) -> list[HoldRecord]:
    with house.database.reading() as look:
        return list(holds.page(look).items)


def test_it_is_asked_for_agreed_to_and_lifted_on_the_pages(house: House) -> None:
    house.comment("words", id="c-1")
    assert 303 == asked(house).status_code
    page = answered(house)
    assert "Court of X C 12" in page
    assert "order of 3 March" in page
    [hold] = every(house)
    assert HoldState.IN_FORCE is hold.state
    lead = house.logged_in("mei", "lead")
    page = lead.page("/inspections")
    assert f"/comments/{hold.comment_id}/account" in page
    assert "The person is not told" in page
    no_reason = lead.post(f"/holds/{hold.id}/lift", {"csrf": csrf_in(page), "why": " "})
    assert (422, True) == (no_reason.status_code, "It was not lifted" in no_reason.text)
    assert 303 == lead.post(f"/holds/{hold.id}/lift", {"csrf": csrf_in(page), "why": "closed"}).status_code
    assert HoldState.LIFTED is every(house)[0].state


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"target": "c-9"}, "There is nothing of that kind under this name"),
        ({"until": ""}, "Give a day to come until which it holds"),
        ({"until": "some day"}, "Give a day to come until which it holds"),
        ({"kind": "toy"}, "There is nothing of that kind under this name"),
        ({"kind": "author", "target": "ann", "why": "ann is in court"}, "name no author"),
    ],
)
def test_what_is_wrong_is_said_in_words_and_what_was_typed_stays(
    house: House, changed: dict[str, str], said: str
) -> None:
    house.comment("words", id="c-1")
    answer = asked(house, **changed)
    assert (422, True, True) == (answer.status_code, said in answer.text, "order of 3 March" in answer.text)
    assert [] == every(house)


def test_an_inspector_sees_which_holds_lie_in_their_scope_and_no_form(house: House) -> None:
    house.comment("words", id="c-1", surface="news")
    house.comment("elsewhere", id="c-2", surface="forum")
    asked(house, authority="Court of X")
    answered(house)
    asked(house, authority="Court of Y", target="c-2")
    answered(house)
    inspector, place = granted(house)
    page = inspector.page(place)
    assert (True, False) == ("Court of X" in page, "Court of Y" in page)
    assert "Court of X" not in inspector.page("/inspections")
    refused = inspector.post("/holds", {"csrf": csrf_in(page), "kind": "comment", "target": "c-1", **WORDS})
    assert 403 == refused.status_code


def test_a_hold_that_should_be_looked_at_again_says_so(house: House) -> None:
    house.comment("words", id="c-1")
    asked(house, until="", review=(house.clock() + timedelta(days=2)).date().isoformat())
    answered(house)
    house.clock.forward(days=3)
    assert "It is time to look whether it still has to stand." in house.logged_in("mei", "lead").page("/inspections")


def test_the_page_of_retention_says_how_much_is_older_and_held(house: House) -> None:
    house.comment("words", id="c-1")
    asked(house, until=(house.clock() + timedelta(days=3000)).date().isoformat())
    answered(house)
    with_parts(house, retention=Retention.model_validate({"otherwise": {"days": 10}}))
    lead = house.logged_in("mei", "lead")
    assert "Older, and held for an authority" not in lead.page("/retention")
    house.clock.forward(days=20)
    assert "Older, and held for an authority</dt><dd>1</dd>" in house.logged_in("mei", "lead").page("/retention")


def test_who_answers_is_told_what_goes_with_the_words_of_a_hold(house: House) -> None:
    house.comment("words", id="c-1")
    asked(house)
    answered(house)
    [hold] = every(house)
    with house.database.unit() as unit:
        entry = ledger.last(unit, "hold.asked", hold.id)
        assert entry
        house_words.ask(unit, entry.id, by="mei", why="it names somebody", now=house.clock())
        unit.commit()
    senior = house.logged_in("ben", "senior")
    question = senior.page("/approvals").partition("/console/approvals/")[2].partition('"')[0]
    page = senior.page(f"/approvals/{question}")
    assert "Who did what, when, where and under which number stays: hold" in page
    assert hold.id in page
    assert {"reason": "it came by post", "ground": "order of 3 March"}.items() <= words_of(house, entry).items()
    answered(house)
    assert ("erased", "erased") == (every(house)[0].ground, words_of(house, entry)["ground"])


def words_of(house: House, entry: LedgerEntry) -> dict[str, Any]:
    with house.database.reading() as look:
        return ledger_pages.words_of(look, entry)
