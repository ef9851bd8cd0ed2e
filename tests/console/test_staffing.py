from __future__ import annotations

import csv
import io

import pytest

from governance.staffing_measured import Measured
from moderation.decision import Outcome
from records.flow import Scored
from tests.console.house import House
from tests.records.factories import a_decision


def test_the_page_has_hours_a_picture_and_files(house: House) -> None:
    for number in range(4):
        house.comment(f"下注{number}")
    visitor = house.logged_in("li", "lead")
    page = visitor.page("/staffing?days=7&share=0.95")
    assert '<svg class="chart columns"' in page
    assert "Were review thresholds moved" in page
    assert "as if they came evenly over the day: " in page, "each hour has the same by no measurement"
    hours = list(csv.DictReader(io.StringIO(visitor.get("/staffing/hours.csv").text.removeprefix("\ufeff"))))
    assert [str(hour) for hour in range(24)] == [row["hour"] for row in hours]
    assert "shift" in visitor.get("/staffing/changes.csv").text


def test_one_label_can_be_moved_by_itself_and_few_are_not_judged(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    scored = [Scored(a_decision(Outcome.REVIEW, gambling=0.42), Outcome.BLOCK) for _ in range(3)]
    scored += [Scored(a_decision(Outcome.REVIEW, abuse=0.42), Outcome.BLOCK) for _ in range(30)]
    measured = Measured(28.0, {"forum": [9.0] * 24}, {"forum": [20.0] * 40}, scored)
    monkeypatch.setattr("governance.staffing_measured.measure", lambda *_, **__: measured)
    visitor = house.logged_in("li", "lead")
    page = visitor.page("/staffing?label=gambling")
    assert "Only the review threshold of" in page
    assert "label=gambling" in page, "its file is of the same label"
    assert "fewer than 20: not judged" in page
    assert "of 30" in visitor.page("/staffing?label=abuse")
    assert "broke_a_rule_low" in visitor.get("/staffing/changes.csv?label=gambling").text
    assert "Every label" in visitor.page("/staffing?label=nonsense")


def test_the_page_has_shifts_and_the_people_to_employ(house: House) -> None:
    house.comment("下注")
    visitor = house.logged_in("li", "lead")
    page = visitor.page("/staffing?shift=12&breaks=0.25&week=5&away=0.0")
    # One at once the day round and who rests: two at work, four shifts of twelve hours a day, 28 a week.
    assert "6 people to employ" in page
    rows = list(csv.DictReader(io.StringIO(visitor.get("/staffing/shifts.csv?shift=12").text.removeprefix("\ufeff"))))
    assert 4 == sum(int(row["people"]) for row in rows)
    assert all((int(row["begins"]) + 12) % 24 == int(row["ends"]) for row in rows)


def test_a_house_without_cases_says_what_to_do(house: House) -> None:
    assert "chaffinch staffing --a-day" in house.logged_in("li", "lead").page("/staffing")


def test_charts_end_at_plain_numbers_and_keep_within_their_frame() -> None:
    from console.charts import WIDTH, columns

    for most in (0.3, 1, 7, 33, 101, 4200):
        chart = columns(
            [str(at) for at in range(24)], [most * at / 23 for at in range(24)], line=[None, most, most / 2]
        )
        assert all(0 <= bar.x and bar.x + bar.width <= WIDTH and bar.y >= 0 for bar in chart.bars)
        assert float(chart.lines[-1].name) >= most
        assert 4 >= max(len(tick.name) for tick in chart.lines)
