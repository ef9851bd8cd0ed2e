"""The page of the challenger: figures for those who answer for models, and nothing for those who decide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.preferences import COOKIE
from console.words import words_in
from moderation.decision import Outcome
from records import shadow
from tests.console.house import House
from tests.governance.test_shadow import beside


def scored(house: House) -> None:
    one, two = house.comment("下注"), house.comment("今天天气好")
    beside(house.database, {one.decision_id: Outcome.PASS, two.decision_id: Outcome.PASS})


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_figures_are_shown_in_both_languages(house: House, locale: str) -> None:
    scored(house)
    visitor = house.logged_in("dora", "data_scientist")
    visitor.client.cookies.set(COOKIE, f"{locale}-auto-on", path="/console")
    page = visitor.page("/shadow")
    words = words_in(locale)
    assert f'<html lang="{locale}"' in page
    assert words("shadow.says", outcome=words("outcome.block")) in page
    assert words("shadow.axis_surface") in page
    assert "下注" not in page
    assert "50\u202f%" in page


def test_who_decides_does_not_see_what_the_challenger_thinks(house: House) -> None:
    scored(house)
    for name, role in (("mei", "moderator"), ("ben", "senior")):
        visitor = house.logged_in(name, role)
        assert 403 == visitor.get("/shadow").status_code
        assert "/console/shadow" not in visitor.page("/queue")
    assert "/console/shadow" in house.logged_in("dora", "data_scientist").page("/queue")


def test_before_the_first_challenger_the_page_says_how_to_make_one(house: House) -> None:
    assert "chaffinch shadow start MODEL" in house.logged_in("dora", "data_scientist").page("/shadow")


def test_versions_are_chosen_and_those_that_never_met_are_told(house: House) -> None:
    scored(house)
    visitor = house.logged_in("dora", "data_scientist")
    assert '<option value="7" selected>' in visitor.page("/shadow?challenger=4&champion=7")
    missing = visitor.get("/shadow?challenger=%3Cb%3E9")
    assert (404, True, False) == (missing.status_code, "&lt;b&gt;9" in missing.text, "<b>9" in missing.text)


def test_a_challenger_that_cannot_be_loaded_is_told(house: House) -> None:
    scored(house)
    with house.database.unit() as unit:
        run = replace(shadow.runs(unit)[0], lease_owner="me")
        shadow.tell_fault(unit, run, "The bundle is missing.", now=house.clock())
        unit.commit()
    assert "The bundle is missing." in house.logged_in("dora", "data_scientist").page("/shadow")
