"""What stands on the first screen of a case, on a telephone and at a desk: the comment, then what is told of it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.driving import Desk
from tests.browser.test_pages import FINDINGS, RULES, axe
from tests.console.house import House

__all__ = ["axe"]

LONG = "一线城市的房价这几年变化不大，倒是二线城市还在涨，你们怎么看这个趋势呢？"


def a_thread(house: House) -> None:
    for number in range(3):
        house.comment(f"{LONG}{number}", id=f"t{number}", thread_id="th-1", author=f"o{number}")
    house.comment("兄弟们，跟着我下注，日入过千", thread_id="th-1", author="a1", parent_text=LONG, parent_id="t2")


def edges(desk: Desk, selector: str) -> tuple[float, float]:
    """Upper and lower."""
    box = desk.page.locator(selector).bounding_box()
    return box["y"], box["y"] + box["height"]


def test_on_a_telephone_the_comment_is_on_the_first_screen_and_the_menu_is_one_row(
    chromium: Any, address: str, house: House, axe: str
) -> None:
    a_thread(house)
    with Desk.opened(chromium, address, house, viewport={"width": 360, "height": 800}) as desk:
        desk.log_in()
        desk.page.wait_for_selector(".comment .text")
        assert 60 >= edges(desk, "header.top")[1]
        assert 400 >= edges(desk, ".comment .text")[1], "the upper half of the screen"
        assert edges(desk, ".comment")[1] <= edges(desk, ".case-head .facts")[0]
        assert edges(desk, "form.verdict")[1] <= edges(desk, ".thread")[0]
        expect(desk.page.locator("header nav")).to_be_hidden()
        desk.page.locator("label[for=menu-open]").click()
        expect(desk.page.locator("header nav")).to_be_visible()
        expect(desk.page.locator("header .tools")).to_be_visible()
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= 360
        desk.page.evaluate(axe)
        assert [] == desk.page.evaluate(FINDINGS, RULES)
        desk.page.locator("#menu-open").press("Space")
        expect(desk.page.locator("header nav")).to_be_hidden()
        desk.press("q")
        desk.page.wait_for_url("**/mine")


def test_at_a_desk_the_scores_are_on_the_first_screen_beside_the_author(
    chromium: Any, address: str, house: House
) -> None:
    a_thread(house)
    with Desk.opened(chromium, address, house, viewport={"width": 1280, "height": 900}) as desk:
        desk.log_in()
        desk.page.wait_for_selector(".scores")
        expect(desk.page.locator("label[for=menu-open]")).to_be_hidden()
        assert edges(desk, ".scores")[1] <= edges(desk, ".buttons")[0]
        assert abs(edges(desk, ".scores")[0] - edges(desk, ".glance")[0]) < 2
