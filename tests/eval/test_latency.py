from __future__ import annotations

from collections.abc import Callable

import pytest

from eval.latency import pace


class Clock:
    """Seconds that pass only while somebody works."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def takes(self, seconds: Callable[[str], float]) -> Callable[[str], None]:
        def work(text: str) -> None:
            self.now += seconds(text)

        return work


def test_the_ratio_is_of_the_mean_comment_so_that_a_slow_half_counts() -> None:
    clock = Clock()
    slow = clock.takes(lambda text: 0.030 if text == "unsure" else 0.003)
    found = pace(slow, clock.takes(lambda _: 0.002), ["a", "b", "unsure"], rounds=2, clock=clock)
    assert (12.0, 2.0, 6.0) == pytest.approx((found.model, found.beside, found.ratio))


def test_what_else_runs_on_the_machine_does_not_count() -> None:
    """A neighbour that makes two of three rounds ten times as long for one of both changes nothing."""
    clock, turns = Clock(), {"model": 0}

    def disturbed(_: str) -> float:
        turns["model"] += 1
        return 0.001 if turns["model"] % 3 == 0 else 0.010

    found = pace(clock.takes(disturbed), clock.takes(lambda _: 0.001), ["a"], rounds=3, clock=clock)
    assert 1.0 == pytest.approx(found.ratio)


def test_the_first_round_warms_both_up_and_is_not_told() -> None:
    clock, cold = Clock(), {"is": True}

    def loading(_: str) -> float:
        seconds = 5.0 if cold["is"] else 0.001
        cold["is"] = False
        return seconds

    found = pace(clock.takes(loading), clock.takes(lambda _: 0.001), ["a"], rounds=1, clock=clock)
    assert 1.0 == pytest.approx(found.ratio)


def test_both_answer_every_comment_turn_and_turn_about() -> None:
    heard: list[str] = []
    pace(lambda text: heard.append(f"model {text}"), lambda text: heard.append(f"beside {text}"), ["a", "b"], rounds=1,
         clock=lambda: float(len(heard)))  # fmt: skip
    assert 8 == len(heard)
    assert ["beside a", "model a", "model b", "beside b"] == heard[:4]
    assert ["model a", "beside a", "beside b", "model b"] == heard[4:]
