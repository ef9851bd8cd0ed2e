"""What a config may ask of the encoder's learning beyond its labels: pairs and kinds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.snapshot import Snapshot
from registry.bundle import open_bundle
from tests.training import tiny
from tests.training.with_encoder.runs import how, order, run
from training.order import Order
from training.run import Trained, run_name

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
ALL = {"contrast": 0.5, "kinds": 10, "frozen_layers": 1}
COPIES = {"disguises": {"share": 1.0}}


def asked(home: Path, base: Path, snapshot: Snapshot, *, folds: int = 0, **extra: object) -> Order:
    settings = tiny.settings(encoder=how(base, **ALL, folds=folds), calibration={"folds": folds}, **COPIES)
    return Order(settings, snapshot, tiny.TAXONOMY, home, **extra)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def optional(home: Path, base: Path, snapshot: Snapshot) -> Trained:
    return run(asked(home, base, snapshot))


def told(trained: Trained) -> dict[str, object]:
    return dict(json.loads((trained.bundle / "metrics.json").read_bytes())["encoder"])


def test_metrics_tell_which_kinds(optional: Trained) -> None:
    assert {"talk", *tiny.NAMES} == set(told(optional)["kinds"])  # type: ignore[call-overload]


def test_a_plain_training_tells_of_none(trained: Trained) -> None:
    assert not {"kinds"} & set(told(trained))


def test_nothing_exported_tells_kinds(optional: Trained, home: Path) -> None:
    second = open_bundle(optional.bundle, tiny.TAXONOMY).second
    assert second is not None
    assert len(tiny.NAMES) + 1 == second.encoder.about.columns


def test_a_warm_start_goes_on_with_the_labels_alone(optional: Trained, home: Path, base: Path) -> None:
    grown = tiny.snapshot(home / "grown")
    warm = run(asked(home, base, grown, warm=optional.bundle))
    assert not {"kinds"} & set(told(warm))
    assert optional.evaluation.macro_f1 == pytest.approx(warm.evaluation.macro_f1, abs=0.1)


def test_folds_are_asked_for_labels_alone(home: Path, base: Path, snapshot: Snapshot) -> None:
    made = run(asked(home, base, snapshot, folds=2))
    assert made.evaluation.macro_f1 is not None
    assert made.evaluation.macro_f1 > 0.9


def test_pairs_need_copies() -> None:
    with pytest.raises(ValueError, match=r"encoder\.contrast needs disguises\.share"):
        tiny.settings(encoder={"contrast": 0.1})


def test_options_that_are_off_leave_a_training_its_name(home: Path, base: Path, snapshot: Snapshot) -> None:
    plain = run_name(order(home, snapshot, how(base)))
    assert plain == run_name(order(home, snapshot, how(base, contrast=0.0, kinds=0)))
    assert plain != run_name(order(home, snapshot, how(base, kinds=5)))
