"""The case page lifts a disguise wherever a rule or a word hangs on it."""

from __future__ import annotations

import html
import re

from tests.console.house import House


def _told(page: str) -> list[str]:
    part = page[page.index('class="read-as"') : page.index("</details>", page.index('class="read-as"'))]
    found = re.findall(r"<li[^>]*>(.*?)</li>", part, re.S)
    return [" ".join(re.sub("<[^>]+>", "", html.unescape(one)).split()) for one in found]


def test_what_a_rule_found_by_sound_is_told_with_its_reading(house: House) -> None:
    house.comment("办zheng找我")
    assert ["办zheng → 办证 by sound"] == _told(house.logged_in().page("/work"))


def test_words_put_together_are_told_without_a_rule(house: House) -> None:
    house.comment("下注，裸.聊 i d i o t")
    assert ["裸.聊 → 裸聊 put together", "i d i o t → idiot put together"] == _told(house.logged_in().page("/work"))


def test_a_text_without_a_disguise_has_no_way_to_lift_one(house: House) -> None:
    house.comment("下注")
    assert 'class="read-as"' not in house.logged_in().page("/work")
