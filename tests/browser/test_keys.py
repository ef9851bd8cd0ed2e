"""Keys in fields and lists: a choice takes no command's letter, Escape leaves, rows are ticked and decided."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from console.routes import application
from governance import bulk_steps, campaign_findings
from governance.verdicts import HouseRules
from records import bulk as stored
from records import campaign_findings as weighed
from records import search
from records.values import CaseState
from tests.browser.driving import Desk
from tests.console.house import House

FOCUSED = "document.activeElement.name || document.activeElement.tagName"
ADVERT = "高价回收各种礼品卡，当天结算，长期有效，量大价更高，下注"


def _focused(desk: Desk) -> str:
    return str(desk.page.evaluate(FOCUSED))


def _index(house: House) -> None:
    with house.database.unit() as unit:
        search.catch_up(unit)
        unit.commit()


def test_a_measure_is_chosen_with_arrows_and_the_deciding_key_decides(desk: Desk, house: House) -> None:
    first = house.comment("下注")
    house.comment("加微信")
    desk.log_in()
    desk.press("2")
    desk.press("m")
    desk.press("ArrowDown")
    chosen = desk.page.locator("select[name=measure]").input_value()
    assert "warn" == chosen
    desk.page.keyboard.down("x")
    desk.page.keyboard.down("x")  # held: no letter of it goes to the choice
    desk.page.keyboard.up("x")
    desk.press("Escape")
    desk.press("m")
    decided = desk.press_and_go_on("d")
    assert (first.case_id, "warn") == (decided, house.verdicts(decided)[0].measure)


def test_shift_with_a_verdicts_key_says_that_one_is_barely_sure_of_it(desk: Desk, house: House) -> None:
    for text in ("下注", "加微信", "刷单"):
        house.comment(text)
    desk.log_in()
    told = []
    for keys in (("2", "Shift+d"), ("a",), ("Shift+a",)):
        for key in keys[:-1]:
            desk.press(key)
        [verdict] = house.verdicts(desk.press_and_go_on(keys[-1]))
        told.append((verdict.verdict.value, verdict.confidence))
    assert [("reject", 0.55), ("approve", None), ("approve", 0.55)] == told


@pytest.mark.parametrize("key", ["Escape", "Enter"])
def test_a_choice_is_left_by_escape_and_enter_with_what_was_chosen(desk: Desk, house: House, key: str) -> None:
    house.comment("下注")
    desk.log_in()
    for field in ("g", "m", "f"):
        desk.press(field)
        desk.press("ArrowDown")
        assert "SELECT" == desk.page.evaluate("document.activeElement.tagName")
        desk.press(key)
        assert "BODY" == _focused(desk), field
    assert "warn" == desk.page.locator("select[name=measure]").input_value()
    hint = desk.page.locator("select[name=measure]").get_attribute("aria-describedby")
    assert "Enter or Esc leaves the field" in desk.text(f"#{hint}")


def test_escape_leaves_a_note_and_keeps_it(desk: Desk, house: House) -> None:
    house.comment("下注")
    desk.log_in()
    desk.press("p")
    desk.page.keyboard.type("half a thought")
    desk.press("Escape")
    assert ("BODY", "half a thought") == (_focused(desk), desk.page.locator("textarea[name=note]").input_value())
    desk.press("2")
    expect(desk.page.locator("#label-gambling")).to_be_checked()


def test_one_escape_closes_the_palette(desk: Desk, house: House) -> None:
    house.comment("下注")
    desk.log_in()
    desk.press("Control+k")
    desk.page.keyboard.type("reject")
    desk.press("Escape")
    expect(desk.page.locator("#palette")).not_to_be_visible()
    desk.press("?")
    expect(desk.page.locator("dialog#help")).to_be_visible()


def _campaign(house: House, size: int, alone: int) -> list[str]:
    made = [house.comment(f"{ADVERT}{n}") for n in range(size)]
    house.campaign(*made)
    house.app.routes[:] = [each for each in house.app.routes if getattr(each, "path", "") != "/console"]
    house.parts = replace(house.parts, bulk_alone=alone)
    house.app.mount("/console", application(house.parts))
    return [str(one.comment_id) for one in made]


def _open_campaign(desk: Desk) -> str:
    desk.log_in()
    case_id = desk.case_id
    desk.press("c")
    desk.page.wait_for_url("**/campaign")
    return case_id


@pytest.mark.parametrize(("key", "verdict"), [("d", "reject"), ("a", "approve")])
def test_a_campaign_over_the_stated_size_is_decided_by_keys(desk: Desk, house: House, key: str, verdict: str) -> None:
    _campaign(house, 5, alone=2)
    case_id = _open_campaign(desk)
    if verdict == "reject":
        desk.press("2")
        desk.press("m")
        desk.press("ArrowDown")
    desk.press(key)
    desk.page.wait_for_selector("input[name=why]:focus")
    assert "say why they are decided together" in desk.text(".alert")
    desk.press("Escape")
    assert "BODY" == _focused(desk)
    desk.press("w")
    desk.page.keyboard.type("all the same advert")
    desk.press("Control+Enter")
    desk.page.wait_for_url("**/bulk/*")
    with house.database.reading() as look:
        made = stored.of_case(look, case_id)
    assert made is not None
    assert (verdict, 5) == (made.verdict, _members(house, made.id))
    assert ("warn" if verdict == "reject" else None) == made.measure


def _members(house: House, bulk_id: str) -> int:
    with house.database.reading() as look:
        return sum(stored.counts(look, bulk_id).values())


def test_one_of_a_campaign_is_left_out_by_keys(desk: Desk, house: House) -> None:
    _campaign(house, 4, alone=20)
    case_id = _open_campaign(desk)
    desk.press("j")
    desk.press("j")
    desk.press("Space")
    assert "Reject all 3" in desk.text("button.reject")
    left = desk.page.locator("input[name=picked]:not(:checked)")
    expect(left).to_have_count(1)
    out = str(left.get_attribute("value"))
    desk.press("f")
    desk.press("Escape")
    assert "picked" == _focused(desk)  # back at the row from which the key led away
    desk.press("2")
    desk.press("d")
    desk.page.wait_for_url("**/bulk/*")
    house.clock.forward(seconds=13)
    rules = HouseRules(house.parts.taxonomy, house.parts.policies())
    assert 2 == bulk_steps.step(house.database, lambda: rules, house.clock())
    with house.database.reading() as look:
        made = stored.of_case(look, case_id)
        assert made is not None
        members = stored.members(look, made.id, states=tuple(stored.MemberState), limit=9)
    assert out not in [one.comment_id for one in members]


def test_what_was_found_is_ticked_and_decided_by_keys(desk: Desk, house: House) -> None:
    made = [house.comment(f"下注第{n}期") for n in range(4)]
    _index(house)
    desk.log_in("lea", "lead")  # who has nothing in hand
    desk.go("/search?q=下注")
    assert "On this page 4 of 4." in desk.text("#main")
    desk.press("j")
    desk.press("j")
    desk.press("Space")
    expect(desk.page.locator("input[name=comment]:checked")).to_have_count(1)
    desk.press("y")
    expect(desk.page.locator("input[name=comment]:checked")).to_have_count(4)
    assert "Ticked: 4" in desk.text("#decide")
    desk.press("k")
    desk.press("Space")
    expect(desk.page.locator("input[name=comment]:checked")).to_have_count(3)
    desk.press("2")
    desk.press("d")
    assert "reason" == _focused(desk)
    desk.page.keyboard.type("an offer to bet")
    desk.press("Control+Enter")
    desk.page.wait_for_selector(".said")
    assert "Decided: 3." in desk.text("#main")
    states = sorted(house.case(one.case_id).state for one in made)
    assert [CaseState.CLOSED] * 3 == [one for one in states if one is CaseState.CLOSED]
    shown = desk.text("#decide .choices >> nth=-1")
    assert re.search(r"Approve\s+A\s+Reject\s+D", shown), shown


@pytest.mark.parametrize("kind", ["account", "thread"])
def test_a_story_is_decided_by_keys(desk: Desk, house: House, kind: str) -> None:
    made = [house.comment(f"下注第{n}期", thread_id="t1") for n in range(3)]
    desk.log_in("lea", "lead")  # who has nothing in hand
    desk.go(f"/comments/{made[0].comment_id}/{kind}")
    assert "On this page 3 of 3." in desk.text("#main")
    desk.press("y")
    desk.press("a")
    desk.page.keyboard.type("all fine")
    desk.press("Control+Enter")
    desk.page.wait_for_selector(".said")
    assert "Decided: 3." in desk.text("#main")
    assert {CaseState.CLOSED} == {house.case(one.case_id).state for one in made}


def test_a_filter_of_the_search_keeps_its_letters(desk: Desk, house: House) -> None:
    house.comment("下注")
    _index(house)
    desk.log_in()
    desk.go("/search?q=下注")
    desk.page.locator("select[name=outcome]").focus()
    desk.press("b")
    assert "block" == desk.page.locator("select[name=outcome]").input_value()
    desk.press("Escape")
    assert "BODY" == _focused(desk)


def test_what_is_still_blurred_is_approved_only_when_asked_twice(desk: Desk, house: House) -> None:
    harsh, shown = house.comment("你这个蠢货"), house.comment("你这个蠢货啊")
    desk.log_in()
    first = desk.case_id
    desk.press("a")
    expect(desk.page.locator("#said")).to_contain_text("still blurred")
    assert first == desk.case_id
    desk.page.wait_for_timeout(300)  # longer than a slip of the finger
    assert first == desk.press_and_go_on("a")
    desk.press("b")
    assert {harsh.case_id, shown.case_id} == {first, desk.press_and_go_on("a")}  # read: no question


def test_what_is_still_blurred_is_rejected_only_when_asked_twice(desk: Desk, house: House) -> None:
    house.comment("你这个蠢货")
    house.comment("你这个蠢货啊")
    desk.log_in()
    first = desk.case_id
    desk.press("6")
    desk.press("a")
    desk.page.wait_for_timeout(500)
    desk.press("d")
    expect(desk.page.locator("#said")).to_contain_text("rejects it unread")
    assert (first, []) == (desk.case_id, house.verdicts(first))
    desk.page.wait_for_timeout(500)  # longer than a slip of the finger
    assert first == desk.press_and_go_on("d")
    desk.press("b")
    desk.press("6")
    desk.press_and_go_on("d")  # read: no question


FIELDS = "main textarea, main select, main input:not([type=hidden]):not([type=checkbox])"


def _escape_leaves_every_field(desk: Desk) -> int:
    """How many fields there are; from each Escape gives the focus back to the page, with what stands in it."""
    fields = desk.page.locator(FIELDS)
    for place in range(fields.count()):
        fields.nth(place).focus()
        desk.press("Escape")
        assert desk.page.evaluate(f"!document.activeElement.matches('{FIELDS}')"), place
    return int(fields.count())


def test_escape_leaves_every_field_and_dialog_of_a_campaign_s_pages(desk: Desk, house: House) -> None:
    _campaign(house, 5, alone=2)
    campaign_findings.weigh_some(house.database, house.clock())
    with house.database.reading() as look:
        [finding] = weighed.page(look).items
    case_id = _open_campaign(desk)
    assert 4 < _escape_leaves_every_field(desk)
    for key, dialog in (("?", "dialog#help"), ("Control+k", "dialog#palette")):
        desk.press(key)
        expect(desk.page.locator(dialog)).to_be_visible()
        desk.press("Escape")
        expect(desk.page.locator(dialog)).not_to_be_visible()
    desk.press("a")
    desk.page.wait_for_selector("input[name=why]:focus")
    desk.page.keyboard.type("all the same advert")
    desk.press("Control+Enter")
    desk.page.wait_for_url("**/bulk/*")
    assert 1 == _escape_leaves_every_field(desk)
    desk.context.clear_cookies()
    desk.log_in("sia", "senior")
    desk.go(f"/campaigns/{finding.campaign_id}")
    assert 1 == _escape_leaves_every_field(desk)
    assert case_id


def test_a_campaign_of_hundreds_is_leafed_through_by_keys(desk: Desk, house: House) -> None:
    _campaign(house, 131, alone=20)
    _open_campaign(desk)
    assert "1 to 100 of 130." in desk.text("main")
    desk.press("j")
    desk.press("Space")
    out = str(desk.page.locator("input[name=picked]:not(:checked)").get_attribute("value"))
    desk.picture("7d-campaign-first-en-1280")
    desk.press("]")
    expect(desk.page.locator("main")).to_contain_text("101 to 130 of 130. Left out on other pages: 1.")
    assert "Reject all 130" in desk.text("button.reject")
    desk.page.set_viewport_size({"width": 360, "height": 860})
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 360
    desk.picture("7d-campaign-last-en-360")
    desk.press("[")
    expect(desk.page.locator("main")).to_contain_text("1 to 100 of 130.")
    assert out == desk.page.locator("input[name=picked]:not(:checked)").get_attribute("value")


def test_what_is_open_of_a_finding_is_taken_by_a_key(desk: Desk, house: House) -> None:
    _campaign(house, 5, alone=20)
    campaign_findings.weigh_some(house.database, house.clock())
    with house.database.reading() as look:
        [finding] = weighed.page(look).items
    desk.log_in("sia", "senior")
    desk.go(f"/campaigns/{finding.campaign_id}")
    desk.picture("7d-finding-en-1280")
    desk.press("c")
    desk.page.wait_for_url("**/work/*/campaign")
