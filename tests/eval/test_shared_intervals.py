"""Looking at many slices at once: luck refuses no more challengers than it does on one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from eval.bootstrap import Ratio, paired, paired_draws, shared_intervals
from eval.compare import Answers, Both, Compared, Part, compare, compare_parts
from tests.training.tiny import NAMES, columns

ROWS = 1_200
SLICES = 24
ROUNDS = 200
DRAWS = 40


def drawn_model(truth: np.ndarray, generator: np.random.Generator) -> Answers:
    """One draw of a model that finds 85 of 100 harmful rows and stops 2 of 100 harmless ones."""
    right = generator.random(truth.shape) < np.where(truth, 0.85, 0.98)
    scores = np.where(right == truth, 0.9, 0.1)
    looked = (scores > 0.5).any(axis=1)
    return Answers(scores, looked, looked)


def world(seed: int, *, forgets: str = "") -> Both:
    """Two draws of one model; in the second a slice that is forgotten."""
    rows = columns(ROWS)
    sliced = [f"s{at % SLICES}" for at in range(ROWS)]
    rows = dataclasses.replace(rows, sources=sliced, groups=[""] * ROWS)
    generator = np.random.default_rng(seed)
    truth = rows.labels == 1
    before, after = drawn_model(truth, generator), drawn_model(truth, generator)
    if forgets:
        gone = np.array(sliced) == forgets
        after = Answers(np.where(gone[:, None], 0.1, after.scores), after.looked & ~gone, after.stopped & ~gone)
    return Both(rows, before, after, NAMES)


def by_source(both: Both) -> list[Part]:
    names = np.array(both.rows.sources)
    return [Part("source", f"s{at}", np.flatnonzero(names == f"s{at}")) for at in range(SLICES)]


def refused(found: list[Compared]) -> list[str]:
    """What the gate would refuse had it no limits: every fall that is more than luck."""
    return [each.part for each in found if each.worse.least > 0]


def test_a_fair_challenger_is_seldom_refused_whatever_the_number_of_slices() -> None:
    """Two draws of one model, 24 slices, two figures: at most 3 in 100 by design, 10 in 100 for a run of 40."""
    shared, single = 0, 0
    for seed in range(DRAWS):
        both = world(seed)
        parts = by_source(both)
        shared += bool(refused(compare_parts(both, parts, seed=1, rounds=ROUNDS)))
        alone = [Part(f"source {part.name}", "", part.at) for part in parts]  # an axis each: nothing is shared
        single += bool(refused(compare_parts(both, alone, seed=1, rounds=ROUNDS)))
    assert shared <= 0.1 * DRAWS
    assert single >= 3 * max(shared, 1)


def test_a_forgotten_slice_among_many_is_found() -> None:
    both = world(3, forgets="s4")
    assert {"source s4"} == set(refused(compare_parts(both, by_source(both), seed=1, rounds=ROUNDS)))


def test_draws_of_many_figures_are_those_of_one() -> None:
    """The product of matrices against the plain bootstrap: the same estimate, an interval of the same width."""
    both = world(5)
    at = np.flatnonzero((both.rows.labels == 1).any(axis=1))
    before, after = (said.looked[at].astype(float) for said in (both.before, both.after))
    ones = np.ones(at.size)
    found, drawn = paired_draws(
        [[Ratio(np.arange(at.size), before, ones, after, ones)]], [""] * at.size, seed=1, rounds=500
    )
    plain = paired(lambda some: (before[some].mean(), after[some].mean()), [""] * at.size, seed=2, rounds=500)
    assert plain is not None
    assert (plain.before, plain.after) == pytest.approx(tuple(found[:, 0]))
    low, high = shared_intervals(found[1] - found[0], drawn)
    assert plain.high - plain.low == pytest.approx(high[0] - low[0], rel=0.2)


def test_a_figure_that_a_draw_has_no_row_for_is_no_luck() -> None:
    one = Ratio(np.array([0]), np.ones(1), np.ones(1), np.zeros(1), np.ones(1))
    found, drawn = paired_draws([[one]], ["a", "b", "c"], seed=1, rounds=100)
    assert np.isnan(drawn).any()
    assert ([1.0], [0.0]) == (found[0].tolist(), found[1].tolist())
    low, high = shared_intervals(found[1] - found[0], drawn)
    assert ([-1.0], [-1.0]) == (low.tolist(), high.tolist())


def test_groups_of_two_sources_are_not_one_for_having_one_name() -> None:
    """Sources number their groups as they like; were both one group here, every draw would be the same."""
    rows = columns(400)
    first = np.arange(400) % 4 == 0
    mixed = dataclasses.replace(rows, sources=["one" if at else "two" for at in first], groups=["g"] * 400)
    told = Answers(np.where(rows.labels == 1, 0.9, 0.1), (rows.labels == 1).any(axis=1), np.zeros(400, bool))
    worse = dataclasses.replace(told, looked=told.looked & ~first)
    found = {each.figure: each.difference for each in compare(mixed, told, worse, NAMES, seed=1, rounds=200)}
    assert found["harmful_found"].low < found["harmful_found"].value < found["harmful_found"].high


def test_lengths_are_an_axis_of_their_own() -> None:
    rows = columns(560)
    told = Answers(np.where(rows.labels == 1, 0.9, 0.1), (rows.labels == 1).any(axis=1), np.zeros(560, bool))
    found = compare(rows, told, told, NAMES, seed=1, rounds=100, axes=("length",))
    assert {"length 1 to 10", "length 11 to 30"} >= {each.part for each in found}
    assert {"length"} == {each.axis for each in found}
