"""The lead sees who puts off what is hard and who asks for one label alone; small numbers are not judged."""

from __future__ import annotations

import csv
import io
import re

from console.put_off_view import Most, PutOffLine, put_off_lines
from records.put_off import PutOff
from tests.console.house import House, Visitor, case_in
from tests.console.test_search import index, ticked


def rows(lead: Visitor) -> dict[str, dict[str, str]]:
    table = io.StringIO(lead.page("/lead/put_off.csv").lstrip("\ufeff"))
    return {row["moderator"]: row for row in csv.DictReader(table)}


def lines(house: House) -> dict[str, PutOffLine]:
    with house.database.reading() as look:
        found = put_off_lines(look, since=house.clock().replace(year=2000))
    return {line.name: line for line in found}


def test_skips_escalations_and_doubts_are_counted_of_what_was_handed_out(house: House) -> None:
    for number in range(5):
        house.comment(f"加微信{number}", id=f"c{number}", author=f"a{number}")
    mei, lead = house.logged_in("mei"), house.logged_in("lea", "lead")
    house.logged_in("ben")
    assert 303 == mei.decide("skip", skip_reason="language").status_code
    assert 303 == mei.decide("escalate", reason="hard").status_code
    assert 303 == mei.decide("unsure").status_code
    assert 303 == mei.decide("reject", labels="advertising").status_code
    told = rows(lead)["mei"]
    assert ["4", "1", "1", "1", "1", "0"] == [
        told[name] for name in ("handed_out", "decided", "skipped", "escalated", "unsure", "handed_over")
    ]
    assert ["", ""] == [told["skipped_share"], told["most_label"]], "four are too few to be judged"
    page = lead.page("/lead?lang=en")
    part = page[page.index('id="put-off-title"') :]
    assert "1 of 4" in re.sub(r"<[^>]+>", "", part)


def test_what_was_taken_back_or_found_in_a_list_is_no_case_of_the_queue(house: House) -> None:
    waits, found = house.comment("加微信", id="c1"), house.comment("今天的云真好看", id="c2")
    index(house)
    mei = house.logged_in("mei")
    page = mei.page("/work")
    assert 303 == mei.decide("skip", page=page, skip_reason="language").status_code
    csrf = mei.form(page)["csrf"]
    assert 303 == mei.post(f"/work/{case_in(page)}/undo", {"csrf": csrf}).status_code
    ticked(house, mei, "/search/decide", found, verdict="approve")
    assert {} == lines(house), waits.case_id
    assert 303 == mei.decide("approve").status_code
    assert (1, 0) == (lines(house)["mei"].told.handed_out, lines(house)["mei"].told.skipped)


def test_who_asks_for_one_label_stands_out(house: House) -> None:
    for number in range(40):
        text = "加微信" if number % 2 else "下注"
        house.comment(f"{text}{number}", id=f"c{number}", author=f"a{number}", thread_id=f"t{number}")
    mei, ben = house.logged_in("mei"), house.logged_in("ben")
    _work(mei, "/work?label=advertising", 20)
    _work(ben, "/work", 20)
    most = lines(house)["mei"].most
    assert isinstance(most, Most)
    assert ("advertising", 20, 0) == (most.label, most.theirs.hits, most.others.hits)
    page = house.logged_in("lea", "lead").page("/lead?lang=en")
    assert "others: 0" in page[page.index('id="put-off-title"') :]


def _work(visitor: Visitor, path: str, count: int) -> None:
    for _ in range(count):
        page = visitor.page(path)
        form = page[page.index('id="verdict"') :].partition("</form>")[0]
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))
        answer = visitor.post(f"/work/{case_in(page)}", {**fields, "action": "approve"})
        assert 303 == answer.status_code, answer.text


def test_who_puts_nothing_off_is_handed_what_they_decided() -> None:
    assert 7 == PutOff("mei", decided=3, skipped=2, unsure=1, handed_over=1).handed_out
