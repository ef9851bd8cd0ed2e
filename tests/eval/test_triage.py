from __future__ import annotations

import numpy as np

from data.rows import Row, Rows
from eval.mistakes import find
from eval.suspects import Suspect, Suspicion
from eval.triage import Kind, of_kind, triage
from moderation.ports import Thresholds

NAMES = ("gambling", "abuse")
CUTS = {"gambling": Thresholds(0.5, 0.9), "abuse": Thresholds(0.5, 0.9)}
PRIOR = dict.fromkeys(NAMES, 0.125)

# What each row carries, its scores, and what becomes of it.
CASES = [
    ((1, 0), (0.01, 0.0), Kind.UNKNOWN, True),
    ((1, 0), (0.20, 0.0), Kind.FAINT, True),
    ((1, 0), (0.45, 0.0), Kind.NEAR, True),
    ((0, 1), (0.0, 0.02), Kind.DOUBTED, True),
    ((0, 0), (0.95, 0.0), Kind.STOPPED, False),
    ((0, 0), (0.80, 0.0), Kind.REVIEWED, False),
    ((0, 0), (0.55, 0.0), Kind.NEAR, False),
    ((0, 0), (0.0, 0.99), Kind.DOUBTED, False),
    ((0, 0), (0.1, 0.1), None, False),
]
ROWS = Rows.of(
    [Row(id=f"r{at}", text="x", lang="zh", source="s", group="", kind="", labels=labels, union=(0, 0))
     for at, (labels, *_) in enumerate(CASES)], 2)  # fmt: skip
SCORES = np.array([scores for _, scores, *_ in CASES])
DOUBTS = Suspicion(
    (Suspect(3, "abuse|hate", True, 0.03, 0.03), Suspect(7, "abuse", False, 0.97, 0.03),
     Suspect(0, "gambling", False, 0.9, 0.1)), ())  # fmt: skip


def test_every_mistake_is_of_one_kind() -> None:
    found = triage(find(ROWS, SCORES, CUTS), CUTS, PRIOR, DOUBTS)
    expected = {at: (kind, miss) for at, (*_, kind, miss) in enumerate(CASES) if kind}
    assert expected == {each.mistake.at: (each.kind, each.miss) for each in found}


def test_misses_come_first_and_the_worst_of_them_before_the_others() -> None:
    found = triage(find(ROWS, SCORES, CUTS), CUTS, PRIOR, DOUBTS)
    assert [True] * 4 + [False] * 4 == [each.miss for each in found]
    assert [0, 3, 1, 2] == [each.mistake.at for each in found][:4]


def test_one_kind_can_be_picked() -> None:
    found = triage(find(ROWS, SCORES, CUTS), CUTS, PRIOR, DOUBTS)
    assert [2] == [each.at for each in of_kind(found, Kind.NEAR, miss=True)]
    assert [6] == [each.at for each in of_kind(found, Kind.NEAR, miss=False)]
