"""The encoder in the loop, on a tiny one: trained, bundled, answered, warmed, stopped, damaged."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from data.rows import Split
from data.snapshot import Snapshot
from moderation.errors import BundleError
from moderation.normaliser import normalise
from registry.bundle import CARD, MANIFEST, bundle_hash, open_bundle, read_manifest
from registry.cascade import CASCADE, CascadeScorer
from registry.encoder import ENCODER, TOKENIZER
from registry.files import sha256
from registry.names import resolve
from registry.scorers import load_model, load_scorer
from registry.second_tier import ENCODER_CALIBRATION
from tests import tiny_encoder
from tests.training import tiny
from training import earlier_encoder
from training.disk import DiskFullError
from training.ngram import TrainingError
from training.order import Order
from training.packaged_encoder import EncoderError
from training.run import Trained, run_name, train
from training.tracking import Tracking

CHECKOUT = Path(__file__).resolve().parents[2]
SECOND_TIER = (ENCODER, TOKENIZER, ENCODER_CALIBRATION, CASCADE)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def how(base: Path, **changes: object) -> dict[str, object]:
    return {"enabled": True, "base": str(base), "length": 24, "epochs": 1, "batch_rows": 16, "learning_rate": 1e-3,
            "head_learning_rate": 1e-3, "bf16": False, "checkpoint_every": 4, "threads": 1, **changes}  # fmt: skip


def order(home: Path, snapshot: Snapshot, encoder: dict[str, object], **extra: object) -> Order:
    return Order(tiny.settings(encoder=encoder), snapshot, tiny.TAXONOMY, home, **extra)  # type: ignore[arg-type]


def run(asked: Order, **extra: object) -> Trained:
    return train(asked, Tracking(None, pytest.fail), now=lambda: tiny.NOW, **extra)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def base(home: Path) -> Path:
    return tiny_encoder.folder(home / "base")


@pytest.fixture(scope="module")
def snapshot(home: Path) -> Snapshot:
    return tiny.snapshot(home)


@pytest.fixture(scope="module")
def told() -> list[tuple[str, str]]:
    return []


@pytest.fixture(scope="module")
def trained(home: Path, base: Path, snapshot: Snapshot, told: list[tuple[str, str]]) -> Trained:
    return run(order(home, snapshot, how(base)), progress=lambda stage, _share, note: told.append((stage, note)))


def test_the_bundle_holds_both_tiers_and_says_which_base(trained: Trained, home: Path) -> None:
    manifest = read_manifest(trained.bundle)
    assert ("fast", "encoder") == manifest.tiers
    assert set(SECOND_TIER) <= set(manifest.files)
    opened = open_bundle(trained.bundle, tiny.TAXONOMY)
    assert opened.second is not None
    assert manifest.base_encoder == opened.second.encoder.about.base


def test_it_answers_as_a_cascade_by_its_name(trained: Trained, home: Path) -> None:
    scorer = load_model("chaffinch@tiny", tiny.TAXONOMY, home=home)
    assert isinstance(scorer, CascadeScorer)
    assert (trained.hash, tiny.NAMES) == (scorer.hash, scorer.labels)
    scored = scorer.score([normalise(word) for word in tiny.WORDS.values()])
    assert len(tiny.WORDS) == len(scored)
    assert {"fast", "encoder"} >= {each.tier for each in scored}
    assert {"encoder"} == {each.tier for each in scorer.always_both().score([normalise("今天")])}


def test_the_evaluation_is_the_cascades(trained: Trained) -> None:
    told = json.loads((trained.bundle / "metrics.json").read_bytes())
    evaluation = trained.evaluation
    assert evaluation.encoder_asked is not None
    assert evaluation.rows == evaluation.encoder_asked.rows
    assert evaluation.macro_f1 is not None
    assert evaluation.macro_f1_of_both == pytest.approx(evaluation.macro_f1, abs=0.005)
    assert {"encoder_asked", "macro_f1_of_both"} <= set(evaluation.figures())
    assert 0.02 >= told["encoder"]["moved"]
    assert told["cascade"]["macro_f1"] >= told["cascade"]["macro_f1_of_both"] - 0.003


def test_the_card_tells_the_size_of_the_whole_bundle_and_of_the_encoder(trained: Trained) -> None:
    manifest = read_manifest(trained.bundle)
    whole, encoder = (
        sum((trained.bundle / name).stat().st_size for name in names) / 1e6
        for names in (set(manifest.files) - {CARD}, (ENCODER, TOKENIZER))
    )
    told = (trained.bundle / CARD).read_text(encoding="utf-8")
    assert f"* size {whole:.1f} MB, the encoder's {encoder:.1f} MB among them\n" in told


def test_progress_names_the_stages_and_the_time_left(trained: Trained, told: list[tuple[str, str]]) -> None:
    stages = [stage for stage, _ in told]
    for stage in ("learn", "encoder: learn", "encoder: validate", "encoder: export", "cascade", "evaluate"):
        assert stage in stages
    assert any("rows/s" in note and note.endswith(" left") for stage, note in told if stage == "encoder: learn")


def test_what_a_warm_start_needs_stays_and_nothing_else(trained: Trained, home: Path) -> None:
    folder = home / "runs" / trained.bundle.name / "encoder"
    kept = {"encoder.best.pt", earlier_encoder.VOCABULARY, earlier_encoder.KNOWN}
    assert kept == {path.name for path in folder.iterdir()}


def test_a_warm_start_keeps_vocabulary_and_weights(
    trained: Trained, home: Path, base: Path, snapshot: Snapshot
) -> None:
    still = how(base, learning_rate=1e-9, head_learning_rate=1e-9)
    warm = run(order(home, snapshot, still, warm=trained.bundle), warn=pytest.fail)
    assert (trained.bundle / TOKENIZER).read_bytes() == (warm.bundle / TOKENIZER).read_bytes()
    assert json.loads((warm.bundle / "metrics.json").read_bytes())["encoder"]["warm"]
    texts = list(tiny.WORDS.values())
    ours, theirs = (
        open_bundle(each.bundle, tiny.TAXONOMY).second.encoder.logits(texts)  # type: ignore[union-attr]
        for each in (warm, trained)
    )
    np.testing.assert_allclose(theirs, ours, atol=0.05)


def test_a_warm_start_whose_run_is_gone_begins_at_the_base_and_says_so(
    trained: Trained, base: Path, snapshot: Snapshot, tmp_path: Path
) -> None:
    warned: list[str] = []
    made = run(order(tmp_path, snapshot, how(base), warm=trained.bundle), warn=warned.append)
    assert ["no longer has the encoder's weights"] == [each[each.index("no longer") :][:35] for each in warned]
    assert not json.loads((made.bundle / "metrics.json").read_bytes())["encoder"]["warm"]
    assert trained.hash == read_manifest(made.bundle).warm_from


def test_a_warm_start_from_a_model_without_encoder_begins_at_the_base_and_says_so(
    home: Path, base: Path, snapshot: Snapshot
) -> None:
    warned: list[str] = []
    fast = run(Order(tiny.settings(), snapshot, tiny.TAXONOMY, home))
    run(order(home, snapshot, how(base), warm=fast.bundle), warn=warned.append)
    assert 1 == len(warned)
    assert "has no encoder" in warned[0]


def test_cross_fitted_n_grams_and_an_encoder_meet_on_the_validation_rows(
    home: Path, base: Path, snapshot: Snapshot
) -> None:
    settings = tiny.settings(encoder=how(base, max_rows=100, validation_rows=40), calibration={"folds": 2})
    made = run(Order(settings, snapshot, tiny.TAXONOMY, home))
    told = json.loads((made.bundle / "metrics.json").read_bytes())
    assert 100 == told["encoder"]["rows"]
    assert len(snapshot.split("validation")) >= told["thresholds"]["everyday_rows"]


def test_a_warm_start_learns_what_is_new_and_replays_some_of_the_rest(base: Path, tmp_path: Path) -> None:
    first = run(order(tmp_path, tiny.snapshot(tmp_path), how(base)))
    grown = {side: tiny.rows(count, seed=seed) for side, count, seed in GROWN} | {
        Split.TRAIN: [*tiny.rows(279), dataclasses.replace(tiny.row(279, None), labels=(1,) * 7, everyday=False),
                      *tiny.rows(15, seed=7)]
    }  # fmt: skip
    asked = order(tmp_path, tiny.snapshot(tmp_path, grown), how(base, replay=60), warm=first.bundle)
    told = json.loads((run(asked, warn=pytest.fail).bundle / "metrics.json").read_bytes())
    assert 60 + 1 + 15 == told["encoder"]["rows"]


def test_a_base_too_large_for_its_limit_is_refused_before_anything_is_trained(
    base: Path, snapshot: Snapshot, tmp_path: Path
) -> None:
    stages: list[str] = []
    with pytest.raises(EncoderError, match=r"encoder\.megabytes allows 0: raise it"):
        run(
            order(tmp_path, snapshot, how(base, megabytes=0.01)),
            progress=lambda stage, _share, _note: stages.append(stage),
        )
    assert {"encoder: base"} == set(stages)


GROWN = ((Split.VALIDATION, 84, 1), (Split.TEST, 140, 2))
FOLDED = {"folds": 2, "frozen_layers": 1}


def folded(
    home: Path, base: Path, snapshot: Snapshot, *, max_rows: int | None = 200, asked_rows: int | None = None,
    **extra: object,
) -> Order:  # fmt: skip
    encoder = how(base, **FOLDED, max_rows=max_rows, asked_rows=asked_rows)
    settings = tiny.settings(encoder=encoder, calibration={"folds": 2})
    return Order(settings, snapshot, tiny.TAXONOMY, home, **extra)  # type: ignore[arg-type]


def test_folds_judge_as_many_rows_as_may_be_learnt_from_and_the_validation_rows(
    base: Path, snapshot: Snapshot, tmp_path: Path
) -> None:
    every = {side: int(snapshot.split(side).everyday.sum()) for side in ("train", "validation")}
    proved = {}
    for limit in (100, None):
        made = run(folded(tmp_path / str(limit), base, snapshot, max_rows=limit))
        proved[limit] = json.loads((made.bundle / "metrics.json").read_bytes())["thresholds"]["everyday_rows"]
    assert proved[None] == sum(every.values())
    assert every["validation"] < proved[100] < every["validation"] + 100
    made = run(folded(tmp_path / "asked", base, snapshot, max_rows=100, asked_rows=len(snapshot.split("train"))))
    told = json.loads((made.bundle / "metrics.json").read_bytes())
    assert (100, sum(every.values())) == (told["encoder"]["rows"], told["thresholds"]["everyday_rows"])


def test_folds_are_of_encoders_that_read_nothing_anew(
    home: Path, base: Path, snapshot: Snapshot, tmp_path: Path
) -> None:
    stages: list[str] = []
    made = run(
        folded(tmp_path, base, snapshot), progress=lambda stage, share, _note: stages.append(f"{stage} {share:.1f}")
    )
    assert {"encoder: fold 1 of 2: learn 1.0", "encoder: fold 2 of 2: learn 1.0"} <= set(stages)
    assert ["encoder: fold 1 of 2: read 1.0"] == [
        each for each in stages if each.startswith("encoder: fold 1 of 2: read")
    ]
    kept = {path.relative_to(tmp_path / "runs" / made.bundle.name / "encoder").as_posix()
            for path in (tmp_path / "runs" / made.bundle.name / "encoder").rglob("*") if path.is_file()}  # fmt: skip
    best = "encoder.best.pt"
    assert {best, f"fold-1/{best}", f"fold-2/{best}", earlier_encoder.VOCABULARY, earlier_encoder.KNOWN} == kept


def test_folds_start_warm_from_the_same_folds(base: Path, snapshot: Snapshot, tmp_path: Path) -> None:
    first = run(folded(tmp_path, base, snapshot))
    warm = run(folded(tmp_path, base, snapshot, warm=first.bundle), warn=pytest.fail)
    assert json.loads((warm.bundle / "metrics.json").read_bytes())["encoder"]["warm"]
    shutil.rmtree(tmp_path / "runs" / first.bundle.name / "encoder" / "fold-2")
    shutil.rmtree(warm.bundle)
    warned: list[str] = []
    run(folded(tmp_path, base, snapshot, warm=first.bundle), warn=warned.append)
    assert ["no weights of fold 2"] == [each[each.index("no weights") :][:20] for each in warned]


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


class Stopped(KeyboardInterrupt):
    pass


def stop_at(stage: str, share: float) -> Callable[[str, float, str], None]:
    def heard(now: str, at: float, _note: str) -> None:
        if now == stage and at >= share:
            raise Stopped

    return heard


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


def test_a_process_killed_in_mid_epoch_goes_on(trained: Trained, base: Path, tmp_path: Path) -> None:
    """A real process and SIGKILL: nobody had time to tidy up."""
    snapshot = tiny.snapshot(tmp_path)
    script = (
        "import sys, time; from pathlib import Path; from tests.training import test_run_with_encoder as own\n"
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


def test_a_loss_that_is_no_number_is_told_and_leaves_no_bundle(snapshot: Snapshot, tmp_path: Path) -> None:
    broken = tiny_encoder.folder(tmp_path / "broken", spoilt=True)
    with pytest.raises(TrainingError, match="no longer a number"):
        run(order(tmp_path, snapshot, how(broken)))
    assert not (tmp_path / "bundles").exists()


def test_a_base_that_is_nowhere_names_all_places(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"no local folder .* no packaged weights .* does not ask for a hub"):
        run(order(tmp_path, snapshot, how(Path("nobody/encoder"))))


def no_tokenizer(base: Path) -> None:
    (base / TOKENIZER).write_text('{"model": {"type": "Unigram", "vocab": "none"}, "added_tokens": []}')


def no_weights(base: Path) -> None:
    (base / "model.safetensors").write_bytes(b"")


@pytest.mark.parametrize(
    ("spoil", "changes", "said"),
    [
        (None, {"length": 96}, "reads at most 64 pieces; encoder.length is 96: lower it to 64"),
        (None, {"frozen_layers": 3}, "leaves nothing to train"),
        (no_weights, {}, "cannot be loaded"),
        (no_tokenizer, {}, "json is no tokenizer"),
    ],
)
def test_a_base_that_cannot_be_trained_is_told_before_anything_is(
    snapshot: Snapshot, tmp_path: Path, spoil: Callable[[Path], None] | None, changes: dict[str, object], said: str
) -> None:
    own, stages = tiny_encoder.folder(tmp_path / "base"), list[str]()
    if spoil:
        spoil(own)
    with pytest.raises(EncoderError, match=said):
        run(order(tmp_path, snapshot, how(own, **changes)), progress=lambda stage, _share, _note: stages.append(stage))
    assert {"encoder: base"} == set(stages)


def copied(trained: Trained, folder: Path) -> Path:
    folder.mkdir()
    for path in trained.bundle.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def rehashed(folder: Path, **changes: object) -> Path:
    """Someone who changes files and the manifest with them."""
    manifest = json.loads((folder / MANIFEST).read_bytes())
    manifest |= changes
    manifest["files"] = {name: sha256((folder / name).read_bytes()) for name in manifest["files"]}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return folder


@pytest.mark.parametrize("name", SECOND_TIER)
def test_an_altered_file_is_refused_by_name(trained: Trained, tmp_path: Path, name: str) -> None:
    folder = copied(trained, tmp_path / "b")
    raw = bytearray((folder / name).read_bytes())
    raw[len(raw) // 2] ^= 1
    (folder / name).write_bytes(raw)
    with pytest.raises(BundleError, match=f"{name} was changed after training"):
        load_scorer(folder, tiny.TAXONOMY)


@pytest.mark.parametrize("name", SECOND_TIER)
def test_all_four_files_are_needed(trained: Trained, tmp_path: Path, name: str) -> None:
    folder = copied(trained, tmp_path / "b")
    files = json.loads((folder / MANIFEST).read_bytes())["files"]
    rehashed(folder, files={each: hash_ for each, hash_ in files.items() if each != name})
    with pytest.raises(BundleError, match=f"lists no {name}"):
        load_scorer(folder, tiny.TAXONOMY)


def test_the_vocabulary_of_another_bundle_is_refused(trained: Trained, tmp_path: Path) -> None:
    folder = copied(trained, tmp_path / "b")
    (folder / TOKENIZER).write_bytes(tiny_encoder.tokenizer(tiny_encoder.WORDS[::-1]))
    with pytest.raises(BundleError, match="trimmed for another model"):
        load_scorer(rehashed(folder), tiny.TAXONOMY)


def test_another_base_than_the_manifest_says_is_refused(trained: Trained, tmp_path: Path) -> None:
    folder = rehashed(copied(trained, tmp_path / "b"), base_encoder="0" * 64)
    with pytest.raises(BundleError, match="another base than the manifest says"):
        load_scorer(folder, tiny.TAXONOMY)


@pytest.mark.parametrize("name", [CASCADE, ENCODER_CALIBRATION])
def test_a_label_set_that_changed_is_refused(trained: Trained, tmp_path: Path, name: str) -> None:
    folder = copied(trained, tmp_path / "b")
    told = json.loads((folder / name).read_bytes())
    calibration = told["calibration"] if name == CASCADE else told
    calibration["labels"] = {"spam": {}}
    (folder / name).write_text(json.dumps(told))
    with pytest.raises(BundleError, match="other labels than the manifest"):
        load_scorer(rehashed(folder), tiny.TAXONOMY)


def test_a_bundle_without_the_tier_reads_no_encoders_libraries(trained: Trained, tmp_path: Path, home: Path) -> None:
    """Serving imports neither PyTorch nor transformers, and onnxruntime only for a bundle that has the tier."""
    fast = rehashed(copied(trained, tmp_path / "b"), tiers=["fast"], base_encoder=None)
    script = (
        "import sys; from pathlib import Path; from moderation.taxonomy import load_taxonomy\n"
        "from moderation.normaliser import normalise; from registry.scorers import load_scorer\n"
        "print(load_scorer(Path(sys.argv[1]), load_taxonomy()).score([normalise('hello')])[0].tier,"
        " sorted({'torch', 'transformers', 'onnx', 'scipy', 'onnxruntime', 'tokenizers'} & set(sys.modules)))"
    )
    answers = {
        folder: subprocess.run([sys.executable, "-c", script, str(folder)], cwd=CHECKOUT, capture_output=True,
                               text=True, timeout=60, check=True).stdout.strip()
        for folder in (fast, trained.bundle)
    }  # fmt: skip
    assert "fast []" == answers[fast]
    assert "['onnxruntime', 'tokenizers']" == answers[trained.bundle].partition(" ")[2]


def test_the_same_training_is_found_again(trained: Trained, home: Path, base: Path, snapshot: Snapshot) -> None:
    again = run(order(home, snapshot, how(base)))
    assert again.reused
    assert bundle_hash(trained.bundle) == again.hash
    assert trained.bundle.name == run_name(order(home, snapshot, how(base, threads=2)))
    assert trained.evaluation == again.evaluation
    assert resolve("chaffinch@tiny", home=home) is not None
