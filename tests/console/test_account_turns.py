"""The account's story tells what was done to the account, where it was done, with the way to take it back."""

from __future__ import annotations

import html
import re

import pytest

from console.pages import story
from tests.console.house import House, Visitor, csrf_in

RESTRICT = {
    "cause": "none", "measure": "restrict", "days": "2", "closes": "links", "reason_zh": "多次发布广告",
    "reason_en": "ads again", "ground": "rule 3",
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
    assert "2 d" in line[:400]
    assert "ads again" in line[:400]
    assert f'action="/console/measures/{measure_id}/lift"' in line
    assert page.index("又来了") < page.index("On the account") < page.index("加微信", page.index("On the account"))


def test_a_measure_is_taken_and_taken_back_on_the_time_line_itself(house: House) -> None:
    visitor = house.logged_in("sia", "senior")
    stored = house.comment("加微信", id="c-1", policy="cn")
    story_at = f"/console/comments/{stored.comment_id}/account"
    page = visitor.page(f"/comments/{stored.comment_id}/account")
    assert f'action="/console/comments/{stored.comment_id}/standing"' in page
    form = {"csrf": csrf_in(page), "back": story_at}
    taken = visitor.post(f"/comments/{stored.comment_id}/standing", {**form, **RESTRICT})
    assert (303, story_at) == (taken.status_code, taken.headers["location"])
    page = visitor.page(f"/comments/{stored.comment_id}/account")
    [measure_id] = set(re.findall(r"/measures/([0-9a-f-]+)/lift", page))
    lifted = visitor.post(f"/measures/{measure_id}/lift", {**form, "why": "a mistake"})
    assert (303, story_at) == (lifted.status_code, lifted.headers["location"])
    assert "a mistake" in visitor.page(f"/comments/{stored.comment_id}/account")


def test_no_form_leads_out_of_the_console(house: House) -> None:
    visitor = house.logged_in("sia", "senior")
    stored = house.comment("加微信", id="c-1", policy="cn")
    page = visitor.page(f"/comments/{stored.comment_id}/account")
    form = {"csrf": csrf_in(page), "back": "https://elsewhere.example/console/", **RESTRICT}
    taken = visitor.post(f"/comments/{stored.comment_id}/standing", form)
    assert taken.headers["location"].startswith("/console/measures/")


def test_who_may_not_reads_who_may(house: House) -> None:
    stored = house.comment("加微信", id="c-1", policy="cn")
    page = house.logged_in("mei").page(f"/comments/{stored.comment_id}/account")
    assert "by: senior moderator, lead, administrator." in page
    assert '/standing" class' not in page


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
