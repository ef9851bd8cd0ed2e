"""Why a case is skipped and to whom it goes, no verdict on what was not seen, and the way to search: by keys."""

from __future__ import annotations

from playwright.sync_api import expect

from records import approvals, search
from records.values import CaseState
from tests.browser.driving import Desk
from tests.console.house import House

SEEN_AFTER = "ms => { document.querySelector('form.verdict').dataset.seenMs = ms; }"
"""For how long the case at hand has to be on the screen before a verdict on it counts."""

HERE = "document.activeElement.name || document.activeElement.id || document.activeElement.tagName"


def _here(desk: Desk) -> str:
    return str(desk.page.evaluate(HERE))


def test_w_leads_into_the_reasons_and_digits_choose(desk: Desk, house: House) -> None:
    house.comment("下注")
    house.comment("加微信")
    desk.log_in()
    desk.press("w")
    assert "skip_reason" == _here(desk)
    desk.press("3")
    assert "context" == desk.page.locator("select[name=skip_reason]").input_value()
    assert not desk.page.locator("input[name=labels]:checked").count()
    skipped = desk.press_and_go_on("s")
    assert CaseState.OPEN is house.case(skipped).state
    expect(desk.page.locator("#said-bar")).to_contain_text("will not come to you again")


def test_escape_closes_what_w_opened_and_gives_the_focus_back(desk: Desk, house: House) -> None:
    house.comment("下注")
    desk.log_in()
    desk.page.locator("#label-gambling").focus()
    desk.press("w")
    desk.press("w")
    assert "reason" == _here(desk)
    desk.page.keyboard.type("not my field")
    desk.press("Escape")
    assert ("label-gambling", 0) == (
        _here(desk).replace("labels", "label-gambling"),
        desk.page.locator("details.elsewhere[open]").count(),
    )
    assert "not my field" == desk.page.locator("input[name=reason]").input_value()


def test_a_case_is_handed_over_with_two_keys_and_a_digit(desk: Desk, house: House) -> None:
    stored = house.comment("下注")
    house.person("ann")
    house.person("bob")
    desk.log_in()
    desk.press("h")
    assert "to" == _here(desk)
    desk.press("2")
    chosen = desk.page.locator("select[name=to] option:checked").inner_text()
    assert "bob" in chosen
    desk.press("h")
    expect(desk.page.locator("#said-bar")).to_contain_text("bob")
    assert house.case(stored.case_id).state is not CaseState.CLOSED


def test_search_is_one_key_away_from_work_and_queue(desk: Desk, house: House) -> None:
    house.comment("下注")
    desk.log_in()
    for path in ("/work", "/queue"):
        desk.go(path)
        desk.page.keyboard.press("/")
        desk.page.wait_for_url("**/search")
    desk.page.keyboard.press("/")
    assert "q" == _here(desk)


def test_no_key_decides_what_was_not_seen_yet(desk: Desk, house: House) -> None:
    for number in range(14):
        house.comment(f"下注{number}")
    desk.log_in()
    first = desk.press_and_go_on("a")
    second = desk.case_id
    expect(desk.page.locator("#said")).to_contain_text("Approved")  # the answer is there, and says nothing later
    desk.page.evaluate(SEEN_AFTER, 60_000)  # a test beside others is slower than a person
    desk.page.wait_for_timeout(200)
    desk.page.keyboard.press("a")
    expect(desk.page.locator("#said")).to_contain_text("only just come")
    desk.page.wait_for_timeout(600)
    assert (1, [], second) == (len(house.verdicts(first)), house.verdicts(second), desk.case_id)
    desk.page.evaluate(SEEN_AFTER, 400)
    desk.page.keyboard.press("a")
    desk.wait_for_another(second)


def test_no_click_decides_what_was_not_seen_yet(desk: Desk, house: House) -> None:
    for number in range(14):
        house.comment(f"下注{number}")
    desk.log_in()
    desk.press_and_go_on("a")
    second = desk.case_id
    expect(desk.page.locator("#said")).to_contain_text("Approved")
    desk.page.evaluate(SEEN_AFTER, 60_000)
    desk.page.locator("button[value=approve]").click()
    expect(desk.page.locator("#said")).to_contain_text("only just come")
    assert (second, []) == (desk.case_id, house.verdicts(second))


def test_the_time_counts_from_when_the_case_is_painted(desk: Desk, house: House) -> None:
    """A browser that was too busy to draw showed nothing yet."""
    for number in range(14):
        house.comment(f"下注{number}")
    desk.log_in()
    desk.page.evaluate("""() => {
        const later = requestAnimationFrame;
        window.requestAnimationFrame = (draw) => setTimeout(() => later(draw), 700);
    }""")
    desk.press_and_go_on("a")
    second = desk.case_id
    desk.page.wait_for_timeout(700)
    desk.page.keyboard.press("a")
    desk.page.wait_for_timeout(300)
    assert (second, []) == (desk.case_id, house.verdicts(second))


def test_help_opens_at_its_beginning(desk: Desk, house: House) -> None:
    house.comment("下注")
    desk.log_in()
    desk.page.set_viewport_size({"width": 1280, "height": 500})
    desk.page.keyboard.press("?")
    expect(desk.page.locator("dialog#help")).to_be_visible()
    assert 0 == desk.page.evaluate("document.getElementById('help').scrollTop")
    assert "help-title" == _here(desk)


def test_a_note_on_an_approval_and_on_deciding_anew_is_sent_by_ctrl_enter(desk: Desk, house: House) -> None:
    asked = house.asked()
    stored = house.comment("下注")
    desk.log_in("lea", "lead")
    desk.go(f"/approvals/{asked.id}")
    desk.press("w")
    desk.page.keyboard.type("looked at its examples")
    desk.press("Control+Enter")
    desk.page.wait_for_selector("#answer-title", state="detached")
    with house.database.reading() as look:
        assert "looked at its examples" == approvals.get(look, asked.id).note
    decided = desk_of(desk, house, stored.case_id)
    desk.go(f"/decisions/{decided}")
    desk.press("w")
    desk.page.keyboard.type("another look")
    desk.press("Control+Enter")
    desk.page.wait_for_url("**/work?*")


def desk_of(desk: Desk, house: House, case_id: str | None) -> str:
    """The decision of a case that was just approved."""
    desk.go("/work")
    desk.press("a")
    desk.page.wait_for_selector("#empty-title")
    return house.case(case_id).decision_id


def test_the_policy_stands_beside_the_label_that_is_chosen_from_a_search(desk: Desk, house: House) -> None:
    house.comment("下注")
    with house.database.unit() as unit:
        search.catch_up(unit)
        unit.commit()
    desk.log_in("lea", "lead")
    desk.go("/search?q=下注")
    policies = desk.page.locator("#decide .policy:visible")
    expect(policies).to_have_count(0)
    desk.press("2")
    expect(policies).to_have_count(1)
    expect(policies).to_contain_text("Is")


def test_a_page_of_a_case_is_left_by_backspace_and_a_break_is_one_word_away(desk: Desk, house: House) -> None:
    made = [house.comment(f"高价回收各种礼品卡，当天结算，长期有效，量大价更高，下注{n}") for n in range(4)]
    house.campaign(*made)
    desk.log_in()
    desk.press("c")
    desk.page.wait_for_url("**/campaign")
    desk.page.keyboard.press("Backspace")
    desk.page.wait_for_url("**/work?case=*")
    desk.press("Control+k")
    desk.page.keyboard.type("break")
    expect(desk.page.locator("#palette-list")).to_contain_text("break")
    desk.page.keyboard.press("Escape")
    desk.press("Control+k")
    desk.page.keyboard.type("中文")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("html[lang=zh]")).to_be_visible()


def test_on_a_phone_the_labels_follow_the_comment(desk: Desk, house: House) -> None:
    house.comment("在吗", thread_id="t1")
    house.comment("下注", thread_id="t1")
    house.comment("好的", thread_id="t1")
    desk.log_in()
    desk.page.set_viewport_size({"width": 360, "height": 780})
    tops = "name => document.querySelector(name).getBoundingClientRect().top"
    comment, labels, scores = (desk.page.evaluate(tops, one) for one in (".comment", "fieldset.labels", ".scores"))
    assert comment < labels < scores
    assert labels < desk.page.evaluate(tops, "#after-title")
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_of_two_tabs_the_one_that_stays_keeps_its_case_and_the_last_gives_it_back(desk: Desk, house: House) -> None:
    stored = house.comment("下注")
    desk.log_in()
    other = desk.context.new_page()
    other.goto(f"{desk.address}/work")
    assert stored.case_id == other.locator("#main").get_attribute("data-case")
    other.wait_for_timeout(4000)  # until both have renewed it after they were loaded
    with other.expect_response("**/renew") as renewed:
        desk.page.goto("about:blank")
    assert renewed.value.ok
    assert _seconds_in_hand(house, stored.case_id) > 60
    other.close(run_before_unload=True)
    desk.page.wait_for_timeout(4000)
    assert _seconds_in_hand(house, stored.case_id) <= 20


def _seconds_in_hand(house: House, case_id: str | None) -> float:
    expires_at = house.case(case_id).lease_expires_at
    assert expires_at is not None
    return (expires_at - house.clock()).total_seconds()
