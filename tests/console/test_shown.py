"""The case page says whether readers see the comment, when it came, and how far apart its neighbours are."""

from __future__ import annotations

import html

import pytest

from tests.console.house import House


@pytest.mark.parametrize(
    ("expected", "policy", "surface"),
    [
        ("may see it: this surface is looked at afterwards", "default", "forum"),
        ("do not see it yet: it is held until somebody decides", "cn", "news"),
    ],
)
def test_whether_readers_see_it_is_said(house: House, expected: str, policy: str, surface: str) -> None:
    house.comment("下注", policy=policy, surface=surface)
    page = html.unescape(house.logged_in().page("/work"))
    assert f"<b>Readers</b> {expected}" in page
    assert "<b>Stored at</b>" in page


def test_neighbours_are_told_with_their_distance(house: House) -> None:
    house.comment("在吗", thread_id="t1")
    house.clock.forward(minutes=4)
    house.comment("下注", thread_id="t1")
    house.clock.forward(minutes=7)
    house.comment("好的", thread_id="t1")
    page = house.logged_in().page("/work")
    assert "4 min earlier" in page
    assert "7 min later" in page


def test_copies_of_one_text_are_one_past_case(house: House) -> None:
    visitor = house.logged_in()
    text = "高价回收各种礼品卡，当天结算，长期有效，量大价更高，下注"
    for number in range(5):
        house.comment(f"{text}{number}", author=f"a{number}")
        visitor.decide("reject", labels="gambling")
    house.comment(f"{text}9", author="a9")
    page = visitor.page("/work")
    past = page[page.index('id="past-title"') :]
    assert 1 == past[: past.index("</section>")].count("<li>")
    assert "and copies decided alike: 4" in past
