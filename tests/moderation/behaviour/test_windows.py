"""Tables that never grow: what they count, what they forget."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.behaviour.crowds import MOST, Crowds
from moderation.behaviour.rates import PARTS, Rates
from moderation.behaviour.slots import WAYS, Slots

START = 1_770_000_000.0
HOUR = 3600.0

moments = st.lists(st.floats(0, 2 * HOUR).map(lambda after: START + after), min_size=1, max_size=60)
visits = st.lists(st.tuples(st.integers(1, 50), st.floats(0, 2 * HOUR).map(lambda after: START + after)), max_size=120)


@given(moments)
def test_a_rate_counts_nothing_older_than_its_window_and_all_that_is_clearly_younger(at: list[float]) -> None:
    rates, now = Rates(16, HOUR), max(at)
    for moment in at:
        rates.add(7, moment)
    younger = sum(moment > now - HOUR * (PARTS - 1) / PARTS for moment in at)
    assert younger <= rates.count(7, now) <= sum(moment > now - HOUR for moment in at)


@given(moments, st.randoms())
def test_a_rate_does_not_depend_on_the_order_of_events(at: list[float], chance: random.Random) -> None:
    one, other = Rates(16, HOUR), Rates(16, HOUR)
    for moment in at:
        one.add(7, moment)
    chance.shuffle(at)
    for moment in at:
        other.add(7, moment)
    assert one.count(7, max(at)) == other.count(7, max(at))


def test_an_hour_later_nothing_is_counted() -> None:
    rates = Rates(16, HOUR)
    rates.add(7, START)
    assert [1, 0] == [rates.count(7, START + 1), rates.count(7, START + HOUR)]


@given(visits)
def test_a_crowd_has_the_members_of_the_window_and_at_most_thirty_two(seen: list[tuple[int, float]]) -> None:
    crowds, now = Crowds(16, HOUR), max((at for _, at in seen), default=START)
    for member, at in seen:
        crowds.add(7, member, at)
    inside = {member for member, at in seen if int(at) > now - HOUR}
    assert min(len(inside), MOST) == len(crowds.members(7, now))
    assert crowds.members(7, now) <= inside


@given(visits, st.randoms())
def test_the_size_of_a_crowd_does_not_depend_on_the_order(seen: list[tuple[int, float]], chance: random.Random) -> None:
    one, other = Crowds(16, HOUR), Crowds(16, HOUR)
    for member, at in seen:
        one.add(7, member, at)
    chance.shuffle(seen)
    for member, at in seen:
        other.add(7, member, at)
    now = max((at for _, at in seen), default=START)
    assert len(one.members(7, now)) == len(other.members(7, now))


@given(st.lists(st.integers(1, 2**64 - 1), max_size=300))
def test_a_full_table_takes_no_more_memory_and_knows_the_newest(keys: list[int]) -> None:
    rates = Rates(32, HOUR)
    before = rates.nbytes
    for second, key in enumerate(keys):
        rates.add(key, START + second)
    assert before == rates.nbytes
    assert all(rates.count(key, START + 300) for key in keys[-1:])


def test_the_key_that_was_touched_longest_ago_gives_way() -> None:
    slots = Slots(WAYS)
    for second, key in enumerate(range(1, WAYS + 1), start=1):
        slots.place(key, second)
    slots.place(1, 100)
    slots.place(99, 101)
    assert [True, False, True] == [slots.find(key) is not None for key in (1, 2, 99)]


@pytest.mark.parametrize("capacity", [0, 4, 12])
def test_a_table_of_another_size_is_refused(capacity: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        Slots(capacity)
