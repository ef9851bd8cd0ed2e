"""Whose one verdict was: a name for those who answer for verdicts, a number for whoever only learns from them."""

from __future__ import annotations

import pytest

from tests.console.house import House

MO, NOTE = "Moritz-Mo", "as the guide has it"


@pytest.fixture
def settled(house: House) -> dict[str, str]:
    """Pages about one comment that one person passed to nobody and rejected, by what they are."""
    stored = house.comment("下注", id="c-1", author="author-1", thread_id="t-1")
    mo = house.logged_in(MO.casefold())
    mo.decide("reject", labels="gambling", note=NOTE)
    assert house.verdicts(stored.case_id)
    return {
        "decision": f"/decisions/{stored.decision_id}",
        "account": f"/comments/{stored.comment_id}/account",
        "thread": f"/comments/{stored.comment_id}/thread",
    }


@pytest.mark.parametrize("kind", ["decision", "account", "thread"])
@pytest.mark.parametrize(("role", "reads"), [("senior", True), ("lead", True), ("data_scientist", False)])
def test_who_only_learns_from_verdicts_reads_no_name_beside_one(
    house: House, settled: dict[str, str], kind: str, role: str, *, reads: bool
) -> None:
    page = house.logged_in("dan", role).page(settled[kind])
    assert NOTE in page
    assert reads == (house.people[MO.casefold()].display_name in page)
    assert reads != ("person 1" in page)


def test_numbers_are_one_for_a_person_on_a_page(house: House) -> None:
    """Two verdicts of one and one of another: whether it was the same person stays to be seen."""
    texts = ("下注吗，带你赢", "刷单日结", "今晚有人下注没有啊兄弟们")
    stored = [
        house.comment(text, id=f"c-{at}", author=f"author-{at}", thread_id="t-1") for at, text in enumerate(texts)
    ]
    for who in ("mo", "mo", "sue"):
        house.logged_in(who).decide("approve")
        house.clock.forward(minutes=20)  # what they had ahead is back
    page = house.logged_in("dan", "data_scientist").page(f"/comments/{stored[0].comment_id}/thread")
    assert [1, 2] == sorted(page.count(f"person {number}") for number in (1, 2))
