"""What is blurred at first: what the machine suspects, what people report, and around it what was found so."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from console.harshness import harsh_ones
from governance import complaints
from governance.complaint_rules import shipped
from governance.complaints import Report, Reporter
from records import cases, leases, search
from records.values import Doubt, Purpose
from review.feedback import give_feedback
from review.groups import gather
from tests.console.house import House, case_in
from tests.console.test_work import shown
from tests.governance.public import APPROVE, REJECT, decide


def complain(house: House, about: str, kind: str) -> None:
    with house.database.unit() as unit:
        told = Report(about, kind, "", Reporter(complaints.PLATFORM, "reader-1"))
        complaints.make(unit, told, shipped(), keyring=house.keyring, now=house.clock())
        unit.commit()


@pytest.mark.parametrize(("kind", "title"), [("harassment", "Harassment"), ("spam", None)])
def test_what_a_reader_reports_as_harassment_is_blurred_though_the_machine_suspects_nothing(
    house: House, kind: str, title: str | None
) -> None:
    house.comment("今天的云真好看", id="c-1")
    complain(house, "c-1", kind)
    page = house.logged_in("mei").page("/work")
    assert (title is not None) is ('class="comment blurred"' in page)
    assert title is None or f"Blurred: suspected of {title}." in page


def test_what_the_platform_doubts_as_abuse_is_blurred(house: House) -> None:
    stored = house.comment("今天的云真好看")
    doubt = Doubt("shop", "false_negative", ("abuse",))
    with house.database.unit() as unit:
        give_feedback(unit, house.parts.taxonomy.names, stored.decision_id, doubt, now=house.clock())
        unit.commit()
    assert "Blurred: suspected of Abuse." in house.logged_in("mei").page("/work")


def test_what_a_person_found_to_be_abuse_is_blurred_around_another_text(house: House) -> None:
    texts = {house.comment(text, thread_id="t").comment_id: text for text in ("加微信一", "加微信二")}
    rejected = decide(house.database, REJECT, by="kim", now=house.clock()).comment_id
    approved = decide(house.database, APPROVE, by="kim", now=house.clock()).comment_id
    with house.database.reading() as look:
        assert {rejected} == harsh_ones(look, list(texts))
    house.comment("下注就赢", thread_id="t")
    told = shown(house.logged_in("mei").page("/work"))
    assert (True, False) == (told[texts[rejected]], told[texts[approved]])


def test_a_decision_s_page_blurs_what_was_reported_and_what_a_person_found(house: House) -> None:
    reported, found = house.comment("今天的云真好看", id="c-1"), house.comment("加微信一", id="c-2")
    mild = house.comment("天气不错", id="c-3")
    complain(house, "c-1", "harassment")
    decide(house.database, REJECT, by="kim", wanted="forum", now=house.clock())
    mei = house.logged_in("mei")
    told = {one.decision_id: mei.page(f"/decisions/{one.decision_id}") for one in (reported, found, mild)}
    assert "Blurred: suspected of Harassment." in told[reported.decision_id]
    assert "Blurred: suspected of Abuse." in told[found.decision_id]
    assert 'class="comment blurred"' not in told[mild.decision_id]


def test_a_second_person_is_not_told_by_a_blur_what_the_first_one_found(house: House) -> None:
    stored = house.comment("加微信一", id="c-2")
    case = decide(house.database, REJECT, by="kim", wanted="forum", now=house.clock())
    mei = house.logged_in("mei")
    with house.database.unit() as unit:
        again = cases.ask_again(unit, case, queue="forum", why=case.why, purpose=Purpose.OPINION, now=house.clock())
        leases.lease(unit, again.id, house.people["mei"].id, expires_at=house.clock() + timedelta(minutes=9))
        unit.commit()
    assert 'class="comment blurred"' not in mei.page(f"/decisions/{stored.decision_id}")
    with house.database.unit() as unit:
        search.catch_up(unit)
        unit.commit()
    assert 'class="hit-text veiled"' not in mei.page("/search?q=微信")
    assert 'class="hit-text veiled"' in house.logged_in("wei").page("/search?q=微信")


def test_a_group_blurs_what_a_person_found_and_what_was_reported_and_ticks_neither(house: House) -> None:
    made = [house.comment(f"加微信看第{n}期", id=f"c-{n}", thread_id=f"t{n}", author="spammer") for n in range(7)]
    decide(house.database, REJECT, by="kim", wanted="forum", now=house.clock())
    gather(house.database, house.clock())
    complain(house, "c-3", "harassment")
    asked, wei = house.logged_in("mei").page("/work"), house.logged_in("wei")
    first = wei.page("/work")
    page = wei.page(f"/work/{case_in(first)}/group")
    assert (True, False) == tuple('class="comment blurred"' in each for each in (asked, first))
    veiled = re.findall(r'<li class="stood">((?:(?!</li>).)*veiled(?:(?!</li>).)*)</li>', page, re.DOTALL)
    assert 2 == len(veiled) == page.count("veiled")
    assert all(each.decision_id in line for each, line in zip((made[0], made[3]), veiled, strict=True))
    assert "Blurred: suspected of Abuse, Harassment." in page
    assert 5 == page.count('name="comments"')
