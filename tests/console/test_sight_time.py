"""The server holds the time that a case has to be on the screen, too: a script that sends forms looks at nothing."""

from __future__ import annotations

import pytest

from records.values import CaseState
from tests.console.house import House, Visitor, case_in
from tests.console.test_alone import opened_anew
from tests.console.test_groups import a_day, give
from tests.console.test_together import remounted


@pytest.fixture
def held(house: House) -> House:
    """A house whose cases have to be on the screen for a minute: no test is as slow as that."""
    remounted(house, seen_ms=60_000)
    return house


def _decided(visitor: Visitor, page: str) -> int:
    return visitor.decide("approve", page=page).status_code


def test_a_verdict_at_once_is_refused_in_a_sentence_and_the_case_stays(held: House) -> None:
    held.comment("加微信")
    mei = held.logged_in()
    page = mei.page("/work")
    answer = mei.decide("reject", page=page, labels="advertising", note="an advert")
    assert 409 == answer.status_code
    assert "was handed to you a moment ago" in answer.text
    assert "an advert" in answer.text
    assert case_in(page) == case_in(answer.text)
    assert [] == held.verdicts(case_in(page))


def test_the_same_form_is_taken_once_the_case_was_before_their_eyes(held: House) -> None:
    held.comment("加微信")
    mei = held.logged_in()
    page = mei.page("/work")
    assert 409 == _decided(mei, page)
    held.clock.forward(seconds=61)
    assert 303 == _decided(mei, page)


def test_what_came_ahead_with_a_page_was_given_with_it_so_that_keys_kept_offline_are_taken_together(
    held: House,
) -> None:
    for number in range(8):
        held.comment(f"加微信{number}", author=f"a{number}")
    mei = held.logged_in()
    first = mei.page("/work")
    at = first.index("加微信")
    case_id, ahead = case_in(first), case_in(first[first.index('data-case="') + 20 :])
    assert case_id != ahead, at
    held.clock.forward(seconds=61)
    current = first[: first.rindex('id="verdict"')] if first.count('id="verdict"') > 1 else first
    for which in (case_id, ahead):
        lease = held.case(which).lease_token
        seen = held.case(which).decision_id
        form = mei.form(current) | {"lease": lease, "seen": seen, "action": "approve"}
        assert 303 == mei.post(f"/work/{which}", form).status_code
    assert [CaseState.CLOSED] * 2 == [held.case(each).state for each in (case_id, ahead)]


def test_a_verdict_that_was_taken_back_is_given_anew_at_once(held: House) -> None:
    held.comment("加微信")
    mei = held.logged_in()
    page = mei.page("/work")
    held.clock.forward(seconds=61)
    assert 303 == _decided(mei, page)
    assert 303 == mei.post(f"/work/{case_in(page)}/undo", {"csrf": mei.form(page)["csrf"]}).status_code
    assert 303 == _decided(mei, mei.page("/work"))


def test_a_group_takes_as_long(held: House) -> None:
    made = a_day(held)
    mei = held.logged_in()
    mei.page("/work")
    comments = [f"{one.comment_id}:1" for one in made]
    answer = give(held, mei, made[0].case_id, action="approve", comments=comments)
    assert 409 == answer.status_code
    assert "was handed to you a moment ago" in answer.text
    held.clock.forward(seconds=61)
    assert 303 == give(held, mei, made[0].case_id, action="approve", comments=comments).status_code


def test_what_is_opened_anew_takes_as_long(held: House) -> None:
    made = held.comment("加微信")
    ben, mei = held.logged_in("ben"), held.logged_in()
    page = ben.page("/work")
    held.clock.forward(seconds=61)
    assert 303 == _decided(ben, page)
    page = opened_anew(held, mei, made)
    assert 409 == _decided(mei, page)
    held.clock.forward(seconds=61)
    assert 303 == _decided(mei, page)


def test_what_is_handed_over_takes_as_long(held: House) -> None:
    held.comment("加微信")
    ben, mei = held.logged_in("ben"), held.logged_in()
    page = mei.page("/work")
    held.clock.forward(seconds=61)
    assert 303 == mei.decide("hand_over", page=page, to=held.people["ben"].id).status_code
    handed = ben.page("/work")
    assert case_in(page) == case_in(handed)
    assert 409 == _decided(ben, handed)
    held.clock.forward(seconds=61)
    assert 303 == _decided(ben, handed)
