"""The work of rules grows with the text, whatever it holds: counted, not timed."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from moderation.decision import Outcome
from moderation.normaliser import normalise
from moderation.rules import Rule, RuleSet, likelihood
from moderation.views.view import ViewName

TERMS = ("微信", "加微信", "赌博", "时时彩")
SOUNDS = "威微薇维为唯信新心辛芯欣加佳家嘉赌读独堵博波播时石十食彩菜才财"


class Counted:
    """A likelihood that counts the characters it was asked about."""

    def __init__(self) -> None:
        self.characters = 0

    def __call__(self, han: str) -> float:
        self.characters += len(han)
        return -5.0 * len(han)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counted]:
    counter = Counted()
    monkeypatch.setattr(likelihood, "log_likelihood", counter)
    likelihood.gain.cache_clear()
    yield counter
    likelihood.gain.cache_clear()  # what the counter answered must not stay


def sounding(length: int) -> str:
    draw = random.Random(length)
    return "".join(draw.choice(SOUNDS) for _ in range(length))


@pytest.mark.parametrize(
    "text", [sounding, lambda length: "威信" * (length // 2), lambda length: ("微" + "." * 98 + "信") * (length // 100)]
)
def test_twice_the_text_is_twice_the_work(counted: Counted, text: object) -> None:
    rule = Rule("t.r", "fraud", {}, Outcome.REVIEW, "g", views=tuple(ViewName), terms=TERMS, none_of=("微信",))
    rules = RuleSet([rule], "t")
    work = []
    for length in (5000, 10_000):
        counted.characters = 0
        likelihood.gain.cache_clear()
        rules.find(normalise(text(length)))  # type: ignore[operator]
        work.append(counted.characters)
    assert work[1] <= 2.2 * work[0] + 100
    assert work[1] <= 100 * 10_000
