"""What a second person reads of a verdict over many before they say yes."""

from __future__ import annotations

import re
from dataclasses import replace

from console.routes import application
from governance import campaign_findings
from records import approvals
from records import bulk as given
from records.bulk import BulkState
from tests.console.house import House, Visitor, case_in
from tests.console.test_approvals import answer
from tests.console.test_campaigns import ADVERT, _form, _many


def _alone(house: House, count: int) -> None:
    """So many may be decided without a second person."""
    house.parts = replace(house.parts, bulk_alone=count)
    house.app.router.routes.clear()
    house.app.mount("/console", application(house.parts))


def asked(house: House, mei: Visitor, *, out: int = 0) -> str:
    """The question about a campaign's verdict, of which so many were left out."""
    case_id = case_in(mei.page("/work"))
    form = _form(mei.page(f"/work/{case_id}/campaign"))
    del form["picked"][:out]
    sent = {**form, "action": "reject", "labels": "gambling", "why": "one advert"}
    assert 303 == mei.post(f"/work/{case_id}/campaign", sent).status_code
    with house.database.reading() as look:
        [waiting] = approvals.waiting(look)
    return waiting.id


def texts(page: str) -> list[str]:
    """The lines of the list, without what is around the words."""
    part = page[page.index('aria-labelledby="many-title">', page.index("<ol")) :]
    return [
        re.sub(r"<[^>]+>", "", one) for one in re.findall(r"<li>(.*?)</li>", part[: part.index("</ol>")], re.DOTALL)
    ]


def state(house: House, approval_id: str) -> BulkState:
    with house.database.reading() as look:
        return given.get(look, approvals.get(look, approval_id).subject_id).state


def test_the_second_person_reads_the_texts_with_their_counts_who_is_behind_and_what_was_left_out(house: House) -> None:
    house.campaign(*[house.comment(ADVERT) for _ in range(4)], *[house.comment(f"{ADVERT}{n}") for n in range(3)])
    campaign_findings.weigh_some(house.database, house.clock())
    _alone(house, 2)
    mei, sia = house.logged_in("mei"), house.logged_in("sia", "senior")
    approval_id = asked(house, mei, out=1)
    page = sia.page(f"/approvals/{approval_id}")
    lines = texts(page)
    assert 3 == len(lines)
    assert any(line.startswith("4 × ") and ADVERT in line for line in lines)
    assert "hand" in page or "people" in page
    assert "/console/campaigns/" in page
    assert "Comments that wait and that mei left out: 1" in page
    assert 303 == answer(sia, approval_id).status_code, "a short list needs no opening"


def test_a_long_list_has_to_be_opened_page_by_page_before_it_is_approved(house: House) -> None:
    _many(house, 230)
    mei, sia = house.logged_in("mei"), house.logged_in("sia", "senior")
    approval_id = asked(house, mei)
    path = f"/approvals/{approval_id}"
    first = sia.page(path)
    assert (12, True) == (len(texts(first)), "Open all 231 texts" in first)
    refused = answer(sia, approval_id)
    assert (422, True) == (refused.status_code, "not all of its texts were opened" in refused.text)
    assert BulkState.WAITING is state(house, approval_id)
    seen = []
    page = sia.page(f"{path}?texts=1&opened=0")
    while True:
        seen += texts(page)
        hidden = dict(re.findall(r'<input type="hidden" name="(texts|opened)" value="(\d+)">', page))
        further = re.search(r'rel="next" href="/console([^"#]+)', page)
        if further is None:
            break
        assert 422 == answer(sia, approval_id, **hidden).status_code
        page = sia.page(further[1].replace("&amp;", "&"))
    assert (231, 231) == (len(seen), len(set(seen)))
    assert 303 == answer(sia, approval_id, **hidden).status_code
    assert BulkState.RUNNING is state(house, approval_id)


def test_declining_needs_no_reading_and_harsh_texts_are_blurred(house: House) -> None:
    _alone(house, 2)
    house.campaign(*[house.comment(f"{ADVERT}蠢货{n}") for n in range(20)])
    mei, sia = house.logged_in("mei"), house.logged_in("sia", "senior")
    approval_id = asked(house, mei)
    page = sia.page(f"/approvals/{approval_id}")
    assert 'class="veiled"' in page
    assert 'data-unread="Some of the texts are still blurred.' in page
    assert 303 == answer(sia, approval_id, "decline").status_code


def test_another_contact_that_was_taken_in_stands_first_and_is_named(house: House) -> None:
    _alone(house, 2)
    own, other = "卖二手手机 便宜 加V4455667 全新 下注", "卖二手手机 便宜 加V9911223 全新 下注"
    house.campaign(*[house.comment(own, author=f"a{n}") for n in range(4)], house.comment(other, author="z"))
    mei, sia = house.logged_in("mei"), house.logged_in("sia", "senior")
    case_id = case_in(mei.page("/work"))
    form = _form(mei.page(f"/work/{case_id}/campaign"))
    sent = {**form, "picked": form["shown"], "action": "reject", "labels": "gambling", "why": "one advert"}
    assert 303 == mei.post(f"/work/{case_id}/campaign", sent).status_code
    with house.database.reading() as look:
        [waiting] = approvals.waiting(look)
    first, *rest = texts(sia.page(f"/approvals/{waiting.id}"))
    assert ("9911223" in first, "another contact" in first) == (True, True)
    assert not any("another contact" in one for one in rest)
