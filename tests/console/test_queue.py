"""The page of what waits: each queue, label and language can be worked by itself, and every table is a file."""

from __future__ import annotations

import csv
import io

import pytest

from governance import campaign_cases
from tests.console.house import House, case_in


def _file(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_labels_and_languages_can_be_worked_by_themselves(house: House) -> None:
    house.comment("下注")
    there = house.comment("click here")
    visitor = house.logged_in("mei")
    page = visitor.page("/queue")
    assert 'href="/console/work?label=advertising"' in page
    assert 'href="/console/work?lang=zh"' in page
    assert there.case_id == case_in(visitor.page("/work?label=advertising"))


def test_who_does_not_decide_gets_figures_and_no_links_to_work(house: House) -> None:
    house.comment("下注")
    assert "/console/work" not in house.logged_in("dan", "data_scientist").page("/queue")


@pytest.mark.parametrize(
    ("name", "first", "value"),
    [("queues", "queue", "forum"), ("labels", "label", "gambling"), ("languages", "language", "zh")],
)
def test_every_table_is_a_file(house: House, name: str, first: str, value: str) -> None:
    house.comment("下注")
    [row] = _file(house.logged_in("mei").get(f"/queue/{name}.csv").text)
    assert (value, "1", "1") == (row[first], row["open"], row["total"])


def test_what_waits_behind_its_campaign_is_said_and_handed_to_nobody_by_itself(house: House) -> None:
    """`campaigns` 1 beside `news` 22 reads as twenty-two that wait one by one; they wait behind the one."""
    made = [house.comment(f"加微信看片日结三百{n}", surface="news", author=f"a{n}") for n in range(5)]
    house.campaign(*made)
    assert "behind another" not in house.logged_in("mei").page("/queue")
    assert 4 == campaign_cases.gather(house.database, house.clock())
    page = house.logged_in("mei").page("/queue")
    assert "4 behind another" in page
    assert {"campaigns": "0", "news": "4"} == {
        row["queue"]: row["behind_another"] for row in _file(house.logged_in("mei").get("/queue/queues.csv").text)
    }
    assert "" == case_in(house.logged_in("wei").page("/work?queue=news"))


def test_what_the_public_is_promised_is_a_file(house: House) -> None:
    rows = _file(house.logged_in("mei").get("/queue/public.csv").text)
    assert str(12 * 3600.0) == rows[0]["promise_seconds"]
