from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from data.folds import Folding, fold_snapshots
from data.rows import Row, Split
from data.snapshot import Snapshot
from moderation.errors import InvalidInputError
from tests.training import tiny

HELD = 120
"""Rows of the set that is held out in turn; two share a group (`tiny.row`)."""


def of(rows: list[Row], source: str, weight: float = 1.0) -> list[Row]:
    return [replace(row, source=source, id=f"{source}-{row.id}", weight=weight) for row in rows]


def saved(home: Path, name: str, sides: dict[Split, list[Row]]) -> Snapshot:
    return tiny.named(home, name, sides, apart_from={"asked": "a" * 64, "other": "b" * 64})


@pytest.fixture
def asked(tmp_path: Path) -> Folding:
    """A set `asked`, of which a data set has learnt all but the last rows, with weight seven."""
    own = of(tiny.rows(HELD), "asked")
    learnt = [replace(row, weight=7.0) for row in own]
    echo = replace(own[0], id="rest-echo", source="rest", group="echo")
    rest = [*of(tiny.rows(100, seed=5), "rest"), echo]
    validation = of(tiny.rows(20, seed=6), "rest") + learnt[80:100]
    test = of(tiny.rows(20, seed=7), "rest")
    base = saved(tmp_path, "base", {Split.TRAIN: rest + learnt[:80], Split.VALIDATION: validation, Split.TEST: test})
    over = saved(tmp_path, "asked", {Split.TRAIN: own[:80], Split.VALIDATION: own[80:100], Split.TEST: own[100:]})
    return Folding(base, Snapshot(over.path, over.manifest.model_copy(update={"frozen": "asked"})), 3)


def folds(asked: Folding, tmp_path: Path) -> list[Snapshot]:
    return fold_snapshots(asked, tmp_path / "snapshots", now=tiny.NOW)


def test_each_row_of_the_set_is_judged_once_and_learnt_from_elsewhere(asked: Folding, tmp_path: Path) -> None:
    made = folds(asked, tmp_path)
    judged = [set(each.split("test").ids) for each in made]
    whole = {f"asked-tiny-0-{number}" for number in range(HELD)}
    assert ["base-fold-1-of-3", "base-fold-2-of-3", "base-fold-3-of-3"] == [each.name for each in made]
    assert HELD == sum(map(len, judged))
    assert whole == set.union(*judged)
    for each, own in zip(made, judged, strict=True):
        learnt = {row for side in ("train", "validation") for row in each.split(side).ids if row in whole}
        assert whole - own == learnt
        assert any(row in whole for row in each.split("validation").ids)


def test_a_group_stays_in_one_fold(asked: Folding, tmp_path: Path) -> None:
    for each in folds(asked, tmp_path):
        groups = [set(each.split(side).groups) for side in ("train", "validation", "test")]
        assert not (groups[2] & (groups[0] | groups[1]))
        assert not (groups[0] & groups[1])


def test_rows_count_as_the_data_set_counts_them(asked: Folding, tmp_path: Path) -> None:
    for each in folds(asked, tmp_path):
        rows = each.split("train")
        weights = {(source, float(weight)) for source, weight in zip(rows.sources, rows.weights, strict=True)}
        assert {("asked", 7.0), ("rest", 1.0)} == weights


def test_what_reads_like_a_judged_row_is_not_learnt_from(asked: Folding, tmp_path: Path) -> None:
    for each in folds(asked, tmp_path):
        there = "rest-echo" in each.split("train").ids
        assert ("asked-tiny-0-0" in each.split("test").ids) is not there
        assert {"rest-tiny-5-1", "rest-tiny-5-99"} < set(each.split("train").ids)
        assert "rest-tiny-7-1" not in each.split("test").ids


def test_near_duplicates_in_groups_too_large_to_unite_are_not_learnt_from(tmp_path: Path) -> None:
    parted = ["g-1", "g-2"]  # which two folds draw apart, as the sizes below say
    held = [replace(row, group=parted[number % 2]) for number, row in enumerate(of(tiny.rows(240), "asked"))]
    held[1] = replace(held[1], text=held[0].text + "呀")
    over = saved(tmp_path, "asked", {Split.TRAIN: held})
    base = saved(tmp_path, "base", {Split.TRAIN: held + of(tiny.rows(40, seed=5), "rest")})
    made = folds(Folding(base, over, 2), tmp_path)
    assert [120, 120] == [len(each.split("test")) for each in made]
    for each in made:
        judged, other = (held[0], held[1]) if held[0].id in each.split("test").ids else (held[1], held[0])
        learnt = {*each.split("train").ids, *each.split("validation").ids}
        assert judged.id in each.split("test").ids
        assert other.id not in learnt
        assert 119 == sum(row.startswith("asked") for row in learnt)


def test_folds_that_stand_are_taken_again(asked: Folding, tmp_path: Path) -> None:
    first = folds(asked, tmp_path)
    heard: list[str] = []
    again = fold_snapshots(
        asked, tmp_path / "snapshots", now=tiny.NOW, progress=lambda stage, _share, _note: heard.append(stage)
    )
    assert [each.path for each in first] == [each.path for each in again]
    assert not heard


def test_a_fold_is_a_whole_snapshot_of_its_own(asked: Folding, tmp_path: Path) -> None:
    for each in folds(asked, tmp_path):
        each.verify()
        assert {"other": "b" * 64} == each.manifest.apart_from
        assert each.manifest.frozen is None
        assert len(each.split("test")) == each.manifest.counts.split["test"]


def test_a_set_that_is_not_learnt_from_cannot_be_held_out(asked: Folding, tmp_path: Path) -> None:
    strange = saved(tmp_path, "strange", {Split.TRAIN: of(tiny.rows(60), "strange")})
    with pytest.raises(InvalidInputError, match="learns nothing of strange"):
        folds(replace(asked, over=strange), tmp_path)


def test_folds_too_small_to_say_anything_are_refused(asked: Folding, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"in 20 folds leaves \d+ rows in one.*fewer folds"):
        folds(replace(asked, count=20), tmp_path)


def videos(tmp_path: Path, count: int, rows: int = 40) -> Folding:
    own = [
        replace(row, group=f"video-{number % count}") for number, row in enumerate(of(tiny.rows(rows * count), "asked"))
    ]
    over = saved(tmp_path, "asked", {Split.TRAIN: own})
    base = saved(tmp_path, "base", {Split.TRAIN: own + of(tiny.rows(40, seed=5), "rest")})
    return Folding.of_groups(base, over)


def test_each_source_group_is_held_out_by_itself(tmp_path: Path) -> None:
    made = folds(videos(tmp_path, 4), tmp_path)
    assert ["base-group-1-of-4", "base-group-4-of-4"] == [made[0].name, made[-1].name]
    assert [{f"video-{number}"} for number in range(4)] == [set(each.split("test").groups) for each in made]
    for number, each in enumerate(made):
        learnt = {*each.split("train").groups, *each.split("validation").groups}
        assert f"video-{number}" not in learnt
        assert len({group for group in learnt if group.startswith("video-")}) == 3


@pytest.mark.parametrize("count", [1, 21])
def test_too_few_or_too_many_groups_are_told_with_what_to_do(tmp_path: Path, count: int) -> None:
    with pytest.raises(InvalidInputError, match=rf"has {count} source groups; .*--folds"):
        videos(tmp_path, count, rows=21)
