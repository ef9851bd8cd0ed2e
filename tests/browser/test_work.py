"""A moderator at work, with keys alone, and what the database then holds."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from records import overview
from records.values import CaseState, VerdictKind
from tests.browser.driving import Desk
from tests.console.house import House


def _verdict(house: House, case_id: str) -> tuple[VerdictKind, tuple[str, ...]]:
    (verdict,) = house.verdicts(case_id)
    return verdict.verdict, verdict.labels


def _total(house: House) -> int:
    with house.database.reading() as look:
        return overview.decided_since(look, house.clock().replace(hour=0, minute=0, second=0, microsecond=0)).count


def _focus_note(desk: Desk) -> None:
    desk.page.locator("textarea[name=note]").focus()


def test_a_queue_is_worked_with_keys_alone(desk: Desk, house: House) -> None:
    for number in range(4):
        house.comment(f"下注，第{number}条")
    desk.log_in()
    approved = desk.press_and_go_on("a")
    desk.press("2")
    desk.press("1")
    rejected = desk.press_and_go_on("d")
    unsure = desk.press_and_go_on("n")
    escalated = desk.press_and_go_on("e")
    assert (VerdictKind.APPROVE, ()) == _verdict(house, approved)
    assert (VerdictKind.REJECT, ("advertising", "gambling")) == _verdict(house, rejected)
    assert (VerdictKind.UNSURE, ()) == _verdict(house, unsure)
    assert CaseState.ESCALATED is house.case(escalated).state
    assert "Nothing waits for you." in desk.text("#main")


def test_what_is_used_on_most_cases_stands_on_the_first_screen(desk: Desk, house: House) -> None:
    house.comment("下注")
    desk.log_in()
    desk.page.set_viewport_size({"width": 1280, "height": 900})
    desk.go("/work")
    bar = desk.page.locator(".buttons").bounding_box()["y"]
    fields = ("[name=measure]", "[name=confidence]", "[name=note]", "#words", ".elsewhere summary")
    ends = {name: (box := desk.page.locator(f"#verdict {name}").bounding_box())["y"] + box["height"] for name in fields}
    assert {} == {name: end for name, end in ends.items() if end > bar}
    assert 23.2 == float(desk.page.evaluate("parseFloat(getComputedStyle(document.querySelector('.text')).fontSize)"))


def test_what_was_done_today_follows_the_verdicts(desk: Desk, house: House) -> None:
    for number in range(4):
        house.comment(f"下注，第{number}条")
    desk.log_in()
    desk.go("/work")
    expect(desk.page.locator("#today")).to_contain_text("0 done today")
    desk.press_and_go_on("a")
    expect(desk.page.locator("#today")).to_contain_text("1 done today")


@pytest.mark.proof
def test_a_hundred_cases_are_each_decided_once(desk: Desk, house: House) -> None:
    stored = [house.comment(f"加微信{number}") for number in range(100)]
    desk.log_in()
    decided = [desk.press_and_go_on("a" if at % 2 else "n") for at in range(100)]
    assert sorted(str(each.case_id) for each in stored) == sorted(decided)
    assert {1} == {len(house.verdicts(case_id)) for case_id in decided}


def test_skip_goes_on_and_leaves_the_case_open(desk: Desk, house: House) -> None:
    house.comment("下注")
    house.comment("加微信")
    desk.log_in()
    skipped = desk.press_and_go_on("s")
    assert CaseState.OPEN is house.case(skipped).state


def test_next_and_previous(desk: Desk, house: House) -> None:
    for text in ("下注", "假证", "加微信"):
        house.comment(text)
    desk.log_in()
    desk.press_and_go_on("j")
    decided = desk.press_and_go_on("a")
    desk.press("k")
    desk.page.wait_for_url("**/decisions/*")
    assert house.case(decided).decision_id in desk.page.url


def test_undo_brings_the_case_back_with_what_was_ticked(desk: Desk, house: House) -> None:
    house.comment("下注")
    house.comment("加微信")
    desk.log_in()
    desk.press("2")
    decided = desk.press_and_go_on("d")
    desk.press_and_go_on("u")
    assert decided == desk.case_id
    assert desk.page.locator("#label-gambling").is_checked()
    assert CaseState.CLAIMED is house.case(decided).state


SLIP = """key => {
    const pressed = {key, bubbles: true, cancelable: true};
    const press = () => document.body.dispatchEvent(new KeyboardEvent("keydown", pressed));
    press();
    const shown = document.getElementById("main").dataset.case;
    press();
    return shown;
}"""
"""The key twice at once; which case was there to be read when it was pressed again."""


def test_a_slipped_key_decides_one_case_and_another_press_the_next(desk: Desk, house: House) -> None:
    for number in range(14):
        house.comment(f"下注{number}")
    desk.log_in()
    expect(desk.page.locator("template#ahead")).to_have_count(1)
    first = desk.case_id
    second = str(desk.page.locator("template#ahead").get_attribute("data-case"))
    desk.wait_until_seen()
    assert second == desk.page.evaluate(SLIP, "a")
    desk.wait_for_another(first)
    desk.page.wait_for_timeout(300)
    assert (second, CaseState.CLAIMED) == (desk.case_id, house.case(second).state)
    assert second == desk.press_and_go_on("a")


def test_undo_goes_back_as_far_as_ten_seconds_do(desk: Desk, house: House) -> None:
    for text in ("下注", "假证", "加微信"):
        house.comment(text)
    desk.log_in()
    first = desk.press_and_go_on("a")
    second = desk.press_and_go_on("a")
    desk.press_and_go_on("u")
    assert second == desk.case_id
    assert "Before that:" in desk.text("#said-bar")
    desk.press_and_go_on("u")
    assert first == desk.case_id
    assert {CaseState.CLAIMED} == {house.case(each).state for each in (first, second)}


def test_undo_brings_an_escalated_case_back(desk: Desk, house: House) -> None:
    house.comment("下注")
    house.comment("假证")
    house.comment("加微信")
    desk.log_in()
    desk.press_and_go_on("a")
    escalated = desk.press_and_go_on("e")
    assert "Escalated to the seniors." in desk.text("#said-bar")
    desk.press_and_go_on("u")
    assert escalated == desk.case_id
    assert CaseState.CLAIMED is house.case(escalated).state


def test_reject_without_a_label_asks_for_one(desk: Desk, house: House) -> None:
    stored = house.comment("下注")
    desk.log_in()
    desk.press("d")
    desk.page.wait_for_selector("[role=alert]")
    assert "Tick at least one label" in desk.text("[role=alert]")
    assert [] == house.verdicts(stored.case_id)


def test_keys_are_letters_while_a_note_is_typed(desk: Desk, house: House) -> None:
    stored = house.comment("下注")
    desk.log_in()
    _focus_note(desk)
    desk.page.keyboard.type("a bad idea 2")
    assert "a bad idea 2" == desk.page.locator("textarea[name=note]").input_value()
    assert not desk.page.locator("#label-gambling").is_checked()
    assert [] == house.verdicts(stored.case_id)


def test_control_enter_rejects_from_within_the_note(desk: Desk, house: House) -> None:
    house.comment("下注")
    desk.log_in()
    desk.press("2")
    _focus_note(desk)
    desk.page.keyboard.type("seen before")
    decided = desk.press_and_go_on("Control+Enter")
    assert "seen before" == house.verdicts(decided)[0].note


def test_keys_with_a_modifier_or_held_down_do_nothing(desk: Desk, house: House) -> None:
    for number in range(3):
        house.comment(f"下注{number}")
    desk.log_in()
    desk.wait_until_seen()
    first = desk.case_id
    for combination in ("Alt+d", "Meta+e", "Shift+j", "Control+a"):
        desk.press(combination)
    desk.page.keyboard.down("j")
    desk.wait_for_another(first)
    second = desk.case_id
    for _ in range(3):
        desk.page.keyboard.down("j")
    desk.page.keyboard.up("j")
    desk.press("?")
    desk.page.wait_for_selector("dialog[open]")
    desk.press("a")
    desk.press("Escape")
    assert second == desk.case_id
    assert 0 == _total(house)


def test_the_second_click_of_a_double_click_does_not_fall_on_the_next_case(desk: Desk, house: House) -> None:
    for number in range(3):
        house.comment(f"下注{number}")
    desk.log_in()
    first = desk.case_id
    desk.wait_until_seen()
    box = desk.page.locator("button.approve").bounding_box()
    desk.page.mouse.move(box["x"] + 9, box["y"] + 9)
    desk.page.mouse.down(click_count=1)
    desk.page.mouse.up(click_count=1)
    desk.wait_for_another(first)
    box = desk.page.locator("button.approve").bounding_box()
    desk.page.mouse.move(box["x"] + 9, box["y"] + 9)
    desk.page.mouse.down(click_count=2)
    desk.page.mouse.up(click_count=2)
    desk.page.wait_for_load_state("networkidle")
    desk.press_and_go_on("s")
    assert 1 == _total(house)


def test_a_stale_tab_is_told_and_its_note_is_kept(desk: Desk, house: House) -> None:
    house.comment("下注")
    house.comment("加微信")
    desk.log_in()
    stale = desk.context.new_page()
    stale.goto(f"{desk.address}/work")
    stale.locator("textarea[name=note]").fill("from the other tab")
    decided = desk.press_and_go_on("a")
    stale.bring_to_front()  # a tab that nobody looks at is not painted, and no click counts before it is
    stale.wait_for_selector("#main[data-seen]", state="attached")
    stale.locator("#label-gambling").check()
    stale.locator("button.reject").click()
    stale.wait_for_selector("[role=alert]")
    told = stale.locator("[role=alert]").inner_text()
    assert "You have already decided this case" in told
    assert "from the other tab" in told
    assert (VerdictKind.APPROVE, ()) == _verdict(house, decided)


def test_a_lease_that_ran_out_is_said_and_what_was_chosen_stays(desk: Desk, house: House) -> None:
    stored = house.comment("下注")
    desk.log_in()
    desk.press("2")
    house.clock.forward(minutes=11)
    desk.press("d")
    desk.page.wait_for_selector("[role=alert]")
    assert "It is yours again" in desk.text("[role=alert]")
    assert desk.page.locator("#label-gambling").is_checked()
    desk.press_and_go_on("d")
    assert (VerdictKind.REJECT, ("gambling",)) == _verdict(house, str(stored.case_id))


def test_a_session_that_ended_leads_to_the_form_and_back_with_the_note(desk: Desk, house: House) -> None:
    house.comment("下注")
    desk.log_in()
    _focus_note(desk)
    desk.page.keyboard.type("half a thought")
    desk.wait_until_seen()
    desk.context.clear_cookies()
    desk.page.locator("button.approve").click()
    desk.page.wait_for_selector("input[name=password]")
    assert "what you typed is kept" in desk.text("#main")
    desk.page.locator("input[name=name]").fill("mei")
    desk.page.locator("input[name=password]").fill("a long enough secret")
    desk.press("Enter")
    desk.page.wait_for_selector("textarea[name=note]")
    assert "half a thought" == desk.page.locator("textarea[name=note]").input_value()


def test_another_language_keeps_the_case_and_what_was_chosen(desk: Desk, house: House) -> None:
    for text in ("下注", "加微信", "假证"):
        house.comment(text)
    desk.log_in()
    desk.press_and_go_on("a")
    case_id = desk.case_id
    desk.press("3")
    desk.in_chinese()
    assert case_id == desk.case_id
    assert desk.page.locator("#label-sexual").is_checked()
    assert "通过" in desk.text("button.approve")


def test_the_back_button_shows_a_page_and_decides_nothing(desk: Desk, house: House) -> None:
    house.comment("下注")
    house.comment("加微信")
    desk.log_in()
    desk.press_and_go_on("a")
    desk.go("/queue")
    desk.page.go_back()
    desk.page.wait_for_selector("#verdict")
    assert 1 == _total(house)


def test_hostile_text_is_shown_and_never_run(desk: Desk, house: House) -> None:
    text = "加微信<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">\u202egnirts"
    house.comment(text, parent_text=text)
    desk.log_in()
    assert "<script>document.title='run'</script>" in desk.text(".comment .text")
    assert "run" not in desk.page.title()
    assert "RLO" in desk.text(".comment .ghost")


def test_blurred_text_is_shown_when_asked_for(desk: Desk, house: House) -> None:
    house.comment("你这个蠢货")
    desk.log_in()
    text = desk.page.locator(".comment .text")
    expect(text).not_to_have_css("filter", "none")
    desk.press("b")
    expect(text).to_have_css("filter", "none")
    desk.press("b")
    expect(text).not_to_have_css("filter", "none")


def test_the_next_case_begins_at_its_top_with_the_reason_in_focus(desk: Desk, house: House) -> None:
    house.comment("下注\n" * 60)
    house.comment("加微信\n" * 60)
    desk.log_in()
    desk.page.evaluate("window.scrollTo(0, 400)")
    desk.press_and_go_on("a")
    expect(desk.page.locator("#case-title")).to_be_focused()
    assert 0 == desk.page.evaluate("window.scrollY")
    assert "Approved. The next case is there." == desk.page.locator("#said").inner_text()


def test_a_new_case_appears_by_itself_on_an_empty_desk(desk: Desk, house: House) -> None:
    desk.log_in()
    stored = house.comment("下注")
    desk.page.evaluate("htmx.trigger(document.querySelector('[data-looks-again]'), 'look-again')")
    desk.page.wait_for_selector("#verdict")
    assert stored.case_id == desk.case_id


def test_the_lease_is_renewed_while_the_page_is_open(desk: Desk, house: House) -> None:
    stored = house.comment("下注")
    desk.log_in()
    before = house.case(stored.case_id).lease_expires_at
    house.clock.forward(minutes=5)
    with desk.page.expect_response("**/renew"):
        desk.page.evaluate("htmx.trigger(document.querySelector('#lease'), 'renew')")
    after = house.case(stored.case_id).lease_expires_at
    assert before is not None
    assert after is not None
    assert 290 < (after - before).total_seconds() < 310


def test_a_server_that_is_gone_is_said_and_nothing_is_lost(desk: Desk, house: House) -> None:
    house.comment("下注")
    desk.log_in()
    desk.press("2")
    desk.context.set_offline(True)
    desk.press("d")
    desk.page.wait_for_selector("#said:not(.unseen)")
    assert "kept and sent again by itself" in desk.text("#said")
    assert desk.page.locator("#label-gambling").is_checked()
    desk.context.set_offline(False)
    desk.page.wait_for_selector("#main[data-case='']")
    assert 1 == _total(house)
    desk.complaints[:] = [told for told in desk.complaints if not told.startswith("htmx:")]  # it reports what we did


def test_without_script_the_forms_do_the_same(chromium: Any, address: str, house: House) -> None:
    first, second = house.comment("下注"), house.comment("加微信")
    with Desk.opened(chromium, address, house, java_script_enabled=False) as desk:
        desk.log_in()
        desk.page.locator("#label-gambling").check()
        desk.page.wait_for_timeout(house.parts.seen_ms)  # nobody has read it sooner, and the server knows
        desk.page.locator("button.reject").click()
        desk.page.wait_for_url(f"**/work?case={second.case_id}")
        assert "Rejected: Gambling." in desk.text("#said-bar")
        desk.page.locator("#said-bar button").click()
        desk.page.wait_for_url(f"**/work?case={first.case_id}")
        assert desk.page.locator("#verdict").is_visible()
        desk.page.locator("header nav a[data-opens]").click()
        desk.page.wait_for_url("**/help")


def test_by_keyboard_alone_everything_can_be_reached(desk: Desk, house: House) -> None:
    house.comment("下注")
    desk.log_in()
    desk.press("Tab")
    assert "#main" == desk.page.evaluate("document.activeElement.getAttribute('href')")
    seen = set()
    for _ in range(60):
        desk.press("Tab")
        seen.add(desk.page.evaluate("document.activeElement.name || document.activeElement.className"))
    assert {"labels", "note", "measure", "action", "locale", "text"} <= {name.split()[0] for name in seen if name}


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (360, 740)])
def test_the_answers_are_in_sight_and_cover_nothing(desk: Desk, house: House, size: tuple[int, int]) -> None:
    house.comment("下注" * 20)
    desk.page.set_viewport_size({"width": size[0], "height": size[1]})
    desk.log_in()
    buttons = desk.page.locator(".buttons button")
    boxes = [buttons.nth(at).bounding_box() for at in range(buttons.count())]
    assert all(box["y"] >= 0 and box["y"] + box["height"] <= size[1] for box in boxes)
    for last in (".case > :last-child", ".more > :last-child"):
        desk.page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        desk.page.evaluate(
            "(one) => { const of = document.querySelector('#verdict'); of.scrollTop = of.scrollHeight; }"
        )
        found = desk.page.locator(last).bounding_box()
        assert found["y"] + found["height"] <= desk.page.locator(".buttons").bounding_box()["y"], last


def test_another_language_keeps_the_place_on_the_page(desk: Desk, house: House) -> None:
    house.comment("下注\n" * 60)
    desk.log_in()
    desk.page.set_viewport_size({"width": 1280, "height": 500})
    desk.page.evaluate("window.scrollTo(0, 300)")
    desk.page.evaluate("document.querySelector('#verdict').scrollTop = 120")
    desk.page.locator("button[name=locale]").evaluate("(one) => one.click()")
    desk.page.wait_for_selector("html[lang=zh]")
    assert [300, 120] == desk.page.evaluate("[scrollY, document.querySelector('#verdict').scrollTop]")
