from __future__ import annotations

import csv
import io

from tests.console.house import House


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
