"""Fields of forms in a browser: their keys, which of them fit, and what a change of language leaves of them."""

from __future__ import annotations

from governance import complaints
from governance.complaints import Report, Reporter
from records import search
from tests.browser.driving import Desk
from tests.console.house import House


def test_ticks_of_a_search_outlive_a_change_of_language_and_no_more(desk: Desk, house: House) -> None:
    stored = house.comment("今天的云真好看")
    with house.database.unit() as unit:
        search.catch_up(unit)
        unit.commit()
    desk.log_in()
    desk.go("/search?q=云")
    ticked = desk.page.locator(f"input[name=comment][value^='{stored.comment_id}']")
    ticked.check()
    desk.page.locator("#decide input[name=reason]").fill("an offer to bet")
    desk.in_chinese()
    assert ticked.is_checked()
    assert "an offer to bet" == desk.page.locator("#decide input[name=reason]").input_value()
    desk.page.reload()
    assert not ticked.is_checked()


def test_every_field_of_the_form_has_a_key_and_a_name_in_the_palette(desk: Desk, house: House) -> None:
    house.comment("加\u200b微\u200b信")
    desk.log_in()
    focused = "document.activeElement.getAttribute('name')"
    for key, name in (("g", "ground"), ("m", "measure"), ("f", "confidence"), ("p", "note")):
        desk.press(key)
        assert name == desk.page.evaluate(focused), key
        desk.page.evaluate("document.activeElement.blur()")
    lifted = desk.page.locator("details.read-as p")
    assert not lifted.is_visible()
    desk.page.locator("details.read-as").hover()
    assert lifted.is_visible()
    desk.page.mouse.move(0, 0)
    desk.press("l")
    assert lifted.is_visible()
    desk.press("Control+k")
    named = desk.text("#palette-list")
    for name in ("Or another ground", "Ask the platform to", "How sure are you?", "Note", "How the machine reads it"):
        assert name in named, name


def test_only_the_answer_that_fits_is_offered(desk: Desk, house: House) -> None:
    stored = house.comment("加微信", id="c-1")
    with house.database.unit() as unit:
        report = Report("c-1", "privacy", "", Reporter(complaints.PLATFORM, "r"))
        complaints.make(unit, report, house.parts.complaints, keyring=house.keyring, now=house.clock())
        unit.commit()
    desk.log_in()
    assert stored.case_id == desk.case_id
    kept, acted = (desk.page.locator(f".answer-{verdict}") for verdict in ("approve", "reject"))
    assert (True, False) == (kept.is_visible(), acted.is_visible())
    desk.page.locator("select[name=ground]").select_option("privacy")
    assert (False, True) == (kept.is_visible(), acted.is_visible())
    desk.page.evaluate("document.activeElement.blur()")
    desk.press("r")
    assert desk.page.evaluate("document.activeElement.closest('.answer-reject') !== null")
    desk.press("Control+Enter")
    desk.wait_for_another(str(stored.case_id))
    assert "privacy" == house.verdicts(stored.case_id)[0].ground


def test_a_key_that_opens_a_form_leads_into_its_first_field(desk: Desk) -> None:
    desk.log_in("ada", "admin")
    for path, name in (("/accounts", "name"), ("/lists", "kind"), ("/webhooks", "url")):
        desk.go(path)
        desk.press("n")
        assert name == desk.page.evaluate("document.activeElement.getAttribute('name')"), path
