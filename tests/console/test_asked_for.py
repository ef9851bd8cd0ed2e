"""What a page of work asks for is what comes; what is in hand already stays, and is said to be something else."""

from __future__ import annotations

import re

import pytest

from records import cases, leases
from records.cases import ESCALATED
from records.values import CaseState
from tests.console.house import House, Visitor, case_in

STAYS = "You had this case in hand already"


def _waiting(house: House, **count: int) -> None:
    """So many cases of each surface."""
    for surface, many in count.items():
        for number in range(many):
            house.comment("加微信 " + "第" * number, surface=surface)


def _ahead(page: str) -> str:
    found = re.search(r'<template id="ahead" data-case="([^"]*)"', page)
    return found[1] if found else ""


def _queue(house: House, visitor: Visitor, path: str) -> tuple[str, bool]:
    """The queue of the case that comes, and whether the page says that it is not what was asked for."""
    page = visitor.page(path)
    return house.case(case_in(page)).queue, STAYS in page


def test_what_is_on_the_screen_stays_and_what_was_taken_ahead_goes_back(house: House) -> None:
    _waiting(house, forum=9, news=2)
    visitor = house.logged_in("mei")
    page = visitor.page("/work?queue=forum")
    ahead = _ahead(page)
    assert CaseState.CLAIMED is house.case(ahead).state
    narrowed = visitor.page("/work?queue=news")
    assert (case_in(page), True) == (case_in(narrowed), STAYS in narrowed)
    assert CaseState.OPEN is house.case(ahead).state


@pytest.mark.parametrize("action", ["approve", "skip", "escalate", "unsure"])
def test_after_it_comes_what_was_asked_for(house: House, action: str) -> None:
    _waiting(house, forum=9, news=2)
    visitor = house.logged_in("mei")
    visitor.page("/work?queue=forum")
    answer = visitor.decide(action, page=visitor.page("/work?queue=news"))
    page = visitor.client.get(answer.headers["location"]).text
    assert ("news", False) == (house.case(case_in(page)).queue, STAYS in page)


def test_where_nothing_of_it_waits_the_desk_is_empty_and_nothing_is_held(house: House) -> None:
    _waiting(house, forum=9)
    visitor = house.logged_in("mei")
    visitor.page("/work")
    answer = visitor.decide("approve", page=visitor.page("/work?label=hate"))
    assert "Nothing waits for you" in visitor.client.get(answer.headers["location"]).text
    assert "forum" == house.case(case_in(visitor.page("/work"))).queue


def test_without_filters_whatever_is_in_hand_is_right(house: House) -> None:
    _waiting(house, forum=1, news=1)
    visitor = house.logged_in("mei")
    assert ("news", False) == _queue(house, visitor, "/work?queue=news")
    assert ("news", False) == _queue(house, visitor, "/work")
    assert ("news", True) == _queue(house, visitor, "/work?queue=appeals")


def test_where_nothing_of_what_is_asked_for_waits_the_page_names_what_does(house: House) -> None:
    for number, surface in enumerate(("news", "news", "live")):
        house.comment(f"下注{number}", surface=surface)
    page = house.logged_in("mei").page("/work?queue=complaints")
    assert "Nothing waits" in page
    named = re.findall(r'href="/console/work[?]queue=(\w+)">\w+ \((\d+)\)', page)
    assert {("live", "1"), ("news", "2")} == set(named)
    with house.database.unit() as unit:
        for case in cases.page(unit, queue="live").items:
            leases.put_back(unit, case, queue=ESCALATED)
        unit.commit()
    assert "escalated" not in house.logged_in("ben").page("/work?queue=complaints").partition('id="elsewhere"')[2][:300]
    assert "queue=escalated" in house.logged_in("li", "senior").page("/work?queue=complaints")
