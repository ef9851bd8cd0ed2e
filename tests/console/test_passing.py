"""What colleagues say when they pass a case on stands on the page of whoever has it next, and of the decision."""

from __future__ import annotations

from tests.console.house import House, csrf_in


def test_who_has_a_case_next_reads_why_it_came_to_them(house: House) -> None:
    stored = house.comment("加微信")
    mei, senior = house.logged_in("mei"), house.logged_in("ben", "senior")
    mei.decide("escalate", reason="too grave for me", note="he also wrote <b>here</b>")
    page = senior.page("/work?queue=escalated")
    for part in ("mei escalated it", "too grave for me", "he also wrote &lt;b&gt;here&lt;/b&gt;"):
        assert part in page, part
    assert 303 == senior.decide("approve", page=page).status_code
    assert "too grave for me" in mei.page(f"/decisions/{stored.decision_id}")


def test_a_colleague_is_told_who_handed_a_case_over_and_why(house: House) -> None:
    house.comment("加微信")
    mei, wei = house.logged_in("mei"), house.logged_in("wei")
    mei.decide("hand_over", to=house.people["wei"].id, reason="you speak it", note="look at the second line")
    page = wei.page("/work")
    for part in ("mei handed it over to wei", "you speak it", "look at the second line"):
        assert part in page, part


def test_an_escalation_taken_back_was_said_to_nobody(house: House) -> None:
    stored = house.comment("加微信")
    mei = house.logged_in("mei")
    mei.decide("escalate", reason="too grave for me")
    assert 303 == mei.post(f"/work/{stored.case_id}/undo", {"csrf": csrf_in(mei.page("/queue"))}).status_code
    page = mei.page("/work")
    assert "加微信" in page
    assert "too grave for me" not in page
