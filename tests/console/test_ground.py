"""Rejecting on a ground that no label names: on the desk, and by search."""

from __future__ import annotations

from tests.console.house import House
from tests.console.test_search import index, ticked


def test_a_ground_beside_the_labels_is_a_reason_to_reject(house: House) -> None:
    stored = house.comment("加微信")
    visitor = house.logged_in("mei")
    assert ">Privacy</option>" in visitor.page("/work")
    assert 422 == visitor.decide("reject").status_code
    assert "You ticked labels or chose a ground" in visitor.decide("approve", ground="privacy").text
    assert "That ground does not exist any more." in visitor.decide("reject", ground="other").text
    visitor.decide("reject", ground="privacy")
    assert "Rejected: Privacy." in visitor.page("/work")
    verdict = house.verdicts(stored.case_id)[0]
    assert ((), "privacy", False) == (verdict.labels, verdict.ground, verdict.overturned)
    assert "<td>Privacy" in visitor.page(f"/decisions/{verdict.decision_id}")


def test_what_search_found_is_rejected_on_a_ground(house: House) -> None:
    stored = house.comment("今天的云真好看")
    index(house)
    visitor = house.logged_in("mei")
    assert ">Privacy</option>" in visitor.page("/search")
    answer = ticked(house, visitor, "/search/decide", stored, verdict="reject", ground="privacy", measure="delete")
    assert 200 == answer.status_code
    assert "</b>: Privacy · mei" in visitor.page(f"/comments/{stored.comment_id}/account")
