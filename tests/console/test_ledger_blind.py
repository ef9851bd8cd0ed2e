"""The ledger tells whoever is asked blind nothing of it, and whoever read it there is not asked."""

from __future__ import annotations

import pytest

from records import ledger_pages
from records.house_values import LedgerEntry
from records.proving import Wanted
from records.storing import Stored
from review import quality
from review.quality import Quality
from review.verdicts import SETTLED_AFTER
from tests.console.house import House, csrf_in
from tests.console.test_knowing import appealed, asked_again, rejected
from tests.console.test_ledger import shown
from tests.console.test_together import remounted


def entries(house: House, kind: str = "") -> list[LedgerEntry]:
    with house.database.reading() as look:
        return list(ledger_pages.leaf(look, Wanted(kinds=[kind] if kind else ()), limit=100).items)


def about(house: House, stored: Stored) -> set[str]:
    told = (stored.comment_id, stored.decision_id, str(stored.case_id))
    return {each.id for each in entries(house) if any(each_id.encode() in each.body for each_id in told)}


@pytest.mark.parametrize("role", ["lead", "admin"])
@pytest.mark.parametrize("again", [appealed, asked_again])
def test_entries_about_what_is_in_hand_are_closed_in_the_list_one_by_one_and_for_export(
    house: House, again, role: str  # noqa: ANN001
) -> None:  # fmt: skip
    stored = rejected(house)
    again(house, stored)
    other = house.comment("今天的云真好看")
    lea = house.logged_in("lea", role)
    assert "加微信" in lea.page("/work" + ("?queue=appeals" if again is appealed else ""))
    page, closed = lea.page("/ledger"), about(house, stored)
    assert set() == closed & set(shown(page))
    assert about(house, other) <= set(shown(page))
    assert "are left out until it is decided" in page
    for entry_id in closed:
        assert 403 == lea.get(f"/ledger/{entry_id}").status_code
        wish = {"csrf": csrf_in(page), "why": "asked", "ground": "law"}
        assert 403 == lea.post(f"/ledger/{entry_id}", wish).status_code


def test_what_a_first_look_hides_is_as_much_so_that_nobody_tells_which_it_is(house: House) -> None:
    stored = house.comment("加微信", id="c1")
    lea = house.logged_in("lea", "lead")
    lea.page("/work")
    assert set() == about(house, stored) & set(shown(lea.page("/ledger")))


@pytest.mark.parametrize("again", [appealed, asked_again])
@pytest.mark.parametrize("way", ["list", "entry"])
def test_who_read_it_in_the_ledger_is_not_asked(house: House, again, way: str) -> None:  # noqa: ANN001
    stored = rejected(house)
    again(house, stored)
    lea = house.logged_in("lea", "lead")
    if way == "list":
        lea.page("/ledger?kind=verdict")
    else:
        [verdict] = entries(house, "verdict")
        assert 200 == lea.get(f"/ledger/{verdict.id}").status_code
    narrowed = "?queue=appeals" if again is appealed else ""
    assert "加微信" not in lea.page(f"/work{narrowed}")
    assert "加微信" in house.logged_in("wei").page(f"/work{narrowed}")


def test_nobody_reads_that_a_verdict_was_drawn_before_the_second_look_is_done(house: House) -> None:
    remounted(house, quality=Quality(second_share=1.0))
    house.logged_in("ben")
    house.comment("加微信", id="c1")
    lea = house.logged_in("lea", "lead")
    assert 303 == lea.decide("reject", labels="advertising").status_code
    assert 1 == len(entries(house, "verdict.drawn"))
    assert [] == shown(lea.page("/ledger?kind=verdict.drawn"))
    house.clock.forward(seconds=SETTLED_AFTER.total_seconds())
    with house.database.unit() as unit:
        assert 1 == quality.weigh(unit, now=house.clock())
        unit.commit()
    [drawn] = entries(house, "verdict.drawn")
    assert [] == shown(lea.page("/ledger?kind=verdict.drawn"))
    assert 403 == lea.get(f"/ledger/{drawn.id}").status_code
    assert 1 == len(entries(house, "case.opened"))
    assert [] == shown(lea.page("/ledger?kind=case.opened")), "that a second person's case was opened"
    ben = house.logged_in("ben")
    assert 303 == ben.decide("reject", labels="advertising").status_code
    assert [drawn.id] == shown(lea.page("/ledger?kind=verdict.drawn"))
