"""A database that does not answer costs a moderator nothing: a verdict is kept, sent again, or comes back."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from governance import accounts
from records.values import VerdictKind
from review import queue
from tests.browser.driving import Desk
from tests.console.house import House

POSTS = "**/console/work/*"


@pytest.fixture
def busy(desk: Desk, house: House) -> Desk:
    for number in range(14):
        house.comment(f"下注{number}")
    desk.log_in()
    return desk


class Gate:
    """What is sent for a case: how often it was, and an answer of 503 instead of the server's as long as `is_shut`."""

    def __init__(self, desk: Desk) -> None:
        self.is_shut, self.seen = True, 0
        desk.page.route(POSTS, self._answer)

    def _answer(self, route: Any) -> None:
        if route.request.method != "POST" or route.request.url.endswith(("/seen", "/renew")):
            route.continue_()
            return
        self.seen += 1
        if self.is_shut:
            route.fulfill(status=503, content_type="text/html", body='<main id="main"><h1>no</h1></main>')
        else:
            route.continue_()


def _until(desk: Desk, is_so: Callable[[], bool], seconds: float = 12.0) -> None:
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        desk.page.wait_for_timeout(50)
    assert is_so()


def test_a_verdict_that_a_503_meets_is_sent_again_and_the_next_case_stays(busy: Desk, house: House) -> None:
    gate = Gate(busy)
    busy.press("2")
    busy.press("p")
    busy.page.keyboard.type("as ever")
    busy.press("Escape")
    decided = busy.press_and_go_on("d")
    following = busy.case_id
    busy.press("4")
    expect(busy.page.locator("#said")).to_contain_text("is kept and sent again")
    assert (following, []) == (busy.case_id, house.verdicts(decided))
    _until(busy, lambda: gate.seen > 1)
    gate.is_shut = False
    _until(busy, lambda: bool(house.verdicts(decided)))
    [given] = house.verdicts(decided)
    assert (VerdictKind.REJECT, ("gambling",), "as ever") == (given.verdict, given.labels, given.note)
    expect(busy.page.locator("#said-bar")).to_contain_text("Rejected")
    assert following == busy.case_id
    expect(busy.page.locator("#verdict input[name=labels]:checked")).to_have_count(1)


def test_a_verdict_that_finds_no_database_till_its_lease_ends_comes_back_whole(
    busy: Desk, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "LEFT_FOR", timedelta(0))  # a page that is loaded again so late has the full time
    house.clock.forward(minutes=9, seconds=53)
    busy.go("/work")
    Gate(busy)
    first = busy.case_id
    busy.press("2")
    busy.press("p")
    busy.page.keyboard.type("of the first")
    busy.press("Escape")
    busy.press_and_go_on("d")
    second = busy.case_id
    busy.press("4")
    busy.press("p")
    busy.page.keyboard.type("of the second")
    expect(busy.page.locator("#said")).to_contain_text("not stored", timeout=12_000)
    assert first == busy.case_id
    expect(busy.page.locator("#label-gambling")).to_be_checked()
    assert "of the first" == busy.page.locator("textarea[name=note]").input_value()
    drafts = busy.page.evaluate("Object.keys(JSON.parse(sessionStorage.getItem('chaffinch-drafts')))")
    assert {first, second} <= set(drafts)
    assert not busy.page.locator("main .alert").count()


def test_an_answer_that_never_comes_is_given_up_and_asked_for_again(busy: Desk, house: House) -> None:
    # Time runs thirty times as fast for what the page waits for.
    busy.context.add_init_script("const slow = setTimeout; window.setTimeout = (what, ms) => slow(what, ms / 30)")
    busy.go("/work")
    calls = []

    def answer(route: Any) -> None:
        calls.append(route.request.url)
        if len(calls) > 1:
            route.continue_()
        # else: the first is left without an answer

    busy.page.route(POSTS, answer)
    busy.press("2")
    busy.page.wait_for_timeout(500)
    decided = busy.press_and_go_on("d")
    _until(busy, lambda: bool(house.verdicts(decided)))
    assert 1 == len(house.verdicts(decided))
    assert len(calls) > 1  # a third where a busy machine let the second wait as long


def test_a_lost_answer_counts_once(busy: Desk, house: House) -> None:
    """The server stored it; what it said was lost."""
    calls = []

    def answer(route: Any) -> None:
        calls.append(route.fetch())
        if len(calls) > 1:
            route.fulfill(response=calls[-1])
        else:
            route.fulfill(status=504, body="")

    busy.page.route(POSTS, answer)
    busy.press("2")
    decided = busy.press_and_go_on("d")
    _until(busy, lambda: len(calls) > 1)
    busy.page.wait_for_timeout(300)
    assert 1 == len(house.verdicts(decided))
    assert decided != busy.case_id


def test_the_last_case_stays_whole_while_its_verdict_is_sent_again(desk: Desk, house: House) -> None:
    only = house.comment("下注")
    desk.log_in()
    gate = Gate(desk)
    desk.press("2")
    desk.press("d")
    expect(desk.page.locator("#said")).to_contain_text("is kept and sent again")
    assert only.case_id == desk.case_id
    expect(desk.page.locator("#label-gambling")).to_be_checked()
    gate.is_shut = False
    _until(desk, lambda: bool(house.verdicts(only.case_id)))
    expect(desk.page.locator("#empty-title")).to_be_visible()


def test_a_verdict_on_its_way_survives_a_page_that_is_left(busy: Desk, house: House) -> None:
    gate = Gate(busy)
    busy.press("2")
    decided = busy.press_and_go_on("d")
    _until(busy, lambda: gate.seen > 0)
    busy.go("/mine")
    gate.is_shut = False
    _until(busy, lambda: bool(house.verdicts(decided)))
    expect(busy.page.locator("#said")).to_contain_text("is stored now")


def test_drafts_are_kept_by_case(busy: Desk) -> None:
    first = busy.case_id
    busy.press("2")
    busy.press_and_go_on("s")
    busy.press("4")
    busy.press("u")
    busy.page.wait_for_selector(f"#main[data-case='{first}']")
    expect(busy.page.locator("#label-gambling")).to_be_checked()


def test_an_undo_that_a_503_meets_leaves_the_page(busy: Desk) -> None:
    busy.press_and_go_on("a")
    expect(busy.page.locator("#said-bar")).to_contain_text("Approved")
    following = busy.case_id
    Gate(busy)
    busy.page.route("**/undo", lambda route: route.fulfill(status=503, body="<main id=main></main>"))
    busy.press("u")
    expect(busy.page.locator("#said")).to_contain_text("does not answer")
    assert following == busy.case_id


def test_without_a_network_the_page_says_what_is_kept_whatever_else_fails_and_when_it_was_sent(
    busy: Desk, house: House
) -> None:
    busy.context.set_offline(True)
    busy.press("2")
    first = busy.press_and_go_on("d")
    said = busy.page.locator("#said")
    expect(said).to_contain_text("1 verdict is kept and sent again")
    busy.page.evaluate("htmx.ajax('GET', '/console/work', '#main').catch(() => null)")
    busy.page.wait_for_timeout(300)
    expect(said).to_contain_text("1 verdict is kept")
    busy.press("2")
    busy.press("d")
    expect(said).to_contain_text("2 verdicts are kept")
    second = busy.case_id
    busy.context.set_offline(False)
    _until(busy, lambda: bool(house.verdicts(first)) and bool(house.verdicts(second)))
    expect(said).to_contain_text("was sent by itself at")
    assert "grave" not in str(said.get_attribute("class"))
    busy.complaints[:] = [told for told in busy.complaints if not told.startswith("htmx:")]  # it reports what we did


def test_without_a_network_a_blurred_case_is_asked_about_and_kept_as_any_other(desk: Desk, house: House) -> None:
    """What looks again by itself said "The server cannot be reached" over the question, and it stood for good."""
    house.comment("你这个蠢货")
    desk.log_in()
    said, stored = desk.page.locator("#said"), desk.case_id
    expect(desk.page.locator("#reveal")).to_have_count(1)
    desk.context.set_offline(True)
    desk.press("a")
    expect(said).to_contain_text("still blurred")
    desk.page.evaluate("htmx.trigger(document.querySelector('#today'), 'renew')")
    desk.page.wait_for_timeout(300)
    expect(said).to_contain_text("still blurred")
    desk.press("a")
    expect(said).to_contain_text("1 verdict is kept")
    desk.context.set_offline(False)
    _until(desk, lambda: bool(house.verdicts(stored)))
    desk.complaints[:] = [told for told in desk.complaints if not told.startswith("htmx:")]  # it reports what we did


def test_that_the_server_cannot_be_reached_is_said_no_longer_once_it_can(busy: Desk) -> None:
    said = busy.page.locator("#said")
    busy.context.set_offline(True)
    busy.page.evaluate("htmx.trigger(document.querySelector('#today'), 'renew')")
    expect(said).to_contain_text("cannot be reached")
    busy.context.set_offline(False)
    expect(said).not_to_contain_text("cannot be reached")
    busy.complaints[:] = [told for told in busy.complaints if not told.startswith("htmx:")]  # it reports what we did


def test_a_key_that_slips_again_on_a_case_that_lacks_something_gives_one_message(busy: Desk) -> None:
    busy.press("d")
    expect(busy.page.locator("#main .alert")).to_have_count(1)
    busy.page.keyboard.press("d")
    busy.page.wait_for_timeout(300)
    expect(busy.page.locator("#main .alert")).to_have_count(1)
    assert not busy.page.locator("#said:not(.unseen)").count()


def test_what_one_person_ticked_and_wrote_is_not_there_for_the_next_in_the_same_tab(busy: Desk, house: House) -> None:
    """A session that ended without a log-out of this tab: the case is the oldest, and comes to whoever logs in next."""
    first = busy.case_id
    busy.press("2")
    busy.press("p")
    busy.page.keyboard.type("of mei alone")
    with house.database.unit() as unit:
        accounts.end_sessions(unit, house.people["mei"].id, by="ada", now=house.clock())
        unit.commit()
    busy.log_in("sue")
    busy.go("/work")
    assert first == busy.case_id
    assert 0 == busy.page.locator("#verdict input[name=labels]:checked").count()
    assert "" == busy.page.locator("textarea[name=note]").input_value()
    assert "of mei alone" not in busy.page.evaluate("JSON.stringify(sessionStorage)")


def test_whose_session_ended_finds_their_own_ticks_again(busy: Desk, house: House) -> None:
    first = busy.case_id
    busy.press("2")
    with house.database.unit() as unit:
        accounts.end_sessions(unit, house.people["mei"].id, by="ada", now=house.clock())
        unit.commit()
    busy.log_in()
    busy.go("/work")
    assert first == busy.case_id
    expect(busy.page.locator("#label-gambling")).to_be_checked()
