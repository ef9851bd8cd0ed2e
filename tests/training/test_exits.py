from __future__ import annotations

import numpy as np
import pytest

from eval.metrics import Scores, figures, macro_f1, questions
from registry.cascade import Exits
from tests.fakes import LABELS
from training.exits import Judged, cascaded, choose_exits


def _rows(*, count: int = 400, blind: int = 0) -> Judged:
    """A tenth is gambling. The fast tier is sure and right, unsure for a fifth, and sure and wrong for `blind` rows."""
    chance = np.random.default_rng(0)
    labels = np.zeros((count, len(LABELS)), dtype=np.int8)
    labels[: count // 10, LABELS.index("gambling")] = 1
    both = np.where(labels == 1, 0.97, 0.004)
    fast = np.where(labels == 1, 0.985, 0.004)
    unsure = chance.random(count) < 0.2
    fast[unsure] = chance.uniform(0.2, 0.8, (int(unsure.sum()), len(LABELS)))
    fast[:blind] = 0.0005
    return Judged(labels, np.zeros_like(labels), fast, both, LABELS)


def test_only_what_the_fast_tier_is_unsure_of_is_asked() -> None:
    rows = _rows()
    chosen = choose_exits(rows)
    assert 0.1 < chosen.asked < 0.3
    assert chosen.macro_f1 == chosen.macro_f1_of_both == 1.0
    assert 0 == chosen.lost


def test_harm_that_only_the_encoder_sees_is_not_given_away() -> None:
    chosen = choose_exits(_rows(blind=8))
    assert (0, 1.0) == (chosen.lost, chosen.asked)
    assert 0.0 == chosen.exits.clean


def test_one_in_two_hundred_may_be_lost_and_no_more() -> None:
    rows = _rows(count=4000, blind=2)
    assert 2 == choose_exits(rows, worse=0.01).lost
    assert 0 == choose_exits(_rows(count=4000, blind=3), worse=0.01).lost


def _noisy(seed: int) -> Judged:
    """8,000 rows, a tenth of them under each label; the encoder is right more often than the fast tier."""
    chance = np.random.default_rng(seed)
    labels = (chance.random((8_000, len(LABELS))) < 0.1).astype(np.int8)
    fast, both = (
        1 / (1 + np.exp(-(np.where(labels == 1, apart, -apart) + chance.normal(0, 2, labels.shape))))
        for apart in (4.0, 5.0)
    )
    return Judged(labels, np.zeros_like(labels), fast, both, LABELS)


def _figure(rows: Judged, scores: Scores) -> float:
    asked = [figures(question) for question in questions(rows.labels, rows.union, scores, rows.names)]
    found = macro_f1(asked, rows.names)
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(5))
def test_on_rows_not_chosen_on_the_cascade_is_within_half_a_point_of_both_tiers(seed: int) -> None:
    chosen, fresh = choose_exits(_noisy(seed)), _noisy(seed + 100)
    reference = _figure(fresh, fresh.both)
    assert chosen.asked < 0.9
    assert 0.02 < reference - _figure(fresh, fresh.fast)
    assert reference == pytest.approx(_figure(fresh, cascaded(fresh, chosen.exits)), abs=0.005)


def test_exits_that_cost_a_part_of_the_rows_are_not_chosen_for_the_whole() -> None:
    rows = _rows(count=4000, blind=2)
    part = np.zeros(4000, dtype=np.bool_)
    part[:200] = True
    assert 1.0 > choose_exits(rows, worse=0.01).asked
    assert (1.0, 0) == (choose_exits(rows, rows.take(part), worse=0.01).asked, 0)
    assert choose_exits(rows, worse=0.01) == choose_exits(rows, rows.take(~part), worse=0.01)


def test_without_rows_everything_is_asked() -> None:
    nothing = np.zeros((0, len(LABELS)))
    none = Judged(nothing.astype(np.int8), nothing.astype(np.int8), nothing, nothing, LABELS)
    assert Exits(clean=0.0, sure=1.0) == choose_exits(none).exits


def test_what_stands_is_the_fast_tiers_score() -> None:
    rows = _rows()
    scores = cascaded(rows, Exits(clean=0.01, sure=0.98))
    stands = Exits(clean=0.01, sure=0.98).stand(rows.fast)
    assert rows.fast[stands].tolist() == scores[stands].tolist()
    assert rows.both[~stands].tolist() == scores[~stands].tolist()
