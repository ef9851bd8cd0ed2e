"""The sentences of `agreement.py`, and the curves of `growth.py`, drawn."""

from __future__ import annotations

import itertools
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from moderation.comment import Comment
from moderation.decision import Decision, Outcome
from moderation.pipeline import Engine
from tests.fakes import KeywordScorer
from tests.serving.loaders import shipped_policies, shipped_rules, taxonomy

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(autouse=True)
def _found(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are scripts, and find one another by their folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def _decided(outcome: Outcome, tier: str) -> Decision:
    engine = Engine(taxonomy(), shipped_rules(), shipped_policies(), KeywordScorer({}))
    decision = engine.judge(Comment("hello"))
    return replace(decision, outcome=outcome, versions=replace(decision.versions, tier=tier))


def test_what_not_asking_changed_is_told_by_kind() -> None:
    agreement = import_module("agreement")
    shipped = [_decided(Outcome.PASS, "fast")] * 3 + [_decided(Outcome.BLOCK, "encoder")]
    both = [_decided(Outcome.PASS, "encoder")] * 2 + [
        _decided(outcome, "encoder") for outcome in (Outcome.REVIEW, Outcome.BLOCK)
    ]
    asked, same, others = agreement.compared(shipped, both)
    assert asked.startswith("25.0% of 4 everyday comments reached the encoder")
    assert "75.00%" in same
    assert "at least 99.5%: MISSED" in same
    assert "the others: 1 x review became pass" == others
    assert "reached" in agreement.compared(both, both)[1]


def test_the_records_grow_to_what_was_asked_in_even_steps() -> None:
    growth = import_module("growth")
    targets = growth._targets(5_000_000)
    assert (1_000, 5_000_000) == (targets[0], targets[-1])
    assert max(b / a for a, b in itertools.pairwise(targets)) < 4
    assert growth._targets(200_000)[:-1] == targets[: len(growth._targets(200_000)) - 1], "a larger run goes on"
    assert [300] == growth._targets(300)


def test_what_grows_is_not_called_flat() -> None:
    growth = import_module("growth")
    assert growth.judged([(1_000, 1.0), (5_000_000, 1.4)]).endswith(": flat")
    assert growth.judged([(1_000, 1.0), (5_000_000, 1.6)]).endswith(": NOT FLAT")


def test_the_records_grow_and_what_was_stored_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    growth = import_module("growth")
    for name, value in {
        "FILLED": 40,
        "TOGETHER": 8,
        "ROUNDS": 2,
        "STEP": 2,
        "LENGTHS": (10, 30),
        "BATCHES": (1, 4),
    }.items():
        monkeypatch.setattr(growth, name, value)
    engine = Engine(taxonomy(), shipped_rules(), shipped_policies(), KeywordScorer({}))
    stored = growth.by_stored(engine, tmp_path, 160)
    curves = {
        "text length": growth.by_length(engine),
        "batch size": growth.by_batch(engine),
        "rules": [(0, 1.0), (9, 2.0)],
    }
    assert [10, 30] == [length for length, _ in curves["text length"]]
    assert [1, 4] == [size for size, _ in curves["batch size"]]
    for curve in stored.values():
        assert [56, 96, 176] == [count for count, _ in curve]
        assert min(milliseconds for _, milliseconds in curve) > 0
    growth.keep(tmp_path / "out", curves | stored)
    assert {"growth.json", "growth.png"} == {path.name for path in (tmp_path / "out").iterdir()}
