from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.batches import bucketed, drawn, rate_factor
from training.clock import Clock, Progressed

ROWS = st.lists(st.integers(1, 40).map(lambda length: [7] * length), min_size=1, max_size=300)


@given(ROWS, st.integers(1, 40), st.integers(0, 9), st.integers(0, 3))
def test_every_row_is_in_one_batch_and_no_batch_is_too_large(
    rows: list[list[int]], size: int, seed: int, epoch: int
) -> None:
    batches = bucketed(rows, size, seed=seed, epoch=epoch)
    assert list(range(len(rows))) == sorted(at for batch in batches for at in batch)
    assert all(1 <= len(batch) <= size for batch in batches)
    assert batches == bucketed(rows, size, seed=seed, epoch=epoch)


def test_heavier_rows_are_drawn_more_often_and_weightless_ones_never() -> None:
    weights = np.array([0.0] * 100 + [1.0] * 1000 + [4.0] * 1000)
    at = drawn(weights, 500, seed=0)
    assert (500, True) == (len(set(at.tolist())), bool(np.all(np.diff(at) > 0)))
    assert not (at < 100).any()
    assert 3.0 < (at >= 1100).sum() / (at < 1100).sum() < 5.0
    assert at.tolist() == drawn(weights, 500, seed=0).tolist()


def test_where_all_fit_all_that_weigh_anything_are_drawn() -> None:
    assert [1, 2] == drawn(np.array([0.0, 0.5, 2.0]), 5, seed=0).tolist()


def test_rows_of_like_length_go_together() -> None:
    rows = [[7] * (1 + at % 50) for at in range(1600)]
    padding = sum(
        max(len(rows[at]) for at in batch) - len(rows[each])
        for batch in bucketed(rows, 16, seed=0, epoch=0)
        for each in batch
    )
    assert padding < 0.05 * sum(map(len, rows))


def test_epochs_come_in_another_order() -> None:
    rows = [[7]] * 64
    assert bucketed(rows, 8, seed=0, epoch=0) != bucketed(rows, 8, seed=0, epoch=1)


def test_the_rate_rises_and_then_falls_to_nothing() -> None:
    rates = [rate_factor(step, 100, 0.1) for step in range(101)]
    assert (0.1, 1.0, 0.0) == (rates[0], rates[9], rates[100])
    assert rates[:10] == sorted(rates[:10])
    assert rates[9:] == sorted(rates[9:], reverse=True)


class _Time:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def _step(clock: Clock, time: _Time, number: int, *, cost: int, takes: float) -> None:
    with clock.step(number, cost) as told:
        time.seconds += takes
        told(1.0)


def test_the_remaining_time_counts_pieces_and_not_steps() -> None:
    time, heard = _Time(), list[Progressed]()
    clock = Clock(heard.append, steps=20, rows=8, now=time)
    for number in range(1, 11):
        long = number % 2
        _step(clock, time, number, cost=300 if long else 100, takes=3.0 if long else 1.0)
    assert 20.0 == pytest.approx(heard[-1].remaining)
    assert 4.0 == pytest.approx(heard[-1].rows_per_second)


def test_the_remaining_time_follows_a_machine_that_slows_down() -> None:
    time, heard = _Time(), list[Progressed]()
    clock = Clock(heard.append, steps=200, rows=8, now=time)
    for number in range(1, 101):
        _step(clock, time, number, cost=100, takes=1.0 if number <= 50 else 4.0)
    assert 400.0 == pytest.approx(heard[-1].remaining)


def test_validations_to_come_are_in_the_remaining_time() -> None:
    time, heard = _Time(), list[Progressed]()
    clock = Clock(heard.append, steps=10, rows=8, validations=2, validation_cost=600, now=time)
    for number in range(1, 6):
        _step(clock, time, number, cost=100, takes=1.0)
    assert 5 + 2 * 2.0 == pytest.approx(heard[-1].remaining)
    with clock.validating(5):
        time.seconds += 7
    _step(clock, time, 6, cost=100, takes=1.0)
    assert 4 + 7.0 == pytest.approx(heard[-1].remaining)


def test_too_little_seen_tells_no_remaining_time() -> None:
    time, heard = _Time(), list[Progressed]()
    clock = Clock(heard.append, steps=10, rows=8, now=time)
    _step(clock, time, 1, cost=100, takes=1.0)
    assert heard[-1].remaining is None


def test_reading_tells_rows_and_time() -> None:
    time, heard = _Time(), list[Progressed]()
    with Clock(heard.append, steps=10, rows=8, now=time).reading(100, 1000) as told:
        time.seconds += 5
        told(25, 250)
    assert (25, 100, pytest.approx(15.0)) == (heard[-1].done, heard[-1].total, heard[-1].remaining)


def test_reading_short_rows_first_promises_no_quick_end() -> None:
    """Half of the rows hold a tenth of the pieces: what is left takes nine times as long."""
    time, heard = _Time(), list[Progressed]()
    with Clock(heard.append, steps=10, rows=8, now=time).reading(100, 1000) as told:
        time.seconds += 5
        told(50, 100)
        assert (50, pytest.approx(45.0)) == (heard[-1].done, heard[-1].remaining)
        time.seconds += 45
        told(50, 900)
        told(30, 0)
    assert (100, 100, 0.0) == (heard[-1].done, heard[-1].total, heard[-1].remaining)
