from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from data.manifest import SourceEntry
from data.rows import Split
from data.snapshot import Snapshot
from moderation.errors import BundleError, ConflictError, InvalidInputError
from registry.bundle import MANIFEST, NGRAM, open_bundle, read_manifest
from registry.catalogue import MlflowCatalogue
from registry.pointers import find_pointer, read_pointer
from registry.scorers import load_model, load_scorer
from tests.training import tiny
from training.handing_in import hand_in
from training.ngram import TrainingError
from training.run import Order, Trained, run_name, train
from training.run_folder import RunFolder
from training.tracking import Tracking

CHECKOUT = Path(__file__).resolve().parents[2]


def now() -> datetime:
    return tiny.NOW


def away() -> Tracking:
    return Tracking(None, lambda _sentence: None)


def order(home: Path, snapshot: Snapshot, **changes: object) -> Order:
    extra = {name: changes.pop(name) for name in ("warm", "resume") if name in changes}
    return Order(tiny.settings(**changes), snapshot, tiny.TAXONOMY, home, **extra)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def snapshot(home: Path) -> Snapshot:
    return tiny.snapshot(home)


@pytest.fixture(scope="module")
def trained(home: Path, snapshot: Snapshot) -> Trained:
    return train(order(home, snapshot), away(), now=now)


def test_a_trained_bundle_opens_answers_and_is_named_by_its_config(trained: Trained, home: Path) -> None:
    scorer = load_model("chaffinch@tiny", tiny.TAXONOMY, home=home)
    assert trained.hash[:12] == scorer.version
    assert trained.evaluation.macro_f1 is not None
    assert trained.evaluation.macro_f1 > 0.95


def test_the_manifest_tells_what_the_bundle_was_made_from(trained: Trained, snapshot: Snapshot) -> None:
    manifest = read_manifest(trained.bundle)
    assert snapshot.hash == manifest.snapshot
    assert [("tiny", "Apache-2.0", True)] == [(s.name, s.licence, s.permits_release) for s in manifest.sources]
    assert set(tiny.NAMES) == set(manifest.prior)
    assert {"metrics.json", "reference.json", "README.md"} <= set(manifest.files)
    assert sum(path.stat().st_size for path in trained.bundle.iterdir()) < 20_000_000


def test_the_same_training_is_not_repeated(trained: Trained, home: Path, snapshot: Snapshot) -> None:
    again = train(order(home, snapshot), away(), now=now)
    assert again.reused
    assert (trained.bundle, trained.hash) == (again.bundle, again.hash)


def test_the_same_order_in_another_home_gives_the_same_weights_byte_for_byte(trained: Trained, tmp_path: Path) -> None:
    other = train(order(tmp_path, tiny.snapshot(tmp_path)), away(), now=now)
    assert (trained.bundle / NGRAM).read_bytes() == (other.bundle / NGRAM).read_bytes()
    assert trained.bundle.name == other.bundle.name


def test_cross_fitting_learns_from_both_sides(home: Path, snapshot: Snapshot) -> None:
    told: list[str] = []
    made = train(order(home, snapshot, calibration={"folds": 3}), away(), now=now,
                 progress=lambda stage, _share, _note: told.append(stage))  # fmt: skip
    assert {"learn", "learn fold 1 of 3", "learn fold 3 of 3", "calibrate", "evaluate"} <= set(told)
    assert made.evaluation.macro_f1 is not None
    assert made.evaluation.macro_f1 > 0.95


def test_ctrl_c_leaves_a_checkpoint_and_resume_goes_on_from_it(trained: Trained, tmp_path: Path) -> None:
    snapshot = tiny.snapshot(tmp_path)
    seen: list[float] = []

    def stop(stage: str, share: float, _note: str) -> None:
        if stage == "learn" and share >= 0.6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(order(tmp_path, snapshot), away(), now=now, progress=stop)
    assert not (tmp_path / "bundles").exists()
    resumed = train(order(tmp_path, snapshot, resume=True), away(), now=now,
                    progress=lambda stage, share, _note: seen.append(share) if stage == "learn" else None)  # fmt: skip
    first_step = next(share for share in seen if share > 0)
    assert first_step > 0.4  # ten of twenty-five steps were not made again
    for name in ("macro_f1", "harmful_found", "everyday_blocked"):
        assert trained.evaluation.figures()[name] == pytest.approx(resumed.evaluation.figures()[name], abs=0.01)


def test_without_resume_a_stopped_training_starts_anew(tmp_path: Path) -> None:
    snapshot = tiny.snapshot(tmp_path)
    first = order(tmp_path, snapshot)
    folder = RunFolder(tmp_path / "runs" / run_name(first))
    with folder.locked():
        folder.note(mlflow_run="gone")
    train(first, away(), now=now)
    assert "gone" != folder.state().get("mlflow_run")
    assert 0o700 == stat.S_IMODE(folder.path.stat().st_mode), "what a model reads of texts lies there meanwhile"


def test_a_killed_training_leaves_no_bundle_and_resumes(tmp_path: Path) -> None:
    """A real process, a real SIGINT: the checkpoint is on disk, the lock is free, nothing looks whole."""
    tiny.snapshot(tmp_path)
    script = (
        # A shell that starts jobs in the background lets them ignore SIGINT, and children inherit it.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "import sys, time; from pathlib import Path; from data.snapshot import find\n"
        "from tests.training import tiny; from training.run import Order, train\n"
        "from training.tracking import Tracking\n"
        "home = Path(sys.argv[1]); marker = home / 'half'\n"
        "def told(stage, share, note):\n"
        "    if stage == 'learn' and share > 0.5:\n"
        "        marker.touch(); time.sleep(30)\n"
        "train(Order(tiny.settings(), find('tiny', home / 'snapshots'), tiny.TAXONOMY, home),"
        " Tracking(None, print), now=lambda: tiny.NOW, progress=told)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=CHECKOUT, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "half").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        assert (tmp_path / "half").exists()
        os.kill(process.pid, signal.SIGINT)
        assert 0 != process.wait(timeout=30)
    finally:
        process.kill()
        process.wait(timeout=30)
    assert not (tmp_path / "bundles").exists()
    from data.snapshot import find

    done = train(order(tmp_path, find("tiny", tmp_path / "snapshots"), resume=True), away(), now=now)
    assert (done.bundle / MANIFEST).exists()


def test_the_same_training_twice_at_once_is_refused(tmp_path: Path) -> None:
    asked = order(tmp_path, tiny.snapshot(tmp_path))
    with (
        RunFolder(tmp_path / "runs" / run_name(asked)).locked(),
        pytest.raises(ConflictError, match="under way already"),
    ):
        train(asked, away(), now=now)


def test_a_warm_start_is_told_in_the_manifest_and_is_another_run(
    trained: Trained, home: Path, snapshot: Snapshot
) -> None:
    warm = train(order(home, snapshot, warm=trained.bundle), away(), now=now)
    assert trained.hash == read_manifest(warm.bundle).warm_from
    assert trained.bundle != warm.bundle


def test_a_warm_start_has_learnt_what_the_model_before_it_learnt(trained: Trained, home: Path) -> None:
    before = read_manifest(trained.bundle)
    sides = {Split.TRAIN: tiny.rows(90, seed=11), Split.VALIDATION: tiny.rows(60, seed=12)}
    second = tiny.snapshot(home, sides)
    closed = SourceEntry(name="closed", licence="", permits_release=False, rows=150, weight=1.0)
    renamed = Snapshot(second.path, second.manifest.model_copy(update={"sources": (closed,)}))
    told = read_manifest(train(order(home, renamed, warm=trained.bundle), away(), now=now).bundle)
    assert ["closed", "tiny"] == [each.name for each in told.sources]
    assert [(before.snapshot_name, before.snapshot)] == [(each.name, each.hash) for each in told.earlier]


def of_words_without(home: Path, label: str) -> Snapshot:
    """A data set of which no training row carries the label."""
    rows = [row for row in tiny.rows(280) if row.kind != label]
    sides = {Split.TRAIN: rows, Split.VALIDATION: tiny.rows(84, seed=1), Split.TEST: tiny.rows(140, seed=2)}
    return tiny.snapshot(home, sides)


def test_a_label_that_no_training_row_carries_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r'says hate: .* without = \["hate"\]'):
        train(order(tmp_path, of_words_without(tmp_path, "hate")), away(), now=now)
    assert not (tmp_path / "bundles").exists()


def test_a_config_may_do_without_a_label_by_which_nothing_is_then_decided(tmp_path: Path) -> None:
    made = train(order(tmp_path, of_words_without(tmp_path, "hate"), without=("hate",)), away(), now=now)
    held = open_bundle(made.bundle, tiny.TAXONOMY)
    assert ("hate",) == held.manifest.lacks
    assert (1.0, 1.0) == (held.thresholds["hate"].review, held.thresholds["hate"].block)
    assert "trained without hate" in (made.bundle / "README.md").read_text()
    with pytest.raises(TrainingError, match="without names 'weather', which is no label"):
        train(order(tmp_path, held_out(tmp_path), without=("weather",)), away(), now=now)


def held_out(home: Path) -> Snapshot:
    return tiny.named(home, "whole", {Split.TRAIN: tiny.rows(280), Split.VALIDATION: tiny.rows(84, seed=1)})


def test_that_a_model_is_for_release_follows_a_warm_start(tmp_path: Path) -> None:
    snapshot = tiny.snapshot(tmp_path)
    first = train(order(tmp_path, snapshot, release=True), away(), now=now)
    assert read_manifest(first.bundle).is_released
    warm = train(order(tmp_path, snapshot, warm=first.bundle), away(), now=now)
    assert read_manifest(warm.bundle).is_released
    assert not read_manifest(train(order(tmp_path, snapshot), away(), now=now).bundle).is_released


def test_settings_that_say_nothing_of_release_name_the_runs_they_named_before() -> None:
    assert tiny.settings().digest == tiny.settings(release=False, without=()).digest
    assert tiny.settings().digest != tiny.settings(release=True).digest


def test_a_warm_start_from_a_tampered_bundle_is_refused(trained: Trained, tmp_path: Path) -> None:
    copy = tmp_path / "bundle"
    copy.mkdir()
    for path in trained.bundle.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    (copy / NGRAM).write_bytes(b"other weights")
    with pytest.raises(BundleError, match="was changed after training"):
        train(order(tmp_path, tiny.snapshot(tmp_path), warm=copy), away(), now=now)


def test_a_snapshot_of_other_labels_is_refused(snapshot: Snapshot, tmp_path: Path) -> None:
    other = Snapshot(snapshot.path, snapshot.manifest.model_copy(update={"labels": ("rude",)}))
    with pytest.raises(InvalidInputError, match="other labels"):
        train(order(tmp_path, other), away(), now=now)


def test_a_snapshot_without_validation_still_trains(tmp_path: Path) -> None:
    sides = {Split.TRAIN: tiny.rows(140), Split.VALIDATION: [], Split.TEST: tiny.rows(70, seed=2)}
    made = train(order(tmp_path, tiny.snapshot(tmp_path, sides)), away(), now=now)
    assert all(each["block"] >= 0.5 for each in made.evaluation.thresholds.values())


class Unreachable(MlflowCatalogue):
    """An MLflow server that answers until it has been asked `answers` times."""

    def __init__(self, real: MlflowCatalogue, answers: int) -> None:
        super().__init__(real.uri, home=real.home)
        self.answers = answers

    def reached(self) -> object:  # type: ignore[override]
        from moderation.errors import PartUnavailableError

        if self.answers <= 0:
            raise PartUnavailableError("mlflow", "MLflow does not answer; is it running?")
        self.answers -= 1
        return super().reached()


@pytest.fixture(scope="module")
def catalogue(home: Path) -> MlflowCatalogue:
    return MlflowCatalogue(f"sqlite:///{home / 'mlflow.db'}", home=home)


pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::FutureWarning"
)


def test_the_run_its_figures_and_the_version_stand_in_mlflow(
    trained: Trained, home: Path, snapshot: Snapshot, catalogue: MlflowCatalogue
) -> None:
    made = train(order(home, snapshot, seed=5), Tracking(catalogue, pytest.fail), now=now)
    assert made.version is not None
    assert made.version == catalogue.alias("tiny") == read_pointer(home / "registry", "chaffinch", "tiny").version
    run = read_manifest(made.bundle).mlflow_run
    with catalogue.reached() as client:
        held = client.get_run(run)
        files = {item.path for item in client.list_artifacts(run, "report")}
    assert made.evaluation.macro_f1 == pytest.approx(held.data.metrics["macro_f1"])
    assert "12" == held.data.params["features.bits"]
    assert snapshot.hash == held.data.tags["data_hash"]
    assert "FINISHED" == held.info.status
    assert {"report/report.html"} <= files
    assert "report/plots" in files


def test_the_curve_of_the_n_grams_stands_in_mlflow_step_by_step(
    home: Path, snapshot: Snapshot, catalogue: MlflowCatalogue
) -> None:
    made = train(order(home, snapshot, seed=5), Tracking(catalogue, pytest.fail), now=now)
    run = read_manifest(made.bundle).mlflow_run
    assert run is not None
    curves = catalogue.curves(run)
    assert {"loss", "slope"} == set(curves), "a figure told once is no curve"
    assert list(range(1, len(curves["loss"]) + 1)) == [step for step, _ in curves["loss"]]
    losses = [loss for _, loss in curves["loss"]]
    assert losses[-1] < losses[0] / 2


def test_a_server_that_goes_away_in_mid_run_costs_a_warning_and_no_bundle(
    home: Path, snapshot: Snapshot, catalogue: MlflowCatalogue
) -> None:
    warned: list[str] = []
    made = train(order(home, snapshot, seed=6), Tracking(Unreachable(catalogue, 1), warned.append), now=now)
    assert made.version is None
    assert 1 == len(warned)
    assert "chaffinch register" in warned[0]
    load_scorer(made.bundle, tiny.TAXONOMY)
    version = hand_in(made.bundle, "tiny", home, Tracking(catalogue, pytest.fail))
    assert version is not None
    assert made.hash == read_pointer(home / "registry", "chaffinch", version).hash
    with catalogue.reached() as client:
        (run,) = {
            found.run_id
            for found in client.search_model_versions("name = 'chaffinch'")
            if str(found.version) == version
        }
        held, files = client.get_run(run), {item.path for item in client.list_artifacts(run, "report")}
    assert made.evaluation.macro_f1 == pytest.approx(held.data.metrics["macro_f1"])
    assert {"report/report.html", "report/plots"} <= files
    assert "FINISHED" == held.info.status
    assert version == hand_in(made.bundle, "tiny", home, Tracking(catalogue, pytest.fail))  # the same bundle, once


@pytest.mark.parametrize(
    ("status", "error", "seed"), [("FAILED", ZeroDivisionError, 7), ("KILLED", KeyboardInterrupt, 8)]
)
def test_a_run_that_ends_in_an_error_nobody_foresaw_is_closed_in_mlflow(
    home: Path, snapshot: Snapshot, catalogue: MlflowCatalogue, status: str, error: type[BaseException], seed: int
) -> None:
    def fall(stage: str, _share: float, _note: str) -> None:
        if stage == "calibrate":
            raise error

    asked, tracking = order(home, snapshot, seed=seed), Tracking(catalogue, pytest.fail)
    with pytest.raises(error):
        train(asked, tracking, now=now, progress=fall)
    with catalogue.reached() as client:
        assert status == client.get_run(tracking.run).info.status


def test_a_registered_model_is_loaded_from_code_and_answers(catalogue: MlflowCatalogue, trained: Trained) -> None:
    import mlflow

    with catalogue.reached():
        model = mlflow.pyfunc.load_model("models:/chaffinch@tiny")
        (scores,) = model.predict([tiny.WORDS["gambling"]])
    assert "gambling" == max(scores, key=scores.get)


def test_an_alias_that_is_not_set_is_none(catalogue: MlflowCatalogue) -> None:
    assert catalogue.alias("nobody") is None


def test_no_champion_comes_of_training_alone(trained: Trained, home: Path) -> None:
    assert find_pointer(home / "registry", "chaffinch", "champion") is None
    assert not (trained.bundle / "gate.json").exists()
    assert json.loads((trained.bundle / MANIFEST).read_bytes())["tiers"] == ["fast"]
    assert open_bundle(trained.bundle, tiny.TAXONOMY).hash == trained.hash
