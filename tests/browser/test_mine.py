"""One's own page, what is steered and what is live untried, in a browser: by keys, in both languages and widths."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from console.routes import application
from governance import rules as life
from governance.rules import Standards, Wish
from moderation.rules import RuleState
from records import jobs, steered_looks
from records.house_queues import AS_USUAL, SecondLooks
from records.search import catch_up
from records.steered_looks import LABEL, QUEUE, Steered
from review import quality
from review.quality import Quality
from tests.browser.driving import Desk
from tests.browser.test_pages import FINDINGS, RULES, axe  # noqa: F401 - a fixture
from tests.console.house import House
from tests.governance.test_rules import a_rule

LOOKS = [(360, "zh", "light"), (1280, "zh", "dark"), (360, "en", "dark"), (1280, "en", "light")]
PAGES = ("/mine", "/quality", "/lead", "/rules", "/rules/ads.one", "/search?who=me&rule=ads.one")


def _weigh(house: House) -> None:
    house.clock.forward(seconds=13)
    with house.database.unit() as unit:
        quality.weigh(unit, now=house.clock())
        unit.commit()


def _decide(house: House, who: str, action: str, queue: str = "", **more: str) -> None:
    visitor = house.logged_in(who, "senior" if who == "ben" else "moderator")
    page = visitor.page(f"/work{queue}").partition('<template id="ahead"')[0]
    house.clock.forward(seconds=25)
    assert 303 == visitor.decide(action, page=page, **more).status_code


def fill(house: House) -> None:
    """Mei decided some of the week's; of one two people differed and a third decided otherwise."""
    looks = SecondLooks(low_alpha=0.67, low_times=3, low_most=0.3)
    house.database._queues = lambda: replace(AS_USUAL, second_looks=looks)
    house.parts = replace(house.parts, quality=Quality(second_share=1.0))
    house.app.router.routes.clear()
    house.app.mount("/console", application(house.parts))
    house.logged_in("wei")  # whoever works alone is looked at by nobody
    for number in range(4):
        house.comment(f"下注第{number}期", surface="news" if number % 2 else "forum")
        _decide(house, "mei", "reject", labels="gambling")
        house.clock.forward(minutes=7)
    house.comment("你这个蠢货，滚出去")
    _decide(house, "mei", "reject", labels="abuse")
    _weigh(house)
    for _ in range(5):
        _decide(house, "wei", "reject", labels="gambling")
    _weigh(house)
    _decide(house, "ben", "approve", "?queue=escalated", note="a joke, as the thread shows")
    house.clock.forward(seconds=13)
    house.parts = replace(house.parts, quality=Quality(second_share=0.05))
    house.app.router.routes.clear()
    house.app.mount("/console", application(house.parts))
    now = house.clock()
    with house.database.unit() as unit:
        jobs.take_turns(unit, "second_looks")
        low = [
            Steered(LABEL, "fraud", 0.41, 0.30, 0.52, 120, now, now),
            Steered(QUEUE, "news", 0.55, None, None, 61, now, now),
        ]
        steered_looks.replace(unit, low, now=now - timedelta(days=2))
        life.add(unit, a_rule("ads.one", action="review"), by="ben", why="seen today", now=now)
        wish = Wish("ads.one", RuleState.LIVE, "ben", "a wave", urgent="hundreds a minute")
        standards = Standards(house.parts.taxonomy, now.date(), tried_first=True)
        life.promote(unit, wish, standards=standards, packed=lambda _: None, now=now)
        catch_up(unit)
        unit.commit()


def test_q_leads_from_the_desk_to_one_s_own_page_and_back(desk: Desk, house: House) -> None:
    house.comment("下注")
    desk.log_in()
    desk.press("q")
    desk.page.wait_for_url("**/mine")
    assert "My work" in desk.text("h1")
    assert "Nobody else stands here" in desk.text("main")
    desk.press("?")
    expect(desk.page.locator("dialog#help")).to_contain_text("my own page")
    desk.press("Escape")
    desk.page.locator("main a[href$='/work']").click()
    desk.page.wait_for_url("**/work")
    desk.context.clear_cookies()
    desk.log_in("lea", "lead")  # whose menu has it in a group that is closed
    desk.go("/work")
    desk.press("q")
    desk.page.wait_for_url("**/mine")


FILTERS = "every => every.map((each) => getComputedStyle(each).filter)"


def test_what_was_decided_otherwise_is_blurred_until_its_key_is_pressed(desk: Desk, house: House) -> None:
    fill(house)
    desk.log_in("mei")
    desk.go("/mine")
    texts = desk.page.locator(".hit-text.veiled")
    expect(texts).to_have_count(2)  # decided otherwise, and where two differed
    assert "none" not in texts.evaluate_all(FILTERS)
    desk.press("b")
    assert ["none", "none"] == texts.evaluate_all(FILTERS)
    assert not {"wei", "ben"} & set(desk.text("main").split())
    desk.press("j")
    desk.press("Enter")
    desk.page.wait_for_url("**/decisions/*")


@pytest.mark.proof  # of these pages with nothing on them `test_pages` asks the same in every run
@pytest.mark.parametrize(("width", "locale", "scheme"), LOOKS)
def test_the_pages_keep_nobody_out(
    chromium: Any, address: str, house: House, axe: str, width: int, locale: str, scheme: str  # noqa: F811
) -> None:  # fmt: skip
    fill(house)
    size = {"width": width, "height": 860}
    with Desk.opened(chromium, address, house, viewport=size, color_scheme=scheme) as desk:
        for who, role, paths in (
            ("mei", "moderator", PAGES[:1]),
            ("lea", "lead", PAGES),
            ("dora", "data_scientist", PAGES[1:2]),
        ):
            desk.context.clear_cookies()
            desk.log_in(who, role)
            if locale == "zh":
                desk.in_chinese()
            for path in paths:
                desk.go(path)
                desk.page.evaluate("for (const one of document.querySelectorAll('details:not(.menu)')) one.open = true")
                name = path.strip("/").replace("/", "-").partition("?")[0].replace(".", "-")
                desk.picture(f"7d-{name}-{role}-{locale}-{width}-{scheme}")
                assert desk.page.evaluate("document.documentElement.scrollWidth") <= width, path
                desk.page.evaluate(axe)
                assert [] == desk.page.evaluate(FINDINGS, RULES), path
        assert ([], []) == (desk.foreign, desk.complaints)
