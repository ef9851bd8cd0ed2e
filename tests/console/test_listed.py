"""An account on a list as leads see it: what its owner is told, and their appeal as a question to somebody else."""

from __future__ import annotations

import pytest

from governance import account_appeals, lists
from governance.account_appeals import ENTRY
from governance.lists import Listing
from moderation.lists import ListAction
from records import approvals
from records import lists as stored_lists
from records.account_appeals import OUTCOMES
from records.house_values import ListEntryRecord
from tests.console.house import House, csrf_in


def blacklisted(house: House, *, tells: bool = True) -> ListEntryRecord:
    listing = Listing("account", "author-1", ListAction.BLOCK, "冒充客服", "市网信办", "ben", tells=tells)
    with house.database.unit() as unit:
        made = lists.add(unit, listing, taxonomy=house.parts.taxonomy, keyring=house.keyring, now=house.clock())
        unit.commit()
    return made


@pytest.mark.parametrize(("tells", "said"), [(True, "冒充客服"), (False, "市网信办")])
def test_the_account_s_page_says_that_it_is_on_a_list_and_what_the_person_is_told(
    house: House, said: str, *, tells: bool
) -> None:
    stored = house.comment("hello", id="c-1")
    entry = blacklisted(house, tells=tells)
    page = house.logged_in("lucy", "lead").page(f"/comments/{stored.comment_id}/standing")
    assert "The account is on a list" in page
    assert said in page
    assert entry.id in page
    assert ("冒充客服" in page) is tells


def test_an_appeal_shows_the_entry_and_the_person_s_words_and_a_yes_takes_the_account_off(house: House) -> None:
    entry = blacklisted(house)
    with house.database.unit() as unit:
        asked = account_appeals.make(
            unit, ENTRY, entry.id, "it was not me", house.parts.complaints, sender="x", now=house.clock()
        )
        unit.commit()
    lead = house.logged_in("lucy", "lead")
    page = lead.page(f"/approvals/{asked.id}")
    for part in ("An appeal against an entry on a list", "taken off the list", "冒充客服", "it was not me"):
        assert part in page
    told = {"csrf": csrf_in(page), "answer": "approve", "note": "another person"}
    lead.post(f"/approvals/{asked.id}", told)
    with house.database.reading() as look:
        outcome = OUTCOMES[approvals.get(look, asked.id).state]
    assert "overturned" == outcome


def test_a_form_may_say_that_the_list_is_somebody_else_s(house: House) -> None:
    lead = house.logged_in("lucy", "lead")
    told = {
        "kind": "account",
        "value": "a-9",
        "action": "block",
        "reason": "spam",
        "source": "ministry",
        "ground": "x y",
    }
    lead.post("/lists", {"csrf": csrf_in(lead.page("/lists")), "untold": "1", **told})
    with house.database.reading() as look:
        [entry] = stored_lists.page(look).items
    assert not entry.tells
