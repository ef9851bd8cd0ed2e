"""Known answers on a page: what stands, how often it was found, and how one is added and retired."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from console.routes import application
from records import cases, gold
from records.storing import Stored
from records.values import Purpose
from review.gold import as_opened
from review.gold import vouch as vouched
from review.quality import Quality
from tests.console.house import House, Visitor, case_in, csrf_in

WHY = "a plain offer to bet"


def decided(house: House) -> Stored:
    stored = house.comment("下注稳赚")
    assert 303 == house.logged_in("mei").decide("reject", labels="gambling").status_code
    house.clock.forward(seconds=11)
    return stored


def vouch(lead: Visitor, stored: Stored, why: str = WHY):  # noqa: ANN201
    page = lead.page(f"/quality/gold?decision={stored.decision_id}")
    assert f'value="{stored.decision_id}"' in page
    return lead.post("/quality/gold", {"csrf": csrf_in(page), "decision": stored.decision_id, "reason": why})


def put_in_hand(house: House, stored: Stored, who: str) -> None:
    """The one known answer, as a case of theirs."""
    with house.database.unit() as unit:
        [known] = gold.in_use(unit)
        until = house.clock().replace(year=2999)
        case = as_opened(unit, known, house.clock())
        cases.put_in_hand(
            unit, known, house.people[who].id, case, purpose=Purpose.GOLD, expires_at=until, now=house.clock()
        )  # fmt: skip
        unit.commit()


def test_a_lead_adds_one_with_a_reason_and_retires_it_with_another(house: House) -> None:
    stored, lead = decided(house), house.logged_in("li", "lead")
    assert 422 == vouch(lead, stored, "").status_code
    assert 303 == vouch(lead, stored).status_code
    page = lead.page("/quality/gold")
    assert "下注稳赚" in page
    assert WHY in page
    with house.database.reading() as look:
        [known] = gold.in_use(look)
    form = {"csrf": csrf_in(page), "reason": "everybody knows it by now"}
    assert 303 == lead.post(f"/quality/gold/{known.id}/retire", form).status_code
    assert "下注稳赚" not in lead.page("/quality/gold")
    assert 409 == lead.post(f"/quality/gold/{known.id}/retire", form).status_code


def test_what_one_person_alone_said_is_named_before_and_after_it_is_made_known(house: House) -> None:
    stored, lead = decided(house), house.logged_in("li", "lead")
    warning = "One person alone said so"
    assert warning not in lead.page("/quality/gold")
    assert warning in lead.page(f"/quality/gold?decision={stored.decision_id}")
    vouch(lead, stored)
    assert warning in lead.page("/quality/gold")


def test_what_nobody_decided_cannot_be_vouched_for(house: House) -> None:
    stored, lead = house.comment("下注"), house.logged_in("li", "lead")
    answer = vouch(lead, stored)
    assert 409 == answer.status_code
    assert "decide it first" in answer.text


def test_who_read_the_answers_is_not_asked_for_them(house: House) -> None:
    stored, lead = decided(house), house.logged_in("li", "lead")
    vouch(lead, stored)
    with house.database.reading() as look:
        assert gold.unasked(look, house.people["li"].id)
    lead.page("/quality/gold")
    wei = house.person("wei")
    with house.database.reading() as look:
        assert [] == gold.unasked(look, house.people["li"].id)
        assert gold.unasked(look, wei.id)


@pytest.mark.parametrize("why", ["language", "later"])
def test_who_skipped_one_is_not_asked_for_it_again(house: House, why: str) -> None:
    stored, lead = decided(house), house.logged_in("li", "lead")
    vouch(lead, stored)
    house.comment("加微信", id="c2")
    ben = house.logged_in("ben")
    put_in_hand(house, stored, "ben")
    assert 303 == ben.decide("skip", skip_reason=why).status_code
    with house.database.reading() as look:
        assert [] == gold.unasked(look, house.people["ben"].id)
        assert gold.unasked(look, house.person("wei").id)


def test_the_page_and_its_file_count_who_found_it(house: House) -> None:
    stored, lead = decided(house), house.logged_in("li", "lead")
    vouch(lead, stored)
    for who, action in (("ben", "reject"), ("wei", "approve")):
        visitor = house.logged_in(who)
        put_in_hand(house, stored, who)
        more = {"labels": "gambling"} if action == "reject" else {}
        assert 303 == visitor.decide(action, **more).status_code
    [row] = csv.DictReader(io.StringIO(lead.get("/quality/gold.csv").text.removeprefix("\ufeff")))
    assert ("2", "2", "1") == (row["asked"], row["answered"], row["right"])


def test_moderators_do_not_see_it(house: House) -> None:
    assert 403 == house.logged_in("mei").get("/quality/gold").status_code
    assert 403 == house.logged_in("sun", "senior").get("/quality/gold").status_code


@pytest.fixture
def measuring(house: House) -> House:
    """A house where every case is a known answer as long as there are some, with four of them among five others."""
    for number in range(4):
        house.comment(f"下注稳赚{number}")
    li = house.logged_in("li", "lead")
    for _ in range(4):
        assert 303 == li.decide("reject", labels="gambling").status_code
    house.clock.forward(seconds=11)
    with house.database.unit() as unit:
        for case in cases.page(unit).items:
            vouched(unit, case.id, why=WHY, author="li", now=house.clock())
        unit.commit()
    for number in range(5):
        house.comment(f"下注{number}")
    house.parts = replace(house.parts, quality=Quality(gold_share=1.0))
    house.app.router.routes.clear()
    house.app.mount("/console", application(house.parts))
    return house


@pytest.mark.parametrize("action", ["skip", "escalate", "approve"])
@pytest.mark.parametrize("asked", ["", "?lang=zh", "?queue=forum", "?label=gambling"])
def test_nobody_escapes_known_answers_by_what_they_ask_for_or_pass_on(
    measuring: House, action: str, asked: str
) -> None:
    mei = measuring.logged_in("mei")
    for _ in range(4):
        page = mei.page(f"/work{asked}")
        filters = dict([asked[1:].split("=")]) if asked else {}
        assert 303 == mei.decide(action, page=page, skip_reason="language", **filters).status_code
    with measuring.database.reading() as look:
        assert [] == gold.unasked(look, measuring.people["mei"].id)


def test_an_escalated_known_answer_is_taken_back_like_any_case(measuring: House) -> None:
    mei = measuring.logged_in("mei")
    page = mei.page("/work")
    case_id = case_in(page)
    assert 303 == mei.decide("escalate", page=page).status_code
    after = mei.page(f"/work?escalated={case_id}")
    assert f"/work/{case_id}/undo" in after
    assert 303 == mei.post(f"/work/{case_id}/undo", {"csrf": csrf_in(after)}).status_code
    assert (Purpose.GOLD, "claimed") == (measuring.case(case_id).purpose, measuring.case(case_id).state.value)
