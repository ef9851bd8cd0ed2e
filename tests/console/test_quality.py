"""The lead's page of agreement, and that nobody who is asked is told what others said."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from console.quality_view import alpha_csv, people_csv
from console.routes import application
from governance import accounts
from governance.accounts import NewAccount
from records import cases
from records.values import CaseState, Purpose
from review import quality
from review.gold import vouch
from review.quality import Quality
from review.verdicts import SETTLED_AFTER
from tests.console.house import PASSWORD_HASH, House, Visitor, case_in

HTMX = {"hx-request": "true"}


@pytest.fixture
def checked(house: House) -> House:
    """A house where every verdict is looked at by a second person."""
    house.parts = replace(house.parts, quality=Quality(second_share=1.0))
    house.app.router.routes.clear()
    house.app.mount("/console", application(house.parts))
    return house


def weigh(house: House) -> None:
    house.clock.forward(seconds=SETTLED_AFTER.total_seconds() + 1)
    with house.database.unit() as unit:
        quality.weigh(unit, now=house.clock())
        unit.commit()


def decided_twice(
    house: House, first: str = "reject", second: str = "reject", *, text: str = "下注"
) -> tuple[Visitor, Visitor]:
    house.comment(text)
    mei, wei = house.logged_in("mei"), house.logged_in("wei")
    for visitor, action in ((mei, first), (wei, second)):
        labels = {"labels": "gambling"} if action == "reject" else {}
        assert 303 == visitor.decide(action, **labels).status_code
        weigh(house)
    return mei, wei


def test_a_second_person_sees_the_case_as_the_first_did_and_nothing_of_the_verdict(checked: House) -> None:
    stored = checked.comment("下注")
    mei, wei = checked.logged_in("mei"), checked.logged_in("wei")
    seen_first = mei.page("/work")
    mei.decide("reject", page=seen_first, labels="gambling", note="ein Vermerk")
    weigh(checked)
    seen_second = wei.page("/work")
    asked = checked.case(case_in(seen_second))
    assert (Purpose.OPINION, stored.decision_id) == (asked.purpose, asked.decision_id)
    title = seen_first.partition('id="case-title"')[2].partition("</h1>")[0]
    assert title in seen_second
    decision = wei.page(f"/decisions/{stored.decision_id}")
    assert "shown once you have decided" in decision
    for told in ("ein Vermerk", "mei", "What holds now", "agreed with the machine"):
        assert told not in decision
    wei.decide("approve", page=seen_second)
    assert "ein Vermerk" in wei.page(f"/decisions/{stored.decision_id}")


def test_what_two_people_said_alike_makes_a_known_answer_without_a_warning(checked: House) -> None:
    stored = checked.comment("下注")
    address, warning = f"/quality/gold?decision={stored.decision_id}", "One person alone said so"
    lead = checked.logged_in("li", "lead")
    checked.logged_in("mei").decide("reject", labels="gambling")
    weigh(checked)
    assert warning in lead.page(address)
    checked.logged_in("wei").decide("reject", labels="gambling")
    assert warning not in lead.page(address)


def test_a_second_answer_asks_the_platform_for_nothing(checked: House) -> None:
    stored = checked.comment("下注")
    mei, wei = checked.logged_in("mei"), checked.logged_in("wei")
    mei.decide("approve")
    weigh(checked)
    wei.decide("reject", labels="gambling", measure="delete")
    with checked.database.reading() as look:
        from records import decisions, ledger

        assert "pass" == decisions.get(look, stored.decision_id).outcome
        kinds = [entry.kind for entry in ledger.page(look, subject_id=stored.comment_id).items]
    assert "measure.requested" not in kinds


def test_a_disagreement_waits_for_a_senior_who_is_told_what_it_is_about_and_not_who_said_what(checked: House) -> None:
    decided_twice(checked, "reject", "approve")
    assert "" == case_in(checked.logged_in("xin").page("/work"))
    senior = checked.logged_in("ahui", "senior")
    page = senior.page("/work?queue=escalated")
    assert "Two people said different things" in page
    assert 303 == senior.decide("approve", page=page, note="a joke, as the thread shows").status_code
    assert CaseState.CLOSED is checked.case(case_in(page)).state


def test_the_page_has_figures_and_judges_nobody_by_few(checked: House) -> None:
    decided_twice(checked)
    page = checked.logged_in("li", "lead").page("/quality")
    assert "fewer than 20: not judged" in page
    for name in ("mei", "wei"):
        assert f'<th scope="row">{name}</th>' in page
    assert "100" in page


def test_an_alpha_of_few_texts_has_no_value_anywhere(checked: House) -> None:
    for number, second in enumerate(("approve", "approve", "reject")):
        decided_twice(checked, "reject", second, text=f"下注{number}")
    lead = checked.logged_in("li", "lead")
    page = lead.page("/quality")
    assert "<dd>3</dd>" in page
    assert "fewer than 20: not judged" in page
    assert '<svg class="chart alphas"' not in page
    assert not re.search(r"<b>-?\d\.\d\d</b>", page)
    row = lead.get("/quality/alpha.csv").text.splitlines()[1].split(",")
    assert ["1", "3", "", "", "", "", "", "", "False"] == row[2:11]


def test_many_answers_make_a_chart_with_its_table(checked: House) -> None:
    for number in range(22):
        answers = ("reject", "reject") if number % 2 else ("approve", "approve")
        decided_twice(checked, *answers, text=f"下注{number}")
    page = checked.logged_in("li", "lead").page("/quality?days=7")
    assert '<svg class="chart alphas"' in page
    assert "<b>1.00</b>" in page
    assert "Different texts among them" in page
    assert 'aria-current="page">7 d' in page


def test_tables_are_files_that_spreadsheets_read(checked: House) -> None:
    decided_twice(checked)
    lead = checked.logged_in("li", "lead")
    alpha, people = lead.get("/quality/alpha.csv?days=7"), lead.get("/quality/people.csv")
    assert ("text/csv; charset=utf-8", 'attachment; filename="chaffinch-alpha-7-days.csv"') == (
        alpha.headers["content-type"],
        alpha.headers["content-disposition"],
    )
    assert (
        "\ufeffqueue,label,agreed,texts,share,low,high,alpha,alpha_low,alpha_high,enough,source,comments,about"
        in alpha.text
    )
    assert "\r\nmei,0,0,,,,1,1,1.0," in people.text


def test_a_name_that_a_spreadsheet_would_run_is_text() -> None:
    from console.quality_view import PersonLine
    from moderation.rules.backtest import Share
    from review.agreement import Person

    told = people_csv([PersonLine("=cmd()", Person("x", Share(0, 0), Share(0, 0)))])
    assert "\r\n'=cmd()," in told
    assert alpha_csv([]).startswith("queue,")


def test_it_is_for_leads_in_both_languages(checked: House) -> None:
    assert 403 == checked.logged_in("mei").get("/quality").status_code
    lead = checked.logged_in("li", "lead")
    lead.client.cookies.set("chaffinch_view", "zh-auto-on")
    assert "这段时间没有两人都答过的评论。" in lead.page("/quality?days=nonsense")


def test_who_works_alone_is_checked_by_nobody(checked: House) -> None:
    checked.comment("下注")
    mei = checked.logged_in("mei")
    checked.person("ina", "inspector")
    mei.decide("approve")
    weigh(checked)
    with checked.database.reading() as look:
        assert [Purpose.DECIDE] == [case.purpose for case in cases.page(look).items]


def test_nobody_is_asked_about_their_own_verdict(checked: House) -> None:
    checked.comment("下注")
    checked.person("wei")
    mei = checked.logged_in("mei")
    mei.decide("approve")
    weigh(checked)
    assert "" == case_in(mei.page("/work"))
    with checked.database.reading() as look:
        [opinion] = [case for case in cases.page(look).items if case.purpose is Purpose.OPINION]
    assert timedelta(0) <= checked.clock() - opinion.created_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("name", "head"), [("appeals", "lost"), ("training", "ready"), ("worst", "worst_seen_last_hour")]
)
def test_every_table_of_the_page_is_a_file(house: House, name: str, head: str) -> None:
    house.person("mei")
    lead = house.logged_in("li", "lead")
    assert head in lead.get(f"/quality/{name}.csv").text.splitlines()[0]
    assert f"/console/quality/{name}.csv" in lead.page("/quality") or name != "worst"
    if name == "worst":
        assert "mei," in lead.get("/quality/worst.csv").text


def test_who_was_asked_too_few_known_answers_for_what_they_decided_is_named(house: House) -> None:
    house.comment("下注稳赚")
    lead = house.logged_in("li", "lead")
    assert 303 == lead.decide("reject", labels="gambling").status_code
    with house.database.unit() as unit:
        [case] = cases.page(unit).items
        vouch(unit, case.id, why="plain", author="li", now=house.clock())
        unit.commit()
    mei, wei = house.logged_in("mei"), house.logged_in("wei")
    for number in range(9):
        house.comment(f"下注{number}", author=f"a{number}")
        assert 303 == (mei if number else wei).decide("approve").status_code
    house.parts = replace(house.parts, quality=Quality(gold_share=1.0))
    house.app.router.routes.clear()
    house.app.mount("/console", application(house.parts))
    page = lead.page("/quality?days=7").partition('id="people-title"')[2].partition("</section>")[0]
    row = re.search(r'<tr><th scope="row">mei</th>.*?</tr>', page, re.DOTALL)
    assert row
    assert ("0 of 8", True) == (re.search(r"0 of 8", row[0])[0], "asked too few" in row[0])  # type: ignore[index]
    assert '<th scope="row">wei</th>' not in page, "one verdict says nothing"
    assert ",0,8,True" in lead.get("/quality/people.csv?days=7").text


def test_no_second_look_is_drawn_that_nobody_could_answer(checked: House) -> None:
    stored = [checked.comment(text) for text in ("下注", "加微信领奖")]
    with checked.database.unit(os_user="root") as unit:
        for name in ("mei", "wei"):
            new = NewAccount(name, PASSWORD_HASH, "moderator", locale="en")
            accounts.create(unit, new, by="root", now=checked.clock())
        unit.commit()
    mei = checked.visitor()
    assert 303 == mei.log_in("mei").status_code
    assert 303 == mei.decide("approve").status_code
    weigh(checked)
    with checked.database.reading() as look:
        assert not [case for case in cases.page(look).items if case.purpose is Purpose.OPINION]
        assert 1 == len([one for one in stored if cases.undecided_of(look, one.comment_id) is None])
    checked.person("xin")
    assert 303 == mei.decide("approve").status_code
    weigh(checked)
    with checked.database.reading() as look:
        assert [Purpose.OPINION] == [case.purpose for case in cases.page(look, state=CaseState.OPEN).items]


def test_what_was_seen_of_the_worst_in_a_day_is_never_less_than_in_its_last_hour(house: House) -> None:
    house.comment("蠢货")
    mei, lead = house.logged_in("mei"), house.logged_in("li", "lead")
    assert 303 == mei.decide("skip", skip_reason="distress").status_code
    rows = csv.DictReader(io.StringIO(lead.get("/quality/worst.csv").text.removeprefix("\ufeff")))
    [row] = [row for row in rows if row["moderator"] == "mei"]
    told = (row["worst_of_texts_read_last_day"], row["worst_seen_last_day"], row["worst_seen_last_hour"])
    assert ("0", "1", "1") == told
