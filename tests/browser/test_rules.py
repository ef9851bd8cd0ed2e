"""Rules, lists and approvals in a real browser, with the keyboard alone."""

from __future__ import annotations

from typing import Any

import pytest

from moderation.rules import RuleState
from records import approvals, lists, rules
from tests.browser.driving import Desk
from tests.console.house import PASSWORD, House

WIDTHS = (360, 1280)


def held(house: House, name: str) -> set[RuleState]:
    with house.database.reading() as look:
        return set(rules.held(look, name))


def test_a_rule_is_found_led_on_and_approved_by_keys_alone(chromium: Any, address: str, house: House) -> None:
    house.rule("ads.one")
    house.rule("ads.two", term="特价")
    with Desk.opened(chromium, address, house) as desk:
        desk.log_in("ben", "senior")
        desk.go("/rules")
        desk.press("/")
        desk.page.keyboard.type("特价")
        desk.press("Enter")
        desk.page.wait_for_url("**/rules?q=*")
        desk.press("j")
        desk.press("Enter")
        desk.page.wait_for_url("**/rules/ads.two")
        desk.press("w")
        desk.page.keyboard.type("no ghosts in a week")
        desk.press("Tab")
        desk.press("l")
        desk.page.wait_for_url("**/approvals/*")
        assert "somebody else has to answer" in desk.text("#main")
    with Desk.opened(chromium, address, house) as desk:
        desk.log_in("mei", "lead")
        desk.go("/approvals")
        desk.press("j")
        desk.press("Enter")
        desk.page.wait_for_url("**/approvals/*")
        desk.press("a")
        assert desk.page.locator("#note").evaluate("one => one === document.activeElement && !one.validity.valid")
        desk.page.keyboard.type("read it")
        desk.press("Tab")
        desk.press("a")
        desk.page.wait_for_selector(".said .approved")
        assert ([], []) == (desk.foreign, desk.complaints)
    assert {RuleState.LIVE} == held(house, "ads.two")


def test_an_entry_is_added_by_keys_alone(desk: Desk, house: House) -> None:
    desk.log_in("mei", "lead")
    desk.go("/lists")
    desk.press("n")
    desk.page.locator("input[name=value]").fill("evil.com")
    desk.page.locator("input[name=ground]").fill("fraud")
    desk.page.locator("input[name=reason]").fill("phishing")
    desk.page.locator("input[name=source]").fill("police")
    desk.press("Control+Enter")
    desk.page.wait_for_url("**/lists?kind=domain")
    assert "evil.com" in desk.text("table")
    with house.database.reading() as look:
        assert "evil.com" == lists.page(look).items[0].key


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_every_page_fits_its_window(chromium: Any, address: str, house: House, language: str, width: int) -> None:
    house.person("ben", "senior")
    house.rule("ads.long", terms=["优惠", "优惠券" * 40, "x" * 150], action="review")
    asked = house.asked(terms=["优惠", "优惠券" * 40, "x" * 150])
    with house.database.reading() as look:
        assert asked.id == approvals.waiting(look)[0].id
    options = {"viewport": {"width": width, "height": 800}, "locale": language}
    with Desk.opened(chromium, address, house, **options) as desk:
        desk.log_in("mei", "lead")
        if language == "zh-CN":
            desk.in_chinese()
        pages = {
            "rules": "/rules",
            "rule": "/rules/ads.one",
            "lists": "/lists",
            "approvals": "/approvals",
            "shadow": "/shadow",
        }
        for name, path in (pages | {"approval": f"/approvals/{asked.id}"}).items():
            desk.go(path)
            desk.picture(f"{name}-{language[:2]}-{width}")
            wide = desk.page.evaluate("document.documentElement.scrollWidth")
            assert width >= wide, f"{name} is {wide} wide in a window of {width}"
        assert ([], []) == (desk.foreign, desk.complaints)


def test_a_log_in_that_ended_while_a_rule_was_typed_loses_no_letter(desk: Desk, house: House) -> None:
    house.rule("ads.one")
    desk.log_in("ben", "senior")
    desk.go("/rules/ads.one/edit")
    desk.page.locator("#why").fill("half a reason")
    desk.page.locator("#text").press("Control+End")
    desk.page.locator("#text").type("# half a thought")
    desk.context.clear_cookies()
    desk.page.locator("button[value=save]").click()
    desk.page.wait_for_selector("input[name=password]")
    assert "half" not in desk.page.url
    desk.page.locator("input[name=name]").fill("ben")
    desk.page.locator("input[name=password]").fill(PASSWORD)
    desk.press("Enter")
    desk.page.wait_for_selector("#editor")
    assert desk.page.locator("#text").input_value().endswith("# half a thought")
    assert "half a reason" == desk.page.locator("#why").input_value()
    desk.go("/rules/ads.one/edit")
    assert "" == desk.page.locator("#why").input_value()
