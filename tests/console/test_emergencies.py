"""The pages of emergencies and of the state of moderation, as people use them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.preferences import COOKIE
from governance import emergencies
from records import emergencies as stored
from records.emergencies import EmergencyRecord
from tests.console.house import PASSWORD, House, Visitor, csrf_in

FORM = {"effect": "closed", "surface": "news", "thread": "t-7", "minutes": "30", "why": "a raid", "ground": "the plan"}


def ask(visitor: Visitor, **changed: str):  # noqa: ANN201
    return visitor.post("/emergencies", {"csrf": csrf_in(visitor.page("/emergencies")), **FORM, **changed})


def begun(house: House, **changed: str) -> EmergencyRecord:
    """Asked by one and approved by another, through the pages."""
    place = ask(house.logged_in("ben", "senior"), **changed).headers["location"].removeprefix("/console")
    lead = house.logged_in("mei", "lead")
    page = lead.page(place)
    assert "Comments closed" in page
    assert "t-7" in page
    assert 303 == lead.post(place, {"csrf": csrf_in(page), "answer": "approve", "note": "seen"}).status_code
    with house.database.reading() as look:
        return stored.running(look)[-1]


def test_one_asks_another_approves_and_it_runs_and_is_ended(house: House) -> None:
    record = begun(house)
    assert ("ben", "mei", "a raid") == (record.asked_by, record.approved_by, record.why)
    page = house.logged_in("wei").page("/emergencies")
    assert f"/emergencies/{record.id}" in page
    assert "Ask for an emergency" not in page  # a moderator sees it and starts none
    senior = house.logged_in("ben", "senior")
    token = csrf_in(senior.page("/emergencies"))
    assert 422 == senior.post(f"/emergencies/{record.id}", {"csrf": token, "why": ""}).status_code
    assert 303 == senior.post(f"/emergencies/{record.id}", {"csrf": token, "why": "they are gone"}).status_code
    assert "Ended by ben: they are gone" in senior.page(f"/emergencies/{record.id}")
    assert 409 == senior.post(f"/emergencies/{record.id}", {"csrf": token, "why": "again"}).status_code


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"minutes": "9000"}, "1 to 1440 minutes"),
        ({"minutes": "soon"}, "1 to 1440 minutes"),
        ({"effect": "panic"}, "Choose what it does."),
        ({"label": "gambling"}, "A label goes with lower thresholds alone."),
        ({"effect": "slow_mode"}, "1 to 600 comments a minute"),
    ],
)
def test_what_cannot_be_meant_is_said_and_nothing_is_asked(house: House, changed: dict[str, str], said: str) -> None:
    answer = ask(house.logged_in("ben", "senior"), **changed)
    assert 422 == answer.status_code
    assert said in answer.text
    assert 'value="a raid"' in answer.text


def test_the_same_is_not_asked_for_twice(house: House) -> None:
    begun(house)
    answer = ask(house.logged_in("ben", "senior"))
    assert (409, True) == (answer.status_code, "runs already" in answer.text)


def test_a_clock_that_was_set_back_is_said_with_what_to_do(house: House) -> None:
    record = begun(house)
    house.clock.forward(minutes=-10)
    for path in ("/emergencies", f"/emergencies/{record.id}"):
        assert "Set the clocks of all machines (NTP)" in house.logged_in("ben", "senior").page(path)


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_the_state_of_moderation_is_shown_by_surface_and_minute_with_what_runs(house: House, locale: str) -> None:
    begun(house, drill="on")
    for text, surface in (("云真好看", "news"), ("下注", "news"), ("加微信", "forum")):
        house.comment(text, surface=surface)
    visitor = house.logged_in("wei")
    visitor.client.cookies.set(COOKIE, f"{locale}-auto-on", path="/console")
    page = visitor.page("/state")
    sections = page.split("<section")
    assert 3 == len(sections)
    told = {
        "en": ("2 answers in 30 minutes", "1 comment waits", "drill", "</span> held", "people are at work."),
        "zh": ("30 分钟内 2 次答复", "1 条评论等待", "演练", "</span> 待审核", "人在岗"),
    }
    for part in told[locale]:
        assert part in page
    assert "1 answers in 30" in sections[1] or "30 分钟内 1 次" in sections[1]  # forum comes first
    house.clock.skew += timedelta(hours=2)
    assert "2 answers" not in house.logged_in("wei").page("/state/live")


def test_the_state_has_its_tables_as_files_and_names_people_only_to_who_leads_them(house: House) -> None:
    for wanted in ("云真好看", "下注", "加微信"):
        house.comment(wanted, surface="news")
    mei = house.logged_in("mei")
    rows = [line.split(",") for line in mei.get("/state/minutes.csv").text.splitlines()]
    assert ["surface", "minute", "passed", "held", "refused"] == [each.lstrip("\ufeff") for each in rows[0][:5]]
    assert 3 == sum(int(number) for number in rows[1][2:5])
    held = int(rows[1][3]) + int(rows[1][4])
    labels = mei.get("/state/labels.csv").text.splitlines()
    assert held <= sum(int(line.rpartition(",")[2]) for line in labels[1:])
    assert "news" in mei.get("/state/waiting.csv").text
    assert "at work. " not in mei.page("/state")
    assert "at work. lin, mei" in house.logged_in("lin", "lead").page("/state")


def test_an_emergency_that_time_ended_says_so(house: House) -> None:
    record = begun(house)
    house.clock.forward(minutes=31)
    with house.database.unit() as unit:
        emergencies.settle(unit, house.clock())
        unit.commit()
    assert "Its time was over." in house.logged_in("ben", "senior").page(f"/emergencies/{record.id}")


@pytest.mark.parametrize("is_later", [True, False])
def test_an_account_that_whoever_asks_made_and_logs_in_to_is_no_second_person(house: House, is_later: bool) -> None:
    ada = house.logged_in("ada", "admin")
    made = {"name": "sock3", "display_name": "", "role": "senior", "locale": "en", "password": PASSWORD}
    if not is_later:
        ada.post("/accounts", {"csrf": csrf_in(ada.page("/accounts")), **made})
        house.clock.forward(minutes=1)
    place = ask(ada).headers["location"].removeprefix("/console")
    if is_later:
        house.clock.forward(minutes=1)
        page = ada.post("/accounts", {"csrf": csrf_in(ada.page("/accounts")), **made}).text
        assert 1 == page.count("one hand with ada until its owner is invited by a link")
    sock = house.visitor()
    assert 303 == sock.log_in("sock3", PASSWORD).status_code
    page = sock.page(place)
    assert 'name="answer"' not in page
    assert ("after this was asked" if is_later else "invited by a link (Accounts)") in page
    refused = sock.post(place, {"csrf": csrf_in(page), "answer": "approve", "note": "seen"})
    assert 403 == refused.status_code
    with house.database.reading() as look:
        assert [] == stored.running(look)
