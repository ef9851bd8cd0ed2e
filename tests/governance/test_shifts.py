"""Shifts: as few as can be, held against every other way to cover small days, and people dealt out over a week."""

from __future__ import annotations

import random
from itertools import product

import pytest

from governance import shifts


def test_flat_day_takes_three_shifts_of_eight_hours_for_each_that_is_needed() -> None:
    begins = shifts.cover([2] * 24, 8)
    assert 6 == sum(begins)
    assert {2} == set(shifts.at_work(begins, 8))


def test_a_peak_of_one_hour_takes_as_many_shifts_as_it_needs() -> None:
    need = [0] * 24
    need[20] = 7
    assert 7 == sum(shifts.cover(need, 8))


def test_nobody_is_needed_on_an_empty_day() -> None:
    assert (0,) * 24 == shifts.cover([0] * 24, 8)


@pytest.mark.parametrize("length", [1, 4, 7, 8, 10, 12, 24])
def test_every_hour_is_covered_whatever_the_day(length: int) -> None:
    chance = random.Random(length)
    for _ in range(20):
        need = [chance.choice((0, 1, 3, 9)) for _ in range(24)]
        begins = shifts.cover(need, length)
        assert min(begins) >= 0
        assert all(there >= needed for there, needed in zip(shifts.at_work(begins, length), need, strict=True))


def test_no_cover_has_fewer_shifts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of days of six hours every other way was tried: also where rounding the mean up is not enough."""
    monkeypatch.setattr(shifts, "HOURS", 6)
    chance, beyond = random.Random(2), 0
    for length in (2, 3, 4):
        for _ in range(12):
            need = [chance.randint(0, 2) for _ in range(6)]
            ways = (begins for begins in product(range(3), repeat=6) if _covers(begins, length, need))
            fewest = min(map(sum, ways))
            assert fewest == sum(shifts.cover(need, length)), (need, length)
            beyond += fewest > max(*need, -(-sum(need) // length))
    assert beyond, "no case asked for more than the plain bounds"


def _covers(begins: tuple[int, ...], length: int, need: list[int]) -> bool:
    return all(there >= needed for there, needed in zip(shifts.at_work(begins, length), need, strict=True))


@pytest.mark.parametrize(
    ("weekday", "weekend", "days", "away", "people"),
    [
        (6, 6, 5, 0.0, 9),  # 42 shifts a week, five each
        (6, 2, 5, 0.0, 7),
        (5, 0, 5, 0.0, 5),
        (2, 20, 5, 0.0, 20),  # as many as the fullest day has
        (6, 6, 5, 0.1, 10),
        (0, 0, 5, 0.1, 0),
    ],
)
def test_heads_are_the_fewest_who_can_take_a_week_s_shifts(
    weekday: int, weekend: int, days: int, away: float, people: int
) -> None:
    assert people == shifts.heads(weekday, weekend, days_a_week=days, away=away)


def test_shifts_dealt_round_give_nobody_two_a_day_or_more_than_the_days_of_a_week() -> None:
    for weekday, weekend in product(range(9), repeat=2):
        people = shifts.heads(weekday, weekend, days_a_week=5, away=0.0)
        days = [day for day in range(7) for _ in range(weekday if day < 5 else weekend)]
        taken = [(at % people, day) for at, day in enumerate(days)]
        assert len(set(taken)) == len(taken)
        assert all(sum(person == who for who, _ in taken) <= 5 for person in range(people))
