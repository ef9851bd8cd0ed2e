"""What a test costs is told, and files of minutes begin first."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from chaffinch.settings import CHECKOUT
from tests.conftest import LONG
from tests.cpu import LONG_SECONDS, Costs, Meter


def a_report(name: str, seconds: float) -> Any:
    return SimpleNamespace(nodeid=name, user_properties=[("issue", "7"), ("processor", seconds)])


def test_work_is_counted_and_waiting_is_not() -> None:
    meter = Meter()
    meter.since_last()
    time.sleep(0.2)
    assert 0.1 > meter.since_last()
    until = time.process_time() + 0.2
    while time.process_time() < until:
        pass
    assert 0.1 < meter.since_last()


def test_what_another_process_tells_is_counted() -> None:
    meter = Meter()
    meter.since_last()
    meter.told += 9
    assert 9 == pytest.approx(meter.since_last(), abs=0.2)


def test_a_tests_parts_are_added_up_and_the_dearest_is_told_first() -> None:
    costs = Costs()
    for name, seconds in (("a", LONG_SECONDS), ("b", 3 * LONG_SECONDS), ("a", LONG_SECONDS), ("short", 0.1)):
        costs.add(a_report(name, seconds))
    assert ["  12.0 s  b", "   8.0 s  a"] == costs.lines()


@pytest.mark.parametrize("path", LONG)
def test_what_begins_first_is_there(path: str) -> None:
    assert (CHECKOUT / path).exists()
