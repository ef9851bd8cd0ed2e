"""What a config may ask of the encoder's learning beyond its labels: filling in, pairs, kinds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.snapshot import Snapshot
from registry.bundle import open_bundle
from tests import tiny_encoder
from tests.training import tiny
from tests.training.with_encoder.runs import Stopped, how, order, run, stop_at
from training import adapting, checkpoint
from training.order import Order
from training.run import Trained, run_name

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
ALL = {"adapt_rows": 120, "contrast": 0.5, "kinds": 10, "frozen_layers": 1}
COPIES = {"disguises": {"share": 1.0}}


@pytest.fixture(scope="module")
def masked(home: Path) -> Path:
    return tiny_encoder.folder(home / "masked", masked=True)


def asked(home: Path, base: Path, snapshot: Snapshot, *, folds: int = 0, **extra: object) -> Order:
    settings = tiny.settings(encoder=how(base, **ALL, folds=folds), calibration={"folds": folds}, **COPIES)
    return Order(settings, snapshot, tiny.TAXONOMY, home, **extra)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def optional(home: Path, masked: Path, snapshot: Snapshot) -> Trained:
    return run(asked(home, masked, snapshot))


def told(trained: Trained) -> dict[str, object]:
    return dict(json.loads((trained.bundle / "metrics.json").read_bytes())["encoder"])


def test_metrics_tell_the_masked_loss_before_and_after_and_which_kinds(optional: Trained) -> None:
    adapted = told(optional)["adapted"]
    assert isinstance(adapted, dict)
    assert 120 == adapted["rows"]
    assert 0 < min(adapted["before"], adapted["after"])
    assert {"talk", *tiny.NAMES} == set(told(optional)["kinds"])  # type: ignore[call-overload]


def test_a_plain_training_tells_of_neither(trained: Trained) -> None:
    assert not {"adapted", "kinds"} & set(told(trained))


def test_nothing_exported_tells_kinds(optional: Trained, home: Path) -> None:
    second = open_bundle(optional.bundle, tiny.TAXONOMY).second
    assert second is not None
    assert len(tiny.NAMES) + 1 == second.encoder.about.columns


def test_a_warm_start_builds_on_what_was_filled_in(optional: Trained, home: Path, masked: Path) -> None:
    grown = tiny.snapshot(home / "grown")
    warm = run(asked(home, masked, grown, warm=optional.bundle))
    first, second = (home / "runs" / each.bundle.name / "encoder" / adapting.FOLDER for each in (optional, warm))
    assert (first / checkpoint.BEST).read_bytes() == (second / checkpoint.BEST).read_bytes()
    assert not {"adapted", "kinds"} & set(told(warm))
    assert optional.evaluation.macro_f1 == pytest.approx(warm.evaluation.macro_f1, abs=0.1)


def test_folds_are_asked_for_labels_alone(home: Path, masked: Path, snapshot: Snapshot) -> None:
    made = run(asked(home, masked, snapshot, folds=2))
    assert made.evaluation.macro_f1 is not None
    assert made.evaluation.macro_f1 > 0.9


def test_a_run_stopped_while_it_fills_in_ends_as_the_uninterrupted_one(
    optional: Trained, masked: Path, tmp_path: Path
) -> None:
    snapshot = tiny.snapshot(tmp_path)
    with pytest.raises(Stopped):
        run(asked(tmp_path, masked, snapshot), progress=stop_at("encoder: adapt: learn", 0.5))
    found = run(asked(tmp_path, masked, snapshot, resume=True))
    assert told(optional)["adapted"]["after"] == pytest.approx(told(found)["adapted"]["after"], abs=1e-3)  # type: ignore[index]
    assert optional.evaluation.macro_f1 == pytest.approx(found.evaluation.macro_f1, abs=0.01)


def test_a_base_that_cannot_hide_is_refused_before_anything_is_learnt(
    home: Path, base: Path, snapshot: Snapshot
) -> None:
    stages: list[str] = []
    with pytest.raises(Exception, match="no piece that hides others"):
        run(asked(home, base, snapshot), progress=lambda stage, _share, _note: stages.append(stage))
    assert "learn" not in stages


def test_pairs_need_copies() -> None:
    with pytest.raises(ValueError, match=r"encoder\.contrast needs disguises\.share"):
        tiny.settings(encoder={"contrast": 0.1})


def test_options_that_are_off_leave_a_training_its_name(home: Path, base: Path, snapshot: Snapshot) -> None:
    plain = run_name(order(home, snapshot, how(base)))
    assert plain == run_name(order(home, snapshot, how(base, adapt_rows=0, contrast=0.0, kinds=0)))
    assert plain != run_name(order(home, snapshot, how(base, kinds=5)))
