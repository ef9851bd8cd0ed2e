"""What was sent beside a text is before whoever decides: its words marked, its hash, and what nobody looked at."""

from __future__ import annotations

import re

import pytest

from console.attachment_view import AT_ONCE, Looked, view_attachments
from governance import appeals
from moderation.comment import Attachment
from records import cases, leases
from records.storing import Stored
from records.values import CaseRecord, Purpose
from review.chosen import Why
from review.groups import gather
from tests.console.house import House, case_in, csrf_in
from tests.console.test_groups import picks
from tests.console.test_inspections import granted
from tests.console.test_search import index

POSTER = Attachment("image", "a" * 64, "来看回血方法")
BARE = Attachment("video", "b" * 64)
UNSEEN = "nothing of what it shows was looked at here"


def waiting(house: House, *attached: Attachment, text: str = "看图") -> Stored:
    stored = house.comment(text, id="c1", attached=attached or (BARE, POSTER))
    assert stored.case_id is not None
    return stored


def attachments_in(page: str) -> str:
    assert '<section class="attachments"' in page
    return page.partition('<section class="attachments"')[2].partition("</section>")[0]


def test_the_work_page_shows_words_hash_what_was_found_and_what_nobody_looked_at(house: House) -> None:
    waiting(house)
    told = attachments_in(house.logged_in("mei").page("/work"))
    assert "Attachments: 2" in told
    assert "not looked at here: 1" in told
    assert "来看<mark>回血</mark>方法" in told
    assert [POSTER.sha256, BARE.sha256] == re.findall(r"<code class=\"long\">(\w+)</code>", told)
    assert "Found in it:" in told
    assert 1 == told.count(UNSEEN)


@pytest.mark.parametrize("why", [Why.RANDOM, "review"])
def test_a_blind_look_has_them_without_what_the_machine_found(house: House, why: str) -> None:
    stored = waiting(house)
    assert 303 == house.logged_in("mei").decide("reject", labels="gambling").status_code
    ben = house.logged_in("ben")
    with house.database.unit() as unit:
        decided: CaseRecord = cases.get(unit, str(stored.case_id))
        again = cases.ask_again(unit, decided, queue="forum", why=why, purpose=Purpose.OPINION, now=house.clock())
        leases.lease(unit, again.id, house.people["ben"].id, expires_at=house.clock().replace(year=2999))
        unit.commit()
    told = attachments_in(ben.page(f"/work?case={again.id}"))
    assert POSTER.sha256 in told
    assert 1 == told.count(UNSEEN)
    assert ("<mark>" in told) is (why != Why.RANDOM)
    assert ("Found in it:" in told) is (why != Why.RANDOM)


def test_an_appeal_is_decided_with_them_in_sight(house: House) -> None:
    stored = waiting(house)
    house.logged_in("mei").decide("reject", labels="gambling")
    with house.database.unit() as unit:
        appeals.make(unit, stored.decision_id, "it was a joke", house.parts.complaints, sender="t", now=house.clock())
        unit.commit()
    told = attachments_in(house.logged_in("ben").page("/work?queue=appeals"))
    assert "来看回血方法" in told
    assert "Found in it:" not in told


def test_the_page_of_a_decision_says_in_which_attachment_each_reason_is(house: House) -> None:
    stored = waiting(house)
    page = house.logged_in("ben", "senior").page(f"/decisions/{stored.decision_id}")
    assert "in attachment no. 2" in page
    assert "<mark>回血</mark>" in attachments_in(page)


def test_an_earlier_decision_is_shown_with_what_was_attached_then(house: House) -> None:
    first = waiting(house, POSTER)
    house.comment("看图", id="c1", attached=(BARE,))
    told = attachments_in(house.logged_in("ben", "senior").page(f"/decisions/{first.decision_id}"))
    assert POSTER.sha256 in told
    assert BARE.sha256 not in told


def test_the_story_of_an_account_counts_them(house: House) -> None:
    stored = waiting(house)
    index(house)
    page = house.logged_in("ben", "senior").page(f"/comments/{stored.comment_id}/account")
    assert "Attachments: 2" in page


@pytest.mark.parametrize("opened", ["on", ""])
def test_an_inspector_reads_them_where_texts_were_granted(house: House, opened: str) -> None:
    stored = house.comment("看图", surface="news", attached=(POSTER,))
    inspector, place = granted(house, opened=opened)
    page = inspector.page(f"{place}/evidence/{stored.decision_id}")
    assert ("回血" in page, POSTER.sha256 in page) == (bool(opened), bool(opened))
    assert "attachments_commitment" in page


def test_of_a_group_what_has_an_attachment_is_not_picked_by_itself(house: House) -> None:
    for n in range(6):
        attached = (BARE,) if n == 3 else ()
        house.comment(f"加微信看第{n}期", thread_id=f"t{n}", author="spammer", attached=attached)
    gather(house.database, house.clock())
    mei = house.logged_in("mei")
    page = mei.page(f"/work/{case_in(mei.page('/work'))}/group")
    assert 6 == len(picks(page))
    assert 5 == len(re.findall(r'name="comments" value="[^"]+" data-row checked', page))
    assert BARE.sha256 in attachments_in(page)


def test_a_copy_with_another_attachment_is_a_line_of_its_own_and_unticked(house: House) -> None:
    advert = "加微信领取新人专属红包，名额有限先到先得，速来"
    stored = [house.comment(advert, id=f"c{n}", author=f"a-{n}", attached=(BARE,) if n == 2 else ()) for n in range(4)]
    house.campaign(*stored)
    mei = house.logged_in("mei")
    page = mei.page(f"/work/{case_in(mei.page('/work'))}/campaign")
    rows = page.partition('<ol class="texts"')[2].partition("</ol>")[0].split("<li>")[1:]
    assert {True, False} == {"checked" in row for row in rows}
    [other] = [row for row in rows if "checked" not in row]
    assert "Attachments: 1" in other
    assert "not looked at here: 1" in other


def test_many_are_bounded_and_those_with_reasons_come_first() -> None:
    view = view_attachments([BARE] * 31 + [POSTER])
    assert (AT_ONCE, 32, 31) == (len(view.first), view.many, view.unseen)
    assert [Looked.NOTHING] * AT_ONCE == [each.looked for each in view.first]
    assert Looked.NOTHING is view_attachments([Attachment("image", "c" * 64, "\u200b")]).first[0].looked


def test_a_row_that_can_be_ticked_shows_them_and_what_changed_since_is_left(house: House) -> None:
    stored = waiting(house)
    index(house)
    ben = house.logged_in("ben", "senior")
    place = f"/comments/{stored.comment_id}/account"
    page = ben.page(place)
    assert "来看回血方法" in attachments_in(page)
    [ticked] = re.findall(r'name="comment" value="([^"]+)"', page)
    house.comment("看图", id="c1", attached=(BARE,))
    form = {"csrf": csrf_in(page), "comment": ticked, "verdict": "approve", "reason": "harmless"}
    answer = ben.post(place, form)
    assert 409 == answer.status_code
    assert [] == house.verdicts(stored.case_id)
    [again] = re.findall(r'name="comment" value="([^"]+)"', answer.text)
    assert 200 == ben.post(place, form | {"comment": again}).status_code
    assert 1 == len(house.verdicts(stored.case_id))
