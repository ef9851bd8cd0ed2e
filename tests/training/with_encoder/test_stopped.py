"""A training stopped, killed, or out of room: what was learnt stays, and the next one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from data.snapshot import Snapshot
from tests import tiny_encoder
from tests.training import tiny
from tests.training.with_encoder.runs import CHECKOUT, Stopped, folded, how, order, run, stop_at
from training.disk import DiskFullError
from training.run import Trained, train
from training.tracking import Tracking

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.mark.parametrize(("stage", "share"), [("encoder: learn", 0.5), ("encoder: export", 0.0)])
def test_a_run_stopped_at_any_stage_ends_as_the_uninterrupted_one(
    trained: Trained, base: Path, tmp_path: Path, stage: str, share: float
) -> None:
    snapshot = tiny.snapshot(tmp_path)
    with pytest.raises(Stopped):
        run(order(tmp_path, snapshot, how(base)), progress=stop_at(stage, share))
    assert not (tmp_path / "bundles").exists()
    steps: list[float] = []
    resumed = run(
        order(tmp_path, snapshot, how(base), resume=True),
        progress=lambda now, at, _note: steps.append(at) if now == "encoder: learn" else None,
    )
    assert steps == [] if stage != "encoder: learn" else steps[0] > 0.2
    for name in ("macro_f1", "harmful_found", "everyday_blocked", "encoder_asked"):
        assert trained.evaluation.figures()[name] == pytest.approx(resumed.evaluation.figures()[name], abs=0.01)


@pytest.mark.proof
def test_a_run_stopped_in_a_fold_ends_as_the_uninterrupted_one(
    home: Path, base: Path, snapshot: Snapshot, tmp_path: Path
) -> None:
    expected = run(folded(home, base, snapshot)).evaluation.figures()
    with pytest.raises(Stopped):
        run(folded(tmp_path, base, snapshot), progress=stop_at("encoder: fold 2 of 2: learn", 0.5))
    stages: list[str] = []
    found = run(
        folded(tmp_path, base, snapshot, resume=True), progress=lambda stage, _share, _note: stages.append(stage)
    )
    assert not {"encoder: learn", "encoder: fold 1 of 2: learn"} & set(stages)
    for name in ("macro_f1", "harmful_found", "everyday_blocked", "encoder_asked"):
        assert expected[name] == pytest.approx(found.evaluation.figures()[name], abs=0.01)


class Told(Tracking):
    """Hears what MLflow would."""

    def __init__(self) -> None:
        super().__init__(None, pytest.fail)
        self.points: list[tuple[str, int]] = []

    def metrics(self, values: Mapping[str, float], *, step: int = 0) -> None:
        self.points += [(name, step) for name in values]


def test_mlflow_hears_the_encoders_curve_before_the_training_ends(base: Path, tmp_path: Path) -> None:
    told, snapshot = Told(), tiny.snapshot(tmp_path)
    with pytest.raises(Stopped):
        train(order(tmp_path, snapshot, how(base)), told, now=lambda: tiny.NOW, progress=stop_at("encoder: learn", 0.9))
    assert [step for name, step in told.points if name == "encoder_loss"]
    assert [step for name, step in told.points if name == "encoder_validation_loss"]


@pytest.mark.proof
def test_a_process_killed_in_mid_epoch_goes_on(trained: Trained, base: Path, tmp_path: Path) -> None:
    """A real process and SIGKILL: nobody had time to tidy up."""
    snapshot = tiny.snapshot(tmp_path)
    script = (
        "import sys, time; from pathlib import Path; from tests.training.with_encoder import runs as own\n"
        "from data.snapshot import find; home, base = Path(sys.argv[1]), Path(sys.argv[2])\n"
        "def told(stage, share, note):\n"
        "    if stage == 'encoder: learn' and share > 0.5:\n"
        "        (home / 'half').touch(); time.sleep(60)\n"
        "own.run(own.order(home, find('tiny', home / 'snapshots'), own.how(base)), progress=told)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path), str(base)], cwd=CHECKOUT)
    try:
        deadline = time.monotonic() + 120
        while not (tmp_path / "half").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert (tmp_path / "half").exists()
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait(timeout=30)
    resumed = run(order(tmp_path, snapshot, how(base), resume=True))
    assert trained.evaluation.macro_f1 == pytest.approx(resumed.evaluation.macro_f1, abs=0.01)


@pytest.mark.proof
def test_a_full_disk_leaves_no_bundle_and_what_was_learnt_stays(
    trained: Trained, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from training import run as module

    snapshot, write = tiny.snapshot(tmp_path), module.write_bundle

    def full(*given: object) -> str:
        with tiny_encoder.full_disk(10_000):
            return write(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "write_bundle", full)
    with pytest.raises(DiskFullError, match="Make room and go on"):
        run(order(tmp_path, snapshot, how(base)))
    assert not list(tmp_path.glob("bundles/*/manifest.json"))
    monkeypatch.setattr(module, "write_bundle", write)
    steps: list[str] = []
    run(order(tmp_path, snapshot, how(base), resume=True), progress=lambda stage, _share, _note: steps.append(stage))
    assert "encoder: learn" not in steps
