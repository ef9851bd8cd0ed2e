"""Rejecting on a ground that no label names: on the desk, and by search."""

from __future__ import annotations

import re

from governance import bulk_steps
from governance.verdicts import HouseRules
from moderation.taxonomy import load_taxonomy
from records import cases, verdicts
from tests.console.house import House, case_in, csrf_in
from tests.console.test_desk import _with
from tests.console.test_search import index, ticked


def test_a_ground_beside_the_labels_is_a_reason_to_reject(house: House) -> None:
    stored = house.comment("加微信")
    visitor = house.logged_in("mei")
    assert ">Privacy</option>" in visitor.page("/work")
    assert 422 == visitor.decide("reject").status_code
    assert "You ticked labels or chose a ground" in visitor.decide("approve", ground="privacy").text
    assert "That ground does not exist any more." in visitor.decide("reject", ground="other").text
    visitor.decide("reject", ground="privacy")
    assert "Rejected: Privacy." in visitor.page("/work")
    verdict = house.verdicts(stored.case_id)[0]
    assert ((), "privacy", False) == (verdict.labels, verdict.ground, verdict.overturned)
    assert "<td>Privacy" in visitor.page(f"/decisions/{verdict.decision_id}")


def test_what_search_found_is_rejected_on_a_ground(house: House) -> None:
    stored = house.comment("今天的云真好看")
    index(house)
    visitor = house.logged_in("mei")
    assert ">Privacy</option>" in visitor.page("/search")
    answer = ticked(house, visitor, "/search/decide", stored, verdict="reject", ground="privacy", measure="delete")
    assert 200 == answer.status_code
    assert "</b>: Privacy · mei" in visitor.page(f"/comments/{stored.comment_id}/account")


def test_a_campaign_that_shows_an_address_is_rejected_on_a_ground_with_a_second_persons_word(house: House) -> None:
    _with(house, bulk_alone=2)
    house.campaign(*(house.comment(f"加微信，她住幸福路八号{n}") for n in range(4)))
    visitor, senior = house.logged_in("mei"), house.logged_in("sen", "senior")
    case_id = case_in(visitor.page("/work"))
    page = visitor.page(f"/work/{case_id}/campaign")
    form = {**visitor.form(page), "action": "reject", "ground": "privacy", "why": "one address, again and again"}
    made = visitor.post(f"/work/{case_id}/campaign", form).headers["location"]
    assert "Privacy" in visitor.page(made.removeprefix("/console"))
    [link] = set(re.findall(r"/console(/approvals/[\w-]+)\"", senior.page("/approvals")))
    assert "4 comments would be rejected: Privacy." in senior.page(link)
    token = csrf_in(senior.page(link))
    assert 303 == senior.post(link, {"csrf": token, "answer": "approve", "note": "looked at all"}).status_code
    rules = HouseRules(house.parts.taxonomy, house.parts.policies())
    house.clock.forward(seconds=13)
    assert 4 == bulk_steps.step(house.database, lambda: rules, house.clock())
    with house.database.reading() as look:
        held = [verdicts.holding_of(look, each.comment_id) for each in cases.page(look).items]
    assert ["privacy"] * 4 == [each.ground for each in held if each]


def test_equal_texts_of_a_campaign_are_one_line_with_their_number(house: House) -> None:
    house.campaign(*(house.comment("加微信，天天有礼") for _ in range(4)))
    visitor = house.logged_in("mei")
    page = visitor.page(f"/work/{case_in(visitor.page('/work'))}/campaign")
    assert 1 == page.count("<b>3 ×</b>")
    assert 1 == page.split('<ol class="texts"')[1].partition("</ol>")[0].count("<li>")


def test_the_policy_stands_beside_the_choice_with_its_clause_examples_and_edge_cases(house: House) -> None:
    house.comment("下注")
    page = house.logged_in("mei").page("/work")
    part = page[page.index('id="policy-gambling"') :].partition("</div>")[0]
    assert "Rule 2: no offers of gambling" in part
    assert "platform-rules:gambling" in part
    assert "For example" in part
    assert "the state lottery discussed: no" in part
    assert "Rule 9: no harm to a child" in page, "grounds that are no labels have theirs too"


def test_every_label_and_ground_has_a_clause_and_edge_cases_in_both_languages() -> None:
    taxonomy = load_taxonomy()
    every = (*taxonomy.labels, *taxonomy.grounds)
    assert [] == [one.name for one in every if one.clause is None or not one.examples or not one.edge_cases]
