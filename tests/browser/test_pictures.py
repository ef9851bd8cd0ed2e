"""Pictures of every page, for people to look at (`var/screenshots/`); each also has to fit its window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from records.cases import Wanted
from records.values import Judgement, VerdictKind
from review import quality, queue
from review.verdicts import ask_second, give_verdict
from tests.browser.driving import Desk
from tests.console.house import House
from tests.fakes import BrokenScorer
from tests.serving.loaders import shipped_rules

LONG = (
    "昨天下午我去了那家新开的书店，老板人很好，还送了我一张手绘的地图。"
    "不过最让我惊讶的是二楼的阅读角，灯光柔和，座位之间隔得很开，完全不会被打扰。"
) * 9

CUT_OFF = """[...document.querySelectorAll('.chart text')].filter(text => {
    const drawn = text.getBBox(), all = text.ownerSVGElement.viewBox.baseVal;
    return drawn.x < 0 || drawn.x + drawn.width > all.width;
}).map(text => text.textContent)"""
"""Words of a chart that stand partly outside it."""


DIFFER = """letters => new Set([...letters].map(letter => {
    const canvas = document.createElement('canvas'), pen = canvas.getContext('2d');
    pen.font = '40px sans-serif';
    pen.fillText(letter, 0, 60);
    return canvas.toDataURL();
})).size === [...letters].length"""
"""Whether each letter looks otherwise than the others: those that no font has are all drawn as the same box."""

FIRST, ASKED = "这家店不错，老板微\u200b信：hualuo77 可以预订😀", "周末想带孩子去老城，有推荐的馆子吗？"


@pytest.fixture(scope="module", autouse=True)
def _no_boxes(chromium: Any) -> None:
    """Pictures in which Chinese is boxes show nobody anything, and boxes fit any window."""
    page = chromium.new_page()
    try:
        assert not page.evaluate(DIFFER, "\U000e0fff\U000e0ffe"), "letters that no font has are told apart"
        if not page.evaluate(DIFFER, "汉字评论"):
            pytest.skip("no Chinese font here, only boxes: apt-get install fonts-noto-cjk")
    finally:
        page.close()


def fill(house: House) -> None:
    house.engine = replace(house.engine, rules=shipped_rules())
    house.comment(FIRST, parent_text=ASKED)
    house.comment("你这个蠢货，连这都看不懂", surface="news")
    house.comment(f"{LONG}加微信领优惠券", surface="forum")
    house.comment("约吗？私我看图", surface="live")
    house.comment("Free followers, click here \u202ekcilc\u202c now", surface="forum")
    house.comment("在家刷单日结三百", surface="forum")
    house.comment("办假证，当天可取", surface="forum")
    house.comment("加微信带你飞", surface="live")
    house.engine = replace(house.engine, scorer=BrokenScorer())
    house.comment("今天的云真好看", surface="news", policy="cn")


# Each language, scheme and width once; each with each of the others in `make proof`.
WAYS = [("en-GB", "dark", 1280), ("zh-CN", "light", 360)]
OTHERS = [
    *(("en-GB", "light", width) for width in (360, 1280)),
    *(("zh-CN", "dark", width) for width in (360, 1280)),
    ("en-GB", "dark", 360),
    ("zh-CN", "light", 1280),
]


@pytest.mark.parametrize(
    ("language", "scheme", "width"), [*WAYS, *(pytest.param(*way, marks=pytest.mark.proof) for way in OTHERS)]
)
def test_every_page_fits_its_window(
    chromium: Any, address: str, house: House, language: str, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 740 if width < 500 else 860}
    options = {"viewport": size, "locale": language, "color_scheme": scheme}
    with Desk.opened(chromium, address, house, **options) as desk:
        desk.go("/login")
        _look(desk, "nobody", language, scheme, width)
        house.person("mei")
        desk.go("/login")
        _look(desk, "login", language, scheme, width)
        fill(house)
        desk.log_in()
        if language == "zh-CN":
            desk.in_chinese()
        _look(desk, "work", language, scheme, width)
        desk.press("2")
        _show(desk)
        desk.press_and_go_on("d")
        _look(desk, "work-next", language, scheme, width)
        desk.press("?")
        desk.page.wait_for_selector("dialog[open]")
        _look(desk, "keys", language, scheme, width, full=False)
        desk.press("Escape")
        desk.press("k")
        desk.page.wait_for_url("**/decisions/*")
        _look(desk, "decision", language, scheme, width)
        desk.go("/work?queue=forum")
        house.clock.forward(minutes=11)
        desk.press("1")
        _show(desk)
        desk.press("d")
        desk.page.wait_for_selector("[role=alert]")
        _look(desk, "conflict", language, scheme, width)
        desk.go("/queue")
        _look(desk, "queue", language, scheme, width)
        assert [] == desk.page.evaluate(CUT_OFF)
        desk.go("/nowhere")
        _look(desk, "nowhere", language, scheme, width)
        desk.go("/work")
        desk.press("1")  # the draft ticked it again
        while desk.page.locator("#verdict").count():
            if desk.page.locator("button[data-unread]").count() and not desk.page.locator("#reveal").is_checked():
                desk.press("b")  # what is blurred is read before it is decided
                desk.page.wait_for_timeout(300)  # nobody reads it in a quarter of a second
            desk.press_and_go_on("a")
        _look(desk, "empty", language, scheme, width)
        assert [] == desk.foreign
        assert [] == desk.complaints, desk.complaints


def twice(house: House, count: int) -> None:
    """Comments that two people answered, mostly alike, and some that wait for the second."""
    for number in range(count):
        house.comment(f"{'下注' if number % 2 else '加微信'}{number}")
        label = "gambling" if number % 2 else "advertising"
        differs = number % 7 == 0
        _answer(house, "mei", Judgement(VerdictKind.REJECT, (label,)), 1.0)
        house.clock.forward(seconds=20)
        with house.database.unit() as unit:
            quality.weigh(unit, now=house.clock())
            unit.commit()
        _answer(house, "wei", Judgement(VerdictKind.APPROVE) if differs else Judgement(VerdictKind.REJECT, (label,)))
        house.clock.forward(seconds=20)


def _answer(house: House, who: str, judgement: Judgement, share: float = 0.0) -> None:
    now, names = house.clock(), house.parts.taxonomy.names
    with house.database.unit() as unit:
        [case] = queue.take(unit, house.people[who].id, Wanted(blind=True), now=now)
        given = give_verdict(unit, names, case.id, judgement, moderator=house.people[who].id, token=None, now=now)
        ask_second(unit, given, share, now=now)
        unit.commit()


@pytest.mark.parametrize(
    ("language", "scheme", "width"),
    [("zh-CN", "dark", 360), pytest.param("en-GB", "light", 1280, marks=pytest.mark.proof)],
)
def test_the_lead_s_page_fits_its_window(
    chromium: Any, address: str, house: House, language: str, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 740 if width < 500 else 860}
    options = {"viewport": size, "locale": language, "color_scheme": scheme}
    for name in ("mei", "wei"):
        house.person(name)
    twice(house, 24)
    with Desk.opened(chromium, address, house, **options) as desk:
        desk.log_in("li", "lead")
        if language == "zh-CN":
            desk.in_chinese()
        desk.go("/quality")
        _look(desk, "quality", language, scheme, width)
        assert [] == desk.page.evaluate(CUT_OFF)
        for number in range(9):
            house.comment(f"下注{number}，约吗", surface="news", thread_id="t-1")
        desk.go("/work")
        desk.press("w")
        _look(desk, "work-reasons", language, scheme, width)
        desk.press("Escape")
        desk.press("2")
        _show(desk)
        desk.press_and_go_on("d")
        desk.page.wait_for_selector("#said-bar")
        _look(desk, "work-ahead", language, scheme, width)
        desk.press("k")
        desk.page.wait_for_url("**/decisions/*")
        _look(desk, "decision-again", language, scheme, width)
        assert [] == desk.complaints, desk.complaints


@pytest.mark.parametrize(("language", "scheme", "width"), [("zh-CN", "dark", 360), ("en-GB", "light", 1280)])
def test_the_desk_s_other_pages_fit_their_window(
    chromium: Any, address: str, house: House, language: str, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 740 if width < 500 else 860}
    options = {"viewport": size, "locale": language, "color_scheme": scheme}
    house.comment(ASKED, thread_id="t-1")
    house.campaign(
        *[house.comment(f"高价回收各种礼品卡，当天结算，长期有效，下注{n}", thread_id="t-1") for n in range(3)]
    )
    with Desk.opened(chromium, address, house, **options) as desk:
        desk.log_in()
        if language == "zh-CN":
            desk.in_chinese()
        desk.press("x")
        desk.press("Shift+ArrowRight")
        _look(desk, "work-marking", language, scheme, width)
        desk.press("Enter")
        desk.press("Control+k")
        desk.page.wait_for_selector("#palette[open]")
        _look(desk, "palette", language, scheme, width, full=False)
        desk.press("Escape")
        desk.page.locator("[data-key=c]").click()
        desk.page.wait_for_selector(".texts")
        _look(desk, "campaign", language, scheme, width)
        desk.press("2")
        _show(desk)
        desk.press("d")
        desk.page.wait_for_url("**/bulk/*")
        _look(desk, "bulk", language, scheme, width)
        for page in ("keys", "rest"):
            desk.go(f"/{page}")
            _look(desk, page, language, scheme, width)
        assert [] == desk.complaints, desk.complaints


def _show(desk: Desk) -> None:
    """What is blurred is read first: else a verdict on it asks once."""
    if desk.page.locator("[data-key=b]:visible").count():
        desk.press("b")


def _look(desk: Desk, name: str, language: str, scheme: str, width: int, *, full: bool = True) -> None:
    desk.picture(f"{name}-{language[:2]}-{scheme}-{width}", full=full)
    wide = desk.page.evaluate("document.documentElement.scrollWidth")
    assert width >= wide, f"{name} is {wide} wide in a window of {width}"
