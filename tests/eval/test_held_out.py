from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from data.rows import Rows, Split
from data.snapshot import Snapshot
from eval.held_out import require_held_out, require_unlearnt
from moderation.errors import GateRefusedError
from registry.bundle import FeatureRecord, Manifest, SnapshotRecord, SourceRecord
from tests.training import tiny
from tests.training.tiny import NAMES


def manifest(snapshot: Snapshot, *sources: str) -> Manifest:
    return Manifest(
        name="chaffinch", run="tiny", labels=NAMES, normaliser="1", taxonomy="1", prior={}, files={}, created_at="",
        features=FeatureRecord(orders=(1,), bits=8, seed=0), snapshot=snapshot.hash, snapshot_name=snapshot.path.name,
        sources=tuple(SourceRecord(name=name, licence="", rows=1, permits_release=True) for name in sources),
    )  # fmt: skip


def test_a_model_that_learnt_nothing_of_the_set_is_asked_about_all_of_it(tmp_path: Path) -> None:
    made = tiny.snapshot(tmp_path)
    require_held_out(made.split("train"), manifest(made, "starter"), asked_by="chineseharm", home=tmp_path)


def test_a_model_that_learnt_from_the_set_is_asked_about_rows_it_never_saw(tmp_path: Path) -> None:
    made = tiny.snapshot(tmp_path)
    require_held_out(made.split("test"), manifest(made, "tiny"), asked_by="tiny", home=tmp_path)


@pytest.mark.parametrize("side", ["train", "validation"])
def test_rows_it_learnt_from_are_refused(tmp_path: Path, side: str) -> None:
    made = tiny.snapshot(tmp_path)
    with pytest.raises(GateRefusedError, match=r"learnt from tiny: (280|84) of these (280|84) rows"):
        require_held_out(made.split(side), manifest(made, "tiny", "starter"), asked_by="chineseharm", home=tmp_path)


def test_a_row_that_reads_nearly_like_one_it_learnt_from_is_refused_whatever_its_source_is_called(
    tmp_path: Path,
) -> None:
    made = tiny.snapshot(tmp_path)
    copied = made.rows("train")[0]
    copy = Rows.of([replace(copied, id="other", source="file", text=f"{copied.text}！")], len(NAMES))
    with pytest.raises(GateRefusedError, match="1 of these 1 rows"):
        require_held_out(copy, manifest(made, "tiny"), asked_by="tiny", home=tmp_path)


def test_where_the_snapshot_is_gone_or_another_nothing_is_taken_on_trust(tmp_path: Path) -> None:
    made = tiny.snapshot(tmp_path)
    test, told = made.split("test"), manifest(made, "tiny")
    for other in (told.model_copy(update={"snapshot": "0" * 64}), told.model_copy(update={"snapshot_name": "gone"})):
        with pytest.raises(GateRefusedError, match="would show from which rows"):
            require_held_out(test, other, asked_by="tiny", home=tmp_path)


def test_what_it_was_started_from_counts_as_learnt(tmp_path: Path) -> None:
    first = tiny.snapshot(tmp_path)
    second = tiny.snapshot(tmp_path, {Split.TRAIN: tiny.rows(20, seed=9), Split.VALIDATION: tiny.rows(8, seed=8)})
    warm = manifest(second, "tiny").model_copy(
        update={"earlier": (SnapshotRecord(name=first.path.name, hash=first.hash),)}
    )
    with pytest.raises(GateRefusedError, match="280 of these 280 rows"):
        require_held_out(first.split("train"), warm, asked_by="tiny", home=tmp_path)
    require_held_out(first.split("test"), warm, asked_by="tiny", home=tmp_path)
    shutil.rmtree(first.path)
    with pytest.raises(GateRefusedError, match=f"and {first.path.name}, which would show"):
        require_held_out(second.split("train"), warm, asked_by="tiny", home=tmp_path)


def test_rows_learnt_under_another_source_s_name_choose_nothing(tmp_path: Path) -> None:
    made = tiny.snapshot(tmp_path)
    copies = Rows.of([replace(row, id=f"file-{row.id}", source="file") for row in made.rows("train")], len(NAMES))
    with pytest.raises(GateRefusedError, match="learnt from these: 280 of these 280 rows"):
        require_unlearnt(copies, manifest(made, "tiny"), home=tmp_path)
    assert require_unlearnt(made.split("test"), manifest(made, "tiny"), home=tmp_path)


def test_where_nobody_can_tell_and_no_source_is_shared_it_is_not_called_checked(tmp_path: Path) -> None:
    made = tiny.snapshot(tmp_path)
    gone = manifest(made, "starter").model_copy(update={"snapshot_name": "gone"})
    assert not require_unlearnt(made.split("test"), gone, home=tmp_path)
    with pytest.raises(GateRefusedError, match="would show from which rows"):
        require_unlearnt(made.split("test"), manifest(made, "tiny").model_copy(update={"snapshot_name": "gone"}),
                         home=tmp_path)  # fmt: skip
