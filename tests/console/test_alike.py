"""A campaign decided as one: what was chosen goes along, what differs stands first and unticked, copies are offered."""

from __future__ import annotations

import re

import pytest

from console.differences import FAR, distances, places
from governance.other_sellers import by_another_contact
from records import bulk
from records.campaign_findings import MemberRow
from records.storing import Stored
from records.values import VerdictKind
from tests.console.house import House, case_in
from tests.records.databases import NOW

ADVERT = "加微信领取新人专属红包，名额有限先到先得，速来"
WARNING = f"大家小心，发“{ADVERT}”的是骗子，别信"


def spread(house: House, *texts: str) -> list[Stored]:
    stored = [house.comment(text, id=f"c{n}", author=f"author-{n}") for n, text in enumerate(texts)]
    house.campaign(*stored)
    return stored


def test_what_quotes_and_warns_is_far_and_what_a_spreader_varies_is_not() -> None:
    texts = {
        "copy": f"{ADVERT}！！",
        "number": ADVERT.replace("，速来", "，速来 138 0013"),
        "warning": WARNING,
        "other": "今天的云真好看，适合散步",
    }
    found = distances(f"{ADVERT} 139 0000", texts)
    assert FAR > found["copy"]
    assert FAR > found["number"]
    assert found["warning"] >= FAR
    assert found["other"] > found["warning"]


def test_a_sentence_of_somebodys_own_is_far_in_however_long_a_text() -> None:
    long = ADVERT * 6
    assert FAR == distances(long, {"warns": f"{long}。上面这条是骗子发的"})["warns"]


def test_the_places_are_those_that_the_exemplar_has_not() -> None:
    [first, last] = places("加微信领红包", "小心！加微信领红包是骗子")
    assert [(0, 3), (9, 12)] == [(first.start, first.end), (last.start, last.end)]


def test_what_differs_most_stands_first_marked_and_is_not_ticked(house: House) -> None:
    spread(house, ADVERT, f"{ADVERT}！", WARNING, f"{ADVERT}。")
    mei = house.logged_in("mei")
    case_id = case_in(mei.page("/work"))
    page = mei.page(f"/work/{case_id}/campaign")
    rows = page.partition('<ol class="texts"')[2].partition("</ol>")[0].split("<li>")[1:]
    assert "<mark>大家小心" in rows[0]
    assert [False, True] == ["checked" in row for row in (rows[0], rows[1])]
    assert "One comment differs much" in page


def test_what_was_left_out_at_first_is_not_decided_with_the_rest(house: House) -> None:
    stored = spread(house, ADVERT, f"{ADVERT}！", WARNING)
    mei = house.logged_in("mei")
    case_id = case_in(mei.page("/work"))
    page = mei.page(f"/work/{case_id}/campaign")
    [shown] = re.findall(r'<input name="shown" type="hidden" value="([^"]*)">', page)
    picked = re.findall(r'name="picked" value="([^"]*)" data-row checked', page)
    form = mei.form(page) | {"shown": shown, "picked": picked, "action": "reject", "labels": "advertising"}
    assert 303 == mei.post(f"/work/{case_id}/campaign", form).status_code
    with house.database.reading() as look:
        made = bulk.of_case(look, case_id)
        assert made is not None
        members = bulk.members(look, made.id, states=tuple(bulk.MemberState), limit=9)
    assert [one.comment_id for one in stored[:2]] == [one.comment_id for one in members]
    assert VerdictKind.REJECT is house.verdicts(stored[0].case_id)[0].verdict


@pytest.mark.parametrize("script", [False, True])
def test_what_was_ticked_goes_along_to_the_campaigns_list(house: House, script: bool) -> None:
    spread(house, ADVERT, f"{ADVERT}！")
    mei = house.logged_in("mei")
    page = mei.page("/work")
    assert "All 2 like it" in page
    form = mei.form(page) | {"action": "alike", "labels": "fraud", "note": "seen before"}
    answer = mei.post(f"/work/{case_in(page)}", form, headers={"HX-Request": "true"} if script else {})
    place = answer.headers["HX-Redirect" if script else "location"]
    assert "seen" not in place
    listed = mei.page(place.partition("/console")[2])
    ticked = [row for row in listed.split("<input") if 'name="labels"' in row and " checked" in row]
    assert 1 == len(ticked)
    assert 'value="fraud"' in ticked[0]
    assert [] == house.verdicts(case_in(page)), "nothing is decided yet"


def test_after_two_alike_the_desk_offers_the_rest(house: House) -> None:
    spread(house, *(f"{ADVERT}{'！' * n}" for n in range(5)))
    mei = house.logged_in("mei")
    offers = []
    for _ in range(2):
        page = mei.page("/work")
        assert 303 == mei.decide("reject", page=page, labels="advertising").status_code
        offers.append("Decide the other" in mei.page("/work"))
    assert [False, True] == offers
    page = mei.page("/work")
    assert "Decide the other 3" in page
    assert f"/work/{case_in(page)}/campaign?labels=advertising" in page


def test_after_two_unlike_ones_nothing_is_offered(house: House) -> None:
    spread(house, *(f"{ADVERT}{'！' * n}" for n in range(4)))
    mei = house.logged_in("mei")
    for labels in ("advertising", "fraud"):
        assert 303 == mei.decide("reject", labels=labels).status_code
    assert "Decide the other" not in mei.page("/work")


def test_another_contact_is_not_ticked_and_the_page_says_why(house: House) -> None:
    own, other = "卖二手手机 便宜 加V4455667 全新", "卖二手手机 便宜 加V9911223 全新"
    stored = spread(house, own, own, own, other, own)
    mei = house.logged_in("mei")
    page = mei.page(f"/work/{case_in(mei.page('/work'))}/campaign")
    ticked = " ".join(re.findall(r'name="picked" value="([^"]*)"[^>]* checked', page)).split()
    assert stored[3].comment_id not in ticked
    assert 3 == len(ticked)
    assert "One comment gives another contact than the campaign" in page
    assert "another contact</span>" in page


def test_who_changes_numbers_under_one_name_is_one_seller() -> None:
    def row(name: str, account: str | None, contact: str) -> MemberRow:
        return MemberRow(name, f"卖二手手机 便宜 加V{contact} 全新", None, account, None, None, NOW)

    rows = [row("a", "x", "4455667"), row("b", "x", "7766554"), row("c", "y", "7766554"), row("d", "z", "9911223")]
    assert {"d"} == by_another_contact(rows, "a")
    assert {"a", "b", "c"} == by_another_contact(rows, "d")
    assert {"d", "e"} == by_another_contact([*rows, row("e", None, "1231231")], "a"), "nobody says whose it is"
    none = MemberRow("f", "卖二手手机 便宜 全新", None, "w", None, None, NOW)
    assert {"d"} == by_another_contact([*rows, none], "f"), "what most of it gives is the campaign's"
