"""What stands below the desk: what is left for whoever works, and what they did today."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import accumulate

from console.today import _pace
from records import users
from tests.console.house import House
from tests.records.databases import NOW


def _line(page: str) -> str:
    found = re.search(r'<footer id="today".*?</footer>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def test_the_page_says_how_much_is_left_and_what_was_done_today(house: House) -> None:
    for number in range(4):
        house.comment(f"下注{number}")
    mei = house.logged_in("mei")
    mei.decide("approve")
    told = _line(mei.page("/work"))
    assert "1 done today" in told
    assert re.search(r"\b[23] left in what you may take", told), "what is in hand or taken ahead waits no more"
    assert told == _line(mei.get("/work/live").text)


def test_nobody_else_s_work_and_no_earlier_day_counts(house: House) -> None:
    for number in range(3):
        house.comment(f"下注{number}")
    house.logged_in("wei").decide("approve")
    mei = house.logged_in("mei")
    mei.decide("approve")
    assert "1 done today" in _line(mei.page("/work"))
    house.clock.skew = timedelta(days=1)
    assert "0 done today" in _line(house.logged_in("mei").page("/work"))


def test_the_pace_is_told_from_twenty_steps_on_and_without_pauses_or_what_was_decided_at_once() -> None:
    steps = [timedelta(seconds=20)] * 20
    assert None is _pace(_moments(steps[:19]))
    assert 20 == _pace(_moments([*steps, timedelta(minutes=30), timedelta(0), timedelta(0)]))


def _moments(steps: list[timedelta]) -> list[datetime]:
    return list(accumulate(steps, initial=NOW))


def test_who_learns_is_told_of_no_work_that_is_left(house: House) -> None:
    house.comment("下注")
    tia = house.logged_in("tia")
    with house.database.unit() as unit:
        users.set_trainee(unit, house.people["tia"].id, trainee=True)
        unit.commit()
    assert "" == _line(tia.page("/work"))
    assert "" == tia.get("/work/live").text


def test_each_clock_says_once_which_it_is(house: House) -> None:
    house.comment("下注", surface="live")
    page = house.logged_in("mei").page("/work")
    turn = re.search(r'<p class="turn.*?</p>', page, re.DOTALL)
    assert turn
    said = " ".join(re.sub(r"<[^>]+>", "", turn[0]).split())
    assert re.search(r"A look was promised within 5 min: \d:\d\d left\.$", said), said
    assert 2 == page.count('role="timer"'), "the promise and the lease"
