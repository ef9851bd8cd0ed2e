"""The sentences of `agreement.py` and `growth.py`."""

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
    assert (1_000, 5_000_000, growth.POINTS) == (targets[0], targets[-1], len(targets))
    assert max(b / a for a, b in itertools.pairwise(targets)) < 4
    assert [300] == growth._targets(300)


def test_what_grows_is_not_called_flat() -> None:
    growth = import_module("growth")
    assert growth.judged([(1_000, 1.0), (5_000_000, 1.4)]).endswith(": flat")
    assert growth.judged([(1_000, 1.0), (5_000_000, 1.6)]).endswith(": NOT FLAT")
