"""The encoder in the loop, on a tiny one: trained, bundled, answered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.snapshot import Snapshot
from moderation.normaliser import normalise
from registry.bundle import CARD, bundle_hash, open_bundle, read_manifest
from registry.cascade import CascadeScorer
from registry.encoder import ENCODER, TOKENIZER
from registry.names import resolve
from registry.scorers import load_model
from tests.training import tiny
from tests.training.with_encoder.runs import SECOND_TIER, how, order, run
from training import earlier_encoder
from training.order import Order
from training.run import Trained, run_name

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


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
    assert 0.02 >= told["encoder"]["moved"] > 0
    assert 0.02 >= told["encoder"]["moved_calibrated"] > 0
    assert 0.02 >= told["encoder"]["moved_served"] > 0
    assert (84, 84) == (told["encoder"]["moved_on"], told["encoder"]["moved_served_on"])
    assert (0, 18, 0) == tuple(told["encoder"][name] for name in ("half", "trained_matrices", "frozen_matrices"))
    assert told["cascade"]["macro_f1"] >= told["cascade"]["macro_f1_of_both"] - 0.003


def test_the_card_tells_the_size_of_the_whole_bundle_and_of_the_encoder(trained: Trained) -> None:
    manifest = read_manifest(trained.bundle)
    whole, encoder = (
        sum((trained.bundle / name).stat().st_size for name in names) / 1e6
        for names in (set(manifest.files) - {CARD}, (ENCODER, TOKENIZER))
    )
    told = (trained.bundle / CARD).read_text(encoding="utf-8")
    assert f"* size {whole:.1f} MB, the encoder's {encoder:.1f} MB among them\n" in told


def test_the_card_tells_what_quantising_moved_and_on_how_many_comments(trained: Trained) -> None:
    moved = json.loads((trained.bundle / "metrics.json").read_bytes())["encoder"]
    told = (trained.bundle / CARD).read_text(encoding="utf-8")
    assert (
        f"* quantised, the encoder moves a score by at most {moved['moved_calibrated']:.3f} on 84 validation comments, "
        f"and one of both tiers by {moved['moved_served']:.3f} on 84 of them\n* made " in told
    )


def test_progress_names_the_stages_and_the_time_left(trained: Trained, told: list[tuple[str, str]]) -> None:
    stages = [stage for stage, _ in told]
    for stage in ("learn", "encoder: learn", "encoder: validate", "encoder: export", "cascade", "evaluate"):
        assert stage in stages
    assert any("rows/s" in note and note.endswith(" left") for stage, note in told if stage == "encoder: learn")


def test_what_a_warm_start_needs_stays_and_nothing_else(trained: Trained, home: Path) -> None:
    folder = home / "runs" / trained.bundle.name / "encoder"
    kept = {"encoder.best.pt", earlier_encoder.VOCABULARY, earlier_encoder.KNOWN}
    assert kept == {path.name for path in folder.iterdir()}


def test_cross_fitted_n_grams_and_an_encoder_meet_on_the_validation_rows(
    home: Path, base: Path, snapshot: Snapshot
) -> None:
    settings = tiny.settings(encoder=how(base, max_rows=100, validation_rows=40), calibration={"folds": 2})
    made = run(Order(settings, snapshot, tiny.TAXONOMY, home))
    told = json.loads((made.bundle / "metrics.json").read_bytes())
    assert 100 == told["encoder"]["rows"]
    assert len(snapshot.split("validation")) >= told["thresholds"]["everyday_rows"]


def test_the_same_training_is_found_again(trained: Trained, home: Path, base: Path, snapshot: Snapshot) -> None:
    again = run(order(home, snapshot, how(base)))
    assert again.reused
    assert bundle_hash(trained.bundle) == again.hash
    assert trained.bundle.name == run_name(order(home, snapshot, how(base, threads=2)))
    assert trained.evaluation == again.evaluation
    assert resolve("chaffinch@tiny", home=home) is not None
