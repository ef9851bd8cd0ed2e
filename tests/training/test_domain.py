"""A config that names its domain: held-out rows of other sources neither calibrate nor choose weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.rows import Rows
from tests.training import tiny
from tests.training.test_calibration import held_out
from training.calibration import HeldOut, in_domain
from training.cascading import calibrated
from training.encoder_rows import to_look_at
from training.ngram import TrainingError
from training.order import Order
from training.run import train
from training.tracking import Tracking

OWN, OTHER = "ours", "theirs"


def rows(count: int = 400) -> Rows:
    """Every fourth row is our own."""
    held = tiny.columns(count)
    return replace(held, sources=[OTHER if at % 4 else OWN for at in range(count)])


def mixed() -> tuple[Rows, np.ndarray]:
    """Rows whose raw logits mean one thing in our own set and the opposite everywhere else."""
    held, told = rows(), held_out(400)
    raw = np.where(np.array([source == OWN for source in held.sources])[:, None], told.raw, -told.raw)
    return replace(held, labels=told.labels, union=told.union), raw


def test_rows_of_other_sources_do_not_calibrate() -> None:
    held, raw = mixed()
    settings = tiny.settings(domain=[OWN])
    own = in_domain(held, settings)
    assert own is not None
    fitted = calibrated(HeldOut.of(raw, held, settings), tiny.NAMES, settings)
    alone = calibrated(HeldOut.of(raw[own], held.take(own), tiny.settings()), tiny.NAMES, settings)
    for name, label in fitted.calibration.labels.items():
        assert label.slope == pytest.approx(alone.calibration.labels[name].slope, rel=0.01)
        assert label.rows == own.sum()
    unled = calibrated(HeldOut.of(raw, held, tiny.settings()), tiny.NAMES, settings).calibration.labels
    assert max(each.slope for each in unled.values()) < min(each.slope for each in fitted.calibration.labels.values())


def test_weights_are_chosen_by_our_own_rows_as_many_as_may_be_looked_at() -> None:
    own = to_look_at(rows(), tiny.settings(domain=[OWN]))
    assert own is not None
    assert list(range(0, 400, 4)) == own.tolist()
    some = to_look_at(rows(), tiny.settings(domain=[OWN], encoder={"validation_rows": 30}))
    assert some is not None
    assert (30, set()) == (len(some), set(some.tolist()) - set(own.tolist()))
    assert to_look_at(rows(), tiny.settings()) is None


def test_a_domain_that_nothing_held_out_is_of_is_told_before_anything_is_learnt(tmp_path: Path) -> None:
    asked, stages = Order(tiny.settings(domain=["ours", "mine"]), tiny.snapshot(tmp_path), tiny.TAXONOMY, tmp_path), []
    with pytest.raises(TrainingError, match=r"No held-out row is of the domain \(ours, mine\); .* holds out: tiny\."):
        train(asked, Tracking(None, pytest.fail), now=lambda: tiny.NOW, progress=lambda *told: stages.append(told[0]))
    assert ["read"] == stages
