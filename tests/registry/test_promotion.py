from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from moderation.errors import BundleError, ConflictError, GateRefusedError, NotFoundError, PartUnavailableError
from registry.bundle import NGRAM, bundle_hash
from registry.files import append_line
from registry.gate_file import GATE_FILE, Check, GateFile, Outcome, Rule, Verdict, answer_hash, read_gate
from registry.pointers import Pointer, find_pointer, locked, read_pointer, write_pointer
from registry.promotion import history, promote, rollback
from registry.seals import SEALS
from tests.registry.bundles import NOW, bundle, gated

NAME, CHAMPION = "chaffinch", "champion"


class Catalogue:
    """Remembers aliases; `away` stands for a server that does not answer."""

    def __init__(self, *, away: bool = False) -> None:
        self.aliases: dict[str, str] = {}
        self.away = away

    def set_alias(self, alias: str, version: str) -> None:
        if self.away:
            raise PartUnavailableError("mlflow", "MLflow does not answer")
        self.aliases[alias] = version


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "registry"


def registered(root: Path, version: str, *, champion: Path | None = None) -> Path:
    folder = gated(bundle(root.parent / "bundles" / version, run=version), champion=champion)
    write_pointer(root, NAME, version, Pointer(folder, version, bundle_hash(folder)))
    return folder


def climbed(root: Path, *versions: str) -> None:
    """Each version champion in turn, through its own gate."""
    for version in versions:
        champion = find_pointer(root, NAME, CHAMPION)
        registered(root, version, champion=champion.path if champion else None)
        promote(version, registry_root=root, now=NOW)


def test_a_gated_version_becomes_champion(root: Path) -> None:
    folder, catalogue = registered(root, "1"), Catalogue()
    done = promote("1", registry_root=root, now=NOW, catalogue=catalogue)
    assert Pointer(folder, "1", bundle_hash(folder)) == read_pointer(root, NAME, CHAMPION)
    assert {CHAMPION: "1"} == catalogue.aliases
    assert done.before is None


def test_a_bundle_that_never_saw_the_gate_is_refused(root: Path) -> None:
    (registered(root, "1") / GATE_FILE).unlink()
    with pytest.raises(GateRefusedError, match="never went through the gate"):
        promote("1", registry_root=root, now=NOW)
    assert find_pointer(root, NAME, CHAMPION) is None


def test_a_no_is_refused_with_its_sentence(root: Path) -> None:
    gated(registered(root, "1"), verdict=Verdict.NO, sentence="abuse fell")
    with pytest.raises(GateRefusedError, match="abuse fell"):
        promote("1", registry_root=root, now=NOW)


def test_a_no_whose_word_was_edited_is_still_a_no(root: Path) -> None:
    path = gated(registered(root, "1"), verdict=Verdict.NO, sentence="abuse fell") / GATE_FILE
    told = json.loads(path.read_bytes())
    assert ("no", [False]) == (told["verdict"], [check["passed"] for check in told["checks"]])
    told["verdict"], told["checks"][0]["passed"] = "yes", True
    edited = GateFile.model_validate(told)
    assert Verdict.NO is edited.verdict
    path.write_text(json.dumps(told))
    with pytest.raises(GateRefusedError, match="not the one that the gate gave"):
        promote("1", registry_root=root, now=NOW)


def test_an_answer_whose_figures_were_edited_is_no_answer(root: Path) -> None:
    path = gated(registered(root, "1"), verdict=Verdict.NO) / GATE_FILE
    told = json.loads(path.read_bytes())
    told["checks"][0]["figure"] = 1.0
    assert Verdict.YES is GateFile.model_validate(told).verdict
    path.write_text(json.dumps(told))
    with pytest.raises(GateRefusedError, match="altered, copied, or given by an earlier release"):
        promote("1", registry_root=root, now=NOW)
    assert find_pointer(root, NAME, CHAMPION) is None


def test_an_answer_that_the_gate_gave_elsewhere_is_none_here(root: Path) -> None:
    folder = registered(root, "1")
    (root / NAME / SEALS).unlink()
    with pytest.raises(GateRefusedError, match="not the one that the gate gave here"):
        promote("1", registry_root=root, now=NOW)
    gated(folder)
    assert "1" == promote("1", registry_root=root, now=NOW).champion.version
    assert answer_hash(folder) == history(root)[-1]["answer"]


def test_a_seal_torn_by_a_crash_hides_no_other(root: Path) -> None:
    registered(root, "1")
    path = root / NAME / SEALS
    path.write_text(path.read_text() + '{"bundle": "')
    assert "1" == promote("1", registry_root=root, now=NOW).champion.version


def test_an_answer_of_an_earlier_release_is_read_and_is_no_yes(root: Path) -> None:
    folder = registered(root, "1")
    old = {"schema_version": 1, "verdict": "yes", "sentence": "Yes.", "bundle_hash": bundle_hash(folder),
           "champion": None, "gate": "default@4", "created_at": "2026",
           "checks": [{"name": "leaks", "passed": True, "figure": 0.0}]}  # fmt: skip
    (folder / GATE_FILE).write_text(json.dumps(old))
    said = read_gate(folder)
    assert said is not None
    assert (Verdict.YES, True) == (said.verdict, said.checks[0].passed)
    with pytest.raises(GateRefusedError, match="earlier release"):
        promote("1", registry_root=root, now=NOW)


CHECK = Check(name="f1 abuse", figure=0.0, limit=-0.04, low=-0.2, high=0.1, far=-0.12)


@pytest.mark.parametrize(
    ("rule", "told", "outcome"),
    [
        (Rule.AT_MOST, {"figure": 1.0, "limit": 1.0}, Outcome.YES),
        (Rule.AT_MOST, {"figure": None, "limit": 1.0}, Outcome.NO),
        (Rule.AT_LEAST, {"figure": 0.9, "limit": 1.0}, Outcome.NO),
        (Rule.PROVED, {"limit": 0.005, "high": 0.006}, Outcome.NO),
        (Rule.PROVED, {"limit": 0.005, "high": None}, Outcome.NO),
        (Rule.UNPROVED, {"limit": 0.005, "low": 0.001}, Outcome.WARNING),
        (Rule.UNPROVED, {"limit": 0.005, "low": 0.006}, Outcome.NO),
        (Rule.NOT_DISPROVED, {"limit": 0.05, "low": 0.04}, Outcome.YES),
        (Rule.NO_FALL, {"figure": -0.1}, Outcome.YES),
        (Rule.NO_FALL, {"figure": -0.1, "high": -0.01}, Outcome.NO),
        (Rule.NO_FALL, {"figure": -0.2}, Outcome.NO),
        (Rule.NO_FALL, {"figure": -0.2, "far": None}, Outcome.YES),
        (Rule.NO_RISE, {"figure": 0.05, "limit": 0.04, "far": 0.12, "low": 0.01}, Outcome.NO),
        (Rule.NO_RISE, {"figure": -0.5, "limit": 0.04, "far": 0.12, "low": -0.6}, Outcome.YES),
        (Rule.NOT_JUDGED, {}, Outcome.NOT_JUDGED),
    ],
)
def test_what_came_of_a_check_follows_from_its_figures(rule: Rule, told: dict[str, float], outcome: Outcome) -> None:
    assert outcome is CHECK.model_copy(update={"rule": rule, **told}).outcome


def test_an_answer_that_judged_nothing_is_a_no(root: Path) -> None:
    unsure = Check(name="f1 hate", rule=Rule.NOT_JUDGED, rows=3)
    gated(registered(root, "1"), verdict=Verdict.NO, checks=(unsure,))
    with pytest.raises(GateRefusedError, match="The gate said no"):
        promote("1", registry_root=root, now=NOW)


def test_a_gate_file_from_another_bundle_is_refused(root: Path) -> None:
    other = gated(bundle(root.parent / "bundles" / "other", run="other"))
    mine = registered(root, "1")
    (mine / GATE_FILE).write_bytes((other / GATE_FILE).read_bytes())
    with pytest.raises(GateRefusedError, match="about another bundle"):
        promote("1", registry_root=root, now=NOW)


def test_a_version_whose_files_were_altered_is_refused(root: Path) -> None:
    (registered(root, "1") / NGRAM).write_bytes(b"other weights")
    with pytest.raises(BundleError, match="was changed after training"):
        promote("1", registry_root=root, now=NOW)


def test_a_yes_against_an_earlier_champion_is_stale(root: Path) -> None:
    first = registered(root, "1")
    promote("1", registry_root=root, now=NOW)
    registered(root, "2", champion=first)
    registered(root, "3", champion=first)
    promote("2", registry_root=root, now=NOW)
    with pytest.raises(ConflictError, match="champion changed"):
        promote("3", registry_root=root, now=NOW)


def test_the_champion_is_not_promoted_again(root: Path) -> None:
    registered(root, "1")
    promote("1", registry_root=root, now=NOW)
    with pytest.raises(ConflictError, match="champion already"):
        promote("1", registry_root=root, now=NOW)


def test_whoever_comes_while_another_promotes_is_told(root: Path) -> None:
    registered(root, "1")
    with locked(root, NAME), pytest.raises(ConflictError, match="Somebody else is promoting"):
        promote("1", registry_root=root, now=NOW)


def test_of_many_promotions_at_once_one_wins(root: Path) -> None:
    versions = [str(number) for number in range(1, 7)]
    for version in versions:
        registered(root, version)
    start, won, told = threading.Barrier(len(versions)), [], []

    def one(version: str) -> None:
        start.wait(timeout=10)
        try:
            won.append(promote(version, registry_root=root, now=NOW).champion.version)
        except ConflictError as error:
            told.append(str(error))

    threads = [threading.Thread(target=one, args=(version,)) for version in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert (1, len(versions) - 1) == (len(won), len(told))
    assert won == [read_pointer(root, NAME, CHAMPION).version]
    assert 1 == len(history(root))


def test_a_reader_never_sees_a_torn_pointer(root: Path) -> None:
    pointers = [Pointer(root.parent / ("x" * size), str(size), "0" * 64) for size in (1, 200)]
    write_pointer(root, NAME, CHAMPION, pointers[0])
    stop = threading.Event()

    def write() -> None:
        for _ in range(150):
            for pointer in pointers:
                write_pointer(root, NAME, CHAMPION, pointer)
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = 0
    while not stop.is_set():
        assert read_pointer(root, NAME, CHAMPION) in pointers
        seen += 1
    writer.join(timeout=30)
    assert seen


def test_a_catalogue_that_does_not_answer_stops_before_anything_moved(root: Path) -> None:
    registered(root, "1")
    with pytest.raises(PartUnavailableError, match="Nothing was moved, there is still no champion: MLflow does not"):
        promote("1", registry_root=root, now=NOW, catalogue=Catalogue(away=True))
    assert find_pointer(root, NAME, CHAMPION) is None
    assert [] == history(root)


def test_rollback_goes_back_and_tells_the_catalogue(root: Path) -> None:
    first = registered(root, "1")
    promote("1", registry_root=root, now=NOW)
    registered(root, "2", champion=first)
    promote("2", registry_root=root, now=NOW)
    catalogue = Catalogue()
    assert "1" == rollback(registry_root=root, now=NOW, catalogue=catalogue).champion.version
    assert "1" == read_pointer(root, NAME, CHAMPION).version
    assert {CHAMPION: "1"} == catalogue.aliases
    assert ["promote", "promote", "rollback"] == [entry["move"] for entry in history(root)]


def test_rollback_moves_the_pointer_where_the_catalogue_does_not_answer_and_says_so(root: Path) -> None:
    climbed(root, "1", "2")
    done = rollback(registry_root=root, now=NOW, catalogue=Catalogue(away=True))
    assert "1" == read_pointer(root, NAME, CHAMPION).version == done.champion.version
    assert "rollback" == history(root)[-1]["move"]
    assert done.sentence.startswith("Version 1 is champion again in place of version 2. MLflow does not answer")
    assert "chaffinch@champion was not moved and still names the other version; the next promote" in done.sentence


def test_every_further_rollback_goes_back_further(root: Path) -> None:
    climbed(root, "1", "2", "1", "3")
    assert ["1", "2", "1"] == [rollback(registry_root=root, now=NOW).champion.version for _ in range(3)]
    with pytest.raises(NotFoundError, match="no earlier champion to go back to; version 1 stays"):
        rollback(registry_root=root, now=NOW)
    assert "1" == read_pointer(root, NAME, CHAMPION).version


def test_a_promotion_after_a_rollback_lies_on_what_was_gone_back_to(root: Path) -> None:
    climbed(root, "1", "2")
    rollback(registry_root=root, now=NOW)
    climbed(root, "3")
    assert "1" == rollback(registry_root=root, now=NOW).champion.version
    with pytest.raises(NotFoundError):
        rollback(registry_root=root, now=NOW)


@pytest.mark.parametrize("lost", ["promote", "rollback"])
def test_a_line_of_history_whose_pointer_never_moved_is_passed_over(root: Path, lost: str) -> None:
    climbed(root, "1", "2", "1", "3")
    standing = read_pointer(root, NAME, CHAMPION)
    if lost == "promote":
        climbed(root, "2")
    else:
        rollback(registry_root=root, now=NOW)
    write_pointer(root, NAME, CHAMPION, standing)  # as though the machine had stopped just before
    assert ["1", "2", "1"] == [rollback(registry_root=root, now=NOW).champion.version for _ in range(3)]


def test_rollback_goes_to_whom_the_champion_replaced_where_lines_of_history_are_lost(root: Path) -> None:
    climbed(root, "1", "2", "3")
    path = root / NAME / "history.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] + lines[2])
    assert ["2", "1"] == [rollback(registry_root=root, now=NOW).champion.version for _ in range(2)]


def test_there_is_nothing_behind_the_first_champion(root: Path) -> None:
    with pytest.raises(NotFoundError):
        rollback(registry_root=root, now=NOW)
    registered(root, "1")
    promote("1", registry_root=root, now=NOW)
    with pytest.raises(NotFoundError, match="no earlier champion"):
        rollback(registry_root=root, now=NOW)


def test_history_torn_by_a_crash_is_read_and_written_on(root: Path) -> None:
    first = registered(root, "1")
    promote("1", registry_root=root, now=NOW)
    path = root / NAME / "history.jsonl"
    path.write_text(path.read_text() + '{"move": "prom')
    registered(root, "2", champion=first)
    promote("2", registry_root=root, now=NOW)
    assert ["1", "2"] == [entry["version"] for entry in history(root)]
    assert "1" == rollback(registry_root=root, now=NOW).champion.version


def test_an_appended_line_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    append_line(path, "one")
    append_line(path, "two")
    assert ["one", "two"] == path.read_text().splitlines()


def test_a_home_that_moved_still_finds_its_bundles(root: Path, tmp_path: Path) -> None:
    registered(root, "1")
    promote("1", registry_root=root, now=NOW)
    moved = tmp_path.parent / f"{tmp_path.name}-moved"
    tmp_path.rename(moved)
    pointer = read_pointer(moved / "registry", NAME, CHAMPION)
    assert moved / "bundles" / "1" == pointer.path
    assert "bundles/1" == json.loads((moved / "registry" / NAME / "champion.json").read_text())["path"]


def test_a_yes_of_another_gate_is_none_of_this_one(root: Path) -> None:
    gated(registered(root, "1"), gate_hash="lenient")
    with pytest.raises(GateRefusedError, match="went through another gate"):
        promote("1", registry_root=root, now=NOW, gate_hash="strict")
    assert find_pointer(root, NAME, CHAMPION) is None
    gated(registered(root, "1"), gate_hash="strict")
    assert "1" == promote("1", registry_root=root, now=NOW, gate_hash="strict").champion.version


def test_what_the_gate_writes_beside_its_answer_is_no_part_of_the_bundle(root: Path) -> None:
    folder = registered(root, "1")
    before = bundle_hash(folder)
    for name in ("gate.html", "CARD.md"):
        (folder / name).write_text("told to people")
    assert before == bundle_hash(folder)
    assert "1" == promote("1", registry_root=root, now=NOW).champion.version
