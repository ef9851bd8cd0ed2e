from __future__ import annotations

import dataclasses
import json
import shutil
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from data.erasing import erase_texts
from data.frozen import Frozen, FrozenError, freeze
from data.rows import Row, Rows, Split
from data.snapshot import Snapshot
from eval.bootstrap import Difference
from eval.compare import Answers, Both, Compared, Part
from eval.exam import ROWS_FILE
from eval.gate_config import Disguises, Exam, Falls, GateConfig, Latency, Leaks, load_gate
from eval.gate_examples import examples
from eval.gate_limits import _checks
from eval.gate_page import render
from eval.gating import GateOrder, run_gate, would_say
from eval.latency import Pace
from eval.metrics import interval
from eval.neutrality import Moved
from moderation.errors import BundleError, ConfigError, ConflictError, GateRefusedError
from moderation.taxonomy import CONFIGS
from registry.bundle import MANIFEST, NGRAM, THRESHOLDS, bundle_hash, read_manifest, write_bundle
from registry.files import json_bytes, sha256
from registry.gate_file import GateFile, Outcome, read_gate
from registry.pointers import Pointer
from registry.promotion import promote
from tests.training import tiny
from training.run import Order, train
from training.tracking import Tracking

DEFAULT = load_gate(CONFIGS / "gates" / "default.toml")
FEW = Disguises(rows=20)
QUICK = DEFAULT.budget.model_copy(
    update={"latency": Latency(times_champion=50, times_normalising=500, comments=9), "unproved": "warn"}
)
GATE = DEFAULT.model_copy(update={"rounds": 100, "disguises": FEW, "budget": QUICK, "exam": ()})
"""A tiny model answers in microseconds, so that the machine's noise is most of the ratio here; and 210 everyday rows
prove no budget of 0.5 %."""

STRICT = GATE.model_copy(update={"budget": QUICK.model_copy(update={"unproved": "no"})})


def now() -> datetime:
    return tiny.NOW


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Snapshot, Path]:
    home = tmp_path_factory.mktemp("home")
    sides = {Split.TRAIN: tiny.rows(280), Split.VALIDATION: tiny.rows(84, seed=1), Split.TEST: tiny.rows(420, seed=2)}
    snapshot = tiny.snapshot(home, sides)
    made = train(Order(tiny.settings(), snapshot, tiny.TAXONOMY, home), Tracking(None, pytest.fail), now=now)
    return home, snapshot, made.bundle


@pytest.fixture
def home(world: tuple[Path, Snapshot, Path], tmp_path: Path) -> Path:
    """A copy of the world, so that no test sees another's champion."""
    shutil.copytree(world[0], tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def good(home: Path, world: tuple[Path, Snapshot, Path]) -> Path:
    return home / "bundles" / world[2].name


def variant(good: Path, name: str, **changes: bytes) -> Path:
    """The same bundle with other files and all its hashes right: a model that is really different."""
    manifest = read_manifest(good).model_copy(update={"run": name})
    files = {each: (good / each).read_bytes() for each in manifest.files}
    write_bundle(
        good.parent / name, manifest, {**files, **{key.replace("_", "."): raw for key, raw in changes.items()}}
    )
    return good.parent / name


def forgetful(good: Path, *labels: str) -> Path:
    """A challenger that never sees some labels."""
    told = json.loads((good / "calibration.json").read_bytes())
    for label in labels:
        told["labels"][label] = {"slope": 1e-6, "offset": -20.0}
    return variant(good, f"forgets-{'-'.join(labels)}", calibration_json=json_bytes(told))


def asked(bundle: Path, home: Path, gate: GateConfig = GATE) -> GateFile:
    return run_gate(GateOrder(bundle, "9", home, tiny.TAXONOMY, gate), now=tiny.NOW)


def crowned(bundle: Path, home: Path) -> Path:
    assert "yes" == asked(bundle, home).verdict
    promote(bundle, registry_root=home / "registry", now=tiny.NOW)
    return bundle


def test_a_first_champion_is_held_against_the_floors(good: Path, home: Path) -> None:
    verdict = asked(good, home)
    assert ("yes", None) == (verdict.verdict, verdict.champion)
    assert {"leaks", "licences", "bundle size in megabytes", "harmful rows not passed"} <= {
        check.name for check in verdict.checks
    }
    assert verdict == read_gate(good)
    assert bundle_hash(good) == verdict.bundle_hash
    assert {"tiny"} == set(verdict.frozen)


def test_the_gates_answer_does_not_change_the_bundle(good: Path, home: Path) -> None:
    before = bundle_hash(good)
    asked(good, home)
    assert before == bundle_hash(good)


def test_a_first_model_below_the_floors_is_told_why_with_examples(good: Path, home: Path) -> None:
    verdict = asked(forgetful(good, *tiny.NAMES), home)
    assert "no" == verdict.verdict
    assert "harmful rows not passed 0, limit 0.25" in verdict.sentence
    assert 1 <= len(verdict.examples) <= 10
    assert all(example.startswith("tiny-2-") for example in verdict.examples)


def test_a_challenger_as_good_as_the_champion_passes(good: Path, home: Path) -> None:
    crowned(good, home)
    verdict = asked(variant(good, "twin"), home)
    assert "yes" == verdict.verdict
    assert verdict.champion is not None
    assert bundle_hash(good) == verdict.champion.hash


def test_a_challenger_that_forgot_a_label_is_refused_by_name(good: Path, home: Path) -> None:
    crowned(good, home)
    challenger = forgetful(good, "abuse")
    verdict = asked(challenger, home)
    assert "no" == verdict.verdict
    assert "f1 abuse" in verdict.sentence
    assert "95 % interval" in verdict.sentence
    assert 1 <= len(verdict.examples) <= 10
    with pytest.raises(GateRefusedError, match="f1 abuse"):
        promote(challenger, registry_root=home / "registry", now=tiny.NOW)


def test_a_model_that_stops_everyday_comments_is_refused(good: Path, home: Path) -> None:
    eager = json_bytes({name: {"review": 0.0, "block": 0.0} for name in tiny.NAMES})
    verdict = asked(variant(good, "eager", thresholds_json=eager), home)
    assert "no" == verdict.verdict
    assert "everyday comments wrongly stopped 1, limit 0.005" in verdict.sentence
    assert "everyday comments sent to people" not in verdict.sentence  # what is stopped is not looked at
    assert THRESHOLDS in read_manifest(good).files


def test_a_model_that_finds_more_by_asking_people_about_everything_is_refused(good: Path, home: Path) -> None:
    crowned(good, home)
    told = json.loads((good / THRESHOLDS).read_bytes())
    curious = json_bytes({name: {**each, "review": 0.0} for name, each in told.items()})
    verdict = asked(variant(good, "curious", thresholds_json=curious), home)
    assert "no" == verdict.verdict
    assert "everyday comments sent to people 1, limit 0.05" in verdict.sentence


def test_the_champion_is_not_held_against_itself(good: Path, home: Path) -> None:
    crowned(good, home)
    with pytest.raises(ConflictError, match="is the champion"):
        asked(good, home)


def test_an_altered_frozen_set_is_an_error_and_no_verdict(good: Path, home: Path) -> None:
    rows = home / "frozen" / "tiny" / "rows.jsonl"
    rows.write_text(rows.read_text().replace('"lang":"zh"', '"lang":"en"'))
    with pytest.raises(FrozenError, match="altered"):
        asked(good, home)
    assert read_gate(good) is None


def refrozen(home: Path, rows: list[Row], name: str = "tiny") -> Frozen:
    """The set of that name with other rows; what lay there is gone."""
    shutil.rmtree(home / "frozen" / name, ignore_errors=True)
    return freeze(rows, name, home / "frozen", labels=tiny.NAMES, snapshot="other", now=tiny.NOW)


TEST_ROWS = tiny.rows(420, seed=2)
EASY = [dataclasses.replace(row, source="easy", id=f"easy-{row.id}") for row in tiny.rows(420, seed=9)]


def test_a_challenger_does_not_bring_its_own_exam(good: Path, home: Path) -> None:
    crowned(good, home)
    refrozen(home, EASY, "easy")
    manifest = read_manifest(good)
    other = tiny.named(home, "easy", {Split.TRAIN: tiny.rows(280)}, frozen="easy")
    told = {"snapshot": other.hash, "snapshot_name": other.path.name, "run": "own-exam"}
    files = {each: (good / each).read_bytes() for each in manifest.files}
    write_bundle(good.parent / "own", manifest.model_copy(update=told), files)
    verdict = asked(good.parent / "own", home)
    assert {"easy", "tiny"} == set(verdict.frozen)
    pinned = GATE.model_copy(update={"exam": (Exam(name="tiny"),)})
    assert {"tiny"} == set(asked(good.parent / "own", home, pinned).frozen)


def test_the_gate_names_its_exam_by_hash(good: Path, home: Path) -> None:
    hash_ = Frozen.open(home / "frozen" / "tiny").hash
    pinned = GATE.model_copy(update={"exam": (Exam(name="tiny", hash=hash_[:12]),)})
    assert {"tiny": hash_} == asked(good, home, pinned).frozen
    refrozen(home, EASY)
    with pytest.raises(GateRefusedError, match=f"'tiny' of hash {hash_[:12]}, and what lies at .* is another one"):
        asked(good, home, pinned)
    shutil.rmtree(home / "frozen" / "tiny")
    with pytest.raises(GateRefusedError, match=r"is not there\. Put it back from a backup"):
        asked(good, home, pinned)


def test_a_lost_set_that_the_champion_was_judged_on_is_a_no_that_says_how_to_get_it_back(
    good: Path, home: Path
) -> None:
    crowned(good, home)
    hash_ = Frozen.open(home / "frozen" / "tiny").hash
    refrozen(home, EASY, "easy")
    (home / "frozen" / "tiny").rename(home / "tiny")
    gate = GATE.model_copy(update={"exam": (Exam(name="easy"),)})
    twin = variant(good, "twin")
    with pytest.raises(
        GateRefusedError, match=f"No: the champion was judged on the frozen set 'tiny' of hash {hash_[:12]}"
    ):
        asked(twin, home, gate)
    assert {"easy"} == set(asked(twin, home, gate.model_copy(update={"gone": (hash_,)})).frozen)
    (home / "tiny").rename(home / "frozen" / "tiny_before")
    assert {"easy", "tiny"} == set(asked(twin, home, gate).frozen)


def test_a_set_that_grew_stands_for_the_one_that_the_champion_was_judged_on(good: Path, home: Path) -> None:
    crowned(good, home)
    grown = refrozen(home, [*TEST_ROWS, *EASY])
    verdict = asked(variant(good, "twin"), home)
    assert {"tiny": grown.hash} == verdict.frozen
    assert 840.0 == next(check.rows for check in verdict.checks if check.name == "macro_f1")


def test_a_set_that_lost_rows_under_its_name_is_asked_beside_the_old_one(good: Path, home: Path) -> None:
    crowned(good, home)
    shutil.copytree(home / "frozen" / "tiny", home / "kept")
    other = refrozen(home, EASY)
    with pytest.raises(GateRefusedError, match=r"does not hold its rows\. Put the old folder back"):
        asked(variant(good, "twin"), home)
    (home / "kept").rename(home / "frozen" / "tiny_before")
    assert other.hash in asked(good.parent / "twin", home).frozen.values()
    assert 2 == len(asked(good.parent / "twin", home).frozen)


def test_a_forged_list_of_rows_makes_no_other_set_the_old_one(good: Path, home: Path) -> None:
    crowned(good, home)
    hash_ = Frozen.open(home / "frozen" / "tiny").hash
    (good / ROWS_FILE).write_text(json.dumps({hash_: []}))
    refrozen(home, EASY)
    with pytest.raises(GateRefusedError, match="does not hold its rows"):
        asked(variant(good, "twin"), home)


def of_people(home: Path) -> tuple[Path, list[Row]]:
    """A champion that was judged on people's comments, two rows of the corpus among them."""
    mine = [dataclasses.replace(row, source="moderators" if at > 1 else "tiny") for at, row in enumerate(TEST_ROWS)]
    sides = {Split.TRAIN: tiny.rows(280), Split.VALIDATION: tiny.rows(84, seed=1), Split.TEST: mine}
    made = train(
        Order(tiny.settings(), tiny.snapshot(home, sides), tiny.TAXONOMY, home),
        Tracking(None, pytest.fail), now=now,
    )  # fmt: skip
    return crowned(made.bundle, home), mine


def told_of(bundle: Path, home: Path, *steps: tuple[str, str]) -> GateFile:
    """The gate's answer where the ledger tells of these erasures."""
    order = GateOrder(bundle, "9", home, tiny.TAXONOMY, GATE, erased=lambda: frozenset(steps))
    return run_gate(order, now=tiny.NOW)


def test_a_set_of_which_a_person_was_erased_is_still_the_champions(tmp_path: Path) -> None:
    bundle, mine = of_people(tmp_path)
    twin = variant(bundle, "twin")
    [gone] = erase_texts(tmp_path / "none", tmp_path / "frozen", [mine[3].text], now=tiny.NOW)
    verdict = told_of(twin, tmp_path, (gone.before, gone.after))
    assert ("yes", {"tiny": gone.after}) == (verdict.verdict, verdict.frozen)
    [more] = erase_texts(tmp_path / "none", tmp_path / "frozen", [mine[5].text], now=tiny.NOW)
    with pytest.raises(GateRefusedError, match="this home's ledger tells of no erasure"):
        told_of(twin, tmp_path, (gone.before, gone.after))
    verdict = told_of(twin, tmp_path, (gone.before, gone.after), (more.before, more.after))
    assert ("yes", {"tiny": more.after}) == (verdict.verdict, verdict.frozen)


def cut_down(home: Path, rows: list[Row]) -> tuple[str, str]:
    """Rows are taken out by hand, and the set is made to say that it was an erasure; its hash before and after."""
    held = Frozen.open(home / "frozen" / "tiny")
    gone = {row.id for row in rows}
    lines = (held.path / "rows.jsonl").read_bytes().splitlines(keepends=True)
    left = b"".join(line for line in lines if json.loads(line)["id"] not in gone)
    (held.path / "rows.jsonl").write_bytes(left)
    after = sha256(left)
    marker = held.marker.model_copy(update={
        "hash": after, "rows": len(lines) - len(rows), "erased_from": (*held.marker.erased_from, held.hash),
    })  # fmt: skip
    (held.path / "frozen.json").write_text(marker.model_dump_json())
    return held.hash, after


def test_a_set_that_says_itself_that_people_were_erased_from_it_is_not_believed(good: Path, home: Path) -> None:
    crowned(good, home)
    before, _ = cut_down(home, TEST_ROWS[:5])
    twin = variant(good, "twin")
    with pytest.raises(
        GateRefusedError, match=r"does not hold its rows; its frozen\.json says that people were erased"
    ):
        asked(twin, home)
    by_hash = GATE.model_copy(update={"exam": (Exam(name="tiny", hash=before[:12]),)})
    with pytest.raises(GateRefusedError, match=r"is another one .*its frozen\.json says that people were erased"):
        asked(twin, home, by_hash)


def test_an_erasure_takes_peoples_comments_and_no_row_of_the_corpus(tmp_path: Path) -> None:
    bundle, mine = of_people(tmp_path)
    step = cut_down(tmp_path, mine[1:4])
    with pytest.raises(GateRefusedError, match="rows went that are nobody's comments"):
        told_of(variant(bundle, "twin"), tmp_path, step)


def test_what_an_earlier_release_knew_of_an_exam_goes_by_the_ledger_alone(tmp_path: Path) -> None:
    bundle, mine = of_people(tmp_path)
    told = json.loads((bundle / ROWS_FILE).read_bytes())
    raw = json.dumps({hash_: rows["rows"] for hash_, rows in told.items()}).encode()
    (bundle / ROWS_FILE).write_bytes(raw)
    answer = json.loads((bundle / "gate.json").read_bytes())
    (bundle / "gate.json").write_text(json.dumps(answer | {"exam_rows": sha256(raw)}))
    [gone] = erase_texts(tmp_path / "none", tmp_path / "frozen", [mine[3].text], now=tiny.NOW)
    twin = variant(bundle, "twin")
    assert "yes" == told_of(twin, tmp_path, (gone.before, gone.after)).verdict
    with pytest.raises(GateRefusedError, match="tells of no erasure"):
        asked(twin, tmp_path)


def test_an_exam_without_a_labels_rows_is_a_no_that_names_it(good: Path, home: Path) -> None:
    refrozen(home, [row for row in TEST_ROWS if row.kind != "hate"])
    verdict = asked(good, home)
    assert "no" == verdict.verdict
    assert "rows to judge on on label hate 0, limit 30" in verdict.sentence


def test_an_exam_without_everyday_comments_is_a_no(good: Path, home: Path) -> None:
    refrozen(home, [dataclasses.replace(row, everyday=False) for row in TEST_ROWS])
    verdict = asked(good, home)
    assert "no" == verdict.verdict
    assert "everyday comments to judge on 0, limit 200" in verdict.sentence


def test_a_challenger_trained_without_a_label_that_the_champion_knows_is_refused(good: Path, home: Path) -> None:
    crowned(good, home)
    manifest = read_manifest(good)
    files = {each: (good / each).read_bytes() for each in manifest.files}
    told = {"run": "less", "settings": {**manifest.settings, "without": ["hate"]}}
    write_bundle(good.parent / "less", manifest.model_copy(update=told), files)
    verdict = asked(good.parent / "less", home)
    assert "labels that the champion knows and this one was trained without 1, limit 0, trained without hate" in (
        verdict.sentence
    )


def test_everyday_rows_too_few_to_prove_the_budget_are_a_no_that_says_how_many_it_takes(good: Path, home: Path) -> None:
    verdict = asked(good, home, STRICT)
    assert "no" == verdict.verdict
    assert "210 everyday comments cannot prove it; it takes about 736 without a hit" in verdict.sentence


def test_a_gate_that_says_so_lets_them_through_with_a_warning_everywhere(good: Path, home: Path) -> None:
    verdict = asked(good, home)
    assert "yes" == verdict.verdict
    for told in (verdict.sentence, *((good / name).read_text() for name in ("gate.html", "CARD.md"))):
        assert "210 everyday comments cannot prove it" in told
    done = promote(good, registry_root=home / "registry", now=tiny.NOW)
    assert "Warning: everyday comments wrongly stopped" in done.sentence


def test_wrong_stops_are_judged_at_the_upper_end(good: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calm = [tiny.row(2 * n + 1, None, seed=5) for n in range(800)]
    refrozen(home, [*TEST_ROWS, *(dataclasses.replace(row, id=f"calm-{row.id}") for row in calm)])
    assert "yes" == asked(good, home, STRICT).verdict
    found = interval(4, 1010)
    assert found.share < STRICT.budget.everyday_blocked < found.high
    monkeypatch.setattr("eval.evaluation.told", lambda *_: (found, interval(0, 1010)))
    verdict = asked(good, home, STRICT)
    assert "no" == verdict.verdict
    assert "everyday comments wrongly stopped 0.00396, limit 0.005" in verdict.sentence


def test_a_fall_too_far_for_luck_is_a_no_though_its_interval_holds_zero() -> None:
    judged = compared_as(0.9, 0.7, low=-0.5, high=0.1)
    enough = GATE.model_copy(update={"falls": Falls(times=3, rows=30)})
    [far] = _checks([judged], *both_and_parts(TEST_ROWS), enough)
    assert (False, -0.04) == (far.passed, far.limit)
    few = GATE.model_copy(update={"falls": Falls(times=3, rows=31)})
    [unsure] = _checks([judged], *both_and_parts(TEST_ROWS), few)
    assert unsure.passed, "30 rows of the label are too few to say so"


def test_parts_with_too_few_rows_are_listed_as_not_judged(good: Path, home: Path) -> None:
    crowned(good, home)
    few = [dataclasses.replace(row, id=f"few-{row.id}", lang="ko") for row in tiny.rows(9, seed=12)]
    refrozen(home, [*TEST_ROWS, *few])
    verdict = asked(variant(good, "twin"), home)
    told = {(check.name, check.slice): check.rows for check in verdict.of(Outcome.NOT_JUDGED)}
    assert (5, 4) == (told["harmful_found", "language ko"], told["harmless_stopped", "language ko"])
    assert "yes" == verdict.verdict
    assert "Not judged, for want of rows: language ko (5)" in verdict.sentence
    for page in ("gate.html", "CARD.md"):
        assert "language ko" in (good.parent / "twin" / page).read_text()


def test_the_sentence_tells_the_worst_three_and_how_many_more(good: Path, home: Path) -> None:
    crowned(good, home)
    verdict = asked(forgetful(good, *tiny.NAMES), home)
    failed = verdict.of(Outcome.NO)
    assert len(failed) > 20
    assert f"and {len(failed) - 3} more, in the table." in verdict.sentence
    assert len(verdict.sentence.partition(" For example")[0]) < 600


def compared_as(before: float, after: float, *, low: float, high: float) -> Compared:
    return Compared("f1 hate", "all", "label", Difference(before, after, low, high, 420))


def both_and_parts(rows: list[Row]) -> tuple[Both, list[Part]]:
    """Two models that say nothing, on rows of which 30 carry each label."""
    columns = Rows.of(rows, len(tiny.NAMES))
    silent = np.zeros(len(rows), dtype=np.bool_)
    nothing = Answers(np.zeros((len(rows), len(tiny.NAMES))), silent, silent)
    return Both(columns, nothing, nothing, tiny.NAMES), [Part("label", "", np.arange(len(rows)))]


def test_a_training_row_that_reads_like_a_frozen_one_is_a_leak(tmp_path: Path) -> None:
    test = tiny.rows(140, seed=2)
    leaked = dataclasses.replace(test[0], id="leak", group="other")
    sides = {Split.TRAIN: [*tiny.rows(280), leaked], Split.VALIDATION: tiny.rows(84, seed=1), Split.TEST: test}
    snapshot = tiny.snapshot(tmp_path, sides)
    made = train(Order(tiny.settings(), snapshot, tiny.TAXONOMY, tmp_path), Tracking(None, pytest.fail), now=now)
    verdict = asked(made.bundle, tmp_path)
    assert "no" == verdict.verdict
    assert "leaks" in verdict.sentence
    assert test[0].id in verdict.examples


def test_leaks_cannot_be_ruled_out_once_the_training_rows_are_gone(good: Path, home: Path) -> None:
    shutil.rmtree(home / "snapshots")
    verdict = asked(good, home, GATE.model_copy(update={"exam": (Exam(name="tiny"),)}))
    assert "no" == verdict.verdict
    assert "cannot be ruled out" in verdict.sentence


def of_closed_sources(good: Path, **changes: object) -> Path:
    manifest = read_manifest(good)
    closed = manifest.sources[0].model_copy(update={"permits_release": False})
    files = {path.name: path.read_bytes() for path in good.iterdir() if path.name != MANIFEST}
    write_bundle(good.parent / "closed", manifest.model_copy(update={"sources": (closed,), **changes}), files)
    return good.parent / "closed"


def test_a_model_for_release_needs_sources_that_allow_it_whatever_its_config_is_called(good: Path, home: Path) -> None:
    verdict = asked(of_closed_sources(good, release=True), home)
    assert "licences 1, limit 0, sources that do not allow it: tiny" in verdict.sentence
    assert "yes" == asked(of_closed_sources(good, release=False), home).verdict


def test_a_gate_may_ask_that_every_model_may_be_given_to_others(good: Path, home: Path) -> None:
    verdict = asked(of_closed_sources(good), home, GATE.model_copy(update={"release": True}))
    assert "licences 1, limit 0, sources that do not allow it: tiny" in verdict.sentence


def test_nothing_to_judge_on_is_said(tmp_path: Path) -> None:
    snapshot = tiny.snapshot(tmp_path, frozen=None)
    made = train(Order(tiny.settings(), snapshot, tiny.TAXONOMY, tmp_path), Tracking(None, pytest.fail), now=now)
    with pytest.raises(GateRefusedError, match="No frozen set"):
        asked(made.bundle, tmp_path)


def test_a_tampered_challenger_is_refused_before_it_is_judged(good: Path, home: Path) -> None:
    (good / NGRAM).write_bytes(b"other weights")
    with pytest.raises(BundleError, match=NGRAM):
        asked(good, home)


def test_every_fault_of_a_gate_config_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text('version = "1"\nseed = -1\nrounds = 5\n[floors]\nharmful_found = 7\n')
    with pytest.raises(ConfigError) as refused:
        load_gate(path)
    for where in ("seed", "rounds", "floors.harmful_found", "limits", "budget"):
        assert where in str(refused.value)


def test_a_challenger_is_held_against_the_champion_along_every_axis(good: Path, home: Path) -> None:
    crowned(good, home)
    slices = {check.slice for check in asked(variant(good, "twin"), home).checks}
    assert {"all", "language zh", "source tiny", "kind talk", "length 11 to 30", "disguise held out"} <= slices
    assert {"disguise homophone", "region zh", "person en"} <= slices


def test_surfaces_are_an_axis(good: Path, home: Path) -> None:
    crowned(good, home)
    refrozen(home, [*TEST_ROWS, *(dataclasses.replace(row, surface="video") for row in EASY)])
    verdict = asked(variant(good, "twin"), home)
    assert {"macro_f1", "harmful_found", "harmless_stopped"} == {
        check.name for check in verdict.checks if check.slice == "surface video"
    }


def test_a_slice_that_fell_is_named_with_its_figures(good: Path, home: Path) -> None:
    crowned(good, home)
    verdict = asked(forgetful(good, "abuse"), home)
    kind = next(check for check in verdict.checks if (check.name, check.slice) == ("harmful_found", "kind abuse"))
    assert (False, -0.1) == (kind.passed, kind.limit)
    assert kind.high is not None
    assert kind.high < 0
    assert 1 <= len(kind.examples) <= 10


def test_a_challenger_that_takes_too_long_is_refused_with_both_times(
    good: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowned(good, home)
    monkeypatch.setattr("eval.gate_budget.pace", lambda *_, **__: Pace(model=12.0, beside=0.2))
    verdict = asked(variant(good, "twin"), home)
    assert "time of one comment 60, limit 50, 12 ms beside 0.2 ms of version" in verdict.sentence


def test_a_first_champion_is_timed_beside_normalising(good: Path, home: Path) -> None:
    (time,) = [check for check in asked(good, home).checks if check.name == "time of one comment"]
    assert "of normalising alone" in time.note
    assert time.passed


def test_a_model_that_judges_by_who_is_named_is_refused_with_the_sentences(
    good: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uneven = Moved("region zh", 8, 0.4, 1.0, "河南人", 1.0, "北京人", 0.0, (), ("template/zh/people/3",))
    monkeypatch.setattr("eval.gate_neutrality.measure", lambda *_: [uneven])
    verdict = asked(good, home)
    assert "no" == verdict.verdict
    assert (
        "decisions that differ by a name on region zh 1, limit 0.75, not passed: 河南人 100%, 北京人 0%"
        in verdict.sentence
    )
    (example,) = examples(verdict, home)
    assert ("template/zh/people/3", "我最好的朋友就是{name}") == (example.id, example.text)


def test_no_gate_goes_without_a_required_check(good: Path, home: Path) -> None:
    asked_for = GATE.model_copy(update={"required": ()})
    names = {check.name for check in asked(good, home, asked_for).checks}
    assert {"licences", "leaks"} <= names
    assert any(name.startswith("neutrality") for name in names)


def test_a_challenger_below_the_floors_is_a_no_whatever_the_champion_is_like(good: Path, home: Path) -> None:
    crowned(good, home)
    floors = GATE.floors.model_copy(update={"harmful_found": 1.0})
    verdict = asked(forgetful(good, "fraud"), home, GATE.model_copy(update={"floors": floors}))
    assert "average precision, mean over labels" in {check.name for check in verdict.checks}
    assert "harmful rows not passed" in {check.name for check in verdict.of(Outcome.NO)}


def test_another_gate_of_the_same_name_has_another_hash(good: Path, home: Path) -> None:
    lenient = GATE.model_copy(update={"leaks": Leaks(allowed=1_000)})
    assert (GATE.name, GATE.version) == (lenient.name, lenient.version)
    assert GATE.hash != lenient.hash
    assert GATE.hash == asked(good, home).gate_hash


def test_examples_are_looked_up_and_what_is_gone_is_told(good: Path, home: Path) -> None:
    verdict = asked(forgetful(good, *tiny.NAMES), home)
    texts = {row.id: row.text for row in tiny.rows(420, seed=2)}
    assert [texts[each] for each in verdict.examples] == [each.text for each in examples(verdict, home)]
    erased = verdict.model_copy(update={"examples": ("tiny-2-9999",)})
    (gone,) = examples(erased, home)
    assert (None, True) == (gone.text, "erased" in gone.note)
    rows = home / "frozen" / "tiny" / "rows.jsonl"
    rows.write_text(rows.read_text().replace('"lang":"zh"', '"lang":"en"'))
    assert {None} == {each.text for each in examples(verdict, home)}
    assert "altered" in examples(verdict, home)[0].note


def test_the_page_and_the_card_tell_the_same_and_no_text(good: Path, home: Path) -> None:
    crowned(good, home)
    challenger = forgetful(good, "abuse")
    verdict = asked(challenger, home)
    page, card = ((challenger / name).read_text() for name in ("gate.html", "CARD.md"))
    for told in (page, card):
        assert "kind abuse" in told
        assert verdict.examples[0] in told
        assert not [row.text for row in tiny.rows(420, seed=2) if row.text in told]
    assert card.startswith((challenger / "README.md").read_text().rstrip())
    assert "<script" not in page
    assert 2 == page.count("<svg ")
    assert (challenger / "README.md").read_text() == (good / "README.md").read_text()


def test_what_a_gate_page_holds_is_escaped(good: Path, home: Path) -> None:
    verdict = asked(good, home).model_copy(update={"sentence": "<script>alert(1)</script>"})
    assert "<script>" not in render(verdict, "chaffinch@<b>")
    assert "&lt;script&gt;" in render(verdict, "chaffinch@<b>")


def test_a_check_that_nobody_knows_is_a_mistake_of_the_config(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text((CONFIGS / "gates" / "default.toml").read_text().replace('"neutrality"]', '"weather"]'))
    with pytest.raises(ConfigError, match="there is no check 'weather'; there are: licences, leaks, neutrality"):
        load_gate(path)


def test_what_the_gate_would_say_against_another_model_is_written_nowhere(good: Path, home: Path) -> None:
    challenger = forgetful(good, "abuse")
    other = Pointer(good, "8", bundle_hash(good))
    told = would_say(GateOrder(challenger, "9", home, tiny.TAXONOMY, GATE), other, now=tiny.NOW)
    assert "no" == told.verdict
    assert "against version 8" in told.sentence
    assert "f1 abuse" in told.sentence
    assert read_gate(challenger) is None
    assert [] == [each.name for each in challenger.iterdir() if each.name in ("gate.html", "CARD.md")]
