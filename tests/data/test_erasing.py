"""Texts of who was erased leave snapshots and frozen sets, which say so."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from data.dividing import divide
from data.erasing import erase_texts
from data.frozen import Frozen, freeze
from data.manifest import Duplicates, Manifest, SourceEntry, count
from data.rows import Row, Split
from data.snapshot import DATASET, ERASED, Snapshot, SnapshotError, hash_rows, write
from moderation.errors import ConflictError
from tests.data.conftest import NOW, Workshop

MakeRow = Callable[..., Row]
CANARY = "canary-text 加我领奖"


@pytest.fixture
def pairs(row: MakeRow) -> list[tuple[Row, Split]]:
    mine = [replace(row(words), source="moderators") for words in (CANARY, "stays")]
    return [(mine[0], Split.TRAIN), (mine[1], Split.TRAIN), (row(f"{CANARY} of a public set"), Split.TEST)]


def saved(folder: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]) -> Snapshot:
    source = SourceEntry(name="moderators", licence="unstated", permits_release=False, rows=2, weight=1.0)
    manifest = Manifest(
        name="small", hash=hash_rows(pairs), inputs="0" * 64, labels=names, normaliser="1", taxonomy="1", seed=1,
        sources=(source,), counts=count(pairs, names), duplicates=Duplicates(), rejected=1, created_at=NOW,
    )  # fmt: skip
    sides = {side: [one for one, at in pairs if at is side] for side in Split}
    return write(folder, manifest, sides, card="# card\n", rejected=[{"cause": CANARY}, {"cause": "no text"}])


def test_rows_go_and_the_snapshot_is_verified_against_what_is_left(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    before = saved(tmp_path / "snapshots", pairs, names)
    frozen = freeze([pairs[0][0], pairs[2][0]], "set", tmp_path / "frozen", labels=names, snapshot="s", now=NOW)
    gone = erase_texts(tmp_path / "snapshots", tmp_path / "frozen", [f" {CANARY}\n"], now=NOW + timedelta(days=1))
    assert [(before.path.name, 1, before.hash), ("frozen/set", 1, frozen.hash)] == [
        (each.name, each.rows, each.before) for each in gone
    ]
    after = Snapshot.open(before.path)
    after.verify()
    assert (1, gone[0].after, ["stays"]) == (after.erased_rows, after.left, after.split("train").texts)
    assert [{"cause": "no text"}] == after.rejected()
    held = Frozen.open(tmp_path / "frozen" / "set")
    assert (gone[1].after, [f"{CANARY} of a public set"]) == (held.hash, [row.text for row in held.rows()])
    left = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert left.count(CANARY.encode()) == left.count(f"{CANARY} of a public set".encode())
    assert [] == erase_texts(tmp_path / "snapshots", tmp_path / "frozen", [CANARY], now=NOW)


def test_a_snapshot_that_was_altered_is_still_told_from_one_that_lost_rows(
    tmp_path: Path, pairs: list[tuple[Row, Split]], names: tuple[str, ...]
) -> None:
    held = saved(tmp_path, pairs, names)
    erase_texts(tmp_path, tmp_path / "frozen", [CANARY], now=NOW)
    told = json.loads((held.path / ERASED).read_text())
    (held.path / ERASED).write_text(json.dumps({**told, "left": "0" * 64}))
    with pytest.raises(SnapshotError, match="was altered"):
        Snapshot.open(held.path).verify()
    assert (held.path / DATASET).is_dir()


def test_a_build_that_read_label_files_before_an_erasure_brings_nothing_back(
    stocked: Workshop, names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {
        "id": "c-1", "text": CANARY, "lang": "zh", "labels": dict.fromkeys(names, 0), "group": "t", "verdict": "reject",
        "decision_id": "d", "overturned": False, "confidence": 1.0, "decided_at": "2026-03-01T10:00:00+00:00",
    }  # fmt: skip
    stocked.verdicts([told])

    def erased_meanwhile(*given: Any, **more: Any) -> Any:
        stocked.verdicts([{**told, "text": "of another"}])
        return divide(*given, **more)

    monkeypatch.setattr("data.build.divide", erased_meanwhile)
    with pytest.raises(ConflictError, match="build it again"):
        stocked.build(sources=[{"name": "starter"}, {"name": "moderators"}])
    written = [path.read_bytes() for path in stocked.ask({}).snapshots.rglob("*") if path.is_file()]
    assert [] == [content for content in written if CANARY.encode() in content]
