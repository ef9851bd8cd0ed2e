from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from chaffinch.commands import models
from data.folds import Folding, fold_snapshots
from data.rows import Split
from data.snapshot import Snapshot
from eval.evaluation import answer_texts
from eval.metrics import figures, macro_f1, questions
from eval.thresholds import as_arrays, flagged
from moderation.errors import GateRefusedError
from registry.scorers import load_model
from tests.training import tiny
from training.cross_validation import CrossValidated, cross_validate, fold_orders
from training.order import Order

FOLDS = 3
CONFIG = """
name = "small"
data = "base"
[features]
orders = [1, 2]
bits = 12
[learning]
max_iterations = 15
"""


def now() -> datetime:
    return tiny.NOW


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`asked` is held out in turn of `base`, which learns from it and from more."""
    folder = tmp_path_factory.mktemp("cross")
    own = [replace(row, source="asked", id=f"asked-{row.id}") for row in tiny.rows(120)]
    tiny.named(folder, "asked", {Split.TRAIN: own[:80], Split.VALIDATION: own[80:100], Split.TEST: own[100:]})
    tiny.named(folder, "base", {Split.TRAIN: tiny.rows(200, seed=1) + own[:80],
                           Split.VALIDATION: tiny.rows(60, seed=2) + own[80:100]})  # fmt: skip
    (folder / "small.toml").write_text(CONFIG)
    return folder


@pytest.fixture(scope="module")
def orders(home: Path) -> list[Order]:
    folding = Folding(Snapshot.open(next((home / "snapshots").glob("base-*"))),
                      Snapshot.open(next((home / "snapshots").glob("asked-*"))), FOLDS)  # fmt: skip
    made = fold_snapshots(folding, home / "snapshots", now=tiny.NOW)
    chosen = tiny.settings(name="small", data="base")
    return fold_orders(made, Order(chosen, folding.base, tiny.TAXONOMY, home))


@pytest.fixture(scope="module")
def found(orders: list[Order]) -> CrossValidated:
    return cross_validate(orders, now=now)


def test_figures_are_those_of_all_folds_answers_together(
    found: CrossValidated, orders: list[Order], home: Path
) -> None:
    truth, scores, stopped = [], [], 0
    for order in orders:
        scorer, rows = (
            load_model(f"chaffinch@{order.settings.name}", tiny.TAXONOMY, home=home),
            order.snapshot.split("test"),
        )
        said = answer_texts(scorer, rows.texts).scores
        bad = (rows.labels == 1).any(axis=1)
        stopped += int(flagged(said, as_arrays(scorer.thresholds, tiny.NAMES)[1])[bad].sum())
        truth += rows.labels.tolist()
        scores += said.tolist()
    labels = np.array(truth, dtype=np.int8)
    asked = questions(labels, np.zeros_like(labels), np.array(scores), tiny.NAMES)
    by_label = [figures(each) for each in asked]
    assert 120 == found.rows == sum(each.rows for each in found.folds)
    assert by_label == found.labels
    assert macro_f1(by_label, tiny.NAMES) == found.macro_f1
    assert (stopped, 60) == (found.blocked.hits, found.blocked.rows)
    assert found.macro_f1 is not None
    assert found.macro_f1 > 0.9


def test_run_again_it_trains_nothing(found: CrossValidated, orders: list[Order]) -> None:
    stages: list[str] = []
    again = cross_validate(orders, now=now, progress=lambda stage, _share, _note: stages.append(stage))
    assert found == again
    assert {"1/3 ask", "2/3 ask", "3/3 ask"} == set(stages)


def test_no_model_of_a_fold_takes_the_recipes_alias(found: CrossValidated, home: Path) -> None:
    names = {path.stem for path in (home / "registry" / "chaffinch").glob("base-fold-*.json")}
    assert {"base-fold-1-of-3", "base-fold-2-of-3", "base-fold-3-of-3"} == names
    assert not (home / "registry" / "chaffinch" / "small.json").exists()


def test_the_command_tells_each_fold_and_the_whole(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAFFINCH_HOME", str(home))
    app = typer.Typer()
    models.add_to(app)
    words = ["cross-validate", str(home / "small.toml"), "asked", "--folds", "2"]
    shown = CliRunner().invoke(app, words, catch_exceptions=False).output
    told = json.loads(CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False).stdout)
    assert 2 == len(told["folds"])
    assert 120 == told["rows"]
    assert f"macro-F1 by label at 0.5: {told['macro_f1']:.3f}" in shown
    assert all(each["hash"] for each in told["folds"])


def test_a_model_that_knows_the_rows_is_no_start(
    found: CrossValidated, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAFFINCH_HOME", str(home))
    app = typer.Typer()
    models.add_to(app)
    knows = ["cross-validate", str(home / "small.toml"), "asked", "--warm", "chaffinch@base-fold-1-of-3"]
    with pytest.raises(GateRefusedError, match="learnt from asked"):
        CliRunner().invoke(app, knows, catch_exceptions=False)
