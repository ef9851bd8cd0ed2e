"""The account's story tells what was done to the account, where it was done, with the way to take it back."""

from __future__ import annotations

import html

import pytest

from console.pages import story
from tests.console.house import House, Visitor, csrf_in

RESTRICT = {
    "measure": "restrict", "days": "7", "closes": "links", "reason_zh": "多次发布广告", "reason_en": "ads again",
    "ground": "rule 3",
}  # fmt: skip


def _restricted(house: House, visitor: Visitor) -> tuple[str, str]:
    """The comment by which the account is spoken of, and the measure."""
    stored = house.comment("加微信", id="c-1", policy="cn")
    path = f"/comments/{stored.comment_id}/standing"
    answer = visitor.post(path, {"csrf": csrf_in(visitor.page(path)), **RESTRICT})
    assert 303 == answer.status_code
    return stored.comment_id, answer.headers["location"].rpartition("/")[2]


def test_a_measure_on_the_account_stands_on_its_time_line_with_the_way_back(house: House) -> None:
    visitor = house.logged_in("sia", "senior")
    comment_id, measure_id = _restricted(house, visitor)
    house.comment("又来了", policy="cn")
    page = html.unescape(visitor.page(f"/comments/{comment_id}/account"))
    line = page[page.index("On the account: restrict") :]
    assert "7 d" in line[:400]
    assert "ads again" in line[:400]
    assert f'/measures/{measure_id}" data-row>Take it back' in line
    assert page.index("又来了") < page.index("On the account") < page.index("加微信", page.index("On the account"))


def test_what_was_taken_back_says_who_and_why(house: House) -> None:
    visitor = house.logged_in("sia", "senior")
    comment_id, measure_id = _restricted(house, visitor)
    lift = {"csrf": csrf_in(visitor.page(f"/measures/{measure_id}")), "why": "the wrong account"}
    assert 303 == visitor.post(f"/measures/{measure_id}/lift", lift).status_code
    page = html.unescape(visitor.page(f"/comments/{comment_id}/account"))
    assert 2 == page.count("On the account: ")
    assert "the wrong account" in page
    assert "Take it back" not in page


def test_who_takes_no_measures_is_led_to_the_measure_alone(house: House) -> None:
    comment_id, measure_id = _restricted(house, house.logged_in("sia", "senior"))
    page = house.logged_in("mei").page(f"/comments/{comment_id}/account")
    assert f'/measures/{measure_id}" data-row>The measure' in page


def test_each_page_of_a_long_story_tells_its_own_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "ROWS", 2)
    visitor = house.logged_in("sia", "senior")
    comment_id, _ = _restricted(house, visitor)
    for number in range(3):
        house.clock.forward(minutes=1)
        house.comment(f"又来了{number}", policy="cn")
    first = visitor.page(f"/comments/{comment_id}/account")
    assert "On the account" not in first
    cursor = first.partition("?cursor=")[2].partition('"')[0]
    assert "On the account" in visitor.page(f"/comments/{comment_id}/account?cursor={cursor}")
