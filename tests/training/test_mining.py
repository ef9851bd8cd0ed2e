"""Of real harmless comments those that look like harm are drawn more often, and how many are drawn stays."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.rows import Row, Rows, Split
from tests.training import tiny
from training.batches import drawn
from training.encoder_rows import drawing_weights, to_learn
from training.fast_tier import make_fast_tier
from training.mining import Mined, mined, mined_of, suspicion
from training.order import Learner, Order, Sides
from training.run_folder import RunFolder
from training.tracking import Tracking

NONE_KNOWN = np.zeros(0, dtype=np.bool_)


def crowd(count: int = 600) -> list[Row]:
    """Everyday rows of a large source, a few of which have the words of adverts."""
    calm = [tiny.row(at, None, seed=9) for at in range(count)]
    hard = [replace(row, text=row.text[:5] + tiny.WORDS["advertising"] + row.text[5:], kind="hard") for row in calm[:6]]
    return [replace(row, id=f"crowd-{row.id}", source="crowd") for row in (*hard, *calm[6:])]


def learner(home: Path, rows: dict[Split, list[Row]], **changes: object) -> tuple[Learner, Sides]:
    snapshot = tiny.snapshot(home, rows)
    settings = tiny.settings(**changes)
    asked = Learner(
        Order(settings, snapshot, tiny.TAXONOMY, home), RunFolder(home / "run"), Tracking(None, pytest.fail),
        lambda *_: None, pytest.fail, None,
    )  # fmt: skip
    asked.run.path.mkdir()
    return asked, Sides(*(snapshot.split(side) for side in ("train", "validation", "test")))


@pytest.mark.parametrize("folds", [0, 2])
def test_what_looks_like_harm_is_suspected_by_models_that_never_saw_it(tmp_path: Path, folds: int) -> None:
    rows = {
        Split.TRAIN: [*tiny.rows(280), *crowd()],
        Split.VALIDATION: tiny.rows(84, seed=1),
        Split.TEST: tiny.rows(140, seed=2),
    }
    asked, sides = learner(tmp_path, rows, calibration={"folds": folds})
    fast = make_fast_tier(asked, sides)
    found = suspicion(asked, sides.training, fast)
    kinds = np.array(sides.training.kinds)
    assert 0.0 == found[~sides.training.everyday].max()
    assert np.median(found[kinds == "hard"]) > 5 * np.median(found[kinds == "talk"]) > 0
    names = sorted(path.name for path in (tmp_path / "run").glob("fit-mining*"))
    assert (2 if not folds else 0) == len(names), "of folds' own models where there are any"


def _rows(everyday: int, harmful: int, sources: tuple[str, ...] = ("a",)) -> Rows:
    calm = [replace(tiny.row(at, None), source=sources[at % len(sources)]) for at in range(everyday)]
    return Rows.of([*calm, *(tiny.row(at, "fraud", seed=1) for at in range(harmful))], len(tiny.NAMES))


def test_each_source_draws_as_many_everyday_rows_as_before_and_harder_ones() -> None:
    rows = _rows(4000, 400, ("a", "b"))
    weights, suspected = np.ones(len(rows)), np.random.default_rng(3).random(len(rows)) * 0.4
    suspected[:400] = 0.5
    heavier = mined(weights, rows, suspected, 9.0)
    for source in ("a", "b", "tiny"):
        own = np.array(rows.sources) == source
        assert heavier[own].sum() == pytest.approx(weights[own].sum())
    assert heavier[0] == pytest.approx(10 * heavier[3999])
    before, after = (drawn(each, 800, seed=1) for each in (weights, heavier))
    assert (after < 400).sum() > 3 * (before < 400).sum()
    shares = [Counter(np.array(rows.sources)[each])["a"] for each in (before, after)]
    assert abs(shares[0] - shares[1]) < 60


def test_without_suspicion_nothing_moves() -> None:
    rows = _rows(50, 10)
    weights = drawing_weights(rows, tiny.settings())
    assert weights.tolist() == pytest.approx(mined(weights, rows, np.zeros(len(rows)), 20.0).tolist())
    silent = np.zeros(len(rows))
    assert silent.tolist() == mined(silent, rows, np.ones(len(rows)), 20.0).tolist()


def test_what_came_of_it_is_told() -> None:
    rows = _rows(8, 2)
    suspected = np.array([0.8, 0.4, 0, 0, 0, 0, 0, 0, 0.9, 0.9])
    assert Mined(8, 0.15, 2, 0.6) == mined_of(rows, suspected, np.array([0, 1, 9]))
    assert Mined(8, 0.15, 8, 0.15) == mined_of(rows, suspected, None)


def test_rows_are_drawn_by_the_weights_they_are_given() -> None:
    settings = tiny.settings(encoder={"max_rows": 5})
    weights = np.array([0.0] * 20 + [1.0] * 5)
    found = to_learn(weights, NONE_KNOWN, settings)
    assert found is not None
    assert [20, 21, 22, 23, 24] == found.tolist()
