"""The forecast says which promise breaks when, at the rate of the last hour."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from governance.overview import breaks_at
from tests.records.databases import NOW

HOUR = timedelta(hours=1)


def told(*minutes: int, coming: float = 0.0, done: float = 0.0, late: int = 0) -> datetime | None:
    dues = [NOW + timedelta(minutes=each) for each in minutes]
    return breaks_at(dues, here=len(dues) + late, coming=coming, done=done, promise=HOUR, now=NOW)


def test_where_nobody_decides_the_first_promise_to_end_breaks() -> None:
    assert NOW + timedelta(minutes=20) == told(20, 40)


def test_people_come_to_cases_in_the_order_in_which_promises_end() -> None:
    """Six an hour: the third is begun after half an hour, ten minutes late."""
    assert NOW + timedelta(minutes=20) == told(15, 20, 20, 50, done=6.0)
    assert told(15, 25, 35, 50, done=6.0) is None


def test_what_is_late_already_is_looked_at_first() -> None:
    assert told(15, 25, done=6.0) is None
    assert NOW + timedelta(minutes=15) == told(15, 25, done=6.0, late=1)


def test_more_coming_than_is_decided_breaks_the_promise_of_what_is_yet_to_come() -> None:
    """Ten an hour are begun, twelve come: in five hours ten stand before whoever comes, which is an hour's work."""
    found = told(coming=12.0, done=10.0)
    assert found is not None
    assert (found - NOW) / HOUR == pytest.approx(6.0)
    assert told(coming=10.0, done=12.0) is None


def test_what_breaks_after_more_than_a_day_is_not_said() -> None:
    assert told(coming=10.1, done=10.0) is None
