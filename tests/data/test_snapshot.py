from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.frozen import freeze
from data.manifest import Duplicates, Manifest, count
from data.rows import Row, Rows, Split
from data.snapshot import (
    Snapshot,
    SnapshotError,
    _dataset_of,
    find,
    hash_rows,
    list_snapshots,
    require_labels,
    rows_of,
    write,
)
from moderation.errors import InvalidInputError, NotFoundError
from tests.data.conftest import CHECKOUT, NOW

MakeRow = Callable[..., Row]


def manifest_of(pairs: list[tuple[Row, Split]], names: tuple[str, ...], name: str = "small") -> Manifest:
    return Manifest(
        name=name,
        hash=hash_rows(pairs),
        inputs="0" * 64,
        labels=names,
        normaliser="1",
        taxonomy="1",
        seed=1,
        sources=(),
        counts=count(pairs, names),
        duplicates=Duplicates(),
        rejected=0,
        created_at=NOW,
    )


def visible(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if not path.name.startswith(".")]


@pytest.fixture
def pairs(row: MakeRow) -> list[tuple[Row, Split]]:
    return [
        (row("加我\n领奖", yes=["advertising", "fraud"], no=["abuse"], weight=0.25), Split.TRAIN),
        (row("滚", any_of=["abuse", "hate"], kind="insult"), Split.TRAIN),
        (row("早安 🌞", no=["abuse", "hate"], everyday=True, lang="en", group="g"), Split.TEST),
    ]


def saved(folder: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]) -> Snapshot:
    sides = {side: [one for one, at in pairs if at is side] for side in Split}
    return write(folder, manifest_of(pairs, names), sides, card="# card\n", rejected=[{"file": "f", "line": 2}])


def test_rows_come_back_as_they_were_written(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    train = saved(tmp_path, pairs, names).split("train")

    assert train.texts == ["加我\n领奖", "滚"]
    assert train.labels.tolist() == [[1, -1, -1, 1, -1, 0, -1], [-1] * 7]
    assert train.union.tolist() == [[0] * 7, [0, 0, 0, 0, 0, 1, 1]]
    assert (train.labels.dtype, train.union.dtype) == (np.int8, np.int8)
    assert train.weights.tolist() == [0.25, 1.0]
    assert train.kinds == ["", "insult"]
    assert len(train) == 2


def test_a_side_without_rows_has_the_shape_of_one(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    empty = saved(tmp_path, pairs, names).split(Split.VALIDATION)

    assert (empty.labels.shape, len(empty)) == ((0, 7), 0)


def test_everyday_and_language_come_back(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    test = saved(tmp_path, pairs, names).split("test")

    assert (test.everyday.tolist(), test.langs, test.groups) == ([True], ["en"], ["g"])


def test_taking_by_mask_and_by_position_agree(row: MakeRow) -> None:
    rows = Rows.of([row("a"), row("b"), row("c")], 7)

    assert rows.take(np.array([True, False, True])).texts == ["a", "c"]
    assert rows.take([2, 0]).texts == ["c", "a"]


def test_the_folder_is_named_by_the_hash(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    snapshot = saved(tmp_path, pairs, names)

    assert snapshot.path.name == f"small-{snapshot.hash[:12]}"
    assert sorted(path.name for path in snapshot.path.iterdir()) == [
        "card.md",
        "dataset",
        "manifest.json",
        "rejected.jsonl",
    ]


def test_the_hash_does_not_depend_on_the_order(pairs: list[tuple[Row, Split]]) -> None:
    assert hash_rows(pairs) == hash_rows(reversed(pairs))


@pytest.mark.parametrize(
    "change",
    [
        {"surface": "video"},
        {"text": "早安 🌞!"},
        {"kind": "x"},
        {"everyday": False},
        {"weight": 0.5},
        {"group": "h"},
        {"lang": "zh"},
    ],
)
def test_the_hash_changes_with_any_field(pairs: list[tuple[Row, Split]], change: dict[str, object]) -> None:
    changed = [*pairs[:2], (replace(pairs[2][0], **change), Split.TEST)]  # type: ignore[arg-type]

    assert hash_rows(changed) != hash_rows(pairs)


def test_the_hash_changes_with_the_side(pairs: list[tuple[Row, Split]]) -> None:
    assert hash_rows([*pairs[:2], (pairs[2][0], Split.TRAIN)]) != hash_rows(pairs)


def test_writing_the_same_rows_again_reuses_the_folder(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    first = saved(tmp_path, pairs, names)
    before = (first.path / "manifest.json").stat().st_mtime_ns

    assert saved(tmp_path, pairs, names).path == first.path
    assert (first.path / "manifest.json").stat().st_mtime_ns == before
    assert visible(tmp_path) == [first.path.name]


def test_a_folder_without_manifest_is_no_snapshot(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    snapshot = saved(tmp_path, pairs, names)
    (snapshot.path / "manifest.json").unlink()

    assert list_snapshots(tmp_path) == []
    with pytest.raises(SnapshotError, match="the build was stopped"):
        Snapshot.open(snapshot.path)


def test_a_half_written_folder_is_written_anew(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    half = tmp_path / f"small-{hash_rows(pairs)[:12]}"
    half.mkdir(parents=True)
    (half / "dataset").write_text("torn", encoding="utf-8")

    assert saved(tmp_path, pairs, names).split("train").texts == ["加我\n领奖", "滚"]


def test_an_altered_snapshot_is_found(tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]) -> None:
    snapshot = saved(tmp_path / "a", pairs, names)
    snapshot.verify()
    other = saved(tmp_path / "b", [(replace(pairs[0][0], text="别的"), Split.TRAIN), *pairs[1:]], names)
    (snapshot.path / "dataset").rename(snapshot.path / "gone")
    (other.path / "dataset").rename(snapshot.path / "dataset")

    with pytest.raises(SnapshotError, match="was altered"):
        Snapshot.open(snapshot.path).verify()


def test_damaged_rows_are_told_in_a_sentence(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    snapshot = saved(tmp_path, pairs, names)
    (snapshot.path / "dataset" / "dataset_dict.json").unlink()

    with pytest.raises(SnapshotError, match="cannot be read"):
        Snapshot.open(snapshot.path).split("train")


def test_a_manifest_that_is_no_manifest_is_refused(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    snapshot = saved(tmp_path, pairs, names)
    (snapshot.path / "manifest.json").write_text('{"name": 3}', encoding="utf-8")

    with pytest.raises(SnapshotError, match="Build the snapshot anew"):
        Snapshot.open(snapshot.path)


def test_a_snapshot_is_found_by_name_by_folder_and_the_newest_first(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    old = saved(tmp_path, pairs, names)
    newer = manifest_of(pairs[:2], names).model_copy(update={"created_at": NOW.replace(year=2027)})
    new = write(tmp_path, newer, {Split.TRAIN: [one for one, _ in pairs[:2]]}, card="")

    assert find("small", tmp_path).path == new.path
    assert find(old.path.name, tmp_path).path == old.path
    assert find(str(old.path), tmp_path).path == old.path


def test_a_missing_snapshot_is_answered_with_what_there_is(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    held = saved(tmp_path, pairs, names)

    with pytest.raises(NotFoundError, match=held.path.name):
        find("large", tmp_path)


def test_another_order_of_labels_is_refused(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    snapshot = saved(tmp_path, pairs, names)
    require_labels(snapshot, names)

    with pytest.raises(InvalidInputError, match="other labels"):
        require_labels(snapshot, names[::-1])


def test_the_manifest_counts_labels_unions_and_sides(pairs: list[tuple[Row, Split]], names: tuple[str, ...]) -> None:
    counts = count(pairs, names)

    assert counts.split == {"train": 2, "validation": 0, "test": 1}
    assert counts.label["abuse"].model_dump() == {"yes": 0, "no": 2, "unknown": 0, "union": 1}
    assert (counts.ok, counts.everyday, counts.lang) == (1, 1, {"zh": 2, "en": 1})
    assert counts.label_by_lang["abuse"] == {"zh": 1}
    assert counts.label_by_split["everyday"] == {"test": 1}


def test_the_manifest_on_disk_has_the_agreed_fields(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    told = json.loads((saved(tmp_path, pairs, names).path / "manifest.json").read_text(encoding="utf-8"))

    expected = {
        "schema",
        "name",
        "hash",
        "normaliser",
        "taxonomy",
        "sources",
        "counts",
        "duplicates",
        "rejected",
        "seed",
        "created_at",
    }
    assert expected <= set(told)


def test_the_dataset_folder_opens_with_the_datasets_library(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    from datasets import load_from_disk

    held = load_from_disk(str(saved(tmp_path, pairs, names).path / "dataset"))

    assert sorted(held) == ["test", "train", "validation"]
    assert rows_of(held["test"], 7).texts == ["早安 🌞"]


KILLED_WHILE_RETELLING = """
import os, signal, sys
from pathlib import Path
from data import snapshot
from tests.data.test_snapshot import NOW, manifest_of
from data.rows import Row, Split
from moderation.taxonomy import load_taxonomy

row = Row("s-1", "text", "zh", "s", "g", "", (0,) * 7, (0,) * 7)
manifest = manifest_of([(row, Split.TRAIN)], load_taxonomy().names)
def written(inputs, rejected):
    told = manifest.model_copy(update={"inputs": inputs, "rejected": len(rejected)})
    snapshot.write(Path(sys.argv[1]), told, {Split.TRAIN: [row]}, card=inputs, rejected=rejected)
written("earlier", [])
write = snapshot.write_atomically
def die_at(path, raw):
    if path.name == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
    write(path, raw)
if sys.argv[2] != "nothing":
    snapshot.write_atomically = die_at
written("today", [{"line": 2}])
"""


@pytest.mark.parametrize("file", ["rejected.jsonl", "card.md", "manifest.json"])
def test_a_folder_half_told_anew_is_whole_and_the_next_build_goes_on(tmp_path: Path, file: str) -> None:
    def run(at: str) -> int:
        return subprocess.run(
            [sys.executable, "-c", KILLED_WHILE_RETELLING, str(tmp_path), at], cwd=CHECKOUT, check=False, timeout=120,
            env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        ).returncode  # fmt: skip

    assert -signal.SIGKILL == run(file)
    (held,) = list_snapshots(tmp_path)
    assert ("earlier", 0) == (held.manifest.inputs, held.manifest.rejected)
    held.verify()

    assert 0 == run("nothing")
    (held,) = list_snapshots(tmp_path)
    assert ("today", 1, [{"line": 2}]) == (held.manifest.inputs, held.manifest.rejected, held.rejected())
    assert "today" == (held.path / "card.md").read_text(encoding="utf-8")


def test_refused_rows_that_cannot_be_read_are_told_in_a_sentence(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    snapshot = saved(tmp_path, pairs, names)
    (snapshot.path / "rejected.jsonl").write_text("{", encoding="utf-8")

    with pytest.raises(SnapshotError, match="Build the snapshot anew"):
        snapshot.rejected()


KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from data import snapshot
from tests.data.test_snapshot import NOW, manifest_of
from data.rows import Row, Split
from moderation.taxonomy import load_taxonomy

names = load_taxonomy().names
row = Row("s-1", "text", "zh", "s", "g", "", (0,) * 7, (0,) * 7)
stage = getattr(snapshot, sys.argv[2])
def die_after(*args, **kwargs):
    stage(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(snapshot, sys.argv[2], die_after)
pairs = [(row, Split.TRAIN)]
snapshot.write(Path(sys.argv[1]), manifest_of(pairs, names), {Split.TRAIN: [row]}, card="c")
"""


@pytest.mark.parametrize("stage", ["save_rows", "_lines", "_write_durably"])
def test_a_build_killed_midway_leaves_nothing_that_looks_whole(tmp_path: Path, stage: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_WRITING, str(tmp_path), stage], cwd=CHECKOUT, check=False, timeout=120,
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
    )  # fmt: skip

    assert done.returncode == -signal.SIGKILL
    assert list_snapshots(tmp_path) == []
    assert visible(tmp_path) == []


def test_the_next_build_removes_what_a_killed_one_left(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    (tmp_path / ".small-xyz.draft" / "dataset").mkdir(parents=True)

    saved(tmp_path, pairs, names)

    assert not (tmp_path / ".small-xyz.draft").exists()


def test_a_snapshot_and_a_frozen_set_of_before_surfaces_open_and_hash_as_they_did(
    tmp_path: Path, row: Callable[..., Row]
) -> None:
    rows = [row("today the clouds hang low", surface=""), row("the cat sits in the tree again", surface="")]
    frozen = freeze(rows, "old", tmp_path, labels=("a",) * 7, snapshot="s", now=NOW)
    assert "surface" not in (frozen.path / "rows.jsonl").read_text()
    assert ["", ""] == frozen.columns().surfaces
    old = _dataset_of(rows, 7).remove_columns("surface")
    assert ["", ""] == rows_of(old, 7).surfaces
