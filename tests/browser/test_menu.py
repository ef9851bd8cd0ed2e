"""The menu: groups open by mouse and keys, close by Escape and a click elsewhere, and fit a narrow window."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.driving import Desk
from tests.browser.test_pages import FINDINGS, RULES, axe
from tests.browser.test_pictures import CUT_OFF
from tests.console.house import House

__all__ = ["axe"]


def test_a_group_opens_by_key_and_closes_by_escape_or_a_click_elsewhere(desk: Desk) -> None:
    desk.log_in("ada", "admin")
    operations = desk.page.locator("header nav details", has_text="Operations")
    people = desk.page.locator("header nav details", has_text="Team")
    emergencies = operations.get_by_role("link", name="Emergencies")
    expect(emergencies).to_be_hidden()
    operations.locator("summary").focus()
    desk.press("Enter")
    expect(emergencies).to_be_visible()
    people.locator("summary").click()
    expect(emergencies).to_be_hidden()
    expect(people.get_by_role("link", name="Accounts")).to_be_visible()
    desk.press("Escape")
    expect(people.get_by_role("link", name="Accounts")).to_be_hidden()
    expect(people.locator("summary")).to_be_focused()
    desk.press("Enter")
    desk.page.locator("main").click(position={"x": 8, "y": 400})  # an open group lies over the head of the page
    expect(people.get_by_role("link", name="Accounts")).to_be_hidden()
    operations.locator("summary").click()
    emergencies.click()
    desk.page.wait_for_url("**/emergencies")
    expect(operations.locator("summary.here")).to_have_count(1)
    assert (
        "Emergencies" == desk.text("header nav a[aria-current]") or operations.locator("a[aria-current]").count() == 1
    )


@pytest.mark.parametrize(("width", "language"), [(360, "zh-CN"), (1280, "en-GB")])
def test_an_open_group_fits_its_window(
    chromium: Any, address: str, house: House, axe: str, width: int, language: str
) -> None:
    options = {"viewport": {"width": width, "height": 740}, "locale": language}
    with Desk.opened(chromium, address, house, **options) as desk:
        desk.log_in("ada", "admin")
        desk.go("/queue")
        if width == 360:
            desk.page.locator("label[for=menu-open]").click()
        for group in desk.page.locator("header nav summary").all():
            group.click()
            assert [] == desk.page.evaluate(CUT_OFF)
            wide = desk.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0
        desk.picture(f"menu-{language}-{width}", full=False)
        # One that covers nothing else to click: what lies under an open menu is small to axe.
        desk.page.locator("header nav summary").first.click()
        desk.page.evaluate(axe)
        assert [] == desk.page.evaluate(FINDINGS, RULES)
        assert [] == desk.complaints


@pytest.mark.parametrize("role", ["lead", "admin"])
def test_the_head_of_a_page_is_one_line_on_a_common_screen(
    chromium: Any, address: str, house: House, role: str
) -> None:
    with Desk.opened(chromium, address, house, viewport={"width": 1280, "height": 740}, locale="en-GB") as desk:
        desk.log_in("ada", role)
        desk.go("/lead")
        tall = desk.page.locator("header.top").bounding_box()["height"]
        desk.picture(f"head-{role}-1280", full=False)
        assert tall <= 1.5 * desk.page.locator("header .brand").bounding_box()["height"] + 20


def test_the_language_is_switched_from_the_menu_of_a_telephone(desk: Desk, house: House) -> None:
    house.comment("下注")
    desk.log_in()
    desk.page.set_viewport_size({"width": 360, "height": 740})
    desk.page.locator("label[for=menu-open]").click()
    desk.page.locator("button[name=locale]").click()
    expect(desk.page.locator("html")).to_have_attribute("lang", "zh")
    expect(desk.page.get_by_role("button", name="通过")).to_be_visible()


def test_the_palette_begins_with_the_verdicts(desk: Desk, house: House) -> None:
    house.comment("下注")
    desk.log_in()
    desk.page.keyboard.press("Control+k")
    shown = desk.page.locator("#palette-list li").all_text_contents()
    assert ["ApproveA", "RejectD"] == shown[:2]
    assert len(shown) == len(set(shown))


def test_what_decides_many_has_a_row_of_its_own_on_a_telephone(desk: Desk, house: House) -> None:
    house.campaign(*[house.comment(f"高价回收礼品卡，加微信 vx1234{n}") for n in range(3)])
    desk.log_in()
    desk.page.set_viewport_size({"width": 360, "height": 740})
    alike, approve, skip = (desk.page.locator(f".buttons button[value={name}]").bounding_box()
                            for name in ("alike", "approve", "skip"))  # fmt: skip
    assert alike["width"] > 300
    assert alike["y"] + alike["height"] <= approve["y"] == skip["y"]
