"""Whoever was asked blind stays blind until it is settled, and whoever knows what was decided is not asked."""

from __future__ import annotations

import pytest

from governance import appeals
from records import cases
from records.storing import Stored
from records.values import CaseState, Purpose
from review import queue
from tests.console.house import House, Visitor, case_in, csrf_in
from tests.console.test_search import index

LABEL = "advertising"


def rejected(house: House) -> Stored:
    stored = house.comment("加微信", id="c1")
    assert 303 == house.logged_in("mei").decide("reject", labels=LABEL).status_code
    return stored


def appealed(house: House, stored: Stored) -> None:
    with house.database.unit() as unit:
        appeals.make(unit, stored.decision_id, "a joke", house.parts.complaints, sender="t", now=house.clock())
        unit.commit()


def asked_again(house: House, stored: Stored) -> None:
    """A second opinion waits."""
    with house.database.unit() as unit:
        decided = cases.get(unit, str(stored.case_id))
        cases.ask_again(unit, decided, queue="forum", why="model", purpose=Purpose.OPINION, now=house.clock())
        unit.commit()


def give_back(ben: Visitor, page: str, how: str) -> None:
    if how == "rest":
        assert 303 == ben.post("/work/rest", {"csrf": csrf_in(page)}).status_code
    else:
        assert 303 == ben.decide("skip", page=page, skip_reason=how).status_code


@pytest.mark.parametrize("how", ["rest", "later", "language"])
def test_an_appeal_that_was_given_back_is_as_closed_as_one_in_hand(house: House, how: str) -> None:
    stored = rejected(house)
    appealed(house, stored)
    house.comment("下注", id="c2")
    ben = house.logged_in("ben")
    give_back(ben, ben.page("/work?queue=appeals"), how)
    assert 403 == ben.get(f"/decisions/{stored.decision_id}").status_code
    assert 200 == house.logged_in("lea", "lead").get(f"/decisions/{stored.decision_id}").status_code


def test_a_second_opinion_that_was_given_back_still_tells_nothing_of_the_first(house: House) -> None:
    stored = rejected(house)
    asked_again(house, stored)
    ben = house.logged_in("ben")
    assert "加微信" in ben.page("/work")
    give_back(ben, ben.page("/work"), "rest")
    page = ben.page(f"/decisions/{stored.decision_id}")
    assert "mei" not in page
    assert "加微信" in ben.page("/work"), "and so it can be asked of them again"


@pytest.mark.parametrize("again", [appealed, asked_again])
def test_who_read_the_decision_is_not_asked(house: House, again) -> None:  # noqa: ANN001
    stored = rejected(house)
    again(house, stored)
    ben, wei = house.logged_in("ben"), house.logged_in("wei")
    assert 200 == ben.get(f"/decisions/{stored.decision_id}").status_code
    narrowed = "?queue=appeals" if again is appealed else ""
    assert "加微信" not in ben.page(f"/work{narrowed}")
    assert "加微信" in wei.page(f"/work{narrowed}")


def test_who_read_it_before_it_was_appealed_is_not_asked_either(house: House) -> None:
    stored = rejected(house)
    ben = house.logged_in("ben")
    assert 200 == ben.get(f"/decisions/{stored.decision_id}").status_code
    appealed(house, stored)
    assert "加微信" not in ben.page("/work?queue=appeals")


@pytest.mark.parametrize("page", ["/comments/{id}/account", "/comments/{id}/thread", "/search?q=加微信", "/mine"])
def test_who_read_what_another_decided_on_any_page_is_not_asked_later(house: House, page: str) -> None:
    """Stories and lists too: nobody had appealed yet. What they decided themselves they are not asked anyway."""
    stored = house.comment("加微信", id="c1", thread_id="t-1")
    house.logged_in("mei").decide("reject", labels=LABEL)
    index(house)
    ben, wei = house.logged_in("ben"), house.logged_in("wei")
    read = stored.decision_id in ben.page(page.format(id=stored.comment_id))
    appealed(house, stored)
    assert read == (page != "/mine")
    assert read != ("加微信" in ben.page("/work?queue=appeals"))
    house.clock.forward(minutes=20)
    assert "加微信" in wei.page("/work?queue=appeals")


def test_who_saw_it_as_a_past_case_like_theirs_is_not_asked_either(house: House) -> None:
    stored = house.comment("加微信领取优惠券三百元", id="c1", author="author-1")
    house.logged_in("mei").decide("reject", labels=LABEL)
    house.comment("加微信领取优惠券五百元", id="c2", author="author-2")
    ben = house.logged_in("ben")
    assert "三百元" in ben.page("/work")
    ben.decide("skip", skip_reason="later")
    appealed(house, stored)
    assert "三百元" not in ben.page("/work?queue=appeals")
    assert "三百元" in house.logged_in("wei").page("/work?queue=appeals")


def test_a_list_that_tells_the_outcome_counts_as_reading(house: House) -> None:
    stored = rejected(house)
    appealed(house, stored)
    ben = house.logged_in("ben")
    assert "加微信" in ben.page(f"/comments/{stored.comment_id}/account")
    assert "加微信" not in ben.page("/work?queue=appeals")


def test_who_came_to_know_it_with_the_case_in_hand_cannot_decide_it(house: House) -> None:
    """Read on another way (a colleague's screen that was theirs for a moment): the verdict is refused in a sentence."""
    stored = rejected(house)
    appealed(house, stored)
    ben = house.logged_in("ben")
    page = ben.page("/work?queue=appeals")
    with house.database.unit() as unit:
        from records import knowing

        knowing.read(unit, [stored.comment_id], house.people["ben"].id, now=house.clock())
        unit.commit()
    answer = ben.decide("approve", page=page)
    assert 403 == answer.status_code
    assert "You have read what was decided" in answer.text
    assert house.case(case_in(page)).state is not CaseState.CLOSED


def test_once_it_is_settled_all_may_read_it(house: House) -> None:
    stored = rejected(house)
    appealed(house, stored)
    ben, wei = house.logged_in("ben"), house.logged_in("wei")
    give_back(ben, ben.page("/work?queue=appeals"), "rest")
    assert 303 == wei.decide("approve", page=wei.page("/work?queue=appeals")).status_code
    house.clock.forward(seconds=queue.LEASE.total_seconds())
    assert 200 == ben.get(f"/decisions/{stored.decision_id}").status_code


@pytest.mark.parametrize("again", [appealed, asked_again])
def test_the_lead_learns_what_nobody_of_the_house_may_be_asked(house: House, again) -> None:  # noqa: ANN001
    stored = rejected(house)
    again(house, stored)
    lead = house.logged_in("lea", "lead")
    assert "wait for nobody" not in lead.page("/lead?lang=en"), "the lead may decide it"
    assert 200 == lead.get(f"/decisions/{stored.decision_id}").status_code
    assert "wait for nobody" in lead.page("/lead?lang=en")
    house.logged_in("ben")
    assert "wait for nobody" not in lead.page("/lead/live?lang=en"), "somebody came who knows nothing of it"


def test_what_is_late_and_what_was_refused_for_good_are_told_too(house: House) -> None:
    stored = rejected(house)
    appealed(house, stored)
    lead = house.logged_in("lea", "lead")
    give_back(lead, lead.page("/work?queue=appeals"), "conflict")
    house.clock.forward(days=60)
    lead = house.logged_in("lea", "lead")
    assert "a promise is broken" in lead.page("/lead?lang=en")
