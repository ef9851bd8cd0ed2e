"""The lead's page: queues, load, the machine's share and its mistakes, each table as a file too."""

from __future__ import annotations

import csv
import io
import re

import pytest

from records import cases, decisions, verdicts
from records.search import catch_up
from records.values import Purpose
from review import chosen
from review.chosen import Chosen, Why
from tests.console.house import House


def drawn(house: House, *texts: str) -> None:
    """Comments that the machine passed, drawn at random; people say that they break a rule."""
    visitor = house.logged_in("mei")
    for text in texts:
        stored = house.comment(text)
        with house.database.unit() as unit:
            decision = decisions.get(unit, stored.decision_id).decision
            chosen.ask(
                unit, [Chosen(stored.comment_id, stored.decision_id, decision, "forum", Why.RANDOM)], now=house.clock()
            )
            unit.commit()
        assert 303 == visitor.decide("reject", labels=["fraud"]).status_code


def test_queues_stand_with_their_promise_and_what_is_late(house: House) -> None:
    for number in range(3):
        house.comment(f"下注{number}", surface="live")
    house.clock.forward(minutes=6)
    house.comment("刷单", surface="news")
    house.logged_in("mei").page("/work")
    lead = house.logged_in("li", "lead")
    rows = {
        row["queue"]: row
        for row in csv.DictReader(io.StringIO(lead.get("/lead/queues.csv").text.removeprefix("\ufeff")))
    }
    assert ("300.0", "3") == (rows["live"]["promise_seconds"], rows["live"]["late"])
    assert ("0", "900.0") == (rows["news"]["late"], rows["news"]["promise_seconds"])
    assert 4 == sum(int(row["waiting"]) + int(row["in_hand"]) for row in rows.values())
    assert 'hx-trigger="every 30s"' in lead.page("/lead")
    assert lead.page("/lead/live").startswith('  <section id="live"')


def test_second_looks_have_a_row_with_the_oldest_and_what_is_late(house: House) -> None:
    lead = house.logged_in("li", "lead")
    assert "Second looks" not in lead.page("/lead/live").partition("</table>")[0]
    stored = house.comment("下注", surface="live")
    house.logged_in("mei").decide("reject", labels="gambling")
    with house.database.unit() as unit:
        decided = cases.get(unit, str(stored.case_id))
        cases.ask_again(unit, decided, queue="live", why="model", purpose=Purpose.OPINION, now=house.clock())
        unit.commit()
    house.clock.forward(minutes=7)
    page = lead.page("/lead/live")
    row = page[page.index("Second looks") :].partition("</tr>")[0]
    assert ["<b>1</b>", "0", "7 min", "—", "<em>1</em>"] == re.findall(r'<td class="figure">(.*?)</td>', row)[:5]
    rows = csv.DictReader(io.StringIO(lead.get("/lead/queues.csv").text.removeprefix("\ufeff")))
    assert [("second looks", "1", "1")] == [(one["queue"], one["waiting"], one["late"]) for one in rows]


def test_what_the_machine_got_wrong_is_shown_from_the_random_slice(house: House) -> None:
    drawn(house, "云真好看", "风也好看")
    with house.database.unit() as unit:
        catch_up(unit)
        unit.commit()
    lead = house.logged_in("li", "lead")
    page = lead.page("/lead")
    assert "风也好看" in page
    assert "2 of 2" in page  # of fewer than twenty no share is made
    assert "fewer than 20: not judged" in page
    assert "passed,2,2,1.0" in lead.get("/lead/random.csv").text
    assert "mei,0,2,0,2,2" in lead.get("/lead/load.csv").text


def test_data_scientists_read_what_the_machine_got_wrong_though_the_leads_page_is_not_theirs(house: House) -> None:
    drawn(house, "云真好看", "风也好看")
    with house.database.unit() as unit:
        catch_up(unit)
        unit.commit()
    dana = house.logged_in("dana", "data_scientist")
    assert 403 == dana.get("/lead").status_code
    page = dana.page("/quality")
    assert "What the machine got wrong" in page
    assert "风也好看" in page
    assert "/search?decided=overturned" in page
    assert "风也好看" in dana.page("/search?decided=overturned")
    assert "风也好看" not in house.logged_in("ida", "inspector").page("/quality")


@pytest.mark.parametrize("table", ["queues", "load", "machine", "overturns", "random"])
def test_every_table_is_a_file_also_of_an_empty_house(house: House, table: str) -> None:
    answer = house.logged_in("li", "lead").get(f"/lead/{table}.csv?days=28")
    assert ("text/csv; charset=utf-8", True) == (answer.headers["content-type"], "," in answer.text)


def test_charts_stand_beside_tables_and_other_pages_are_summed_up(house: House) -> None:
    for number in range(3):
        house.comment(f"下注{number}")
    house.logged_in("mei").decide("reject", labels="gambling")
    page = house.logged_in("li", "lead").page("/lead")
    for chart in ("queues-chart", "overturns-chart", "load-chart", "share-chart"):
        assert f'aria-labelledby="{chart}"' in page
    assert "Agreement and staffing" in page
    assert "At work · needed this hour" in page


def test_the_page_says_which_promise_breaks_when(house: House) -> None:
    house.comment("下注", surface="live")
    lead = house.logged_in("li", "lead")
    assert "<em>in 4 min</em>" in lead.page("/lead")
    [row] = csv.DictReader(io.StringIO(lead.get("/lead/queues.csv").text.removeprefix("\ufeff")))
    assert 240 < float(row["promise_breaks_in_seconds"]) <= 300


def test_a_median_of_few_cases_is_no_fact_on_the_page_or_in_the_file(house: House) -> None:
    house.comment("下注")
    mei = house.logged_in("mei")
    page = mei.page("/work")
    house.clock.forward(seconds=40)
    assert 303 == mei.decide("approve", page=page).status_code
    lead = house.logged_in("lea", "lead")
    assert "1 cases: too few to tell" in lead.page("/lead")
    assert "40 s" not in lead.page("/lead").partition('id="load-title"')[2]
    head, row, *_ = lead.get("/lead/load.csv").text.splitlines()
    told = dict(zip(head.removeprefix("\ufeff").split(","), row.split(","), strict=True))
    assert ("", "1") == (told["median_seconds"], told["cases_timed"])


def test_hours_to_be_paid_are_one_figure_here_and_on_the_page_of_staffing(house: House) -> None:
    for number in range(60):
        house.comment(f"下注 {number}")
    lead = house.logged_in("lea", "lead")
    here = re.search(r"<dt>Paid hours a [a-z ]*</dt><dd>(\d+)</dd>", lead.page("/lead"))
    there = re.search(r"<dt>Paid hours a [a-z ]*</dt><dd>(\d+)</dd>", lead.page("/staffing"))
    assert here is not None
    assert there is not None
    assert here[1] == there[1]


def test_what_is_asked_for_what_it_teaches_is_neither_the_oldest_nor_late_on_any_page(house: House) -> None:
    """A second look of a random draw made *Queue* say "21 h, 1 late" where the lead's page said "14 min, 0 late"."""
    stored = house.comment("云真好看")
    with house.database.unit() as unit:
        decision = decisions.get(unit, stored.decision_id).decision
        draw = Chosen(stored.comment_id, stored.decision_id, decision, "forum", Why.RANDOM)
        chosen.ask(unit, [draw], now=house.clock())
        unit.commit()
    assert 303 == house.logged_in("mei").decide("reject", labels=["fraud"]).status_code
    with house.database.unit() as unit:
        given = verdicts.of_comment(unit, stored.comment_id)[0]
        first = cases.get(unit, given.case_id)
        cases.ask_again(unit, first, queue="forum", why=first.why, purpose=Purpose.OPINION, now=house.clock())
        unit.commit()
    house.clock.forward(days=9)
    house.comment("下注")
    house.clock.forward(minutes=14)
    lead = house.logged_in("li", "lead")
    [shown] = _rows(lead.get("/lead/queues.csv").text, "forum")
    for visitor in (lead, house.logged_in("wei")):
        [row] = _rows(visitor.get("/queue/queues.csv").text, "forum")
        assert (shown["late"], "0") == (row["late"], "0")
        assert 14 == int(float(row["oldest_seconds"]) // 60)
        assert "late</em>" not in visitor.page("/queue")


def test_the_queues_page_tells_a_lead_no_more_of_second_looks_than_a_moderator(house: House) -> None:
    """Leads and administrators decide too: a row whose clock leaves them out says which cases they are."""
    stored = house.comment("下注", surface="live")
    house.logged_in("mei").decide("reject", labels="gambling")
    house.clock.forward(minutes=30)
    with house.database.unit() as unit:
        decided = cases.get(unit, str(stored.case_id))
        cases.ask_again(unit, decided, queue="live", why="model", purpose=Purpose.OPINION, now=house.clock())
        unit.commit()
    house.comment("下注二", surface="live")
    house.clock.forward(minutes=2)
    lead = house.logged_in("li", "lead")
    for visitor in (lead, house.logged_in("wei")):
        [row] = _rows(visitor.get("/queue/queues.csv").text, "live")
        assert ("2", "1", 32) == (row["total"], row["late"], int(float(row["oldest_seconds"]) // 60))
        assert "<dt>Oldest</dt><dd>32 min</dd>" in visitor.page("/queue")
        for name in ("labels", "languages"):
            rows = csv.DictReader(io.StringIO(visitor.get(f"/queue/{name}.csv").text.removeprefix("\ufeff")))
            assert 32 == max(int(float(one["oldest_seconds"]) // 60) for one in rows)


def _rows(text: str, queue: str) -> list[dict[str, str]]:
    return [row for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))) if row["queue"] == queue]


def test_the_same_few_are_told_the_same_way_on_both_pages(house: House) -> None:
    drawn(house, "云真好看")
    lead, dora = house.logged_in("li", "lead"), house.logged_in("dora", "data_scientist")
    told = re.compile(r"fewer than 20: not judged</span>\s*<span[^>]*>1 of 1</span>")
    assert told.search(lead.page("/lead"))
    assert told.search(dora.page("/quality"))
    assert "<b>1 of 1</b>" not in lead.page("/lead")
